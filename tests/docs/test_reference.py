"""The reference pages say all that the code knows, and nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from auth.services.rate_limits import STANDING
from hitl_relay.app import operations
from hitl_relay.documents import documents
from mobile_api.session import CloseCode
from mobile_api.wire import FromDevice, ToDevice
from push.lanes import Lanes
from push.metrics import PushMetrics
from relay.domain.errors import HitlError
from relay.domain.log_entry import EntryType
from relay.hub import Hub
from relay.kernel.log import EventLogger
from relay.kernel.metrics import Metrics
from relay.kernel.problem import SENTENCES, status_of
from relay.kernel.waiting import Heartbeats
from relay.services import broker
from relay.services.ledger import step_counters
from tests.docs.pages import DOCS, REFERENCE, ROOT, rows, sources, words

LEVELS = {"debug", "info", "warning", "error", "exception"}
HTTP_ONLY = {"http_error": "any 4xx", "internal_error": "500"}


def _tree(error: type[HitlError]) -> Iterator[type[HitlError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _tree(kind)


@pytest.mark.proves("docs.complete")
def test_every_error_code_is_documented_with_its_status():
    wanted = {code: str(status) for status, (code, _) in SENTENCES.items()} | HTTP_ONLY
    for error in _tree(HitlError):
        wanted[error.code] = str(status_of(error.__new__(error)).value)
    assert {row[0].strip("`"): row[1] for row in rows(REFERENCE / "errors.md")} == wanted


@pytest.mark.proves("docs.complete")
def test_every_status_a_call_may_answer_is_explained():
    explained = {row[0] for row in rows(REFERENCE / "rest.md", "Statuses")}
    described = {str(s) for o in operations() if o.media == "application/json" for s in (o.status, *o.other)}
    refused = {row[1] for row in rows(REFERENCE / "errors.md") if row[1].isdigit()}
    assert described | refused <= explained


@pytest.mark.proves("docs.complete")
def test_every_call_of_the_api_is_listed():
    page = "".join((REFERENCE / name).read_text(encoding="utf-8") for name in ("rest.md", "mcp.md"))
    calls = [f"{o.method} {o.path}" for o in operations() if o.media not in {"", "text/html"}]
    assert [call for call in calls if f"`{call}`" not in page] == []


@pytest.mark.proves("docs.complete")
def test_every_close_code_is_documented_by_number_and_name():
    table = {int(row[0]): row[1] for row in rows(REFERENCE / "device-socket.md", "Close codes")}
    assert table == {code.value: code.name.lower().replace("_", " ") for code in CloseCode}


@pytest.mark.proves("docs.complete")
def test_every_frame_is_documented():
    page = REFERENCE / "device-socket.md"
    assert {row[0].strip("`") for row in rows(page, "Frames from the device")} == _tags(get_args(FromDevice)[0])
    assert {row[0].strip("`") for row in rows(page, "Frames to the device")} == _tags(ToDevice)


@pytest.mark.proves("docs.complete")
def test_every_type_of_the_log_is_documented():
    assert words(DOCS / "topics/delivery-and-the-log.md", "The account log") == {entry.value for entry in EntryType}


@pytest.mark.proves("docs.complete")
def test_every_metric_is_documented():
    metrics = Metrics()
    broker._measure(metrics, Hub(), Heartbeats())
    PushMetrics(metrics, Lanes())
    step_counters(metrics)
    helped = [line.split()[2] for line in metrics.text().decode().splitlines() if line.startswith("# HELP")]
    table = {row[0].strip("`") for row in rows(REFERENCE / "metrics.md")}
    assert table == {name for name in helped if not name.endswith("_created")}


@pytest.mark.proves("docs.complete")
def test_every_limit_is_documented_with_its_number():
    spans = {60: "a minute", 3600: "an hour", 86400: "a day"}
    limits = {*STANDING, *(limit for operation in operations() for limit in operation.limits)}
    wanted = {(limit.name, str(limit.calls), spans[int(limit.per_s)]) for limit in limits}
    assert {(row[0].strip("`"), row[3], row[4]) for row in rows(DOCS / "topics/limits.md")} == wanted


@pytest.mark.proves("docs.complete")
def test_every_log_event_is_documented_with_its_fields():
    table = {row[0].strip("`"): set(row[2].replace("`", "").split(", ")) - {""} for row in _event_rows()}
    logged: dict[str, set[str]] = {}
    for path in sources():
        for event, fields in _events(ast.parse(path.read_text(encoding="utf-8"))):
            logged.setdefault(event, set()).update(fields)
    assert table == logged


def test_no_way_to_log_is_overlooked():
    assert {name for name, way in vars(EventLogger).items() if "event" in getattr(way, "__annotations__", ())} == {
        *LEVELS,
        "_log",
    }


@pytest.mark.proves("docs.complete")
def test_log_events_are_listed_in_order_so_that_one_finds_them():
    names = [row[0] for row in _event_rows()]
    assert names == sorted(names)


@pytest.mark.proves("docs.generated_current")
@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_generated_document_is_what_the_code_generates(path: Path):
    assert path.read_text(encoding="utf-8") == documents()[path], "run `make docs`"


def _tags(union: object) -> set[str]:
    return {message.model_fields["t"].default for message in get_args(union)}


def _event_rows() -> list[list[str]]:
    return rows(REFERENCE / "log-events.md")


def _events(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Find `log.<level>("event", field=…)`, and calls of a name that stands for one of several levels."""
    aliases = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(map(_is_level, ast.walk(node.value)))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if _is_level(node.func) or (isinstance(node.func, ast.Name) and node.func.id in aliases):
            event = node.args[0]
            assert isinstance(event, ast.Constant), f"line {node.lineno}: an event's name is a constant"
            yield event.value, {keyword.arg for keyword in node.keywords if keyword.arg}


def _is_level(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in LEVELS
        and isinstance(node.value, ast.Name)
        and node.value.id == "log"
    )
