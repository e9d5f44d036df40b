"""The device socket's manners: who is let in, what ends the conversation, and which code says so."""

import asyncio
import json
import os
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from auth.secrets import SESSION_PREFIX, new_token
from mobile_api import conversation
from mobile_api.keys import SOCKETS
from mobile_api.session import MAX_MESSAGE, CloseCode
from tests.app.asking import put
from tests.app.conftest import Device, Relay
from tests.waiting import until

SOCKET = "/api/v1/mobile/ws"
TOO_BIG = 1009
"""RFC 6455 7.4.1: the WebSocket's own code, given before the frame is ours to judge."""

ID = str(uuid4())
DEEP = '{"t":"ping","n":' + "[" * 10_000 + "]" * 10_000 + "}"


async def knock(relay: Relay, **more: Any) -> aiohttp.ClientWebSocketResponse:
    return await relay.client.ws_connect(SOCKET, protocols=("hitl.v1",), **more)


async def after(relay: Relay, first: str | bytes) -> int | None:
    """Connect, send one frame, and return the code the relay hangs up with."""
    ws = await knock(relay)
    await (ws.send_bytes(first) if isinstance(first, bytes) else ws.send_str(first))
    return await Device(ws, "", "").closed()


def hello(device: Device, **other: Any) -> str:
    return json.dumps({"t": "hello", "token": device.token, "device_id": device.id, "cursor": None} | other)


@pytest.mark.proves("device.bad_frame")
@pytest.mark.proves("device.close_codes")
async def test_a_wrong_first_frame_ends_it_with_the_code_that_says_why(relay: Relay) -> None:
    phone = await relay.silent_device()
    tablet = await relay.silent_device()
    stranger, their_agent = await relay.another_owner()
    foreign = await (await stranger.post("/api/v1/mobile/devices", {"name": "x", "kind": "phone"})).json()
    wrong: list[tuple[str | bytes, int]] = [
        ("", CloseCode.BAD_MESSAGE),
        ("garbage", CloseCode.BAD_MESSAGE),
        ("[]", CloseCode.BAD_MESSAGE),
        ("null", CloseCode.BAD_MESSAGE),
        ("{}", CloseCode.BAD_MESSAGE),
        ('{"t":"unknown"}', CloseCode.BAD_MESSAGE),
        ('{"t":"hello"}', CloseCode.BAD_MESSAGE),
        (DEEP, CloseCode.BAD_MESSAGE),
        (hello(phone, device_id="x"), CloseCode.BAD_MESSAGE),
        (hello(phone, cursor=-1), CloseCode.BAD_MESSAGE),
        (hello(phone, cursor="1"), CloseCode.BAD_MESSAGE),
        (hello(phone, token=7), CloseCode.BAD_MESSAGE),
        (hello(phone, token="x" * 201), CloseCode.BAD_MESSAGE),
        (hello(phone).replace("hses_", "\\ud800"), CloseCode.BAD_MESSAGE),
        (hello(phone).encode(), CloseCode.BAD_MESSAGE),
        (b"\x00\xff", CloseCode.BAD_MESSAGE),
        ('{"t":"ping"}', CloseCode.EXPECTED_HELLO),
        (json.dumps({"t": "seen", "request_id": ID}), CloseCode.EXPECTED_HELLO),
        (hello(phone, token=None), CloseCode.UNAUTHENTICATED),
        (hello(phone, token="nonsense"), CloseCode.UNAUTHENTICATED),
        (hello(phone, token=new_token(SESSION_PREFIX, os.urandom)), CloseCode.UNAUTHENTICATED),
        (hello(phone, token=relay.agent.token), CloseCode.UNAUTHENTICATED),
        (hello(phone, token=their_agent.token), CloseCode.UNAUTHENTICATED),
        (hello(phone, device_id=ID), CloseCode.UNAUTHENTICATED),
        (hello(phone, device_id=tablet.id), CloseCode.UNAUTHENTICATED),
        (hello(phone, device_id=foreign["device_id"]), CloseCode.UNAUTHENTICATED),
        (hello(phone, token=stranger.token), CloseCode.UNAUTHENTICATED),
        ("x" * (MAX_MESSAGE + 1), TOO_BIG),
        (b"x" * (MAX_MESSAGE + 1), TOO_BIG),
    ]
    for frame, code in wrong:
        assert await after(relay, frame) == code, frame[:80]
    await until(lambda: len(relay.app[SOCKETS]) == 2)  # the two that have said nothing yet


@pytest.mark.proves("device.bad_frame")
async def test_a_wrong_later_frame_ends_it_and_settles_nothing(relay: Relay) -> None:
    asked = await put(relay.agent)
    answer = {"t": "answer", "request_id": asked["request_id"], "answer_id": ID, "answer": "Yes"}
    watcher = await relay.device("watcher")
    phone = await relay.silent_device()
    wrong: list[tuple[str | bytes, int]] = [
        (hello(phone), CloseCode.BAD_MESSAGE),
        ("garbage", CloseCode.BAD_MESSAGE),
        (b"\x00", CloseCode.BAD_MESSAGE),
        (DEEP, CloseCode.BAD_MESSAGE),
        *[
            (json.dumps({**answer, **spoilt}), CloseCode.BAD_MESSAGE)
            for spoilt in (
                {"t": "Answer"},
                {"request_id": "x"},
                {"answer_id": None},
                {"answer": None},
                {"answer": {}},
                {"answer": [1]},
                {"comment": "x" * 2_001},
                {"comment": None},
            )
        ],
        (json.dumps({"t": "claim", "request_id": asked["request_id"], "seconds": 301}), CloseCode.BAD_MESSAGE),
        (json.dumps({**answer, "comment": "x" * MAX_MESSAGE}), TOO_BIG),
    ]
    for frame, code in wrong:
        ws = await knock(relay)
        device = Device(ws, phone.id, phone.token)
        await device.hello()
        await device.next("inbox")
        await (ws.send_bytes(frame) if isinstance(frame, bytes) else ws.send_str(frame))
        assert await device.closed() == code, frame[:80]
    await watcher.send({"t": "ping", "n": 10**300})
    assert (await watcher.next("pong"))["n"] == 10**300
    assert (await relay.open_request())["status"] == "pending"


async def test_a_device_that_does_not_say_hello_is_let_go(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN_S", 0.05)
    phone = await relay.silent_device()
    assert await phone.closed() == CloseCode.HELLO_TIMEOUT


async def test_an_upgrade_that_is_not_ours_is_refused_before_it_happens(relay: Relay) -> None:
    for protocols in (("hitl.v2",), ("chat", "hitl.v10")):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await relay.client.ws_connect(SOCKET, protocols=protocols)
        assert refused.value.status == 400
    plain = await relay.client.get(SOCKET)
    assert (plain.status, plain.content_type) == (400, "application/problem+json")
    among_others = await relay.client.ws_connect(SOCKET, protocols=("chat", "hitl.v1"))
    assert among_others.protocol == "hitl.v1"
    await among_others.close()


async def test_a_browsers_cookie_opens_a_socket_from_our_own_pages_only(relay: Relay) -> None:
    phone = await relay.silent_device()
    cookie = {"Cookie": f"hitl_sid={phone.token}"}
    foreign: list[dict[str, str]] = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}]
    for headers in foreign:
        device = Device(await knock(relay, headers=cookie | headers), phone.id, phone.token)
        await device.ws.send_str(hello(phone, token=None))
        assert await device.closed() == CloseCode.UNAUTHENTICATED, headers
    ours: list[dict[str, str]] = [{"Origin": "http://localhost:8000"}, {"Sec-Fetch-Site": "same-origin"}]
    for headers in ours:
        device = Device(await knock(relay, headers=cookie | headers), phone.id, phone.token)
        await device.ws.send_str(hello(phone, token=None))
        await device.next("welcome")
        await device.ws.close()


@pytest.mark.proves("device.revoked")
async def test_revoking_a_device_closes_its_sockets_and_ends_its_sessions_and_no_others(relay: Relay) -> None:
    lost, kept = await relay.device("lost"), await relay.device("kept")
    second = Device(await knock(relay), lost.id, lost.token)
    await second.hello()
    await second.next("inbox")
    assert (await relay.owner.delete(f"/api/v1/mobile/devices/{lost.id}")).status == 204
    assert [await device.closed() for device in (lost, second)] == [CloseCode.REVOKED] * 2
    assert await after(relay, hello(lost)) == CloseCode.UNAUTHENTICATED
    headers = {"Authorization": f"Bearer {lost.token}"}
    assert (await relay.client.get("/api/v1/mobile/inbox", headers=headers)).status == 401
    await kept.send({"t": "ping"})
    await kept.next("pong")
    listed = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    assert [(d["device_id"], d["connected"], d["current"]) for d in listed] == [(kept.id, True, False)]


@pytest.mark.proves("device.revoked")
async def test_signing_out_closes_the_sockets_of_that_session(relay: Relay) -> None:
    here, there = await relay.device("here"), await relay.device("there")
    headers = {"Authorization": f"Bearer {here.token}"}
    assert (await relay.client.post("/api/v1/auth/sign-out", headers=headers)).status == 204
    assert await here.closed() == CloseCode.REVOKED
    sessions = await (await relay.owner.get("/api/v1/auth/sessions")).json()
    (remote,) = [session["id"] for session in sessions if session["device_id"] == there.id]
    assert (await relay.owner.delete(f"/api/v1/auth/sessions/{remote}")).status == 204
    assert await there.closed() == CloseCode.REVOKED
    assert await after(relay, hello(here)) == CloseCode.UNAUTHENTICATED


async def test_a_session_that_registers_again_is_told_the_device_it_has(relay: Relay) -> None:
    phone = await relay.silent_device("phone")
    headers = {"Authorization": f"Bearer {phone.token}"}
    body = {"name": "another", "kind": "browser"}
    again = await relay.client.post("/api/v1/mobile/devices", json=body, headers=headers)
    device = await again.json()
    assert (again.status, device["device_id"], device["name"], device["current"]) == (200, phone.id, "phone", True)


async def test_a_device_that_answers_no_ping_is_closed_and_one_that_does_is_kept(relay: Relay) -> None:
    silent, alive = await relay.device("silent"), await relay.device("alive")
    await ping_all(relay)
    await alive.send({"t": "ping"})
    await alive.next("pong")
    await ping_all(relay)
    assert await silent.closed() == CloseCode.SILENT
    await alive.send({"t": "ping"})
    await alive.next("pong")


@pytest.mark.proves("device.close_codes")
async def test_a_stop_sends_devices_to_come_back_and_waiting_calls_away_with_a_typed_pending(relay: Relay) -> None:
    phone = await relay.device()
    call = relay.agent.ask()
    card = (await phone.next("request.created"))["request"]
    closed = asyncio.create_task(phone.closed())
    async with asyncio.timeout(10):
        await relay.client.server.close()
    reply = await call
    outcome = await reply.json()
    assert (reply.status, outcome["status"], outcome["request_id"]) == (202, "pending", card["id"])
    assert await closed == CloseCode.RESTARTING


async def ping_all(relay: Relay) -> None:
    """Let one round of ticks pass: every socket is pinged once."""
    for tick in range(relay.app[SOCKETS].ping_every_s):
        relay.app[SOCKETS].ping(tick)
