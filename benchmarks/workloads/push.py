"""W6: pushes a second and their CPU, by provider, to push services that check every rule in a process of their own."""

import tempfile
from collections import defaultdict
from typing import Any

from benchmarks import server
from benchmarks.bench import Bench
from benchmarks.report import Row, median

UNDER_WAY = {"webpush": 8, "apns": 100, "fcm": 32}
"""As many as the worker has under way; for Web Push to one push service."""

GOAL_CPU_US = {"webpush": 236, "apns": 376, "fcm": 155}
"""What the prototypes took."""

MAX_STALL_MS = 20


async def run(bench: Bench) -> list[Row]:
    found = defaultdict[str, list[dict[str, Any]]](list)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(bench.pace.runs):
            for vendor, under_way in UNDER_WAY.items():
                job = {"kind": "pushes", "vendor": vendor, "folder": folder, "under_way": under_way}
                pace = {"seconds": bench.pace.seconds, "warm_up_s": bench.pace.warm_up_s}
                found[vendor].append(await server.job("benchmarks.load", job | pace))
    return [row for vendor, results in found.items() for row in _rows(vendor, results)]


def _rows(vendor: str, results: list[dict[str, Any]]) -> list[Row]:
    rates = [result["operations"] / result["seconds"] for result in results]
    cpu = median(result["cpu_us"] for result in results)
    stalls = [result["stall_ms"] for result in results]
    goal = GOAL_CPU_US[vendor]
    return [
        Row(
            workload="W6",
            what=f"{vendor}: pushes, {UNDER_WAY[vendor]} under way",
            value=median(rates),
            unit="/s",
            cpu_us=cpu,
            goal=f"<= {goal} µs CPU",
            met=cpu <= goal,
            samples=rates,
        ),
        Row(
            workload="W6",
            what=f"{vendor}: longest stall of the loop",
            value=median(stalls),
            unit="ms",
            goal=f"<= {MAX_STALL_MS} ms",
            met=median(stalls) <= MAX_STALL_MS,
            samples=stalls,
        ),
    ]
