"""MCP: what a waiting call keeps in memory, and calls that do not wait, beside the SDK's own session manager."""

from collections import defaultdict
from dataclasses import replace

from benchmarks import server
from benchmarks.bench import Bench
from benchmarks.figures import Runs, at_most, rate_row
from benchmarks.report import Row
from benchmarks.server import People

KB_GOAL = 30
RATE_GOAL = 3.0
"""Times what the session manager does."""

LEVEL = 2_000
CONNECTIONS = 32

ERAS = {"mcp": "2026-07-28", "handshake": "2025-11-25"}
"""How each load calls. To clients that shake hands the session manager replies by event stream, to others in JSON."""


async def run(bench: Bench) -> list[Row]:
    return [*await _waiting(bench), *await _calls(bench)]


async def _waiting(bench: Bench) -> list[Row]:
    rows = []
    level = min(LEVEL, max(bench.levels))
    async with bench.targets(level, 1, 0) as ((_, _), (relay, people)), server.mcp_sdk() as sdk:
        for target in (relay, sdk):
            found = await bench.load(target, people, kind="idle", what="mcp", levels=[level], seconds=bench.pace.idle_s)
            for held in found["levels"]:
                goal = KB_GOAL if target is relay else None
                lost = f"{held['lost']} lost" if held["lost"] else ""
                label = f"{target.name}: {held['level']:,} waiting MCP calls, each"
                rows.append(at_most("MCP", label, [held["kb"]], "kB", goal=goal, note=lost))
                busy = (held["idle"]["server_s"] + held["idle"]["postgres_s"]) / held["idle"]["seconds"] * 100
                rows.append(at_most("MCP", f"{label[:-6]}, idle CPU", [busy], "% of a core", goal=None, note=""))
    return rows


async def _calls(bench: Bench) -> list[Row]:
    rows = []
    async with bench.targets(CONNECTIONS, 1, 0) as ((_, _), (relay, people)), server.mcp_sdk() as sdk:
        callers = People(agents=people.agents)
        for what, era in ERAS.items():
            found = defaultdict[str, Runs](Runs)
            for _ in range(bench.pace.runs):
                for target in (relay, sdk):
                    found[target.name].results.append(await bench.load(target, callers, kind="posts", what=what))
            rows += [
                _rate(f"{name}: tools/call of notify_human, {era}", runs, found["sdk"]) for name, runs in found.items()
            ]
    return rows


def _rate(label: str, runs: Runs, sdk: Runs) -> Row:
    goal = None if runs is sdk else RATE_GOAL
    row = rate_row("MCP", label, runs, goal=goal, toy=sdk)
    return replace(row, note=f"times the session manager, in the column of the toy {row.note}".rstrip())
