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
    "auth.R66": Requirement(
        source="auth research R66; WebAuthn 7.1, 7.2",
        says="wrong origin, site, challenge or count and an unverified user are refused; a challenge is used once",
    ),
    "auth.R64": Requirement(
        source="auth research R64; ASVS 7.5.1",
        says="keys, devices and the account's own settings need a proof of the last ten minutes",
    ),
}
