"""What the lane takes for a whole hot request, held against aiohttp's own parser."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_relay.lane.parse import WholeParser
from hitl_relay.lane.recognise import MAX_BODY, MAX_HEAD, MORE, OTHER, HotRoutes

LINE = b"POST /hot HTTP/1.1"
ROUTES = HotRoutes({LINE: "hot", b"POST /hotter HTTP/1.1": "hotter"})


def request(body: bytes = b"{}", *headers: bytes, line: bytes = LINE) -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([line, b"Host: x", *headers, length, b"", body])


def test_a_whole_request_is_recognised_by_its_line() -> None:
    assert ROUTES.find(request()) == "hot"
    assert ROUTES.find(request(line=b"POST /hotter HTTP/1.1")) == "hotter"
    assert ROUTES.find(request(b"")) == "hot"


def test_every_beginning_of_a_request_may_become_one() -> None:
    whole = request(b'{"a": 1}', b"X: y")
    assert {ROUTES.find(whole[:cut]) for cut in range(len(whole))} == {MORE}


@pytest.mark.parametrize(
    "data",
    [
        b"GET /hot HTTP/1.1\r\n",
        b"POST /hot HTTP/1.0\r\n",
        b"POST /hot?a HTTP/1.1\r\n",
        b"POST /cold",
        b"x",
        b"\r\n",
        request() + b"P",
        request(b"{}", b"Expect: 100-continue"),
        request(b"{}", b"Transfer-Encoding: chunked"),
        request(b"{}", b"Content-Encoding: gzip"),
        request(b"{}", b"Upgrade: h2c"),
        request(b"{}", b"content-length: 2"),
        LINE + b"\r\nContent-Length: two\r\n\r\n",
        LINE + b"\r\nContent-Length: 1_0\r\n\r\n",
        LINE + b"\r\nContent-Length: \r\n\r\n",
        LINE + b"\r\nHost: x\r\n\r\n",
        LINE + b"\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        LINE + b"\r\nX: " + b"y" * MAX_HEAD,
        request(b"{}", b"X: " + b"y" * MAX_HEAD),
    ],
)
def test_anything_else_is_not(data: bytes) -> None:
    assert ROUTES.find(data) is OTHER


def test_a_body_may_be_as_long_as_is_said_and_no_longer() -> None:
    routes = HotRoutes({LINE: "hot"}, max_body=10)
    assert (routes.find(request(b"x" * 10)), routes.find(request(b"x" * 11))) == ("hot", OTHER)


@pytest.fixture
def parser() -> Iterator[WholeParser]:
    loop = asyncio.new_event_loop()
    yield WholeParser(loop)
    loop.close()


def test_the_parser_goes_on_after_what_it_refused(parser: WholeParser) -> None:
    for bad in (b"BROKEN\r\n\r\n", request()[:-1], request() + request(), request(b"{}", b"X: \x00"), b""):
        assert parser.parse(bad) is None
        parsed = parser.parse(request(b'{"a": 1}'))
        assert parsed is not None
        assert (parsed[0].path, parsed[2]) == ("/hot", b'{"a": 1}')


TEXT = st.text(st.characters(codec="latin-1"), max_size=12)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=4), st.binary(max_size=40), st.integers(-3, 3))
def test_whatever_is_recognised_and_parsed_has_the_body_its_length_says(
    headers: list[tuple[str, str]], body: bytes, off: int
) -> None:
    lines = [f"{name}: {value}".encode("latin-1") for name, value in headers]
    data = b"\r\n".join([LINE, *lines, b"Content-Length: %d" % (len(body) + off), b"", body])
    loop = asyncio.new_event_loop()
    parsed = WholeParser(loop).parse(data) if ROUTES.find(data) == "hot" else None
    loop.close()
    if parsed is not None:
        assert data.endswith(b"\r\n\r\n" + parsed[2])
        assert int(parsed[0].headers["Content-Length"]) == len(parsed[2])
