"""The event stream of one request: deliveries as they happen, then the outcome, then the end."""

import asyncio
import json
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from relay.domain.ids import RequestId
from relay.services.keys import HUB
from tests.app.asking import put, respond
from tests.app.conftest import Relay
from tests.waiting import until


class Stream:
    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self._reply = reply

    async def next(self) -> tuple[str, dict[str, Any]] | None:
        """Return the next event's name and data, or None at the end."""
        event = ""
        async with asyncio.timeout(5):
            async for line in self._reply.content:
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    return event, json.loads(value)
        return None

    async def rest(self) -> list[tuple[str, dict[str, Any]]]:
        found = []
        while event := await self.next():
            found.append(event)
        return found


@pytest.mark.proves("ask.events")
@pytest.mark.proves("device.ledger")
async def test_what_devices_do_with_a_card_and_its_outcome_are_streamed_and_the_stream_ends(relay: Relay) -> None:
    phone = await relay.device("phone")
    asked = await put(relay.agent)
    stream = Stream(await relay.agent.get(asked["links"]["events"]))
    await phone.next("request.created")
    for step in ("sent", "displayed", "seen"):
        if step != "sent":
            await phone.send({"t": step, "request_id": asked["request_id"]})
        told = await stream.next()
        assert told is not None
        name, data = told
        assert (name, data.pop("at")) == ("delivery", "2026-03-04T12:00:00.000Z")
        assert data == {"device_id": phone.id, "device_name": "phone", "step": step, "detail": ""}
    await phone.answer(asked["request_id"], "Yes")
    ((name, outcome),) = await stream.rest()
    assert (name, outcome["status"], outcome["response"]) == ("resolved", "answered", "Yes")


async def test_the_stream_of_a_settled_request_tells_it_all_and_ends_at_once(relay: Relay) -> None:
    asked = await put(relay.agent)
    await respond(relay.owner, asked["request_id"], "line\r\nbreaks\n")
    for who in (relay.agent, relay.owner):
        ((name, outcome),) = await Stream(await who.get(asked["links"]["events"])).rest()
        assert (name, outcome["response"]) == ("resolved", "line\r\nbreaks\n")


async def test_a_device_may_report_only_on_requests_of_its_own_account(relay: Relay) -> None:
    _, stranger = await relay.another_owner()
    theirs = await put(stranger)
    phone = await relay.device()
    for step in ("displayed", "seen"):
        await phone.send({"t": step, "request_id": theirs["request_id"]})
    await phone.send({"t": "ping", "n": 1})
    await phone.next("pong")
    await stranger.delete(theirs["links"]["self"])
    ((name, _),) = await Stream(await stranger.get(theirs["links"]["events"])).rest()
    assert name == "resolved"


async def test_a_stop_of_the_relay_ends_the_stream(relay: Relay) -> None:
    asked = await put(relay.agent)
    reply = await relay.agent.get(asked["links"]["events"])
    await until(lambda: relay.app[HUB]._watchers.get(RequestId(UUID(asked["request_id"]))))
    async with asyncio.timeout(5):
        await relay.client.server.close()
    reply.close()
