import io
import json
import logging
from collections.abc import Iterator

import pytest

from relay.kernel.log import get_logger, start_logging


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """Leave the root logger as pytest has set it up."""
    root, aiohttp = logging.getLogger(), logging.getLogger("aiohttp")
    handlers, level, aiohttp_level = root.handlers[:], root.level, aiohttp.level
    root.handlers = []
    yield
    root.handlers = handlers
    root.setLevel(level)
    aiohttp.setLevel(aiohttp_level)


def logged(form: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    start_logging(level=level, form=form, stream=stream)
    return stream


def test_a_machine_reads_one_json_object_a_line() -> None:
    stream = logged("json")
    get_logger("relay.x").info("request_settled", request_id="7", count=3, live=True, nothing=None)
    get_logger("relay.x").warning("line\nbreak")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.pop("at")
    assert first == {
        "level": "info",
        "logger": "relay.x",
        "event": "request_settled",
        "request_id": "7",
        "count": 3,
        "live": True,
        "nothing": None,
    }
    assert (second["level"], second["event"]) == ("warning", "line\nbreak")


def test_a_person_reads_the_event_and_its_fields_on_one_line() -> None:
    stream = logged("text")
    get_logger("relay.x").info("request_settled", request_id="7", count=3)
    [line] = stream.getvalue().splitlines()
    assert line.split(maxsplit=1)[1] == "info    request_settled request_id=7 count=3"


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_exception_brings_its_traceback(form: str) -> None:
    stream = logged(form)
    try:
        int("broken")
    except ValueError:
        get_logger("relay.x").exception("loop_step_broke", loop="seal")
    text = stream.getvalue()
    assert "Traceback" in text
    assert "ValueError: invalid literal" in text
    assert len(text.splitlines()) == 1 or form == "text"


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_record_of_a_library_has_no_fields_and_is_logged_all_the_same(form: str) -> None:
    stream = logged(form)
    logging.getLogger("asyncio").warning("took %s seconds", 3)
    assert "took 3 seconds" in stream.getvalue()


def test_what_is_below_the_level_is_not_logged() -> None:
    stream = logged("text", level="warning")
    get_logger("relay.x").debug("quiet")
    get_logger("relay.x").info("quiet")
    get_logger("relay.x").error("loud")
    [line] = stream.getvalue().splitlines()
    assert "loud" in line


def test_aiohttp_does_not_repeat_our_errors() -> None:
    stream = logged("text", level="debug")
    logging.getLogger("aiohttp.server").error("Error handling request")
    assert stream.getvalue() == ""
