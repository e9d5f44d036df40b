"""W2: memory and CPU of connected devices and of waiting agents."""

from benchmarks.bench import Bench
from benchmarks.figures import at_most
from benchmarks.report import Row

KB_GOAL = 18
CONNECT_GOAL = 2_000
IDLE_GOAL_PERCENT = 1


async def run(bench: Bench) -> list[Row]:
    """Start fresh servers for each kind, so that memory freed by one is not used by the next."""
    rows = []
    for what in ("devices", "agents"):
        async with bench.targets(max(bench.levels), 1, 1) as targets:
            for target, people in targets:
                found = await bench.load(
                    target, people, kind="idle", what=what, levels=sorted(bench.levels), seconds=bench.pace.idle_s
                )
                for level in found["levels"]:
                    rows += rows_of(target.name, what, level, last=level["level"] == max(bench.levels))
    return rows


def rows_of(name: str, what: str, found: dict, *, last: bool) -> list[Row]:
    held = name == "relay"
    label = f"{name}: {found['level']:,} {'connected devices' if what == 'devices' else 'waiting agents'}"
    idle, connecting = found["idle"], found["connecting"]
    lost = f"{found['lost']} lost" if found["lost"] else ""
    busy = (idle["server_s"] + idle["postgres_s"]) / idle["seconds"] * 100
    rows = [
        at_most("W2", f"{label}, each", [found["kb"]], "kB", goal=KB_GOAL if held else None, note=lost),
        at_most("W2", f"{label}, idle CPU", [busy], "% of a core", goal=IDLE_GOAL_PERCENT if held and last else None),
    ]
    if what == "devices":
        rate = found["connects"]
        rows.append(
            Row(
                workload="W2",
                what=f"{label}, connects",
                value=rate,
                unit="/s",
                generator=connecting["generator_s"] / connecting["seconds"],
                goal=f">= {CONNECT_GOAL:,}/s" if held else "",
                met=rate >= CONNECT_GOAL if held else None,
            )
        )
    return rows
