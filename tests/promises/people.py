"""How humans sign in, and an account's life."""

from tests.promises.requirement import Requirement

PROMISES = {
    "auth.next": Requirement(
        source="issue 3.5; CWE-601", says="signing in leads back to a page of ours that was asked for, never elsewhere"
    ),
    "auth.pages": Requirement(
        source="issue 3.5: no JavaScript needed, strict CSP, keyboard and screen-reader complete",
        says="every page works without a script and is labelled throughout",
    ),
    "auth.sessions": Requirement(
        source="issue 3.3: sessions with list and revoke", says="one sees where one is signed in, and ends it there"
    ),
    "auth.passkeys": Requirement(
        source="issue 3.3: passkeys", says="a passkey signs in without a name, and is listed, renamed and removed"
    ),
    "auth.last_way_in": Requirement(
        source="issue 3.3: humans sign in",
        says="nothing one removes, alone or at once, leaves an account nobody can sign in to",
    ),
    "auth.R65": Requirement(
        source="auth research R65; ASVS 6.5.1, 6.5.5, 6.6.2",
        says="a letter's code and link work once, for ten minutes, in the browser that asked; a GET consumes nothing",
    ),
    "auth.R66": Requirement(
        source="auth research R66; WebAuthn 7.1, 7.2",
        says="wrong origin, site, challenge or count and an unverified user are refused; a challenge is used once",
    ),
    "auth.R67": Requirement(
        source="auth research R67; OpenID Core 3.1.3.7, RFC 9207",
        says="an answer of a provider that is forged, replayed, late, or another's signs nobody in and links nothing",
    ),
    "auth.R68": Requirement(
        source="auth research R68; ASVS 6.8.1", says="who one is, is issuer and subject, no e-mail"
    ),
    "auth.upstream_oauth2": Requirement(
        source="issue 3.3: upstream sign-in, GitHub-style; ASVS 6.8.1, RFC 9700 4.4, 4.5",
        says="OAuth without an ID token signs in by the id its provider never gives again, and by nothing forged",
    ),
    "auth.common_passwords": Requirement(
        source="research auth 5: top-list check; ASVS 6.2.4", says="a password that is guessed first is not taken"
    ),
    "auth.R70": Requirement(
        source="auth research R70; ASVS 6.3.7, 6.4.3",
        says="recovery ends every session, skips no demanded passkey, and tells the account's owner",
    ),
    "auth.sign_up": Requirement(
        source="issue 3.5: sign-up (closed by default)",
        says="an account is made as far as the administrator lets, once per address, and the address is proved by mail",
    ),
    "auth.deletion": Requirement(
        source="issue 3.3: deletion with 7-day undo",
        says="credentials end at once, for seven days it can be taken back, then all of the account's own is gone",
    ),
    "auth.export": Requirement(
        source="issue 3.3: export of one's data", says="all that is kept is streamed to its human"
    ),
    "auth.R64": Requirement(
        source="auth research R64; ASVS 7.5.1",
        says="keys, devices and the account's own settings need a proof of the last ten minutes",
    ),
}
