"""The endpoint against bad input: the right JSON-RPC error with the right HTTP status, never a hang, never a 500."""

import asyncio
import json
from typing import Any

import pytest

from tests.app.conftest import MakeRelay, Relay
from tests.app.mcp_calls import (
    ACCEPT,
    HANDSHAKES,
    MCP,
    MODERN,
    answer_of,
    modern,
    request,
    send,
    send_modern,
    tool_call,
)

PARSE, INVALID, NO_METHOD, PARAMS, MISMATCH, NO_VERSION = -32700, -32600, -32601, -32602, -32020, -32022

PING = request("ping")

BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", PARSE),
    "not JSON": (b"{", PARSE),
    "not UTF-8": (b'{"jsonrpc": "2.0", "id": 1, "method": "\xff"}', PARSE),
    "UTF-16": ('{"jsonrpc": "2.0"}'.encode("utf-16"), PARSE),
    "a lone surrogate": (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "\\ud800"}}', PARSE),
    "not a number": (b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', PARSE),
    "nested ten thousand deep": (b"[" * 10_000, PARSE),
    "an object nested deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, PARSE),
    "a text": (b'"ping"', INVALID),
    "null": (b"null", INVALID),
    "another version": (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', INVALID),
    "no version": (b'{"id": 1, "method": "ping"}', INVALID),
    "no method": (b'{"jsonrpc": "2.0", "id": 1}', INVALID),
    "a number for a method": (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', INVALID),
    "a null id": (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', INVALID),
    "a boolean id": (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', INVALID),
    "an object for an id": (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', INVALID),
    "an endless id": (b'{"jsonrpc": "2.0", "id": "' + b"x" * 501 + b'", "method": "ping"}', INVALID),
    "an endless number for an id": (b'{"jsonrpc": "2.0", "id": ' + b"9" * 5_000 + b', "method": "ping"}', PARSE),
    "params in a list": (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', INVALID),
    "an empty batch": (b"[]", INVALID),
    "a batch of nonsense": (b"[1]", INVALID),
    "a batch of many": (json.dumps([PING] * 21).encode(), INVALID),
}


async def raw(relay: Relay, body: bytes, **headers: str) -> tuple[int, Any]:
    given = {**relay.agent.headers, **ACCEPT, **{name.replace("_", "-"): value for name, value in headers.items()}}
    reply = await relay.client.post(MCP, data=body, headers=given)
    return reply.status, await reply.json()


@pytest.mark.proves("mcp.bad_messages")
async def test_a_body_that_is_no_message_is_a_json_rpc_error(relay: Relay) -> None:
    for name, (body, code) in BODIES.items():
        status, said = await raw(relay, body)
        assert (status, said["error"]["code"], said["jsonrpc"]) == (400, code, "2.0"), name


@pytest.mark.proves("mcp.bad_messages")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/json"}, 406),
        ({"Accept": "text/event-stream"}, 406),
        ({"Accept": ""}, 406),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Mcp-Session-Id": "a b"}, 400),
        ({"Mcp-Session-Id": "x" * 129}, 400),
        ({"X-MCP-Agent-Name": "x" * 81}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
    ],
)
async def test_http_that_does_not_fit_is_refused(relay: Relay, headers: dict[str, str], status: int) -> None:
    reply = await relay.agent.post(MCP, PING, headers={**ACCEPT, **headers})
    assert (reply.status, (await reply.json())["jsonrpc"]) == (status, "2.0")


@pytest.mark.proves("mcp.bad_messages")
@pytest.mark.parametrize("accept", ["*/*", "application/json;q=0.9, text/event-stream", "application/*, text/*"])
async def test_what_takes_both_forms_is_served(relay: Relay, accept: str) -> None:
    reply = await relay.agent.post(MCP, PING, headers={**ACCEPT, "Accept": accept})
    assert (reply.status, await reply.json()) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})


@pytest.mark.proves("mcp.origin")
async def test_a_page_of_the_relay_or_of_this_machine_may_call(relay: Relay) -> None:
    port = relay.client.port
    for origin in ("http://localhost:8000", f"http://127.0.0.1:{port}", "http://localhost:5173"):
        assert (await send(relay.agent, PING, Origin=origin)).status == 200, origin
    rebound = {"Origin": f"http://localhost:{port}", "Host": f"evil.example:{port}"}
    assert (await relay.agent.post(MCP, PING, headers={**ACCEPT, **rebound})).status == 403


@pytest.mark.proves("mcp.origin")
async def test_a_cookie_is_no_credential_here(relay: Relay) -> None:
    cookie = {"Cookie": f"hitl_sid={relay.owner.token}", "Sec-Fetch-Site": "same-origin"}
    reply = await relay.client.post(MCP, json=PING, headers={**ACCEPT, **cookie})
    assert reply.status == 403


@pytest.mark.proves("mcp.bad_messages")
async def test_a_body_over_the_limit_is_refused(make_relay: MakeRelay) -> None:
    relay = await make_relay(max_body=4096)
    reply = await send(relay.agent, tool_call("notify_human", {"message": "x" * 4096}))
    assert (reply.status, (await reply.json())["error"]["code"]) == (413, INVALID)


@pytest.mark.proves("mcp.versions")
async def test_a_wait_in_the_address_that_is_none_is_refused(relay: Relay) -> None:
    for wrong in ("0", "-1", "x", "", "1e3", "٣", "9999999"):
        reply = await relay.agent.post(f"{MCP}?wait={wrong}", PING, headers=ACCEPT)
        assert (reply.status, (await reply.json())["error"]["code"]) == (400, PARAMS), wrong


@pytest.mark.proves("mcp.versions")
@pytest.mark.parametrize("version", HANDSHAKES)
async def test_the_handshake_agrees_on_the_revision_that_was_offered(relay: Relay, version: str) -> None:
    params = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "codex-mcp-client", "version": "1"},
    }
    reply = await send(relay.agent, request("initialize", params))
    result = (await answer_of(reply))["result"]
    assert result["protocolVersion"] == version
    assert result["serverInfo"]["name"] == "HITL Relay"
    assert reply.headers["Mcp-Session-Id"].startswith("codex-mcp-client.")
    assert (await send(relay.agent, {"jsonrpc": "2.0", "method": "notifications/initialized"})).status == 202


@pytest.mark.proves("mcp.versions")
async def test_an_unknown_revision_gets_the_newest_handshake_or_a_list_of_those_there_are(relay: Relay) -> None:
    params = {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    assert (await answer_of(await send(relay.agent, request("initialize", params))))["result"][
        "protocolVersion"
    ] == HANDSHAKES[-1]
    body, headers = modern(request("tools/list"))
    body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01"
    reply = await relay.agent.post(MCP, body, headers={**ACCEPT, **headers, "MCP-Protocol-Version": "2099-01-01"})
    said = await reply.json()
    assert (reply.status, said["error"]["code"]) == (400, NO_VERSION)
    assert MODERN in said["error"]["data"]["supported"]
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await send(relay.agent, note, MCP_Protocol_Version="2099-01-01")).status == 400
    assert (await send(relay.agent, PING, MCP_Protocol_Version="nonsense")).status == 400


@pytest.mark.proves("mcp.versions")
async def test_a_client_discovers_the_relay_without_a_handshake(relay: Relay) -> None:
    result = (await answer_of(await send_modern(relay.agent, request("server/discover"))))["result"]
    assert MODERN in result["supportedVersions"]
    assert "io.modelcontextprotocol/tasks" in result["capabilities"]["extensions"]


@pytest.mark.proves("mcp.headers")
@pytest.mark.parametrize(
    "headers",
    [
        {"Mcp-Method": "tools/list"},
        {"Mcp-Name": "notify_human"},
        {"Mcp-Name": ""},
        {"MCP-Protocol-Version": "2099-01-01"},
    ],
)
async def test_headers_that_contradict_the_body_are_refused(relay: Relay, headers: dict[str, str]) -> None:
    body, right = modern(tool_call("request_human_input", {"prompt": "Deploy?"}))
    reply = await relay.agent.post(MCP, body, headers={**ACCEPT, **right, **headers})
    assert (reply.status, (await reply.json())["error"]["code"]) == (400, MISMATCH)
    assert (await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"] == []


@pytest.mark.proves("mcp.headers")
async def test_a_header_that_comes_twice_is_refused(relay: Relay) -> None:
    body = json.dumps(PING).encode()
    head = [
        f"POST {MCP} HTTP/1.1",
        f"Host: {relay.client.host}:{relay.client.port}",
        f"Authorization: Bearer {relay.agent.token}",
        "Accept: application/json, text/event-stream",
        "Content-Type: application/json",
        "Connection: close",
        "MCP-Protocol-Version: 2025-06-18",
        "MCP-Protocol-Version: 2025-11-25",
        f"Content-Length: {len(body)}",
    ]
    reader, writer = await asyncio.open_connection(relay.client.host, relay.client.port)
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["error"]["code"] == MISMATCH


@pytest.mark.proves("mcp.bad_messages")
async def test_methods_and_tools_that_do_not_exist(relay: Relay) -> None:
    for version in HANDSHAKES:
        said = await answer_of(await send(relay.agent, request("nonsense"), MCP_Protocol_Version=version))
        assert said["error"]["code"] == NO_METHOD
        said = await answer_of(await send(relay.agent, tool_call("nonsense", {}), MCP_Protocol_Version=version))
        assert (said["error"]["code"], said["id"]) == (PARAMS, 1)
    reply = await send_modern(relay.agent, request("nonsense"))
    assert (reply.status, (await reply.json())["error"]["code"]) == (404, NO_METHOD)
    reply = await send_modern(relay.agent, tool_call("nonsense", {}))
    assert (reply.status, (await reply.json())["error"]["code"]) == (400, PARAMS)
    said = await answer_of(await send(relay.agent, request("tools/call", {"name": 7})))
    assert said["error"]["code"] == PARAMS


@pytest.mark.proves("mcp.batch")
async def test_a_batch_is_answered_with_a_batch_where_the_revision_has_it(relay: Relay) -> None:
    batch = [request("ping", id=1), {"jsonrpc": "2.0", "method": "notifications/initialized"}, request("x", id="b")]
    for headers in ({}, {"MCP_Protocol_Version": "2025-03-26"}):
        replies = await (await send(relay.agent, batch, **headers)).json()
        assert [(said["id"], "result" in said) for said in replies] == [(1, True), ("b", False)]
    notes = [{"jsonrpc": "2.0", "method": "notifications/initialized"}]
    assert (await send(relay.agent, notes)).status == 202
    for version in ("2024-11-05", "2025-06-18", "2025-11-25"):
        reply = await send(relay.agent, batch, MCP_Protocol_Version=version)
        assert (reply.status, (await reply.json())["error"]["code"]) == (400, INVALID)
    assert (await send(relay.agent, [request("initialize", {})])).status == 400


async def test_a_reply_to_a_request_the_relay_never_made_is_taken_and_forgotten(relay: Relay) -> None:
    for reply in ({"jsonrpc": "2.0", "id": 1, "result": {}}, {"jsonrpc": "2.0", "id": 1, "error": {}}):
        assert (await send(relay.agent, reply)).status == 202


@pytest.mark.proves("mcp.sessions")
async def test_a_session_that_was_ended_is_not_found(relay: Relay) -> None:
    session = {"Mcp-Session-Id": "other.1"}
    assert (await send(relay.agent, PING, **session)).status == 200
    ended = await relay.client.delete(MCP, headers={**relay.agent.headers, **session})
    assert ended.status == 204
    assert (await send(relay.agent, PING, **session)).status == 404
    assert (await send(relay.agent, PING, Mcp_Session_Id="other.2")).status == 200
    assert (await relay.client.delete(MCP, headers=relay.agent.headers)).status == 400


@pytest.mark.proves("mcp.resume")
@pytest.mark.parametrize("place", ["nonsense", "", "x" * 5000, "e30", "WzEsMiwzLDRd", "bnVsbA"])
async def test_an_event_that_is_none_of_ours_is_not_found(relay: Relay, place: str) -> None:
    headers = {**relay.agent.headers, "Accept": "text/event-stream", "Last-Event-ID": place}
    reply = await relay.client.get(MCP, headers=headers)
    assert (reply.status, (await reply.json())["jsonrpc"]) == (404, "2.0")


async def test_a_stream_for_what_the_relay_never_sends_is_not_offered(relay: Relay) -> None:
    reply = await relay.client.get(MCP, headers={**relay.agent.headers, "Accept": "text/event-stream"})
    assert (reply.status, set(reply.headers["Allow"].split(","))) == (405, {"DELETE", "POST"})


@pytest.mark.proves("mcp.addresses")
@pytest.mark.parametrize("path", ["/mcp", "/mcp-server/mcp", "/mcp-server/mcp/", "/mcp-server/mcp/frontend"])
async def test_every_address_is_the_same_endpoint(relay: Relay, path: str) -> None:
    for credential in (relay.agent.headers, {"X-API-Key": relay.agent.token}):
        reply = await relay.client.post(path, json=PING, headers={**ACCEPT, **credential})
        assert await reply.json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    nobody = await relay.client.get(path, headers={"Accept": "text/event-stream"})
    assert (nobody.status, nobody.headers["WWW-Authenticate"].split()[0]) == (401, "Bearer")
