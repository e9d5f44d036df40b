"""The delivery ledger, as the agent and the human read it."""

import datetime as dt
import re

import pytest

from tests.push.conftest import PushRelay

SECOND = dt.timedelta(seconds=1)


@pytest.mark.proves("push.ledger")
async def test_agent_and_owner_read_what_became_of_a_question_on_each_device(pushing: PushRelay) -> None:
    phone, dead = await pushing.pocket("phone"), await pushing.pocket("tablet")
    dead.subscription.gone = True
    asked = await pushing.put()
    await pushing.work()
    pushing.clock.forward(SECOND)
    await phone.party.post(f"/api/v1/mobile/requests/{asked['request_id']}/received")
    await pushing.steps(asked["request_id"], count=5)
    pushing.clock.forward(SECOND)
    body = {"answer_id": asked["request_id"], "answer": "yes"}
    await phone.party.post(f"/api/v1/mobile/requests/{asked['request_id']}/answer", body)
    path = f"/api/v1/requests/{asked['request_id']}/deliveries"
    for reader in (pushing.relay.agent, pushing.relay.owner):
        shown = await (await reader.get(path)).json()
        steps = {each["device_name"]: [(s["step"], s["detail"]) for s in each["steps"]] for each in shown}
        assert sorted(steps["phone"][:2]) == [("pushed", "webpush 201"), ("queued", "")]
        assert steps["phone"][2:] == [("received", ""), ("answered", "")]
        assert sorted(steps["tablet"]) == [("failed", "webpush 410"), ("queued", "")]


@pytest.mark.proves("push.ledger")
async def test_a_stranger_reads_nothing(pushing: PushRelay) -> None:
    asked = await pushing.put()
    stranger, their_agent = await pushing.relay.another_owner()
    for reader in (stranger, their_agent):
        assert (await reader.get(f"/api/v1/requests/{asked['request_id']}/deliveries")).status == 404


@pytest.mark.proves("push.ledger")
async def test_every_step_is_counted_for_whoever_runs_the_relay(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await pushing.work()
    path = f"/api/v1/mobile/requests/{asked['request_id']}"
    for step in ("received", "displayed"):
        assert (await phone.party.post(f"{path}/{step}")).status == 204
    shown = await (await pushing.relay.owner.get("/metrics")).text()
    counted = dict(re.findall(r'hitl_delivery_steps_total\{step="(\w+)"\} (\S+)', shown))
    assert {step: float(count) for step, count in counted.items() if float(count)} == {
        "queued": 1,
        "pushed": 1,
        "received": 1,
        "displayed": 1,
    }
