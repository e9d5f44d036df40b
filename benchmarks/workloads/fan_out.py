"""W3: one notification to an account with 1, 10 and 100 devices."""

from collections import defaultdict

from benchmarks.bench import Bench
from benchmarks.figures import TOY_GOAL, Runs, rate_row
from benchmarks.report import Row
from benchmarks.server import People

DEVICES = (1, 10, 100)
POSTERS = 8
"""Connections that notify at once, all with the account's one agent."""


async def run(bench: Bench) -> list[Row]:
    found = defaultdict[tuple[int, str], Runs](Runs)
    async with bench.targets(1, 1, max(DEVICES)) as targets:
        for _ in range(bench.pace.runs):
            for count in DEVICES:
                for target, people in targets:
                    few = People(agents=people.agents * POSTERS, devices=people.devices[:count])
                    result = await bench.load(target, few, kind="posts", what="notify")
                    found[count, target.name].results.append(result)
    return [
        rate_row(
            "W3",
            f"{name}: deliveries to {count} {'device' if count == 1 else 'devices'}",
            runs,
            of="deliveries",
            toy=found[count, "toy"],
            goal=TOY_GOAL if name == "relay" else None,
        )
        for (count, name), runs in found.items()
    ]
