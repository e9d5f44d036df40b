"""What processes cost, read from /proc: CPU of a tree of processes, private memory, what other work took."""

import os
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def tree(root: int) -> set[int]:
    """Return `root` and all below it that live."""
    found, waiting = set(), [root]
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        for children in PROC.glob(f"{pid}/task/*/children"):
            try:
                waiting.extend(int(word) for word in children.read_text().split())
            except OSError:
                continue  # it ended while we looked
    return found


def cpu_s(pid: int) -> float:
    """Return the CPU time of all threads of a process, also of those that have ended.

    clock_getcpuclockid(3) by hand: the number of a process is inverted and shifted, 2 asks for the scheduler's
    clock. /proc/PID/stat counts in hundredths of a second, too coarse for twenty idle backends.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def reaped_cpu_s(pid: int) -> float:
    """Return the CPU time of children that ended, such as autovacuum workers; 0 for a process that is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) * TICK_S


def is_postgres(pid: int) -> bool:
    try:
        return (PROC / str(pid) / "comm").read_text().strip() == "postgres"
    except OSError:
        return False


def memory_kb(pids: Iterable[int], *names: str) -> int:
    """Sum lines of smaps_rollup: `Pss`, or `Private_Clean` and `Private_Dirty` for what nobody else shares."""
    total = 0
    for pid in pids:
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in names)
    return total


def private_kb(root: int) -> int:
    return memory_kb((pid for pid in tree(root) if not is_postgres(pid)), "Private_Clean", "Private_Dirty")


def machine_busy_s() -> float:
    """Return the time all cores have worked since the start of the machine."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(
        int, (PROC / "stat").read_text().partition("\n")[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) * TICK_S


@dataclass(frozen=True, slots=True)
class Reading:
    at: float
    server: dict[int, float]
    postgres: dict[int, float]
    own_s: float
    busy_s: float

    @classmethod
    def take(cls, server: int, postgres: int) -> Self:
        """Read the two trees; a PostgreSQL that is a child of the server counts as PostgreSQL."""
        below = tree(server) if server else set()
        database = {pid for pid in below if is_postgres(pid)} | (tree(postgres) if postgres else set())
        own = resource.getrusage(resource.RUSAGE_SELF)
        return cls(
            at=time.perf_counter(),
            server={pid: cpu_s(pid) for pid in below - database},
            postgres={pid: cpu_s(pid) for pid in database} | {-pid: reaped_cpu_s(pid) for pid in database},
            own_s=own.ru_utime + own.ru_stime,
            busy_s=machine_busy_s(),
        )


def spent(before: Reading, after: Reading) -> dict[str, float]:
    """Return what was used between two readings, in seconds of one core."""
    server, postgres = (
        sum(used - earlier.get(pid, 0.0) for pid, used in later.items())
        for earlier, later in ((before.server, after.server), (before.postgres, after.postgres))
    )
    own = after.own_s - before.own_s
    return {
        "seconds": after.at - before.at,
        "server_s": server,
        "postgres_s": postgres,
        "generator_s": own,
        "others_s": max(0.0, after.busy_s - before.busy_s - server - postgres - own),
    }
