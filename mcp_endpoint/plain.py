"""A tool's call, read and answered without the SDK when nothing about it is unusual.

The SDK checks the parameters of a call twice and its result once more, in models made for all that a message may be:
for a call that is complete and correct at first sight this costs more than what the relay does about it. What is not
plain, and all that is wrong, is left to the SDK: nothing is refused here. A test sends the same calls both ways and
compares the replies.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import mcp_types as types
import pydantic_core
from mcp_types.methods import validate_client_request
from pydantic import ValidationError

from mcp_endpoint.era import Era
from mcp_endpoint.jsonrpc import Message
from mcp_endpoint.outcome import Outcome
from mcp_endpoint.tools import TOOLS
from relay.kernel.body import Json, to_json

CALL: Final = "tools/call"
MEMBERS: Final = frozenset({"name", "arguments", "_meta"})

PROGRESS: Final = "progressToken"
RESERVED: Final = "io.modelcontextprotocol/"
"""Starts the names in `_meta` that the protocol gives a meaning, and a type."""

ENVELOPE: Final = frozenset(
    {types.PROTOCOL_VERSION_META_KEY, types.CLIENT_INFO_META_KEY, types.CLIENT_CAPABILITIES_META_KEY}
)

MAX_ENVELOPE: Final = 2_000
"""Bytes of what a client says about itself with every call; those of real clients have a tenth of it."""

KNOWN_ENVELOPES: Final = 256


@dataclass(frozen=True, slots=True)
class PlainCall:
    name: str
    arguments: Json


def plain_call(message: Message, era: Era) -> PlainCall | None:
    """Return the call of a tool that the SDK would let through as it is; None when only the SDK can tell."""
    params = message.params
    if message.method != CALL or params is None or not MEMBERS.issuperset(params) or era.takes_tasks:
        return None
    name, arguments = params.get("name"), params.get("arguments")
    if not (isinstance(name, str) and name in TOOLS and (arguments is None or isinstance(arguments, dict))):
        return None
    return PlainCall(name, arguments or {}) if _is_plain(params.get("_meta"), era) else None


def plain_result(outcome: Outcome, era: Era, server_info: Json) -> Json:
    """Return what the SDK would make of an outcome."""
    said = outcome.as_result()
    if era.is_modern:
        said |= {"resultType": "complete", "_meta": {types.SERVER_INFO_META_KEY: server_info}}
    return said


def _is_plain(meta: Any, era: Era) -> bool:
    if meta is None:
        return not era.is_modern
    if not isinstance(meta, dict) or type(meta.get(PROGRESS, "")) not in (str, int):
        return False
    reserved = [name for name in meta if name.startswith(RESERVED)]
    if not era.is_modern:
        return not reserved
    return ENVELOPE.issuperset(reserved) and _is_known(era)


def _is_known(era: Era) -> bool:
    """Ask the SDK about a client once: it says the same of itself with every call."""
    said = to_json([era.client_info, era.capabilities])
    return len(said) <= MAX_ENVELOPE and _is_good(era.version, said)


@lru_cache(KNOWN_ENVELOPES)
def _is_good(version: str, said: bytes) -> bool:
    client_info, capabilities = pydantic_core.from_json(said)
    meta = {
        types.PROTOCOL_VERSION_META_KEY: version,
        types.CLIENT_INFO_META_KEY: client_info,
        types.CLIENT_CAPABILITIES_META_KEY: capabilities,
    }
    try:
        validate_client_request(CALL, version, {"name": "", "_meta": meta})
    except ValidationError:
        return False
    return True
