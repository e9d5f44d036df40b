"""What the guard keeps out, and how much of it: addresses, floods, revoked credentials."""

from tests.promises.requirement import Requirement

PROMISES = {
    "auth.R24.logs": Requirement(
        source="auth research R24, quality.md",
        says="marked secrets sent through every route appear in no log or refusal",
    ),
    "auth.R26": Requirement(source="auth research R26", says="CORS on marked operations only, never with credentials"),
    "auth.R37.stop": Requirement(source="auth research R37", says="what was revoked is refused everywhere within 1 s"),
    "auth.R41": Requirement(
        source="auth research R41", says="no socket is opened to a special-use address, whatever the spelling or answer"
    ),
    "auth.R47.open": Requirement(
        source="auth research R47", says="a revocation closes sockets, streams and waiting calls in every process"
    ),
    "auth.R48": Requirement(
        source="auth research R48", says="who cannot hear revocations asks the database, and never accepts on hearsay"
    ),
    "auth.R74": Requirement(source="auth research R74", says="what others name is called under R41, never redirected"),
    "auth.R75": Requirement(
        source="auth research R75", says="calls are limited per address (/64), account, client; 429 with Retry-After"
    ),
    "guard.clients": Requirement(
        source="issue 3 item 6: rate limits per IP, account, client, agent",
        says="an OAuth client is limited across the accounts that connected it, and a stranger cannot use that up",
    ),
    "auth.R76": Requirement(source="auth research R76", says="X-Forwarded-* is believed from configured proxies only"),
    "guard.headers": Requirement(
        source="issue 3 item 6", says="pages, API and streams, errors too, have the headers that browsers protect by"
    ),
    "guard.json": Requirement(source="issue 3 item 6", says="with a cookie only what is declared JSON is read as JSON"),
    "deploy.caddy": Requirement(
        source="issue 3, done when", says="the whole flow works behind Caddy with TLS on a path-less origin"
    ),
}
