"""The fast lane says what aiohttp alone would have said, to whatever is sent, however it is cut."""

import itertools
import json
import re
from collections.abc import AsyncIterator

import pytest

from tests.app.conftest import MakeRelay, Relay
from tests.app.lane import ASK, NOTIFY, Doors, doors, post
from tests.app.mcp_calls import ACCEPT, modern, tool_call
from tests.app.mcp_calls import request as rpc

COMPLETE = "/api/v1/hitl/complete"
MESSAGE = {"message": "@@@@ done"}
QUESTION = {"prompt": "@@@@?", "wait": 0}


@pytest.fixture
async def both(relay: Relay) -> AsyncIterator[Doors]:
    async with doors(relay) as opened:
        yield opened


def bearer(both: Doors) -> str:
    return f"Authorization: Bearer {both.relay.agent.token}"


def get(path: str, *headers: str, method: str = "GET", close: bool = True) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, *(["Connection: close"] if close else [])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@pytest.mark.proves("lane.same_answers")
async def test_calls_that_are_right_are_answered_alike(both: Doors) -> None:
    who = bearer(both)
    for request in (
        post(ASK, QUESTION, who),
        post(ASK, QUESTION, f"X-API-Key: {both.relay.agent.token}"),
        post(ASK, QUESTION, who, f"X-API-Key: {both.relay.agent.token}"),
        post(ASK, QUESTION, who, "Idempotency-Key: @@@@-1"),
        post(ASK, {"prompt": "@@@@ in a while?"}, who, "Prefer: respond-async"),
        post(ASK, {**QUESTION, "timeout_seconds": 5000}, who),
        post(COMPLETE, {"summary": "@@@@ ready", "wait": 0}, who),
        post(NOTIFY, MESSAGE, who),
        post(NOTIFY, MESSAGE, who, "Content-Type: text/plain; charset=latin-1"),
        post(NOTIFY, MESSAGE, who, "Origin: https://elsewhere.example", "Cookie: a=b"),
        post(NOTIFY, {"message": "@@@@ ünïcödé " + "x" * 9_000}, who),
    ):
        fast, plain = await both.said(request)
        assert fast == plain
        assert fast.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202"))


@pytest.mark.proves("lane.same_answers")
async def test_messages_of_mcp_clients_are_answered_alike(both: Doors) -> None:
    who = (bearer(both), *(f"{name}: {value}" for name, value in ACCEPT.items()))
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    tell, headers = modern(tool_call("notify_human", {"message": "@@@@ is done"}))
    for path in ("/mcp", "/mcp-server/mcp", "/mcp-server/mcp/", "/mcp-server/mcp/worker"):
        for status, request in (
            (200, post(path, tell, *who, *(f"{name}: {value}" for name, value in headers.items()))),
            (200, post(path, rpc("tools/list"), *who)),
            (200, post(path, tool_call("notify_human", {"message": "@@@@ is done too"}), *who)),
            (200, post(path, rpc("no/such/method"), *who)),
            (202, post(path, {"jsonrpc": "2.0", "method": "notifications/initialized"}, *who)),
            (400, post(path, b"{", *who)),
            (401, post(path, rpc("ping"), *who[1:])),
            (403, post(path, rpc("ping"), *who, "Origin: https://elsewhere.example")),
            (406, post(path, rpc("ping"), bearer(both), "Content-Type: application/json", "Accept: text/html")),
            (415, post(path, rpc("ping"), bearer(both), "Accept: */*", "Content-Type: text/plain")),
            (200, post(path, rpc("initialize", hello), *who)),
        ):
            fast, plain = (re.sub(rb"(?i)(session-id: )[^\r]*", rb"\1some", said) for said in await both.said(request))
            assert (path, fast, fast[9:12]) == (path, plain, str(status).encode())


@pytest.mark.proves("lane.same_answers")
async def test_calls_that_are_wrong_are_refused_alike(both: Doors) -> None:
    who, owner = bearer(both), f"Authorization: Bearer {both.relay.owner.token}"
    stranger = "Authorization: Bearer mcp_pk_" + "0" * 40
    for status, request in (
        (401, post(ASK, QUESTION)),
        (401, post(ASK, QUESTION, stranger)),
        (401, post(ASK, QUESTION, "Authorization: Basic YTpi")),
        (400, post(ASK, QUESTION, who, "X-API-Key: another")),
        (403, post(ASK, QUESTION, owner)),
        (400, post(ASK, b"", who)),
        (400, post(ASK, b"{", who)),
        (400, post(ASK, b"\xff\xfe", who)),
        (400, post(ASK, {"prompt": ""}, who)),
        (400, post(ASK, {**QUESTION, "choices": ["a", "a"]}, who)),
        (400, post(ASK, QUESTION, who, "Idempotency-Key: " + "x" * 300)),
        (400, post(ASK, QUESTION, who, "Idempotency-Key: \xe9\xff")),
        (400, post(ASK, {**QUESTION, "audience": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}, who)),
        (400, post(NOTIFY, {"message": 5, "context": "x" * 50_000}, who)),
    ):
        fast, plain = await both.said(request)
        assert (fast, fast[9:12]) == (plain, str(status).encode())


@pytest.mark.proves("lane.same_answers")
async def test_a_body_around_the_largest_is_taken_and_refused_alike(make_relay: MakeRelay) -> None:
    async with doors(await make_relay(max_body=1024)) as both:
        spent = len(post(NOTIFY, {"message": ""}).partition(b"\r\n\r\n")[2])
        for size, status in ((1023, b"200"), (1024, b"200"), (1025, b"413"), (9_000, b"413")):
            fast, plain = await both.said(post(NOTIFY, {"message": "x" * (size - spent)}, bearer(both)))
            assert (fast, fast[9:12]) == (plain, status)


@pytest.mark.proves("lane.same_answers")
async def test_odd_http_is_answered_alike(both: Doors) -> None:
    who = bearer(both)
    body = json.dumps(MESSAGE).replace("@@@@", "a lane")
    length = len(body)
    good = post(NOTIFY, body.encode(), who)
    for request in (
        post(NOTIFY, body.encode(), who, version="1.0"),
        post(NOTIFY, body.encode(), who, "Connection: keep-alive", version="1.0", close=False) + get("/healthz"),
        post(NOTIFY, b"%x\r\n%s\r\n0\r\n\r\n" % (length, body.encode()), who, "Transfer-Encoding: chunked"),
        post(NOTIFY, b"zz\r\n", who, "Transfer-Encoding: chunked"),
        post(NOTIFY, body.encode(), who, "Transfer-Encoding: chunked", f"Content-Length: {length}"),
        post(NOTIFY, body.encode(), who, f"Content-Length: {length}", f"Content-Length: {length}"),
        post(NOTIFY, body.encode(), who, f"Content-Length: {length}", f"content-length : {length}"),
        post(NOTIFY, body.encode(), who, f"CONTENT-LENGTH:{length}"),
        post(NOTIFY, body.encode(), who, f"Content-Length: +{length}"),
        post(NOTIFY, body.encode(), who, "Content-Length: -1"),
        post(NOTIFY, body.encode(), who, "Content-Length: "),
        post(NOTIFY, body.encode(), who, "Content-Length: 0x10"),
        post(NOTIFY, body.encode(), who, f"Content-Length: {length - 1}"),
        post(NOTIFY, body.encode(), who, f"Content-Length: {10**20}"),
        post(NOTIFY, body.encode(), who, "Content-Encoding: gzip"),
        post(NOTIFY, body.encode(), who, "Content-Encoding: identity"),
        post(NOTIFY, body.encode(), who, "Upgrade: h2c", "HTTP2-Settings: AA"),
        post(NOTIFY, body.encode(), who, "Expect: 100-continue"),
        post(NOTIFY, body.encode(), who, "Expect: tea"),
        post(NOTIFY, body.encode(), who, "X: " + "y" * 9_000),
        post(NOTIFY, body.encode(), who, *(f"X-{n}: y" for n in range(200))),
        post(NOTIFY, body.encode(), who, "no colon"),
        post(NOTIFY, body.encode(), who, "X: a\r\n folded"),
        post(NOTIFY, body.encode(), who, "X: a\nY: b"),
        post(NOTIFY, body.encode(), who, "X: a\rb"),
        post(NOTIFY, body.encode(), who, "X: \x00"),
        post(NOTIFY, body.encode(), who, "X: a\n\nPOST / HTTP/1.1"),
        post(NOTIFY, body.encode(), who, ": nameless"),
        post(NOTIFY, body.encode(), who, "Sec-WebSocket-Key1: x", "Connection: upgrade"),
        post(NOTIFY + "?a=b", body.encode(), who),
        post(NOTIFY + f"?api_key={both.relay.agent.token}", body.encode(), who),
        post(NOTIFY + "/", body.encode(), who),
        post(NOTIFY + "#x", body.encode(), who),
        post("//api/v1/hitl/notify", body.encode(), who),
        post("http://localhost" + NOTIFY, body.encode(), who),
        post(NOTIFY.replace("n", "%6e"), body.encode(), who),
        good.replace(b"POST", b"post", 1),
        good.replace(b"POST ", b"POST  ", 1),
        good.replace(b"HTTP/1.1", b"HTTP/1.2", 1),
        good.replace(b"HTTP/1.1", b"HTTP/2.0", 1),
        good.replace(b"Host: localhost\r\n", b"", 1),
        b"\r\n" + good,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + good,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        good[:40] + b"\x00" + good[41:],
        *(get(NOTIFY, who, method=method) for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")),
    ):
        fast, plain = await both.said(request)
        assert fast == plain, request


@pytest.mark.proves("lane.same_answers")
async def test_a_call_cut_anywhere_is_answered_alike(both: Doors) -> None:
    refused, told = post(NOTIFY, MESSAGE), post(NOTIFY, MESSAGE, bearer(both))
    for request in (refused, told):
        for cut in range(1, len(request)):
            fast, plain = await both.said(request[:cut], request[cut:])
            assert fast == plain, cut
    fast, plain = await both.said(*(told[n : n + 1] for n in range(len(told))))
    assert fast == plain
    assert fast.startswith(b"HTTP/1.1 200")


@pytest.mark.proves("lane.same_answers")
async def test_calls_that_follow_each_other_are_answered_alike_and_in_order(both: Doors) -> None:
    who = bearer(both)
    kinds = {
        "told": lambda *, close: post(NOTIFY, MESSAGE, who, close=close),
        "asked": lambda *, close: post(ASK, QUESTION, who, close=close),
        "refused": lambda *, close: post(ASK, {"prompt": ""}, who, close=close),
        "unknown": lambda *, close: post(NOTIFY, MESSAGE, close=close),
        "health": lambda *, close: get("/healthz", close=close),
        "nowhere": lambda *, close: get("/nowhere", close=close),
        "broken": lambda **_: b"BROKEN\r\n\r\n",
    }
    for first, second, third in itertools.product(kinds, kinds, ("told", "health")):
        requests = [kinds[first](close=False), kinds[second](close=False), kinds[third](close=True)]
        together, apart = await both.said(b"".join(requests)), await both.said(*requests)
        assert together[0] == together[1], (first, second, third)
        assert apart[0] == apart[1], (first, second, third)


@pytest.mark.proves("lane.same_answers")
async def test_a_caller_that_stops_talking_is_left_alike(both: Doors) -> None:
    request = post(NOTIFY, MESSAGE, bearer(both))
    head = request.index(b"\r\n\r\n") + 4
    for cut in (0, 10, 60, head - 2, head, len(request) - 1):
        fast, plain = await both.said(request[:cut], aborts=True)
        assert fast == plain, cut
