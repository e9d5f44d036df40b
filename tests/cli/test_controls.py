"""What keys do."""

import pytest

from hitl_cli.inbox.controls import GUARD_S, Editing, Mode
from hitl_cli.inbox.key import Key
from hitl_cli.inbox.model import Phase
from tests.cli.builders import BOOLEAN, LATER, NUMBER, TEXT, a_card, answers, created, press, resolved, some_controls


def choice(*options: str, multiple: bool = False) -> dict[str, object]:
    return {"type": "choice", "options": list(options), "multiple": multiple}


def test_a_digit_answers_the_selected_card() -> None:
    assert answers(press(some_controls(a_card()), "2")) == ["No"]


@pytest.mark.parametrize("keys", ["0", "3", "x", " "])
def test_a_key_that_is_no_choice_answers_nothing(keys: str) -> None:
    assert answers(press(some_controls(a_card()), keys)) == []


@pytest.mark.parametrize(("key", "answer"), [("y", "Approve"), ("n", "Deny")])
def test_y_and_n_decide_an_approval(key: str, answer: str) -> None:
    controls = some_controls(a_card(kind="approval", form=choice("Approve", "Deny")))
    assert answers(press(controls, key)) == [answer]


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("n", False)])
def test_y_and_n_answer_a_boolean(key: str, answer: bool) -> None:
    assert answers(press(some_controls(a_card(form=BOOLEAN)), key)) == [answer]


def test_y_means_nothing_where_two_choices_say_yes() -> None:
    assert answers(press(some_controls(a_card(form=choice("Yes", "OK", "No"))), "y")) == []


def test_arrows_move_and_enter_opens_and_sends_the_highlighted_choice() -> None:
    controls = some_controls(a_card("a"), a_card("b"))
    effects = press(controls, "j", "enter")
    assert controls.mode is Mode.CARD
    assert effects[0].frame == {"t": "seen", "request_id": "b"}
    assert answers(press(controls, "down", "enter")) == ["No"]


def test_several_choices_are_toggled_with_digits_and_space() -> None:
    controls = some_controls(a_card(form=choice("a", "b", "c", multiple=True)))
    assert answers(press(controls, "3", "1", "1")) == []
    assert controls.mode is Mode.CARD
    assert answers(press(controls, "down", " ", "enter")) == [["b", "c"]]


def test_several_choices_need_at_least_one() -> None:
    controls = some_controls(a_card(form=choice("a", "b", multiple=True)))
    assert answers(press(controls, "enter", "enter")) == []
    assert "at least one" in controls.message


def test_with_many_choices_the_number_is_typed_in_full() -> None:
    controls = some_controls(a_card(form=choice(*(f"option {n}" for n in range(1, 13)))))
    assert answers(press(controls, "1")) == []
    assert answers(press(controls, "2", "enter")) == ["option 12"]


def test_a_text_is_typed_in_the_card_with_every_letter_a_letter() -> None:
    controls = some_controls(a_card(form=TEXT))
    assert answers(press(controls, "enter", "qjk?cy 1", "enter")) == ["qjk?cy 1"]


def test_a_pasted_text_keeps_its_lines_and_is_not_sent() -> None:
    controls = some_controls(a_card(form=TEXT))
    press(controls, "enter")
    assert answers(controls.press(Key("paste", "one\ntwo"), LATER)) == []
    assert answers(press(controls, "enter")) == ["one\ntwo"]


def test_nothing_typed_is_not_an_answer() -> None:
    controls = some_controls(a_card(form=TEXT))
    assert answers(press(controls, "enter", "enter", " ", "enter")) == []


def test_a_digit_starts_a_number_and_a_wrong_one_is_explained() -> None:
    controls = some_controls(a_card(form=NUMBER))
    assert answers(press(controls, "4", "0", "enter")) == []
    assert "1 to 9" in controls.message
    assert answers(press(controls, "backspace", "enter")) == [4]


def test_escape_keeps_the_draft() -> None:
    controls = some_controls(a_card(form=TEXT))
    press(controls, "enter", "half", "esc", "esc")
    assert controls.mode is Mode.LIST
    assert answers(press(controls, "enter", " done", "enter")) == ["half done"]


def test_a_comment_goes_along_with_the_answer() -> None:
    controls = some_controls(a_card())
    effects = press(controls, "c", "why not", "enter", "1")
    assert [e.frame.get("comment") for e in effects if e.frame["t"] == "answer"] == ["why not"]


def test_danger_wants_the_word_yes_in_full() -> None:
    controls = some_controls(a_card(danger=True))
    assert answers(press(controls, "1", "enter", "y", "enter")) == []
    assert controls.editing is Editing.CONFIRM
    assert answers(press(controls, "es", "enter")) == ["Yes"]


def test_danger_can_be_backed_out_of() -> None:
    controls = some_controls(a_card(danger=True))
    press(controls, "1", "esc")
    assert controls.confirming is None
    assert controls.editing is None
    assert controls.item
    assert controls.item.phase is Phase.OPEN


def test_denying_a_dangerous_approval_needs_no_word() -> None:
    controls = some_controls(a_card(kind="approval", danger=True, form=choice("Approve", "Deny")))
    assert answers(press(controls, "n")) == ["Deny"]


def test_a_danger_confirmation_of_a_text_sends_the_text() -> None:
    controls = some_controls(a_card(danger=True, form=TEXT))
    assert answers(press(controls, "enter", "rm", "enter", "yes", "enter")) == ["rm"]


def test_a_more_urgent_card_does_not_take_the_selection() -> None:
    controls = some_controls(a_card("mine"))
    controls.observe(controls.inbox.receive(created(11, a_card("new", priority="urgent")), LATER), LATER)
    assert controls.item
    assert controls.item.card.id == "mine"


def test_a_key_meant_for_a_card_that_just_left_does_not_answer_the_next_one() -> None:
    controls = some_controls(a_card("a"), a_card("b"))
    controls.observe(controls.inbox.receive(resolved(11, "a", "cancelled"), LATER), LATER)
    assert controls.item
    assert controls.item.card.id == "b"
    assert answers(press(controls, "1", now=LATER + GUARD_S / 2)) == []
    assert "moved" in controls.message
    assert answers(press(controls, "1", now=LATER + GUARD_S)) == ["Yes"]


def test_a_card_answered_elsewhere_while_typing_stays_with_the_text() -> None:
    controls = some_controls(a_card(form=TEXT))
    press(controls, "enter", "my long answer")
    controls.observe(controls.inbox.receive(resolved(11, answered_by_name="Bob"), LATER), LATER)
    controls.observe((), LATER + 60)
    assert controls.mode is Mode.CARD
    assert controls.item
    assert controls.item.draft.text == "my long answer"
    assert answers(press(controls, "enter")) == []
    assert controls.message == "answered elsewhere by Bob"


def test_an_accepted_card_closes_and_the_next_one_is_selected() -> None:
    controls = some_controls(a_card("a"), a_card("b"))
    press(controls, "enter", "1")
    frame = {"t": "accepted", "what": "answer", "request_id": "a"}
    controls.observe(controls.inbox.receive(frame, LATER), LATER)
    assert controls.mode is Mode.LIST
    assert controls.item
    assert controls.item.card.id == "b"


def test_a_rejected_text_can_be_corrected() -> None:
    controls = some_controls(a_card(form=TEXT))
    press(controls, "enter", "bad", "enter")
    frame = {"t": "refused", "request_id": "r1", "code": "invalid_input", "detail": "too bad"}
    controls.observe(controls.inbox.receive(frame, LATER), LATER)
    assert controls.editing is Editing.ANSWER
    assert answers(press(controls, "ly", "enter")) == ["badly"]


def test_a_sent_answer_is_not_sent_again_by_impatience() -> None:
    controls = some_controls(a_card())
    assert answers(press(controls, "1", "1", "2", "enter", "enter")) == ["Yes"]


def test_once_is_done_after_the_first_accepted_answer_and_not_before() -> None:
    controls = some_controls(a_card("a"), a_card("b"), once=True)
    controls.observe(controls.inbox.receive(resolved(11, "b", "cancelled"), LATER), LATER)
    press(controls, "1", now=LATER + 1)
    assert not controls.done
    controls.observe(controls.inbox.receive({"t": "accepted", "what": "answer", "request_id": "a"}, LATER), LATER)
    assert controls.done


@pytest.mark.parametrize("key", ["q", "ctrl-c"])
def test_q_and_ctrl_c_quit(key: str) -> None:
    controls = some_controls(a_card())
    press(controls, key)
    assert controls.done


def test_ctrl_c_quits_even_while_typing() -> None:
    controls = some_controls(a_card(form=TEXT))
    press(controls, "enter", "abc", "ctrl-c")
    assert controls.done


def test_help_opens_and_any_key_closes_it() -> None:
    controls = some_controls(a_card())
    press(controls, "?")
    assert controls.mode is Mode.HELP
    assert answers(press(controls, "1")) == []
    assert controls.mode is Mode.LIST


@pytest.mark.parametrize("key", ["1", "y", "c", "enter", "up", "down", "j", " ", "esc", "left", "page-down"])
def test_no_key_harms_an_empty_inbox(key: str) -> None:
    assert press(some_controls(), key) == []
