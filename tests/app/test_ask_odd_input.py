"""Legal JSON that few expect: it is refused or kept exactly, and never breaks the relay."""

import json
from typing import Any

import aiohttp
import pytest

from tests.app.asking import ASK, RawCall, put, respond, shown
from tests.app.conftest import MakeRelay, Party, Relay
from tests.app.walk import EXAMPLES, OPERATIONS, UNLIMITED, World, name_of, populate, stored

ODD_TEXTS = (
    "a\0b",
    "\x07\x1b[31m",
    "\u202eevil",
    "\u200b",
    "\r\n",
    "\U0001d4b3" * 5,
    "\ufeff",
    "\uffff",
    "a\u0301",
    "'; DROP",
)
NO_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999")
HUGE = str(10**400)


async def post(party: Party, path: str, body: str) -> aiohttp.ClientResponse:
    return await party.client.post(path, data=body.encode(), headers=party.headers)


async def test_odd_text_in_any_field_is_refused_or_taken_and_never_an_error_of_ours(make_relay: MakeRelay) -> None:
    relay = await make_relay(limits=UNLIMITED)
    world = await populate(relay, relay.owner, relay.agent, "ours")
    for operation in OPERATIONS:
        if operation.body is None or operation.path == "/api/v1/auth/sign-in":
            continue
        example = EXAMPLES[operation.method, operation.path]
        for field in _text_fields(operation.body.model_json_schema()):
            for odd in ODD_TEXTS:
                await _refused_or_taken(world, operation, {**example, field: odd})
            for number in NO_NUMBERS:
                spoilt = json.dumps({**example, field: "@"}).replace('"@"', number)
                reply = await world.call(operation, world.credentials(operation)[0], data=spoilt.encode())
                assert reply.status == 400, (name_of(operation), field, number)


async def _refused_or_taken(world: World, operation: Any, body: dict[str, Any]) -> None:
    before = await stored(world.relay.app)
    reply = await world.call(operation, world.credentials(operation)[0], json=body)
    assert reply.status < 500, (name_of(operation), body, await reply.text())
    if reply.status >= 400:
        assert await stored(world.relay.app) == before, (name_of(operation), body)


def _text_fields(schema: dict[str, Any]) -> list[str]:
    return [
        name
        for name, of in schema["properties"].items()
        if any(branch.get("type") == "string" for branch in [of, *of.get("anyOf", [])])
    ]


async def test_odd_text_comes_back_exactly(relay: Relay) -> None:
    for odd in ODD_TEXTS:
        asked = await put(relay.agent, f"x{odd}", context=odd)
        card = await relay.open_request()
        assert (card["prompt"], card["context"]) == (f"x{odd}", odd)
        await respond(relay.owner, asked["request_id"], odd, comment=odd)
        told = await shown(relay.agent, asked["request_id"])
        assert (told["response"], told["comment"]) == (odd, odd)


async def test_a_number_that_json_does_not_have_is_refused_wherever_it_stands(relay: Relay) -> None:
    before = await stored(relay.app)
    for number in NO_NUMBERS:
        for body in (
            f'{{"prompt": "?", "wait": 0, "number": {{}}, "default_response": {number}}}',
            f'{{"prompt": "?", "wait": 0, "number": {{"minimum": {number}}}}}',
            f'{{"prompt": "?", "wait": 0, "action": {{"tool": "t", "arguments": {{"n": {number}}}}}}}',
            f'{{"prompt": "?", "wait": 0, "action": {{"tool": "t", "arguments": {{"n": [[{number}]]}}}}}}',
        ):
            reply = await post(relay.agent, ASK, body)
            assert (reply.status, (await reply.json(content_type=None))["code"]) == (400, "invalid_input"), body
    assert await stored(relay.app) == before


async def test_a_number_too_large_for_a_float_is_refused_as_an_answer_and_as_a_default(relay: Relay) -> None:
    asked = await put(relay.agent, number={})
    before = await stored(relay.app)
    for number in (*NO_NUMBERS, HUGE, f"-{HUGE}"):
        reply = await post(relay.owner, f"/api/v1/requests/{asked['request_id']}/respond", f'{{"answer": {number}}}')
        refusal = await reply.json(content_type=None)
        assert (reply.status, refusal.get("pointer")) == (400, "/answer"), number[:10]
        body = f'{{"prompt": "?", "wait": 0, "number": {{}}, "default_response": {number}}}'
        assert (await post(relay.agent, ASK, body)).status == 400, number[:10]
    assert await stored(relay.app) == before
    assert (await shown(relay.agent, asked["request_id"]))["status"] == "pending"


async def test_large_numbers_and_deep_arguments_are_shown_as_they_were_sent(relay: Relay) -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = [deep]
    arguments = {"n": 10**400, "deep": deep, "small": 5e-324}
    await put(relay.agent, action={"tool": "t", "arguments": arguments})
    assert (await relay.open_request())["action"]["arguments"] == arguments


async def test_the_longest_of_everything_fits(relay: Relay) -> None:
    longest = {
        "prompt": "p" * 100_000,
        "context": "c" * 100_000,
        "choices": [str(n).rjust(500, "x") for n in range(200)],
        "idempotency_key": "k" * 200,
    }
    asked = await put(relay.agent, **longest)
    card = await relay.open_request()
    assert (len(card["prompt"]), len(card["form"]["options"])) == (100_000, 200)
    answered = await respond(relay.owner, asked["request_id"], longest["choices"][-1], comment="c" * 2_000)
    assert answered["response"] == longest["choices"][-1]


@pytest.mark.parametrize(
    "header", ["Idempotency-Key: \xff\xfe", "Prefer: \xff", "Content-Type: \xff", "User-Agent: \xff"]
)
async def test_raw_bytes_in_a_header_are_no_error_of_ours(relay: Relay, header: str) -> None:
    call = await RawCall.post(relay, ASK, {"prompt": "?", "wait": 0}, header)
    await call.head()
    assert call.status in {202, 400}
    await call.close()


async def test_a_key_in_a_header_has_two_hundred_characters_at_most(relay: Relay) -> None:
    for key, status in (("", 400), ("k" * 200, 202), ("k" * 201, 400)):
        reply = await relay.agent.post(ASK, {"prompt": "?", "wait": 0}, headers={"Idempotency-Key": key})
        assert reply.status == status, len(key)
