"""How a human wants to be woken, and how not."""

import datetime as dt

import pytest

from push.policy import BURST
from relay.domain.request import MAX_WAIT
from tests.push.conftest import PushRelay

MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.proves("push.quiet_hours")
async def test_in_quiet_hours_only_what_is_urgent_wakes(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(quiet_from="11:00", quiet_until="13:00")  # it is noon
    held = await pushing.put("Later?", priority="high")
    urgent = await pushing.put("Now?", priority="urgent")
    await pushing.work()
    assert [m["id"] for m in phone.shown] == [urgent["request_id"]]
    assert ("held", "quiet_hours") in await pushing.steps(held["request_id"], count=2)


@pytest.mark.proves("push.quiet_hours")
async def test_what_can_still_be_answered_after_the_quiet_hours_wakes_then(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(quiet_from="06:00", quiet_until="13:05", time_zone="Europe/Zurich")  # it is 13:00 there
    await pushing.put()
    await pushing.work()
    assert phone.shown == []
    pushing.clock.forward(5 * MINUTE)
    await pushing.work()
    assert len(phone.shown) == 1


@pytest.mark.proves("push.reminders")
async def test_who_wants_it_is_reminded_twice_of_what_is_urgent(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(reminders=True)
    await pushing.put(priority="urgent")
    await pushing.put("Not so urgent?", priority="high")
    await pushing.work()
    counts = []
    for _ in range(int(MAX_WAIT / MINUTE)):
        pushing.clock.forward(MINUTE)
        await pushing.work()
        counts.append(len(phone.shown))
    assert (counts[6], counts[7], counts[12], counts[-1]) == (2, 3, 4, 4)


@pytest.mark.proves("push.reminders")
async def test_what_was_seen_needs_no_reminder(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(reminders=True)
    asked = await pushing.put(priority="urgent")
    await pushing.work()
    await phone.party.post(f"/api/v1/mobile/requests/{asked['request_id']}/seen")
    await pushing.steps(asked["request_id"], count=3)
    pushing.clock.forward(8 * MINUTE)
    await pushing.work()
    assert len(phone.shown) == 1


@pytest.mark.proves("push.coalesced")
async def test_a_burst_ends_in_one_notification_that_counts(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = [await pushing.put(f"{n}?") for n in range(BURST + 5)]
    await pushing.work()
    ops = [m["op"] for m in phone.shown]
    assert sorted(ops) == ["ask"] * BURST + ["summary"]
    summary = next(m for m in phone.shown if m["op"] == "summary")
    assert summary["count"] == len(asked)
    await pushing.put("One more?")
    await pushing.work()
    assert len(phone.shown) == BURST + 1
    pushing.clock.forward(10 * SECOND)
    await pushing.work()
    assert (phone.shown[-1]["op"], phone.shown[-1]["count"]) == ("summary", BURST + 6)
    assert len({m["id"] for m in phone.shown if m["op"] == "summary"}) == 1


@pytest.mark.proves("push.coalesced")
async def test_the_count_goes_down_as_questions_are_settled(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = [await pushing.put(f"{n}?") for n in range(BURST + 2)]
    await pushing.work()
    for one in asked:
        await pushing.answer(one["request_id"])
    await pushing.work()
    last = [m for m in zip(phone.shown, phone.notifications, strict=True) if m[0]["op"] == "summary"][-1]
    assert last[1]["title"] == "Nothing is waiting"
    assert last[1]["silent"] is True


async def test_what_one_wants_is_kept_and_changed_piece_by_piece(pushing: PushRelay) -> None:
    owner, path = pushing.relay.owner, "/api/v1/mobile/push/preferences"
    usual = {"show_words": False, "reminders": False, "quiet_from": None, "quiet_until": None, "time_zone": "UTC"}
    assert await (await owner.get(path)).json() == usual
    wish = {"quiet_from": "22:30", "quiet_until": "06:05", "time_zone": "Europe/Zurich"}
    assert await (await owner.patch(path, wish)).json() == usual | wish
    assert await (await owner.patch(path, {"reminders": True})).json() == usual | wish | {"reminders": True}
    await owner.patch(path, {"quiet_from": None, "quiet_until": None})
    assert (await (await owner.get(path)).json())["quiet_from"] is None


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"quiet_from": "22:30"}, "/quiet_until"),
        ({"quiet_until": "22:30"}, "/quiet_from"),
        ({"quiet_from": "22:30", "quiet_until": "22:30"}, "/quiet_until"),
        ({"quiet_from": "24:00", "quiet_until": "22:30"}, "/quiet_from"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"),
    ],
)
async def test_what_makes_no_sense_is_refused(pushing: PushRelay, wish: dict[str, str], pointer: str) -> None:
    reply = await pushing.relay.owner.patch("/api/v1/mobile/push/preferences", wish)
    assert (reply.status, (await reply.json())["pointer"]) == (400, pointer)
