"""What is known of the programs that call: how long each waits for one tool call, and how it says who it is.

A call is answered with a typed *pending* before its client would give up; the client then asks for more. The times
were measured with the clients named, or are what their makers document; `docs/topics/waiting.md` has the sources.
"""

import re
from typing import Any, Final

from aiohttp import hdrs, web

from relay.domain.errors import InvalidInput
from relay.domain.ids import Chance

LONGEST_S: Final = 890
"""Just below the ceiling of 900: several clients give up at 900 themselves."""

SHORTEST_S: Final = 1

UNKNOWN_S: Final = 50
"""The TypeScript SDK, and what is built on it, gives up after 60 seconds unless told otherwise."""

SLICES: Final = {
    "claude-code": LONGEST_S,  # no limit of its own as long as progress comes
    "mcp": LONGEST_S,  # the Python SDK and FastMCP, hence hitl-cli: no limit, or 900
    "gemini-cli-mcp-client": 580,  # gives up after 600, whatever progress it gets
    "codex-mcp-client": 285,  # gives up after 300; `tool_timeout_sec` moves it
    "claude-ai": 230,  # claude.ai and Claude Desktop: reported between 240 and 300
}

_AGENTS: Final = {"claude-code": "claude-code", "codex": "codex-mcp-client", "claude-user": "claude-ai"}
"""Starts of User-Agent, for a client that lost its session label."""

_VIA_PROXY: Final = re.compile(r" \(via mcp-remote [^)]*\)$")

MAX_LABEL: Final = 128
_LABEL: Final = re.compile(rf"[\x21-\x7e]{{1,{MAX_LABEL}}}")

SESSION_HEADER: Final = "Mcp-Session-Id"


def known_client(info: Any) -> str:
    """Return the name of a client that is in `SLICES`, or `other`, from its `clientInfo`."""
    name = info.get("name") if isinstance(info, dict) else None
    bare = _VIA_PROXY.sub("", name) if isinstance(name, str) else ""
    return bare if bare in SLICES else "other"


def new_label(client: str, chance: Chance) -> str:
    """Return a session id. It names no state: it tells two clients of one credential apart, and which program it is."""
    return f"{client}.{chance(16).hex()}"


def label_of(request: web.Request) -> str:
    """Return the session id the client repeats; a missing one is empty. Any process takes any id."""
    label = request.headers.get(SESSION_HEADER, "")
    if label and not _LABEL.fullmatch(label):
        raise InvalidInput(f"{SESSION_HEADER} must have 1 to {MAX_LABEL} printable characters")
    return label


def client_of(request: web.Request, label: str) -> str:
    """Return which program calls, from the session id, else from its User-Agent."""
    named = label.partition(".")[0]
    if named in SLICES:
        return named
    agent = request.headers.get(hdrs.USER_AGENT, "").lower()
    return next((client for start, client in _AGENTS.items() if agent.startswith(start)), "other")


def slice_s(request: web.Request, client: str) -> int:
    """Return for how long a call may wait: what the address says (`?wait=`), else what the client is known to bear."""
    wish = request.query.get("wait")
    if wish is None:
        return SLICES.get(client, UNKNOWN_S)
    if not (wish.isascii() and wish.isdigit() and len(wish) <= 6 and int(wish) >= SHORTEST_S):
        raise InvalidInput("must be a whole number of seconds, 1 or more", "/wait")
    return min(int(wish), LONGEST_S)
