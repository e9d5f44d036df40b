"""`python -m benchmarks [--quick] [--json FILE] [--levels 1000,5000] [W1 W2 …]`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from benchmarks import report
from benchmarks.bench import FULL, QUICK, Bench
from benchmarks.cluster import cluster
from benchmarks.report import Row
from benchmarks.workloads import fan_out, growth, idle, posts, push, round_trip, start

WORKLOADS: Final[Mapping[str, Callable[[Bench], Awaitable[list[Row]]]]] = MappingProxyType(
    {
        "W1": round_trip.run,
        "W2": idle.run,
        "W3": fan_out.run,
        "W4": growth.run,
        "W5": posts.run,
        "W6": push.run,
        "W7": start.run,
    }
)


async def measure(arguments: argparse.Namespace) -> None:
    async with cluster() as database:
        bench = Bench(database, QUICK if arguments.quick else FULL, arguments.levels)
        about = report.machine(await database.version())
        rows: list[Row] = []
        for name in arguments.workloads or WORKLOADS:
            print(sys.modules[WORKLOADS[name].__module__].__doc__, file=sys.stderr)
            rows += await WORKLOADS[name](bench)
    about |= {"runs": bench.pace.runs, "run_s": bench.pace.seconds}
    if bench.others:
        about["other_work_cores"] = round(report.median(bench.others), 2)
    print("\n".join(f"{key}: {value}" for key, value in about.items()))
    print("\n" + report.table(rows))
    if arguments.json:
        report.write(arguments.json, about, rows)


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the relay on this machine.")
    parser.add_argument("workloads", nargs="*", metavar="W", choices=[*WORKLOADS, []], help=", ".join(WORKLOADS))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--levels", type=numbers, default=[1_000, 5_000, 10_000], help="W2: how many, with commas")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
