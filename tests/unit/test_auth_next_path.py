from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.next_path import LONGEST, safe_next, with_next

OURS = (
    "/",
    "/owner",
    "/app/#/requests/1",
    "/device?user_code=BCDF-GHJK",
    "/api/v1/oauth/authorize?client_id=https%3A%2F%2Fapp.example%2Fid&redirect_uri=http://127.0.0.1:3000/cb&state=a%2Bb",
    "/a//b",
)
ELSEWHERE = (
    None,
    "",
    "owner",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    " /owner",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "/ü",
    "/a\x00",
    "/a b",
    "/owner\r\nSet-Cookie: a=b",
    "/" + "x" * LONGEST,
)


@pytest.mark.proves("auth.next")
@pytest.mark.parametrize("path", OURS)
def test_a_path_of_ours_comes_through_as_it_is(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.proves("auth.next")
@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_leads_elsewhere_counts_as_absent(path: str | None) -> None:
    assert safe_next(path) == ""
    assert with_next("/sign-in", path or "") == "/sign-in"


@given(st.sampled_from(OURS), st.text(max_size=30))
def test_whatever_is_carried_comes_back_as_it_was(path: str, more: str) -> None:
    carried = with_next("/sign-in", path + more)
    (found,) = parse_qs(urlsplit(carried).query).get("next", [""])
    assert found == safe_next(path + more)
    assert carried.isascii()


@given(st.text(alphabet="/\\.:@ \t\nehttpsvil%", max_size=20))
def test_no_spelling_names_a_host(path: str) -> None:
    assert not urlsplit(safe_next(path)).netloc
    assert not urlsplit(safe_next(path)).scheme
