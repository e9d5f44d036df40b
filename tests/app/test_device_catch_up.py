"""A device that comes back gets exactly what it missed, in order; one too far behind starts afresh."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from relay.services.keys import DATABASE
from tests.app.asking import put, respond
from tests.app.conftest import Device, Relay


async def events_up_to(device: Device, head: int) -> list[dict[str, Any]]:
    """Read until the event of this number has come; return all events."""
    await device.next("event", seq=head)
    return [frame for frame in device.frames if frame["t"] == "event"]


async def head_of(relay: Relay) -> int:
    return int((await (await relay.owner.get("/api/v1/mobile/inbox")).json())["cursor"])


async def test_a_new_device_is_welcomed_and_shown_what_is_pending(relay: Relay) -> None:
    asked = await put(relay.agent)
    phone = await relay.silent_device("phone")
    await phone.hello()
    welcome = await phone.next("welcome")
    assert welcome == {
        "t": "welcome",
        "server_time": "2026-03-04T12:00:00.000Z",
        "cursor": await head_of(relay),
        "ceiling_s": 900,
        "resync": True,
        "account": {"id": relay.account_id, "name": "Ada"},
        "device": {"id": phone.id, "name": "phone"},
    }
    inbox = await phone.next("inbox")
    assert ([card["id"] for card in inbox["requests"]], inbox["more"]) == ([asked["request_id"]], False)
    second = await put(relay.agent, "b?")
    event = await phone.next("request.created")
    assert (event["seq"], event["request"]["id"]) == (welcome["cursor"] + 1, second["request_id"])
    await phone.send({"t": "ping", "n": 7})
    assert (await phone.next("pong"))["n"] == 7


@pytest.mark.proves("device.catch_up")
async def test_a_cursor_replays_exactly_what_was_missed_in_order(relay: Relay) -> None:
    phone = await relay.device()
    cursor = await head_of(relay)
    await phone.ws.close()
    asked = [await put(relay.agent, f"{n}?") for n in range(5)]
    await respond(relay.owner, asked[0]["request_id"], "Yes")
    await relay.agent.delete(asked[1]["links"]["self"])
    await relay.agent.post("/api/v1/hitl/notify", {"message": "m"})
    head = await head_of(relay)

    again = await _back(relay, phone, cursor)
    welcome = await again.next("welcome")
    assert (welcome["resync"], welcome["cursor"]) == (False, head)
    events = await events_up_to(again, head)
    assert [e["seq"] for e in events] == list(range(cursor + 1, head + 1))
    kinds = ["request.created"] * 5 + ["request.resolved"] * 2 + ["notification"]
    assert [e["type"] for e in events] == kinds
    assert [e["request"]["prompt"] for e in events[:5]] == [f"{n}?" for n in range(5)]
    # A card that was settled meanwhile says so at once.
    assert events[0]["request"]["status"] == "answered"
    assert [e["status"] for e in events[5:7]] == ["answered", "cancelled"]


async def test_a_cursor_at_the_head_replays_nothing(relay: Relay) -> None:
    phone = await relay.device(cursor=await head_of(relay) + 2)  # signing in and registering are two entries
    await put(relay.agent)
    await phone.next("request.created")
    assert [frame["t"] for frame in phone.frames] == ["welcome", "event"]


async def test_nothing_is_missed_or_doubled_while_new_requests_arrive_during_the_replay(relay: Relay) -> None:
    await asyncio.gather(*(relay.agent.post("/api/v1/hitl/notify", {"message": f"{n}"}) for n in range(250)))
    phones = [await relay.silent_device(f"phone {n}") for n in range(3)]
    first = asyncio.gather(*(put(relay.agent, f"{n}?") for n in range(20)))
    await asyncio.gather(*(phone.hello(0) for phone in phones))
    rest = asyncio.gather(*(put(relay.agent, f"later {n}?") for n in range(20)))
    await asyncio.gather(first, rest)
    head = await head_of(relay)
    for phone in phones:
        events = await events_up_to(phone, head)
        assert [e["seq"] for e in events] == list(range(1, head + 1))


@pytest.mark.proves("device.resync")
async def test_a_cursor_that_cannot_be_replayed_gets_the_inbox_afresh(relay: Relay) -> None:
    asked = await put(relay.agent)
    phone = await relay.device()
    await phone.ws.close()
    database, head = relay.app[DATABASE], await head_of(relay)

    async def resyncs(cursor: int) -> bool:
        device = await _back(relay, phone, cursor)
        welcome = await device.next("welcome")
        if welcome["resync"]:
            assert [c["id"] for c in (await device.next("inbox"))["requests"]] == [asked["request_id"]]
        await device.ws.close()
        return bool(welcome["resync"])

    assert await resyncs(head + 1), "a cursor of another database"
    assert await resyncs(10**15)
    assert not await resyncs(0)
    # What retention took cannot be replayed.
    await database.execute("DELETE FROM account_log WHERE account_id = $1 AND seq <= 2", UUID(relay.account_id))
    assert await resyncs(1)
    assert not await resyncs(2)
    # Further behind than a replay is worth.
    await database.execute(
        "INSERT INTO account_log (account_id, seq, type, subject, at)"
        " SELECT $1, seq, 'agent.created', $1, now() FROM generate_series($2::bigint, $3::bigint) AS seq",
        UUID(relay.account_id),
        head + 1,
        head + 2_001,
    )
    await database.execute("UPDATE account_head SET seq = $1", head + 2_001)
    assert await resyncs(head)
    assert not await resyncs(head + 1)


async def test_a_full_inbox_comes_in_parts(relay: Relay) -> None:
    asked = await asyncio.gather(*(put(relay.agent, f"{n}?") for n in range(120)))
    phone = await relay.silent_device()
    await phone.hello()
    parts = [await phone.next("inbox") for _ in range(3)]
    assert [part["more"] for part in parts] == [True, True, False]
    assert {card["id"] for part in parts for card in part["requests"]} == {a["request_id"] for a in asked}


async def test_what_happens_to_devices_and_keys_is_told_by_subject(relay: Relay) -> None:
    phone = await relay.device()
    other = await relay.silent_device("old tablet")
    assert (await phone.next("session.created"))["subject"]
    assert (await phone.next("device.registered"))["subject"] == other.id
    reply = await relay.owner.patch(f"/api/v1/mobile/devices/{other.id}", {"name": "tablet"})
    assert (await reply.json())["name"] == "tablet"
    assert (await phone.next("device.renamed"))["subject"] == other.id
    await relay.owner.delete(f"/api/v1/mobile/devices/{other.id}")
    assert (await phone.next("device.revoked"))["subject"] == other.id
    events = [frame for frame in phone.frames if frame["t"] == "event"]
    assert [e["seq"] for e in events] == list(range(events[0]["seq"], events[0]["seq"] + len(events)))


async def test_nobody_hears_of_another_account(relay: Relay) -> None:
    _, stranger = await relay.another_owner()
    phone = await relay.device()
    await put(stranger, "theirs?")
    await put(relay.agent, "ours?")
    assert (await phone.next("request.created"))["request"]["prompt"] == "ours?"


async def _back(relay: Relay, device: Device, cursor: int) -> Device:
    """Connect a known device again."""
    ws = await relay.client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",))
    return await Device(ws, device.id, device.token).hello(cursor)
