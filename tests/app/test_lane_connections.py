"""The life of a connection in the lane: who keeps it, who gets it, and how it ends."""

import asyncio
import json

import pytest

from relay.services.keys import HUB
from tests.app.asking import RawCall, respond
from tests.app.conftest import MakeRelay, Relay
from tests.app.lane import ASK, NOTIFY, doors, exchange, post
from tests.waiting import until


@pytest.mark.proves("lane.hands_over")
async def test_hot_calls_stay_in_the_lane_and_the_first_other_one_leaves_it(relay: Relay) -> None:
    async with doors(relay) as both:
        await relay.client.session.close()  # its own connections would be among those seen
        await until(lambda: not both.connections())
        call = await RawCall.post(relay, NOTIFY, {"message": "one"})
        for message in ("two", "three"):
            await call.head()
            assert (await call.json())["status"] == "sent"
            assert both.connections() == ["LaneConnection"]
            call.send(relay, NOTIFY, {"message": message})
        await call.head()
        await call.json()
        call._writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await call.head()
        assert (call.status, both.connections()) == (200, ["RequestHandler"])
        await call.json()
        call.send(relay, NOTIFY, {"message": "four"})
        await call.head()
        assert (await call.json())["status"] == "sent"
        await call.hang_up()
        await until(lambda: not both.connections())


@pytest.mark.proves("lane.hands_over")
async def test_a_call_that_comes_slowly_is_handed_over_and_answered(relay: Relay) -> None:
    async with doors(relay) as both:
        request = post(NOTIFY, {"message": "slow"}, f"X-API-Key: {relay.agent.token}")
        reader, writer = await asyncio.open_connection("127.0.0.1", both.lane)
        writer.write(request[:-5])
        await until(lambda: "LaneConnection" in both.connections())
        await until(lambda: "LaneConnection" not in both.connections())
        writer.write(request[-5:])
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_a_caller_that_goes_before_its_call_is_whole_leaves_nothing_behind(relay: Relay) -> None:
    async with doors(relay) as both:
        request = post(ASK, {"prompt": "gone?"}, f"X-API-Key: {relay.agent.token}")
        for cut in (0, 5, 70, len(request) - 1):
            _, writer = await asyncio.open_connection("127.0.0.1", both.lane)
            writer.write(request[:cut])
            await until(lambda: "LaneConnection" in both.connections())
            writer.transport.abort()
            await until(lambda: "LaneConnection" not in both.connections())
        assert (await (await relay.agent.get("/api/v1/requests")).json())["requests"] == []


async def test_what_is_sent_while_a_call_waits_is_served_after_it(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "first?"})
    call.send(relay, NOTIFY, {"message": "second"})
    card = await relay.open_request()
    await respond(relay.owner, card["id"], "Yes")
    await call.head()
    assert (await call.json())["response"] == "Yes"
    await call.head()
    assert (await call.json())["status"] == "sent"
    await call.close()


async def test_a_flood_behind_a_waiting_call_is_not_read_and_not_lost(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "first?"})
    card = await relay.open_request()
    filler = "x" * 1_000
    for number in range(300):
        call.send(relay, NOTIFY, {"message": f"{number}", "context": filler})
    await respond(relay.owner, card["id"], "Yes")
    for expected in ["answered"] + ["sent"] * 300:
        await call.head()
        assert (await call.json())["status"] == expected
    await call.close()


async def test_a_quiet_connection_is_closed_when_its_time_is_up(make_relay: MakeRelay) -> None:
    relay = await make_relay(keepalive_s=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.client.port)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_stopping_closes_quiet_connections_and_lets_waiting_calls_go_with_what_they_have(relay: Relay) -> None:
    quiet, quiet_writer = await asyncio.open_connection("127.0.0.1", relay.client.port)
    waiting = asyncio.create_task(
        exchange(relay.client.port, [post(ASK, {"prompt": "Deploy?"}, f"X-API-Key: {relay.agent.token}", close=False)])
    )
    await relay.open_request()
    await until(lambda: relay.app[HUB].counts()[1] == 1)
    await relay.client.close()
    said = await waiting
    assert json.loads(said.partition(b"\r\n\r\n")[2])["status"] == "pending"
    assert await quiet.read() == b""
    quiet_writer.close()
