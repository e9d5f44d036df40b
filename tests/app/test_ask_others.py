"""Beside the question: telling, reporting the end, looking up, counting."""

import datetime as dt

import pytest

from relay.services.keys import EXPIRY
from tests.app.asking import put, respond, shown
from tests.app.conftest import Party, Relay

NOTIFY = "/api/v1/hitl/notify"
COMPLETE = "/api/v1/hitl/complete"


@pytest.mark.proves("notify.posted")
async def test_a_notification_reaches_the_devices_and_waits_for_nothing(relay: Relay) -> None:
    phone = await relay.device()
    body = {"message": "Deployed.", "context": "all of it", "priority": "low"}
    reply = await relay.agent.post(NOTIFY, body)
    sent = await reply.json()
    assert (reply.status, sent["status"], sent["delivery"]) == (200, "sent", "live")
    card = (await phone.next("notification"))["request"]
    assert (card["id"], card["prompt"], card["context"]) == (sent["request_id"], "Deployed.", "all of it")
    assert (card["kind"], card["form"], card["status"], card["priority"]) == ("notification", None, "posted", "low")
    assert (await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"] == []

    await phone.answer(card["id"], "thanks")
    assert (await phone.next("refused"))["code"] == "invalid_input"
    assert (await relay.agent.delete(f"/api/v1/requests/{card['id']}")).status == 409
    relay.clock.forward(dt.timedelta(days=1))
    assert await relay.app[EXPIRY].expire() == 0
    assert (await shown(relay.agent, card["id"]))["status"] == "posted"


async def test_a_notification_with_a_key_is_posted_once_and_without_one_each_time(relay: Relay) -> None:
    for body, distinct in (({"message": "m", "idempotency_key": "k"}, 1), ({"message": "m"}, 3)):
        sent = [await (await relay.agent.post(NOTIFY, body)).json() for _ in range(3)]
        assert len({reply["request_id"] for reply in sent}) == distinct


@pytest.mark.proves("complete.waits")
async def test_a_completion_waits_for_what_comes_next(relay: Relay) -> None:
    phone = await relay.device()
    call = relay.agent.client.post(
        COMPLETE,
        json={"summary": "Deployed. What next?", "choices": [], "placeholder_text": ""},
        headers=relay.agent.headers,
    )
    async with call as waiting:
        card = (await phone.next("request.created"))["request"]
        assert (card["kind"], card["prompt"], card["form"]["type"]) == ("completion", "Deployed. What next?", "text")
        await phone.answer(card["id"], "Rest.")
        outcome = await waiting.json()
    assert (outcome["response"], outcome["kind"]) == ("Rest.", "completion")


@pytest.mark.proves("ask.no_device")
async def test_every_reply_says_whether_anybody_is_connected(relay: Relay) -> None:
    assert (await put(relay.agent, "a?"))["delivery"] == "none"
    assert (await (await relay.agent.post(NOTIFY, {"message": "m"})).json())["delivery"] == "none"
    phone = await relay.device()
    assert (await put(relay.agent, "b?"))["delivery"] == "live"
    assert (await (await relay.agent.get("/api/v1/usage")).json())["delivery"] == "live"
    _, stranger = await relay.another_owner()
    assert (await put(stranger, "c?"))["delivery"] == "none"
    await phone.ws.close()
    assert (await put(relay.agent, "d?"))["delivery"] == "none"


async def test_a_list_is_read_in_pages_newest_first_and_by_state(relay: Relay) -> None:
    asked = []
    for n in range(5):
        relay.clock.forward(dt.timedelta(seconds=1))
        asked.append((await put(relay.agent, f"{n}?"))["request_id"])
    await respond(relay.owner, asked[2], "Yes")
    for who in (relay.agent, relay.owner):
        seen: list[str] = []
        query = "limit=2"
        while True:
            page = await (await who.get(f"/api/v1/requests?{query}")).json()
            seen += [entry["request_id"] for entry in page["requests"]]
            if page["next_before"] is None:
                break
            query = f"limit=2&before={page['next_before']}"
        assert seen == asked[::-1]
        answered = await (await who.get("/api/v1/requests?state=answered")).json()
        assert [entry["request_id"] for entry in answered["requests"]] == [asked[2]]


async def test_an_agent_sees_only_what_it_asked_itself(relay: Relay) -> None:
    made = await (await relay.owner.post("/api/v1/api-keys", {"agent_name": "another"})).json()
    another = Party(relay.client, made["api_key"], made["agent_id"])
    asked = await put(relay.agent)
    for path in (asked["links"]["self"], asked["links"]["wait"], asked["links"]["events"]):
        assert (await another.get(path)).status == 404
    assert (await another.delete(asked["links"]["self"])).status == 404
    assert (await (await another.get("/api/v1/requests")).json())["requests"] == []
    assert (await (await another.get("/api/v1/usage")).json())["asked"] == 0


async def test_usage_counts_what_was_asked_in_the_last_thirty_days_by_how_it_ended(relay: Relay) -> None:
    await put(relay.agent, "long ago?")
    await relay.app[EXPIRY].expire()
    relay.clock.forward(dt.timedelta(minutes=15))
    answered, cancelled, _ = [await put(relay.agent, f"{n}?") for n in range(3)]
    await relay.app[EXPIRY].expire()
    await respond(relay.owner, answered["request_id"], "Yes")
    await relay.agent.delete(cancelled["links"]["self"])
    await relay.agent.post(NOTIFY, {"message": "m"})
    for who in (relay.agent, relay.owner):
        usage = await (await who.get("/api/v1/usage")).json()
        assert usage["asked"] == 5
        assert usage["by_status"] == {"answered": 1, "cancelled": 1, "expired": 1, "pending": 1, "posted": 1}
        assert usage["since"] == "2026-02-02"
