"""What the guard keeps out, and how much of it: addresses, floods, revoked credentials."""

from tests.promises.requirement import Requirement

PROMISES = {
    "auth.R41": Requirement(
        source="auth research R41", says="no socket is opened to a special-use address, whatever the spelling or answer"
    ),
    "auth.R74": Requirement(source="auth research R74", says="what others name is called under R41, never redirected"),
    "auth.R75": Requirement(
        source="auth research R75", says="calls are limited per address (/64), account, client; 429 with Retry-After"
    ),
    "auth.R76": Requirement(source="auth research R76", says="X-Forwarded-* is believed from configured proxies only"),
}
