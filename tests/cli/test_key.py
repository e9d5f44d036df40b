"""Bytes become keys, however they are cut up."""

import pytest

from hitl_cli.inbox.key import Key, KeyReader
from hitl_cli.inbox.line import Line


def names(*pieces: bytes) -> list[str]:
    reader = KeyReader()
    return [key.text or key.name for piece in pieces for key in reader.feed(piece)]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"\r", "enter"),
        (b"\x1b[A", "up"),
        (b"\x1bOB", "down"),
        (b"\x1b[5~", "page-up"),
        (b"\x7f", "backspace"),
        (b"\x03", "ctrl-c"),
        (b"\x1b\r", "newline"),
        ("é".encode(), "é"),
    ],
)
def test_a_key_has_a_name(sent: bytes, name: str) -> None:
    assert names(sent) == [name]


def test_a_sequence_cut_anywhere_is_one_key() -> None:
    assert names(b"\x1b", b"[", b"A") == ["up"]
    assert names("é".encode()[:1], "é".encode()[1:]) == ["é"]


def test_an_unknown_sequence_types_nothing() -> None:
    assert names(b"\x1b[15;5~x\x1b[?1;2c") == ["x"]


def test_a_lone_escape_is_the_esc_key_once_nothing_follows() -> None:
    reader = KeyReader()
    assert reader.feed(b"\x1b") == []
    assert reader.waiting
    assert reader.flush() == [Key("esc")]
    assert not reader.waiting


def test_escape_followed_by_a_letter_is_both() -> None:
    assert names(b"\x1bq") == ["esc", "q"]


def test_a_paste_is_one_key_and_its_line_ends_do_not_send() -> None:
    assert names(b"\x1b[200~one\rtwo\x1b", b"[201~x") == ["one\ntwo", "x"]


def test_a_paste_cannot_smuggle_control_characters() -> None:
    assert names(b"\x1b[200~a\x03\x1b[2Jb\x1b[201~") == ["a[2Jb"]


def test_bytes_that_are_no_text_do_not_stop_the_reader() -> None:
    assert names(b"\xffa") == ["\ufffd", "a"]


def edited(*keys: Key, start: str = "") -> str:
    line = Line()
    line.set(start)
    for key in keys:
        line.apply(key)
    return f"{line.text[: line.at]}|{line.text[line.at :]}"


def test_a_line_is_edited_like_in_a_shell() -> None:
    assert edited(Key("left"), Key("char", "x"), start="ab") == "ax|b"
    assert edited(Key("ctrl-a"), Key("delete"), start="ab") == "|b"
    assert edited(Key("ctrl-w"), start="one two ") == "one |"
    assert edited(Key("ctrl-u"), start="gone") == "|"
    assert edited(Key("home"), Key("ctrl-k"), start="gone") == "|"
    assert edited(Key("newline"), start="a") == "a\n|"


@pytest.mark.parametrize("key", ["left", "right", "backspace", "delete", "ctrl-w", "up", "f99"])
def test_no_key_leaves_an_empty_line(key: str) -> None:
    assert edited(Key(key)) == "|"


def test_a_line_stops_at_its_limit() -> None:
    line = Line(limit=3)
    line.apply(Key("paste", "abcdef"))
    assert (line.text, line.at) == ("abc", 3)
