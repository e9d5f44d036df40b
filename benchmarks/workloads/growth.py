"""W4: W1 while many other requests are pending, and while ten thousand deadlines pass at one instant."""

import datetime as dt
import functools

from benchmarks import prepare
from benchmarks.bench import Bench
from benchmarks.figures import Runs, at_most, rate_row
from benchmarks.report import Row, median
from benchmarks.server import People, Server
from benchmarks.workloads.round_trip import AGENTS_EACH, DEVICES_EACH, RATE, USERS

LEVELS = (1_000, 10_000, 100_000)
KEPT_GOAL = 0.8
STRANGERS = 1_000
"""Accounts the pending requests are spread over: a hundred open questions each at the last level."""

DEADLINES = 10_000
DELAY_GOAL_MS = 100
EXPIRE_IN_S, WATCH_S = 6.0, 10.0
"""They are written before the load starts; the instant falls into the middle of it."""

CEILING = dt.timedelta(minutes=15)


async def run(bench: Bench) -> list[Row]:
    async with bench.targets(USERS, AGENTS_EACH, DEVICES_EACH) as targets:
        relays = [(target, people) for target, people in targets if target.name == "relay"]
        rows: list[Row] = []
        for target, people in relays:
            whose = await prepare.strangers(target.dsn, STRANGERS)
            rows += await deadlines(bench, target, people, whose)
            rows += await levels(bench, target, people, whose)
        return rows


async def levels(bench: Bench, target: Server, people: People, whose: prepare.Strangers) -> list[Row]:
    found, rows, open_now = dict[int, Runs](), [], 0
    for level in LEVELS:
        await prepare.open_questions(target.dsn, whose, level - open_now, CEILING)
        open_now = level
        found[level] = Runs()
        for _ in range(bench.pace.runs):
            found[level].results.append(await bench.load(target, people, kind="round_trips"))
        rows.append(rate_row("W4", f"relay: round trips, {level:,} pending", found[level]))
    few, many = (median(found[level].rates()) for level in (LEVELS[0], LEVELS[-1]))
    kept = many / few
    rows.append(
        Row(
            workload="W4",
            what=f"relay: rate at {LEVELS[-1]:,} / rate at {LEVELS[0]:,}",
            value=kept * 100,
            unit="%",
            goal=f">= {KEPT_GOAL:.0%}",
            met=kept >= KEPT_GOAL,
        )
    )
    return rows


async def deadlines(bench: Bench, target: Server, people: People, whose: prepare.Strangers) -> list[Row]:
    """Measure the slowest round trip while the deadlines pass, and the slowest in as long a time without."""
    load = functools.partial(bench.load, target, people, kind="round_trips", rate=RATE, seconds=WATCH_S)
    calm = await load()
    await prepare.open_questions(target.dsn, whose, DEADLINES, dt.timedelta(seconds=EXPIRE_IN_S))
    busy = await load()
    left = await prepare.pending(target.dsn, whose)
    note = f"{left} of them still pending" if left else ""
    what = f"relay: slowest round trip at {RATE}/s"
    return [
        at_most("W4", what, [calm["max_ms"]], "ms", goal=None),
        at_most("W4", f"{what}, {DEADLINES:,} expire", [busy["max_ms"]], "ms", goal=DELAY_GOAL_MS, note=note),
    ]
