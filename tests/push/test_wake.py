"""From an agent's question to a browser in a pocket."""

import base64
import datetime as dt
from uuid import UUID

import pytest

from push.policy import GRACE, MARGIN
from relay.domain.request import MAX_WAIT
from tests.app.sealing import ASK as SEALED
from tests.app.sealing import a_box
from tests.push.conftest import PushRelay

SECOND = dt.timedelta(seconds=1)


@pytest.mark.proves("push.queued_with_request")
async def test_a_question_wakes_every_browser_of_its_account(pushing: PushRelay) -> None:
    phone, laptop = await pushing.pocket(), await pushing.pocket("laptop")
    asked = await pushing.put()
    await pushing.work()
    for pocket in (phone, laptop):
        assert [(m["op"], m["id"]) for m in pocket.shown] == [("ask", asked["request_id"])]
    headers = phone.subscription.headers[0]
    assert (headers["Urgency"], headers["Topic"]) == ("high", UUID(asked["request_id"]).hex)
    assert int(headers["TTL"]) == MAX_WAIT.total_seconds()
    assert phone.notifications[0]["navigate"].endswith(f"/app/?request={asked['request_id']}")


async def test_strangers_are_not_woken(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    _, their_agent = await pushing.relay.another_owner()
    await their_agent.post("/api/v1/hitl/request", {"prompt": "Mine?", "wait": 0})
    await pushing.work()
    assert phone.shown == []
    assert await pushing.rows() == []


@pytest.mark.proves("push.queued_with_request")
async def test_the_same_question_again_is_one_push(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    first, second = await pushing.put(), await pushing.put()
    await pushing.work()
    assert first["request_id"] == second["request_id"]
    assert len(phone.shown) == 1


async def test_a_notification_is_told_without_a_sound(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.relay.agent.post("/api/v1/hitl/notify", {"message": "Deployed."})
    await pushing.relay.agent.post("/api/v1/hitl/notify", {"message": "On fire.", "priority": "high"})
    await pushing.work()
    assert [m["op"] for m in phone.shown] == ["notify", "notify"]
    assert sorted(n.get("silent", False) for n in phone.notifications) == [False, True]


@pytest.mark.proves("push.no_words")
async def test_no_word_of_a_request_is_in_its_push(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.put("Sell the house in Lugano?", context="the buyer is Eve", choices=["Sell it", "Keep it"])
    await pushing.work()
    sent = str(phone.subscription.browser.opened)
    for word in ("Lugano", "Eve", "Sell", "deploy-bot"):
        assert word not in sent


@pytest.mark.proves("push.no_words")
async def test_who_wants_words_gets_them(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(show_words=True)
    await pushing.put("Sell the house\nin Lugano?")
    await pushing.work()
    assert (phone.notifications[0]["title"], phone.notifications[0]["body"]) == (
        "deploy-bot",
        "Sell the house in Lugano?",
    )


@pytest.mark.proves("push.actions")
@pytest.mark.parametrize(
    ("more", "titles"),
    [
        ({"choices": ["Sell", "Keep"]}, ["Sell", "Keep"]),
        ({"boolean": True}, ["Yes", "No"]),
        ({"kind": "approval"}, ["Approve", "Deny"]),
        ({"kind": "approval", "danger": True}, []),
        ({"kind": "approval", "action": {"tool": "rm", "arguments": {"path": "/"}}}, []),
        ({"choices": ["Sell", "Keep"], "context": "there is more to read"}, []),
        ({"choices": ["a", "b", "c"]}, []),
        ({"choices": ["a", "b"], "multiple": True}, []),
        ({"prompt": "x" * 301, "boolean": True}, []),
    ],
)
async def test_buttons_are_for_a_whole_question_of_two_choices(
    pushing: PushRelay, more: dict[str, object], titles: list[str]
) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(show_words=True)
    await pushing.put(**{"prompt": "Sell the house?", **more})  # type: ignore[arg-type]
    await pushing.work()
    assert [action["title"] for action in phone.shown[0].get("actions", [])] == titles


@pytest.mark.proves("push.actions")
async def test_without_words_there_are_no_buttons(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.put(boolean=True)
    await pushing.work()
    assert "actions" not in phone.shown[0]


@pytest.mark.proves("push.grace")
async def test_a_device_on_its_socket_is_woken_only_when_it_does_not_show_the_card(pushing: PushRelay) -> None:
    phone = await pushing.relay.device()
    subscription = await _subscribed(pushing, phone.id, phone.token)
    shown = await pushing.put("Shown?")
    await phone.send({"t": "displayed", "request_id": shown["request_id"]})
    unshown = await pushing.put("Asleep?")
    await pushing.work()
    assert subscription.browser.opened == []
    await pushing.steps(shown["request_id"], count=3)
    pushing.clock.forward(GRACE)
    await pushing.work()
    assert [m["hitl"]["id"] for m in subscription.browser.opened] == [unshown["request_id"]]


@pytest.mark.proves("push.replaced")
async def test_what_is_answered_elsewhere_is_replaced_quietly(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await pushing.work()
    await pushing.answer(asked["request_id"])
    await pushing.work()
    assert [(m["op"], m.get("outcome")) for m in phone.shown] == [("ask", None), ("closed", "answered")]
    closing = phone.notifications[1]
    assert closing["silent"] is True
    assert closing["title"]
    assert closing["tag"] == phone.notifications[0]["tag"]


@pytest.mark.proves("push.replaced")
@pytest.mark.parametrize("how", ["cancelled", "expired"])
async def test_what_is_withdrawn_or_too_late_is_replaced_as_well(pushing: PushRelay, how: str) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await pushing.work()
    if how == "cancelled":
        await pushing.relay.agent.delete(f"/api/v1/requests/{asked['request_id']}")
    else:
        pushing.clock.forward(MAX_WAIT)
        await _expire(pushing)
    await pushing.work()
    assert phone.shown[-1]["outcome"] == how


@pytest.mark.proves("push.replaced")
async def test_the_device_that_answered_is_told_nothing(pushing: PushRelay) -> None:
    phone, laptop = await pushing.pocket(), await pushing.pocket("laptop")
    asked = await pushing.put()
    await pushing.work()
    body = {"answer_id": asked["request_id"], "answer": "yes"}
    reply = await phone.party.post(f"/api/v1/mobile/requests/{asked['request_id']}/answer", body)
    assert reply.status == 200
    await pushing.work()
    assert [m["op"] for m in phone.shown] == ["ask"]
    assert [m["op"] for m in laptop.shown] == ["ask", "closed"]


async def test_what_was_answered_before_its_push_wakes_nobody(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await pushing.answer(asked["request_id"])
    await pushing.work()
    assert phone.shown == []


async def test_a_browser_that_was_offline_gets_the_last_word_only(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    phone.subscription.online = False
    asked = await pushing.put()
    await pushing.work()
    await pushing.answer(asked["request_id"])
    await pushing.work()
    phone.subscription.connect()
    assert [m["op"] for m in phone.shown] == ["closed"]


@pytest.mark.proves("push.deadline")
async def test_nothing_is_sent_in_the_last_seconds(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    pushing.clock.forward(MAX_WAIT - MARGIN + SECOND)
    await pushing.work()
    assert phone.shown == []
    assert await pushing.steps(asked["request_id"], count=2) == [("failed", "too_late"), ("queued", "")]


@pytest.mark.proves("push.ledger")
async def test_every_step_of_a_push_is_in_the_ledger(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await pushing.work()
    path = f"/api/v1/mobile/requests/{asked['request_id']}"
    pushing.clock.forward(SECOND)
    assert (await phone.party.post(f"{path}/received")).status == 204
    pushing.clock.forward(SECOND)
    assert (await phone.party.post(f"{path}/displayed")).status == 204
    pushing.clock.forward(SECOND)
    assert (await phone.party.post(f"{path}/seen")).status == 204
    assert await pushing.steps(asked["request_id"], count=5) == [
        ("pushed", "webpush 201"),
        ("queued", ""),
        ("received", ""),
        ("displayed", ""),
        ("seen", ""),
    ]


@pytest.mark.proves("push.delivery_told")
async def test_the_agent_is_told_at_once_whether_anything_can_reach_the_human(pushing: PushRelay) -> None:
    assert (await pushing.put("One?"))["delivery"] == "none"
    phone = await pushing.pocket()
    assert (await pushing.put("Two?"))["delivery"] == "push"
    await phone.party.delete(f"/api/v1/mobile/devices/{phone.id}/push")
    assert (await pushing.put("Three?"))["delivery"] == "none"
    await pushing.relay.device()
    assert (await pushing.put("Four?"))["delivery"] == "live"


async def _subscribed(pushing: PushRelay, device: str, token: str):
    from push.keys import PUSH_DEVICES
    from tests.app.conftest import Party

    subscription = pushing.service.subscribe(pushing.relay.app[PUSH_DEVICES].key)
    reply = await Party(pushing.relay.client, token).post(f"/api/v1/mobile/devices/{device}/push", subscription.json())
    assert reply.status == 204
    return subscription


async def _expire(pushing: PushRelay) -> None:
    from relay.services.keys import EXPIRY

    await pushing.relay.app[EXPIRY].expire()


@pytest.mark.proves("sealed.push")
async def test_a_sealed_question_goes_along_as_a_ciphertext_if_it_is_short(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(show_words=True)
    for payload in (a_box(1), base64.b64encode(bytes(2_400)).decode()):
        body = {"encrypted_payload": payload, "wait": 0, "kind": "approval"}
        assert (await pushing.relay.agent.post(SEALED, body)).status == 202
    await pushing.work()
    # Both were asked in one instant, so either may come first.
    along = [message.get("sealed") for message in phone.shown]
    assert sorted(along, key=str) == [None, {"payload": a_box(1), "version": 1, "reply": "json"}]
    assert {n["title"] for n in phone.notifications} == {"A question is waiting"}
    assert all("actions" not in message for message in phone.shown)
