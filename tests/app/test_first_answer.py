"""The main job: a program asks, a device is told, a human answers, the program's call returns."""

import pytest

from tests.app.conftest import Relay


@pytest.mark.proves("ask.returns_the_answer")
@pytest.mark.proves("device.told_at_once")
async def test_the_answer_of_a_connected_device_returns_to_the_waiting_call(relay: Relay) -> None:
    phone = await relay.device()
    call = relay.agent.ask(choices=["Deploy now", "Cancel"])
    card = (await phone.next("request.created"))["request"]
    assert (card["prompt"], card["form"]["options"]) == ("Deploy to production?", ["Deploy now", "Cancel"])

    answer_id = await phone.answer(card["id"], "Deploy now", comment="go")
    assert (await phone.next("accepted"))["answer_id"] == answer_id

    reply = await call
    outcome = await reply.json()
    assert reply.status == 200
    assert (outcome["response"], outcome["status"], outcome["comment"]) == ("Deploy now", "answered", "go")
    assert outcome["answered_by"] == {
        "account_id": relay.account_id,
        "name": "Ada",
        "device_id": phone.id,
        "device_name": "phone",
    }
