"""Marked words go sealed through every door; the relay must not have them anywhere, in no spelling."""

import asyncio
import base64
import json
import logging
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import pytest

from hitl_cli.sealed.answer import seal_answer
from hitl_cli.sealed.box_v1 import answer_v1, seal_v1
from hitl_cli.sealed.receipt import Said
from push.keys import PUSH_DEVICES
from relay.kernel.log import JsonFormatter
from relay.services.keys import DATABASE
from tests.app.mcp_calls import answer_of, send, tool_call
from tests.emulators.webpush import Subscription
from tests.push.conftest import PushRelay
from tests.sealed_home import CHANCE, Home

MARK: Final = "c4n4ry-of-the-mine"
"""In prompt, context, choices, an action's arguments, the answer and the comment."""

WORDS: Final[dict[str, Any]] = {
    "context": f"the {MARK}",
    "form": {"type": "choice", "options": [MARK, "no"], "multiple": False},
    "action": {"tool": MARK, "arguments": {MARK: MARK}},
}
PLAIN_V1: Final = {
    "input": {"prompt": MARK, "choices": [MARK, "no"], "placeholder_text": MARK},
    "completion": {"summary": MARK},
    "notification": {"message": MARK},
}
REST: Final = {
    "input": "/api/v1/hitl/request/e2ee",
    "completion": "/api/v1/hitl/complete/e2ee",
    "notification": "/api/v1/hitl/notify/e2ee",
}
TOOLS: Final = {
    "input": "request_human_input_e2ee",
    "completion": "notify_human_completion_e2ee",
    "notification": "notify_human_e2ee",
}


def spellings() -> Iterator[str]:
    """Return the mark as it would stand in a text, in a hexadecimal dump, and in base64 wherever it began."""
    yield MARK
    yield MARK.encode().hex()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + MARK.encode()).decode()
        yield coded[4 if shift else 0 : -4]


def traces(text: str) -> list[str]:
    return [spelling for spelling in spellings() if spelling in text]


@pytest.fixture
async def sealing(pushing: PushRelay) -> Home:
    return await Home.begin(pushing.relay)


async def subscribed(pushing: PushRelay, home: Home) -> Subscription:
    """Have the phone woken by pushes, with words if there were any."""
    subscription = pushing.service.subscribe(pushing.relay.app[PUSH_DEVICES].key)
    path = f"/api/v1/mobile/devices/{home.phone.id}/push"
    assert (await home.phone.party.post(path, subscription.json())).status == 204
    await pushing.prefer(show_words=True)
    return subscription


def payloads(home: Home, kind: str) -> Iterator[str]:
    yield home.seal(MARK, kind=kind, **WORDS).payload
    yield seal_v1(PLAIN_V1[kind], agent=home.agent, inbox=home.inbox.public, chance=CHANCE)


async def ask_everywhere(home: Home) -> None:
    """Ask, report and tell, in both versions, by REST and by MCP."""
    for kind in REST:
        for payload in payloads(home, kind):
            more = {} if kind == "notification" else {"wait": 0, "dedupe_key": str(uuid4())}
            reply = await home.relay.agent.post(REST[kind], {"encrypted_payload": payload, **more})
            assert reply.status in {200, 202}, await reply.text()
        for payload in payloads(home, kind):
            arguments = {"encrypted_payload": payload, "wait_seconds": 1}
            result = (await answer_of(await send(home.relay.agent, tool_call(TOOLS[kind], arguments))))["result"]
            assert not result["isError"], result


async def answer_everything(home: Home) -> int:
    """Answer what waits, by REST and over a socket, sealed and with receipts."""
    cards = (await (await home.phone.party.get("/api/v1/mobile/inbox")).json())["requests"]
    socket = await home.relay.client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",))
    await socket.send_json({"t": "hello", "token": home.phone.party.token, "device_id": home.phone.id})
    for number, card in enumerate(cards):
        said = Said(MARK, MARK)
        decision = home.decide(card, said)
        if card["sealed"]["version"] == 2:
            question, device = home.open(card), home.phone.key
            sealed = seal_answer(said, decision, question=question, device=device, now=home.now, chance=CHANCE)
        else:
            sealed = answer_v1(MARK, card["sealed"]["reply"], inbox=home.inbox, agent=home.agent.public, chance=CHANCE)
        body = {"sealed": sealed, "receipt": {"receipt": decision.receipt, "sig": decision.sig}}
        if number % 2:
            assert (await home.respond(card, body)).status == 200
        else:
            frame = {"t": "answer", "request_id": card["id"], "answer_id": str(uuid4()), **body}
            await socket.send_json(frame)
            async with asyncio.timeout(5):
                while (await socket.receive_json())["t"] != "accepted":
                    pass
    await socket.close()
    return len(cards)


async def whole_database(home: Home) -> str:
    """Return every row of every table as a text."""
    database = home.relay.app[DATABASE]
    tables = await database.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    assert len(tables) > 30
    rows = [await database.fetch(f"SELECT t::text AS row FROM {table['relname']} t") for table in tables]  # noqa: S608 - names from the catalogue
    return "\n".join(row["row"] for table in rows for row in table)


async def everything_served(home: Home) -> str:
    """Return what the relay says of these requests to whoever may ask."""
    owner, agent = home.phone.party, home.relay.agent
    told = [await (await agent.get("/api/v1/requests?limit=100")).text()]
    told += [await (await owner.get(path)).text() for path in ("/api/v1/mobile/history", "/api/v1/account/export")]
    for request in json.loads(told[0])["requests"]:
        path = f"/api/v1/requests/{request['request_id']}"
        told += [await (await agent.get(f"{path}{more}")).text() for more in ("", "/proof", "/deliveries")]
    return "\n".join(told)


@pytest.mark.proves("sealed.canary")
async def test_the_relay_has_no_word_of_what_was_sealed(
    pushing: PushRelay, sealing: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    subscription = await subscribed(pushing, sealing)
    await ask_everywhere(sealing)
    await pushing.work()
    assert await answer_everything(sealing) == 8
    await pushing.work()
    pushes = subscription.browser.opened
    assert {push["hitl"]["op"] for push in pushes} >= {"ask", "notify"}
    # Those short enough had the ciphertext with them, which the phone opens.
    assert {push["hitl"]["sealed"]["version"] for push in pushes if "sealed" in push["hitl"]} == {1, 2}
    form = JsonFormatter()
    found = {
        "the database": await whole_database(sealing),
        "the log": "\n".join(form.format(record) for record in caplog.records),
        "the metrics": await (await sealing.relay.owner.get("/metrics")).text(),
        "the pushes": json.dumps(pushes),
        "replies": await everything_served(sealing),
    }
    assert {where: traces(text) for where, text in found.items() if traces(text)} == {}


@pytest.mark.proves("sealed.canary")
async def test_the_search_finds_a_word_that_is_there(sealing: Home) -> None:
    """The test above would pass for ever if it looked in the wrong places."""
    await sealing.relay.agent.post("/api/v1/hitl/request", {"prompt": MARK, "wait": 0})
    assert traces(await whole_database(sealing)) == [MARK]
    assert traces(MARK.encode().hex())
    assert all(traces(base64.b64encode(b"x" * n + MARK.encode() + b"y" * n).decode()) for n in range(5))
