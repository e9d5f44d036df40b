"""Calls that wait: at once, for a slice, to the end, kept alive by spaces, and abandoned by their callers."""

import asyncio
import json
from uuid import UUID

import pytest

from relay.domain.ids import RequestId
from relay.services.keys import HEARTBEATS, HUB
from tests.app.asking import ASK, RawCall, abandoned, awaited, put, respond, shown
from tests.app.conftest import Relay
from tests.waiting import until


async def test_no_wait_returns_at_once_with_links_that_work(relay: Relay) -> None:
    for reply in (
        await relay.agent.post(ASK, {"prompt": "a?", "wait": 0}),
        await relay.agent.post(ASK, {"prompt": "b?"}, headers={"Prefer": "respond-async"}),
        await relay.agent.post(ASK, {"prompt": "c?"}, headers={"Prefer": "handling=lenient, respond-async"}),
    ):
        asked = await reply.json()
        assert (reply.status, asked["status"], asked["response"]) == (202, "pending", None)
        links = asked["links"]
        assert (await (await relay.agent.get(links["self"])).json())["request_id"] == asked["request_id"]
        assert (await relay.agent.get(links["wait"] + "?timeout=0")).status == 202
        events = await relay.agent.get(links["events"])
        assert (events.status, events.content_type) == (200, "text/event-stream")
        events.close()
        assert (await relay.agent.delete(links["self"])).status == 200


@pytest.mark.proves("ask.wait_slice")
async def test_a_slice_that_ends_first_says_pending_and_a_later_call_gets_the_answer(relay: Relay) -> None:
    short, long = relay.agent.ask("a?", wait=1), relay.agent.ask("b?", wait=2)
    within_a_second, later = await short, await long
    # A slice of more than a second has sent its status line before it ends: the body says it then.
    assert (within_a_second.status, later.status) == (202, 200)
    for asked in (await within_a_second.json(), await later.json()):
        assert (asked["status"], asked["response"], asked["answered_by"]) == ("pending", None, None)
        await respond(relay.owner, asked["request_id"], "Yes")
        waited = await relay.agent.get(asked["links"]["wait"])
        assert (waited.status, (await waited.json())["response"]) == (200, "Yes")


async def test_an_answer_that_comes_after_a_slice_is_kept_for_the_next_call(relay: Relay) -> None:
    asked = await put(relay.agent)
    await respond(relay.owner, asked["request_id"], "Yes")
    again = await relay.agent.post(ASK, {"prompt": "Deploy to production?"})
    assert (again.status, (await again.json())["request_id"]) == (200, asked["request_id"])


@pytest.mark.proves("ask.long_poll")
async def test_a_long_poll_finds_the_answer_given_before_it_and_during_it(relay: Relay) -> None:
    before, during = await put(relay.agent, "a?"), await put(relay.agent, "b?")
    await respond(relay.owner, before["request_id"], "early")
    assert (await (await relay.agent.get(before["links"]["wait"])).json())["response"] == "early"

    polls = [asyncio.create_task(relay.agent.get(during["links"]["wait"])) for _ in range(3)]
    await awaited(relay, during["request_id"], callers=3)
    await respond(relay.owner, during["request_id"], "late")
    assert [(await (await poll).json())["response"] for poll in polls] == ["late"] * 3


async def test_an_owner_who_waits_along_does_not_collect_the_answer(relay: Relay) -> None:
    asked = await put(relay.agent)
    looking = asyncio.create_task(relay.owner.get(asked["links"]["wait"]))
    await until(lambda: relay.app[HUB].is_awaited(RequestId(UUID(asked["request_id"]))))
    await respond(relay.owner, asked["request_id"], "Yes")
    assert (await (await looking).json())["response"] == "Yes"
    await shown(relay.owner, asked["request_id"])
    assert await uncollected(relay) == [asked["request_id"]]


@pytest.mark.proves("ask.heartbeat")
async def test_a_waiting_reply_is_kept_alive_by_spaces_before_its_json(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "Deploy?"})
    await call.head()  # sent after a second without an answer
    request_id = (await relay.open_request())["id"]
    assert (call.status, call.headers["content-type"]) == (200, "application/json")
    assert (call.headers["hitl-request-id"], call.headers["hitl-delivery"]) == (request_id, "none")
    for _ in range(3):
        for tick in range(relay.app[HEARTBEATS].interval_s):
            await relay.app[HEARTBEATS].beat(tick)
        assert await call.chunk() == b" "
    await respond(relay.owner, request_id, "Yes")
    body = b"   " + await call.chunk()
    assert await call.chunk() == b""
    assert json.loads(body)["response"] == "Yes"
    await call.close()


async def test_the_header_of_a_waiting_reply_says_whether_a_device_is_connected(relay: Relay) -> None:
    await relay.device()
    call = await RawCall.post(relay, ASK, {"prompt": "Deploy?"})
    await call.head()
    assert call.headers["hitl-delivery"] == "live"
    await call.hang_up()
    await abandoned(relay)


@pytest.mark.proves("ask.uncollected")
@pytest.mark.parametrize("noticed", [True, False], ids=["noticed before the answer", "found out with the answer"])
async def test_the_answer_to_a_caller_that_hung_up_goes_to_its_next_call_exactly_once(
    relay: Relay, *, noticed: bool
) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "Deploy?"})
    card = await relay.open_request()
    await awaited(relay, card["id"])
    await call.hang_up()
    await awaited(relay, card["id"], callers=0)
    if noticed:
        await abandoned(relay)
        assert (await relay.open_request())["status"] == "pending"
    await respond(relay.owner, card["id"], "Yes")
    await until(lambda: len(relay.app[HEARTBEATS]) == 0)
    assert await uncollected(relay) == [card["id"]]

    second = await (await relay.agent.post(ASK, {"prompt": "Deploy?"})).json()
    assert (second["request_id"], second["response"]) == (card["id"], "Yes")
    assert await uncollected(relay) == []
    third = await put(relay.agent, "Deploy?")
    assert third["request_id"] != card["id"]


async def test_a_caller_that_hangs_up_while_another_waits_takes_nothing_with_it(relay: Relay) -> None:
    gone = await RawCall.post(relay, ASK, {"prompt": "Deploy?"})
    card = await relay.open_request()
    stays = relay.agent.ask("Deploy?")
    await awaited(relay, card["id"], callers=2)
    await gone.hang_up()
    await awaited(relay, card["id"], callers=1)
    await respond(relay.owner, card["id"], "Yes")
    assert (await (await stays).json())["response"] == "Yes"
    assert await uncollected(relay) == []


async def test_reading_a_settled_request_collects_it_and_listing_it_does_not(relay: Relay) -> None:
    asked = await put(relay.agent)
    await respond(relay.owner, asked["request_id"], "Yes")
    for _ in range(2):
        assert await uncollected(relay) == [asked["request_id"]]
    await shown(relay.agent, asked["request_id"])
    assert await uncollected(relay) == []


async def uncollected(relay: Relay) -> list[str]:
    listed = await (await relay.agent.get("/api/v1/requests?uncollected=1")).json()
    return [entry["request_id"] for entry in listed["requests"]]


async def test_a_caller_of_http_1_0_gets_the_same_reply_unchunked_and_a_closed_connection(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "Deploy?"}, version="1.0")
    await call.head()  # sent after a second without an answer
    assert "transfer-encoding" not in call.headers
    assert call.headers["connection"] == "close"
    await respond(relay.owner, (await relay.open_request())["id"], "yes")
    assert json.loads(await call.rest())["response"] == "yes"
    await call.close()


async def test_a_caller_that_wants_no_second_call_finds_the_connection_closed(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "Deploy?", "wait": 0}, "Connection: close")
    await call.head()
    assert (call.status, call.headers["connection"]) == (202, "close")
    assert json.loads(await call.rest())["status"] == "pending"
    await call.close()


async def test_a_second_call_follows_on_the_same_connection(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "Deploy?", "wait": 0})
    await call.head()
    first = await call.json()
    call.send(relay, ASK, {"prompt": "Deploy?", "wait": 0})
    await call.head()
    assert (await call.json())["request_id"] == first["request_id"]
    await call.close()
