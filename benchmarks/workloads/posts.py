"""W5: calls that do not wait: create a request, and notify."""

from collections import defaultdict

from benchmarks.bench import Bench
from benchmarks.figures import TOY_GOAL, Runs, rate_row
from benchmarks.report import Row
from benchmarks.server import People

USERS, AGENTS_EACH, DEVICES_EACH = 32, 2, 1


async def run(bench: Bench) -> list[Row]:
    found = defaultdict[tuple[str, str], Runs](Runs)
    async with bench.targets(USERS, AGENTS_EACH, DEVICES_EACH) as targets:
        for _ in range(bench.pace.runs):
            for what in ("create", "notify"):
                for target, people in targets:
                    # Nobody answers what is created; a notification has somebody to reach.
                    those = People(agents=people.agents, devices=people.devices if what == "notify" else [])
                    found[what, target.name].results.append(await bench.load(target, those, kind="posts", what=what))
    return [
        rate_row(
            "W5",
            f"{name}: {what} only",
            runs,
            toy=found[what, "toy"],
            goal=TOY_GOAL if name == "relay" else None,
        )
        for (what, name), runs in found.items()
    ]
