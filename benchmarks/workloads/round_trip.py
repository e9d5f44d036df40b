"""W1: the full durable round trip, at saturation and at 200 a second."""

from collections import defaultdict

from benchmarks.bench import Bench
from benchmarks.figures import TOY_GOAL, Runs, at_most, rate_row
from benchmarks.report import Row

USERS, AGENTS_EACH, DEVICES_EACH = 32, 2, 1
RATE = 200
COST_GOAL_US, P50_GOAL_MS, P99_GOAL_MS = 350, 4, 20


async def run(bench: Bench) -> list[Row]:
    ceiling, full, steady = Runs(), defaultdict[str, Runs](Runs), defaultdict[str, Runs](Runs)
    dsn = await bench.database("ceiling")
    async with bench.targets(USERS, AGENTS_EACH, DEVICES_EACH) as targets:
        for _ in range(bench.pace.runs):
            ceiling.results.append(await bench.ceiling(dsn))
            for target, people in targets:
                full[target.name].results.append(await bench.load(target, people, kind="round_trips"))
            for target, people in targets:
                steady[target.name].results.append(await bench.load(target, people, kind="round_trips", rate=RATE))
    rows = [rate_row("W1", "commit ceiling", ceiling, ceiling=ceiling, toy=full["toy"])]
    for name, runs in full.items():
        rows += rows_of(name, runs, steady[name], ceiling, full["toy"])
    return rows


def rows_of(name: str, full: Runs, steady: Runs, ceiling: Runs, toy: Runs) -> list[Row]:
    held = name == "relay"  # only the relay is held to the goals
    cost = [(result["server_s"] + result["postgres_s"]) / max(1, result["operations"]) * 1e6 for result in full.results]
    return [
        rate_row("W1", f"{name}: round trips", full, ceiling=ceiling, toy=toy, goal=TOY_GOAL if held else None),
        at_most("W1", f"{name}: CPU a round trip", cost, "µs", goal=COST_GOAL_US if held else None),
        at_most(
            "W1",
            f"{name}: p50 at {RATE}/s",
            steady.values("p50_ms"),
            "ms",
            goal=P50_GOAL_MS if held else None,
            note=steady.faults(),
        ),
        at_most("W1", f"{name}: p99 at {RATE}/s", steady.values("p99_ms"), "ms", goal=P99_GOAL_MS if held else None),
    ]
