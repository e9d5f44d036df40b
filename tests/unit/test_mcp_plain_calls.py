"""What is taken past the SDK is what the SDK would have let through, and it would have read the same in it."""

from typing import Any

import mcp_types as types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import x_mcp_header_map
from mcp_types.methods import validate_client_request
from pydantic import ValidationError

from mcp_endpoint.era import Era
from mcp_endpoint.jsonrpc import Message
from mcp_endpoint.plain import PlainCall, plain_call
from mcp_endpoint.tools import TOOLS
from tests.app.mcp_calls import HANDSHAKES, MODERN, TASKS

Json = dict[str, Any]

NAMES = ("name", "arguments", "_meta", "task", "inputResponses", "requestState", "other")
META = (
    "progressToken",
    "callId",
    "claudecode/toolUseId",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/logLevel",
    "io.modelcontextprotocol/related-task",
)

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from((*META, "name", "x")), inner, max_size=3)
    ),
    max_leaves=8,
)
clients = st.one_of(values, st.just({"name": "mcp", "version": "1"}))
capabilities = st.one_of(values, st.just({}), st.just({"roots": {"listChanged": True}}), st.just({"extensions": {}}))
metas = st.one_of(
    values,
    st.fixed_dictionaries(
        {
            "io.modelcontextprotocol/protocolVersion": st.sampled_from([*HANDSHAKES, MODERN]),
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        },
        optional={"io.modelcontextprotocol/clientInfo": clients, "progressToken": values, "callId": values},
    ),
)
params = st.fixed_dictionaries(
    {"name": st.one_of(st.sampled_from([*TOOLS]), scalars)},
    optional={"arguments": values, "_meta": metas, "task": values, "requestState": values, "other": values},
)


def era(version: str, params: Json) -> Era:
    """Return what `era_of` makes of a message whose headers agree with it."""
    meta = params.get("_meta")
    if version != MODERN or not isinstance(meta, dict):
        return Era(version, is_modern=version == MODERN)
    info, able = (meta.get(f"io.modelcontextprotocol/{name}") for name in ("clientInfo", "clientCapabilities"))
    return Era(version, is_modern=True, client_info=info, capabilities=able)


def a_call(**more: Any) -> Json:
    return {"name": "notify_human", "arguments": {"message": "Done."}, **more}


def a_modern_call(**meta: Any) -> Json:
    envelope = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "mcp", "version": "1"},
    }
    return a_call(_meta=envelope | meta)


@pytest.mark.proves("mcp.plain_calls")
@given(params, st.sampled_from([*HANDSHAKES, MODERN]))
def test_the_sdk_lets_through_what_is_plain_and_reads_the_same(params: Json, version: str) -> None:
    found = plain_call(Message("tools/call", params, 1), era(version, params))
    if found is None:
        return
    validate_client_request("tools/call", version, params)
    read = types.CallToolRequestParams.model_validate(params, by_name=False)
    assert found == PlainCall(read.name, read.arguments or {})


@pytest.mark.parametrize("version", HANDSHAKES)
def test_the_calls_of_real_clients_are_plain(version: str) -> None:
    for call in (
        a_call(),
        {"name": "get_human_response"},
        a_call(arguments=None),
        a_call(_meta={"progressToken": 0}),
        a_call(_meta={"progressToken": "p", "claudecode/toolUseId": "toolu_1", "callId": "c"}),
    ):
        assert plain_call(Message("tools/call", call, 1), era(version, call)), call


def test_the_calls_of_clients_without_a_handshake_are_plain() -> None:
    for call in (a_modern_call(), a_modern_call(progressToken="p", callId="c")):
        assert plain_call(Message("tools/call", call, 1), era(MODERN, call)), call


@pytest.mark.parametrize(
    "call",
    [
        a_call(),
        a_modern_call(**{"io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}}}),
        a_modern_call(**{"io.modelcontextprotocol/clientCapabilities": {"x": "y" * 2_000}}),
        a_modern_call(**{"io.modelcontextprotocol/clientCapabilities": []}),
        a_modern_call(**{"io.modelcontextprotocol/clientInfo": {"name": "mcp"}}),
        a_modern_call(**{"io.modelcontextprotocol/logLevel": "debug"}),
        a_modern_call(progressToken=[]),
        a_modern_call() | {"requestState": "x"},
        a_modern_call() | {"name": "no_tool"},
        a_modern_call() | {"arguments": []},
    ],
)
def test_what_is_unusual_or_wrong_is_left_to_the_sdk(call: Json) -> None:
    assert plain_call(Message("tools/call", call, 1), era(MODERN, call)) is None


def test_no_tool_wants_an_argument_in_a_header() -> None:
    """Such headers would have to be compared with the body; the relay's server asks for no such thing."""
    assert [name for name, of in TOOLS.items() if x_mcp_header_map(of.tool.input_schema)] == []


def test_the_sdk_would_refuse_what_the_tests_call_wrong() -> None:
    with pytest.raises(ValidationError):
        validate_client_request("tools/call", MODERN, a_modern_call(progressToken=[]))
