"""What is drawn, at the width of a phone's SSH client and of a wide terminal."""

from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from hitl_cli.inbox.controls import Controls
from hitl_cli.inbox.view import draw
from tests.cli.builders import BOOLEAN, NUMBER, TEXT, a_card, created, press, some_controls

WIDTHS = pytest.mark.parametrize("width", [40, 100])


def drawn(controls: Controls, *, width: int = 40, height: int = 20, now: float = 0) -> list[str]:
    console = Console(file=StringIO(), width=width, height=height, force_terminal=True, color_system="truecolor")
    return ["".join(segment.text for segment in row).rstrip() for row in draw(controls, now, console, height)]


def text_of(controls: Controls, **over: Any) -> str:
    return "\n".join(drawn(controls, **over))


MANY = [a_card(f"r{n:02}", prompt=f"Question {n} " + "with more words " * 9, left_s=100 + n) for n in range(30)]


@WIDTHS
@pytest.mark.parametrize("height", [4, 10, 20, 50])
def test_a_drawing_is_exactly_as_high_and_never_wider_than_the_terminal(width: int, height: int) -> None:
    for controls in (some_controls(), some_controls(*MANY), some_controls(a_card(prompt="word " * 500))):
        for keys in ("", "enter", "?"):
            press(controls, *([keys] if keys else []))
            rows = drawn(controls, width=width, height=height)
            assert len(rows) == height
            assert max(map(cell_len, rows)) <= width


@WIDTHS
def test_the_list_shows_countdown_agent_prompt_and_keys(width: int) -> None:
    text = text_of(some_controls(a_card(left_s=125)), width=width, now=5)
    assert "▸  2:00 deploy-bot" in text
    assert "Question r1?" in text
    assert "1 Yes  2 No" in text
    assert "1 open" in text


def test_the_selected_card_of_many_is_in_sight() -> None:
    controls = some_controls(*MANY)
    press(controls, *["j"] * 25)
    assert "Question 25" in text_of(controls, height=12)


@pytest.mark.proves("client.nothing_hidden")
@WIDTHS
@pytest.mark.parametrize("opened", [False, True])
def test_no_control_character_of_a_prompt_reaches_the_terminal(width: int, opened: bool) -> None:
    hostile = "x\x1b]0;owned\x07\x1b[2J\u202eevil\x9b"
    card = a_card(
        prompt=hostile,
        context=f"# {hostile}\n\n`{hostile}` [{hostile}](http://{hostile})",
        agent={"id": "a", "name": hostile},
        form={"type": "choice", "options": [hostile, "ok"], "multiple": False},
        action={"tool": hostile, "arguments": {hostile: [hostile]}},
        default=hostile,
    )
    controls = some_controls(card)
    controls.inbox.receive({**created(11, a_card(prompt=hostile)), "type": "notification"}, 0)
    if opened:
        press(controls, "enter")
    text = text_of(controls, width=width, height=60)
    assert "<U+001B>" in text
    assert [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e")] == []


def test_markup_of_a_prompt_is_text() -> None:
    assert "[red]not red[/red]" in text_of(some_controls(a_card(prompt="[red]not red[/red]")))


@WIDTHS
def test_an_action_is_shown_with_every_argument_and_nothing_hidden(width: int) -> None:
    action = {"tool": "refund", "arguments": {"order": "A\u200b1", "amount": 79, "note": 'a"b\nc'}}
    controls = some_controls(a_card(kind="approval", action=action, danger=True))
    press(controls, "enter")
    text = text_of(controls, width=width, height=30)
    for part in ("Tool: refund", '"amount": 79', "A<U+200B>1", r'"a\"b\nc"', "DANGER"):
        assert part in text


def test_a_link_is_shown_with_its_address() -> None:
    controls = some_controls(a_card(context="[your bank](http://evil.example/)"))
    press(controls, "enter")
    assert "http://evil.example/" in text_of(controls, width=100)


def test_a_long_question_scrolls_and_the_answer_stays_in_sight() -> None:
    controls = some_controls(a_card(prompt="\n".join(f"line {n}" for n in range(100))))
    press(controls, "enter")
    text = text_of(controls)
    assert "line 0" in text
    assert "more lines: PgDn" in text
    assert "1 Yes" in text
    press(controls, *["page-down"] * 30)
    text = text_of(controls)
    assert "line 99" in text
    assert "1 Yes" in text


def test_many_choices_are_windowed_around_the_highlighted_one() -> None:
    options = [f"option {n}" for n in range(50)]
    controls = some_controls(a_card(form={"type": "choice", "options": options, "multiple": False}))
    press(controls, "enter", *["down"] * 40)
    text = text_of(controls)
    assert "▸ 41 option 40" in text
    assert "Question r1?" in text


@pytest.mark.parametrize(
    ("form", "hint"), [(TEXT, "a name"), (NUMBER, "a whole number from 1 to 9"), (BOOLEAN, "y yes  n no")]
)
def test_an_open_card_says_what_kind_of_answer_is_wanted(form: dict[str, Any], hint: str) -> None:
    controls = some_controls(a_card(form=form))
    press(controls, "enter")
    assert hint in text_of(controls)


def test_the_confirmation_repeats_the_answer() -> None:
    controls = some_controls(a_card(danger=True))
    press(controls, "1")
    assert 'You are about to answer "Yes".' in text_of(controls, width=100)


def test_the_state_of_an_answer_and_of_the_connection_is_shown() -> None:
    controls = some_controls(a_card())
    press(controls, "1")
    assert "sending…" in text_of(controls)
    controls.inbox.disconnected("the relay restarts; trying again")
    assert "offline" in text_of(controls)


def test_a_notification_is_shown_below_the_list() -> None:
    controls = some_controls()
    controls.inbox.receive({**created(11, a_card(prompt="Backup done")), "type": "notification"}, 0)
    assert "deploy-bot says: Backup done" in text_of(controls)
