"""Nothing a prompt holds is obeyed by a terminal or hidden from the reader."""

import pytest

from hitl_cli.safe_text import one_line, visible


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\x07b", "a<U+0007>b"),
        ("a\rb", "a<U+000D>b"),
        ("\u202egpj.exe", "<U+202E>gpj.exe"),
        ("pay\u200bpal", "pay<U+200B>pal"),
        ("a\u00a0b", "a<U+00A0>b"),
        ("a\u2028b", "a<U+2028>b"),
        ("a\u3164b", "a<U+3164>b"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("half \ud800", "half <U+D800>"),
        ("\x7f", "<U+007F>"),
    ],
)
def test_what_is_obeyed_or_unseen_is_written_out(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


@pytest.mark.parametrize("text", ["Grüße", "日本語", "a\nb", "👩‍🚀 ❤️", "ที่\u200cนี่", "क्\u200dष"])
def test_what_a_script_or_an_emoji_needs_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("text", ["👩\u200d🚀", "❤\ufe0f", "क्\u200dष", "a\tb"])
def test_strict_text_lets_nothing_hide(text: str) -> None:
    assert "<U+" in visible(text, strict=True)


def test_a_joiner_between_latin_letters_is_written_out() -> None:
    assert visible("admin\u200c") == "admin<U+200C>"


def test_one_line_shows_where_lines_ended() -> None:
    assert one_line("Sure?\n#2 [1:00] forged") == "Sure? ⏎ #2 [1:00] forged"


def test_every_control_character_is_written_out() -> None:
    controls = [chr(n) for n in (*range(32), *range(127, 160)) if chr(n) not in "\n\t"]
    assert all(visible(control) == f"<U+{ord(control):04X}>" for control in controls)
