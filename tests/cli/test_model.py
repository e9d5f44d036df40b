"""The pure inbox: frames in, effects out."""

from typing import Any

import pytest

from hitl_cli.inbox.model import LINGER_S, Arrived, Effect, Inbox, Phase, Rejected, Send, Settled, Told
from tests.cli.builders import ACCOUNT, DEVICE, a_card, an_inbox, at, created, resolved, welcome


def shown(inbox: Inbox) -> list[str]:
    return [item.card.id for item in inbox.items()]


def frames(effects: list[Effect]) -> list[Any]:
    return [effect.frame for effect in effects if isinstance(effect, Send)]


def sent(inbox: Inbox, id: str = "r1") -> Any:
    item = inbox.item(id)
    assert item
    return frames(inbox.answer(item, "Yes"))[0]


def accepted(frame: Any) -> Any:
    return {"t": "accepted", "what": "answer", "request_id": frame["request_id"], "answer_id": frame["answer_id"]}


def refused(frame: Any, code: str, **facts: Any) -> Any:
    return {"t": "refused", "request_id": frame["request_id"], "answer_id": frame["answer_id"], "code": code, **facts}


def test_cards_are_sorted_by_priority_and_then_by_deadline() -> None:
    inbox = an_inbox(
        a_card("late"), a_card("soon", left_s=60), a_card("urgent", priority="urgent"), a_card("low", priority="low")
    )
    assert shown(inbox) == ["urgent", "soon", "late", "low"]


def test_a_new_card_arrives_and_is_reported_as_displayed() -> None:
    effects = an_inbox().receive(created(11, a_card()), 0)
    assert isinstance(effects[0], Arrived)
    assert frames(effects) == [{"t": "displayed", "request_id": "r1"}]


def test_a_card_is_reported_as_displayed_once_and_only_while_connected() -> None:
    inbox = Inbox(DEVICE, None, new_id=str)
    assert frames(inbox.load({"cursor": 1, "server_time": at(0), "requests": [a_card()]}, 0)) == []
    assert frames(inbox.receive(welcome(), 0)) == [{"t": "displayed", "request_id": "r1"}]
    assert frames(inbox.receive(welcome(), 0)) == []


def test_an_event_delivered_twice_counts_once() -> None:
    inbox = an_inbox()
    inbox.receive(created(11, a_card()), 0)
    assert inbox.receive(created(11, a_card("other")), 0) == []
    assert shown(inbox) == ["r1"]
    assert inbox.cursor == 11


def test_events_that_the_snapshot_already_holds_change_nothing() -> None:
    inbox = Inbox(DEVICE, 3, new_id=str)
    inbox.load({"cursor": 10, "server_time": at(0), "requests": [a_card()]}, 0)
    inbox.receive(created(9, a_card("settled-long-ago")), 0)
    assert shown(inbox) == ["r1"]


def test_a_notification_sent_while_away_is_still_told() -> None:
    inbox = Inbox(DEVICE, 3, new_id=str)
    inbox.load({"cursor": 10, "server_time": at(0), "requests": []}, 0)
    event = {**created(4, a_card(prompt="Backup done", form=None)), "type": "notification"}
    assert inbox.receive(event, 0) == [Told("deploy-bot", "Backup done")]


@pytest.mark.parametrize("kind", ["request.created", "notification"])
def test_an_event_whose_content_retention_took_is_skipped(kind: str) -> None:
    inbox = an_inbox()
    assert inbox.receive({**created(11, None), "type": kind}, 0) == []
    assert inbox.cursor == 11


@pytest.mark.parametrize("type_", ["device.registered", "key.made", "something.new"])
def test_events_of_no_interest_only_move_the_cursor(type_: str) -> None:
    inbox = an_inbox()
    assert inbox.receive({"t": "event", "seq": 11, "type": type_, "subject": "x"}, 0) == []
    assert inbox.cursor == 11


def test_unknown_frames_are_ignored() -> None:
    assert an_inbox().receive({"t": "fireworks"}, 0) == []


def test_an_answer_is_sent_and_accepted() -> None:
    inbox = an_inbox(a_card())
    frame = sent(inbox)
    assert frame == {"t": "answer", "request_id": "r1", "answer_id": "answer-1", "answer": "Yes"}
    item = inbox.item("r1")
    assert item
    assert item.phase is Phase.SENDING
    assert inbox.receive(accepted(frame), 5) == [Settled(item)]
    assert item.phase is Phase.ACCEPTED


def test_a_comment_goes_along() -> None:
    inbox = an_inbox(a_card())
    item = inbox.item("r1")
    assert item
    item.comment.set("because")
    assert sent(inbox)["comment"] == "because"


def test_answering_twice_sends_once() -> None:
    inbox = an_inbox(a_card())
    sent(inbox)
    item = inbox.item("r1")
    assert item
    assert inbox.answer(item, "No") == []


def test_an_answer_on_its_way_is_sent_again_with_the_same_id_after_a_reconnect() -> None:
    inbox = an_inbox(a_card())
    frame = sent(inbox)
    inbox.disconnected("the connection was lost")
    assert frames(inbox.receive(welcome(cursor=10), 3)) == [frame]


def test_an_answer_on_its_way_survives_a_resync_that_no_longer_lists_the_card() -> None:
    inbox = an_inbox(a_card())
    frame = sent(inbox)
    assert frames(inbox.receive(welcome(cursor=50, resync=True), 3)) == [frame]
    inbox.receive({"t": "inbox", "requests": [], "more": False}, 3)
    item = inbox.item("r1")
    assert item
    assert item.phase is Phase.SENDING
    inbox.receive(accepted(frame), 4)
    assert item.phase is Phase.ACCEPTED


def test_a_resync_keeps_drafts_and_drops_what_is_no_longer_pending() -> None:
    inbox = an_inbox(a_card("kept"), a_card("gone"))
    kept, gone = inbox.item("kept"), inbox.item("gone")
    assert kept
    assert gone
    kept.draft.set("half a sen")
    inbox.receive(welcome(cursor=50, resync=True), 3)
    inbox.receive({"t": "inbox", "requests": [a_card("kept")], "more": True}, 3)
    assert gone.phase is Phase.OPEN
    inbox.receive({"t": "inbox", "requests": [a_card("new")], "more": False}, 3)
    assert gone.phase is Phase.GONE
    assert inbox.item("kept") is kept
    assert kept.draft.text == "half a sen"
    assert inbox.cursor == 50


def test_our_own_resolution_arriving_first_counts_as_accepted() -> None:
    inbox = an_inbox(a_card())
    sent(inbox)
    inbox.receive(resolved(11, device_id=DEVICE, answered_by=ACCOUNT), 1)
    item = inbox.item("r1")
    assert item
    assert item.phase is Phase.ACCEPTED


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"answered_by": "other", "answered_by_name": "Bob", "device_id": "d2"}, "answered elsewhere by Bob"),
        ({"answered_by": "other", "device_id": "d2"}, "answered elsewhere by somebody else"),
        ({"answered_by": ACCOUNT, "device_id": "d2"}, "answered elsewhere by you, on another device"),
        ({"status": "expired"}, "expired"),
        ({"status": "cancelled"}, "cancelled"),
    ],
)
def test_a_card_settled_elsewhere_says_how(facts: dict[str, Any], note: str) -> None:
    inbox = an_inbox(a_card())
    inbox.receive(resolved(11, **facts), 1)
    item = inbox.item("r1")
    assert item
    assert (item.phase, item.note) == (Phase.GONE, note)


@pytest.mark.parametrize(
    ("facts", "phase", "note"),
    [
        ({"state": "answered", "by_name": "Bob", "device": "d2"}, Phase.GONE, "answered elsewhere by Bob"),
        ({"state": "expired"}, Phase.GONE, "expired"),
        ({"state": "answered", "by": ACCOUNT, "device": DEVICE}, Phase.ACCEPTED, "accepted"),
    ],
)
def test_a_refusal_because_it_is_decided_says_how(facts: dict[str, Any], phase: Phase, note: str) -> None:
    inbox = an_inbox(a_card())
    inbox.receive(refused(sent(inbox), "already_decided", detail="it is", **facts), 1)
    item = inbox.item("r1")
    assert item
    assert (item.phase, item.note) == (phase, note)


def test_a_refused_answer_opens_the_card_again_and_keeps_what_was_typed() -> None:
    inbox = an_inbox(a_card())
    item = inbox.item("r1")
    assert item
    item.draft.set("typed")
    frame = sent(inbox)
    assert inbox.receive(refused(frame, "invalid_input", detail="must be short"), 1) == [Rejected(item)]
    assert (item.phase, item.note, item.draft.text) == (Phase.OPEN, "must be short", "typed")
    assert sent(inbox)["answer_id"] != frame["answer_id"]


def test_a_late_refusal_of_a_settled_card_changes_nothing() -> None:
    inbox = an_inbox(a_card())
    frame = sent(inbox)
    inbox.receive(accepted(frame), 1)
    assert inbox.receive(refused(frame, "already_decided", state="expired"), 2) == []


def test_the_relays_clock_counts_and_not_this_machines() -> None:
    inbox = Inbox(DEVICE, None, new_id=str)
    inbox.load({"cursor": 1, "server_time": at(100), "requests": [a_card(left_s=160)]}, 77_000)
    item = inbox.items()[0]
    assert inbox.left_s(item.card, 77_010) == 50
    inbox.receive({"t": "pong", "server_time": at(130)}, 77_010)
    assert inbox.left_s(item.card, 77_010) == 30


def test_a_card_expires_by_the_relays_clock() -> None:
    inbox = an_inbox(a_card(left_s=60))
    assert inbox.tick(59) == []
    assert inbox.tick(60) == [Settled(inbox.items()[0])]
    assert inbox.items()[0].note == "expired"


def test_an_answer_on_its_way_at_the_deadline_waits_for_the_relays_word() -> None:
    inbox = an_inbox(a_card(left_s=60))
    sent(inbox)
    assert inbox.tick(61) == []


def test_a_settled_card_lingers_and_then_leaves_unless_it_is_being_read() -> None:
    inbox = an_inbox(a_card("a"), a_card("b"))
    inbox.receive(resolved(11, "a", "cancelled"), 5)
    inbox.receive(resolved(12, "b", "cancelled"), 5)
    inbox.release(5 + LINGER_S - 0.1)
    assert shown(inbox) == ["a", "b"]
    inbox.release(5 + LINGER_S, held="b")
    assert shown(inbox) == ["b"]


def test_a_claim_is_shown_and_a_release_takes_it_away() -> None:
    inbox = an_inbox(a_card())
    item = inbox.items()[0]
    inbox.receive({"t": "event", "seq": 11, "type": "request.claimed", "request_id": "r1", "by": "b"}, 0)
    assert item.note == "claimed by somebody else"
    inbox.receive({"t": "event", "seq": 12, "type": "request.released", "request_id": "r1"}, 0)
    assert item.note == ""


def test_numbers_are_never_used_again() -> None:
    inbox = an_inbox(a_card("a"))
    inbox.receive(resolved(11, "a", "cancelled"), 0)
    inbox.release(100)
    inbox.receive(created(12, a_card("b")), 0)
    assert inbox.numbered(1) is None
    assert inbox.items()[0].number == 2
