import os

import pytest

from auth.secrets import (
    API_KEY_PREFIX,
    CODE_ALPHABET,
    LOOKS_SECRET,
    SESSION_PREFIX,
    code_digest,
    digest_of,
    kind_of,
    new_code,
    new_token,
)


@pytest.mark.parametrize("prefix", [API_KEY_PREFIX, SESSION_PREFIX])
def test_a_new_token_says_what_it_is(prefix: str) -> None:
    token = new_token(prefix, os.urandom)
    assert len(token) == len(prefix) + 49
    assert kind_of(token) == prefix


@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_the_extremes_of_chance_fit_the_shape(byte: bytes) -> None:
    assert kind_of(new_token(API_KEY_PREFIX, lambda count: byte * count)) == API_KEY_PREFIX


@pytest.mark.proves("auth.R50")
def test_every_single_typing_error_breaks_the_checksum() -> None:
    token = new_token(API_KEY_PREFIX, os.urandom)
    for place in range(len(API_KEY_PREFIX), len(token)):
        wrong = "0" if token[place] != "0" else "1"
        assert kind_of(token[:place] + wrong + token[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "mcp_pk_", "mcp_pk_" + "é" * 49, "mcp_pk_" + "0" * 48, "\udcff", "hses_ " * 9])
def test_what_is_not_a_token_is_none(text: str) -> None:
    assert kind_of(text) is None


def test_a_token_of_one_kind_is_none_of_the_other() -> None:
    token = new_token(API_KEY_PREFIX, os.urandom)
    assert kind_of(SESSION_PREFIX + token.removeprefix(API_KEY_PREFIX)) is None


def test_bytes_that_are_not_utf8_have_a_digest_too() -> None:
    assert len(digest_of(b"\xff\xfe".decode(errors="surrogateescape"))) == 32


def test_a_token_is_found_in_a_longer_text() -> None:
    assert LOOKS_SECRET.search(f"x={new_token(SESSION_PREFIX, os.urandom)}")


def test_a_code_has_no_letters_that_look_alike() -> None:
    code = new_code(os.urandom)
    assert [len(group) for group in code.split("-")] == [4] * 7
    assert set(code) - {"-"} <= set(CODE_ALPHABET)
    assert not set("ILOU") & set(CODE_ALPHABET)


def test_a_code_may_be_typed_as_people_type() -> None:
    code = new_code(lambda count: bytes(range(count)))
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert typed != code
    assert code_digest(f" {typed} ") == code_digest(code)


def test_another_code_has_another_digest() -> None:
    assert code_digest(new_code(os.urandom)) != code_digest(new_code(os.urandom))
