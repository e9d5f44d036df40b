"""`HITL` against a real relay."""

import asyncio
from typing import Any

import pytest

from hitl_cli import HITL, Cancelled, CannotSeal, HitlError, Refused
from hitl_cli.config import Login
from tests.app.conftest import Relay
from tests.cli.conftest import Shell, finished, url_of
from tests.cli.test_commands import answer_next

SAMPLE = """
import asyncio
from hitl_cli import HITL

async def main():
    hitl = HITL()
    try:
        response = await hitl.request_input(
            "Do you want to proceed with the database migration?",
            choices=["Yes", "No", "Postpone"]
        )
        print(f"Human response: {response}")
        if response == "Yes":
            await hitl.notify("Database migration started.")
            await hitl.notify_completion("The database migration is complete!")
    except Exception as e:
        print(f"An error occurred: {e}")

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.proves("client.sdk")
async def test_the_sample_of_the_seed_runs_unchanged_and_leaves_nothing_open(
    relay: Relay, shell: Shell, terminal: Login
) -> None:
    running = await shell.python("-X", "dev", "-W", "error", "-c", SAMPLE)
    await answer_next(relay, "Yes")
    await answer_next(relay, "thanks")
    assert await finished(running) == (0, "Human response: Yes\n", "")


async def test_nothing_is_sent_unencrypted_when_encryption_was_wanted(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITL_E2EE_ENABLED", "true")
    with pytest.raises(CannotSeal, match="nothing was sent"):
        await HITL(url_of(relay), relay.agent.token).notify("secret")
    monkeypatch.setenv("HITL_E2EE_ENABLED", "ja")
    with pytest.raises(HitlError, match="neither true nor false"):
        HITL(url_of(relay), relay.agent.token)


@pytest.fixture
def hitl(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> HITL:
    monkeypatch.delenv("HITL_E2EE_ENABLED", raising=False)
    return HITL(url_of(relay), relay.agent.token)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({}, "a text"),
        ({"choices": ["a", "b"]}, "b"),
        ({"choices": ["a", "b"], "multiple": True}, ["a", "b"]),
        ({"boolean": True}, False),
        ({"number": {"integer": True}}, 7),
        ({"number": {"minimum": 0, "maximum": 1}}, 0.5),
        ({"rating": {"maximum": 3}}, 3),
        ({"kind": "approval", "action": {"tool": "rm", "arguments": {"path": "/"}}, "danger": True}, "Deny"),
    ],
)
async def test_every_kind_of_question_returns_its_kind_of_answer(
    relay: Relay, hitl: HITL, question: dict[str, Any], answer: Any
) -> None:
    asking = asyncio.create_task(hitl.request_input("?", **question))
    await answer_next(relay, answer)
    assert await asking == answer
    assert type(await asking) is type(answer)


async def test_the_timeout_of_the_constructor_is_the_default_of_its_questions(relay: Relay) -> None:
    hitl = HITL(url_of(relay), relay.agent.token, timeout=60)
    asking = asyncio.create_task(hitl.request_input("?"))
    card = await relay.open_request()
    assert (card["created_at"][14:16], card["expires_at"][14:16]) == ("00", "01")
    await relay.agent.delete(f"/api/v1/requests/{card['id']}")
    with pytest.raises(Cancelled):
        await asking


async def test_a_wrong_key_is_refused(relay: Relay) -> None:
    with pytest.raises(Refused) as refused:
        await HITL(url_of(relay), "mcp_pk_wrong").request_input("?")
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


async def test_a_session_held_open_serves_several_calls_and_closes_twice(relay: Relay) -> None:
    async with HITL(url_of(relay), relay.agent.token) as hitl:
        await hitl.notify("one")
        await hitl.notify("two")
        await hitl.aclose()
    await hitl.notify("after closing, a call opens what it needs")


async def test_a_false_default_is_a_default(relay: Relay, hitl: HITL) -> None:
    asking = asyncio.create_task(hitl.request_input("?", boolean=True, default_response=False))
    assert (await relay.open_request())["default"] is False
    await answer_next(relay, answer=True)
    assert await asking is True
