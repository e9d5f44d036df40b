"""What a program may be allowed: RFC 6749 3.3, in the words of the guard.

An access token never holds more than an agent's API key. The scopes of OpenID Connect are known, because programs ask
for them out of habit (the published client asks for nothing else); they grant nothing, and no ID token is issued.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from auth.scopes import AGENT_SCOPES, AGENTS_READ, REQUESTS_READ, REQUESTS_WRITE

OFFLINE: Final = "offline_access"
"""Says that a refresh token is wanted; programs that registered for one get it anyway."""

IGNORED: Final = frozenset({"openid", "profile", "email"})
RESOURCE_SCOPES: Final = tuple(sorted(AGENT_SCOPES))
KNOWN: Final = AGENT_SCOPES | {OFFLINE} | IGNORED
LONGEST: Final = 1000
"""Every scope there is, several times over."""

MEANING: Final[Mapping[str, str]] = {
    REQUESTS_WRITE: "Ask you questions, tell you things, and withdraw what it asked",
    REQUESTS_READ: "Read what it asked, and your answers",
    AGENTS_READ: "See the name it goes by here",
    OFFLINE: "Stay connected without asking you again",
}


def granted(asked: Iterable[str]) -> tuple[str, ...] | None:
    """Return what is granted to who asks for this; None when a word of it is unknown.

    Who names nothing that means something here gets what an agent needs, and is told so (RFC 6749 3.3).
    """
    words = list(dict.fromkeys(asked))
    if not KNOWN.issuperset(words):
        return None
    useful = [word for word in words if word in AGENT_SCOPES]
    return (*(useful or RESOURCE_SCOPES), *([OFFLINE] if OFFLINE in words else []))
