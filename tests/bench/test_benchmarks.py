"""The measuring instruments themselves: a benchmark that reads its server wrongly flatters it."""

import asyncio
import json
import os
import time

import pytest

from benchmarks import proc
from benchmarks.figures import Runs, rate_row
from benchmarks.load import content
from benchmarks.load.round_trips import percentiles
from benchmarks.load.wire import PING, PONG, DeviceSocket, frame, parse_reply
from benchmarks.report import Row, table

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"


class Wire:
    """Takes what a protocol writes."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


def a_device(texts: list[bytes]) -> tuple[DeviceSocket, Wire]:
    """Return a device that has been upgraded and welcomed."""
    device, wire = DeviceSocket(b"{}", lambda _, text: texts.append(text)), Wire()
    device.connection_made(wire)  # type: ignore[arg-type]  # all of a transport that is used
    device.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02{}")
    wire.written = b""
    return device, wire


def runs(*operations: int, **more: float) -> Runs:
    used = {"seconds": 1.0, "server_s": 0.3, "postgres_s": 0.1, "generator_s": 0.2} | more
    return Runs([{"operations": count} | used for count in operations])


def test_a_reply_is_read_once_all_of_its_length_is_there() -> None:
    assert parse_reply(LENGTH + b"hell") is None
    assert parse_reply(LENGTH + b"hello") == (200, b"hello")


def test_a_reply_with_heartbeats_is_read_at_its_last_chunk() -> None:
    beats = CHUNKED + b"1\r\n \r\n1\r\n \r\n"
    assert parse_reply(beats) is None
    assert parse_reply(beats + b"2\r\n{}\r\n0\r\n\r\n") == (202, b"  {}")


@pytest.mark.parametrize("size", [5, 200, 70_000])
async def test_frames_are_read_however_they_are_cut(size: int) -> None:
    texts: list[bytes] = []
    device, _ = a_device(texts)
    text = b"x" * size
    head = bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2) if size < 1 << 16 else b""
    stream = (head or b"\x81\x7f" + size.to_bytes(8)) + text
    for cut in (1, 3, len(stream) - 1):
        device.data_received(stream[:cut])
        device.data_received(stream[cut:] + stream)
    assert texts == [text] * 6


async def test_a_ping_is_answered() -> None:
    device, wire = a_device([])
    device.data_received(bytes((0x80 | PING, 0)))
    assert wire.written == frame(PONG, b"")


def test_a_device_answers_its_own_question_only() -> None:
    asked, expected = content.question()
    form = {"options": json.loads(asked)["choices"]}
    event = {"t": "event", "type": "request.created", "request": {"id": "7", "form": form}}
    reply = content.answer(json.dumps(event).encode().replace(b": ", b":"))
    assert reply is not None
    assert json.loads(reply)["answer"].encode() == expected
    assert content.answer(b'{"t":"event","type":"request.resolved"}') is None


def test_no_two_questions_are_alike() -> None:
    bodies = {content.question()[0] for _ in range(100)}
    assert len(bodies) == 100
    assert {len(json.loads(body)["prompt"]) for body in bodies} == {content.PROMPT_BYTES}


def test_a_ratio_compares_runs_that_stood_side_by_side() -> None:
    # Both servers were slowed down alike in the second round; medians of their own would hide the ratio.
    assert runs(60, 6, 600).ratio(runs(100, 10, 1000)) == pytest.approx(0.6)


def test_a_rate_below_its_share_of_the_toy_is_missed() -> None:
    toy = runs(1000, 1000, 1000)
    assert rate_row("W1", "relay", runs(590, 590, 590), toy=toy, goal=0.6).verdict == "MISSED"
    assert rate_row("W1", "relay", runs(610, 610, 610), toy=toy, goal=0.6).verdict == "met"


def test_a_busy_generator_and_errors_are_said() -> None:
    row = rate_row("W1", "relay", runs(100, generator_s=0.6, errors=2))
    assert row.verdict == "generator too busy; 2 errors"


def test_the_table_is_aligned() -> None:
    rows = [Row(workload="W1", what="a", value=1.0, unit="ms"), Row(workload="W2", what="longer", value=1e6, unit="/s")]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "1,000,000 /s" in lines[-1]


def test_percentiles_come_from_sorted_latencies() -> None:
    found = percentiles([n / 1000 for n in range(1, 101)])
    assert (found["p50_ms"], found["p99_ms"], found["max_ms"]) == pytest.approx((51, 100, 100))
    assert percentiles([])["p99_ms"] == 0


def test_the_cpu_of_a_process_is_counted_to_the_microsecond() -> None:
    before, own = proc.cpu_s(os.getpid()), time.process_time()
    sum(range(200_000))
    worked = time.process_time() - own
    assert proc.cpu_s(os.getpid()) - before == pytest.approx(worked, rel=0.5)


async def test_children_belong_to_the_tree() -> None:
    child = await asyncio.create_subprocess_exec("cat", stdin=asyncio.subprocess.PIPE)
    try:
        assert {os.getpid(), child.pid} <= proc.tree(os.getpid())
        assert proc.private_kb(os.getpid()) > 1000
    finally:
        child.kill()
        await child.wait()
