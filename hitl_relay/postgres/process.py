"""Starting and ending the server process."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from hitl_relay.postgres.left_overs import STEPS
from hitl_relay.postgres.run_user import RunUser
from relay.kernel.loops import pause

Process: TypeAlias = "subprocess.Popen[bytes]"

ENVIRONMENT: Final[Mapping[str, str]] = {"LC_ALL": "C", "TZ": "UTC"}
"""All that PostgreSQL gets of ours: English messages, which we read, and none of our secrets or PG* variables."""

PR_SET_PDEATHSIG: Final = 1
LOOK_EVERY_S: Final = 0.02


def launch(command: Sequence[str], *, log: Path, user: RunUser) -> Process:
    """Start a server that ends itself, as after SIGINT, when this process or *thread* ends for whatever reason."""
    with log.open("ab") as output, warnings.catch_warnings():
        # Python 3.12 warns of forking beside threads. The forked child makes two system calls and takes no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        return subprocess.Popen(  # noqa: S603 the finder chose this program
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=ENVIRONMENT,
            user=user.uid,
            group=user.gid,
            extra_groups=user.groups,
            # Ctrl-C in the terminal is for the relay, which stops the server last.
            start_new_session=True,
            preexec_fn=_tie_to(os.getpid()),  # noqa: PLW1509 nothing else can tie a child to its parent's life
        )


def run(command: Sequence[str], *, user: RunUser) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 the finder chose this program
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        user=user.uid,
        group=user.gid,
        extra_groups=user.groups,
    )


async def end(process: Process) -> None:
    """Stop the server: fast, then at once, then by force."""
    for sign, within_s in STEPS:
        process.send_signal(sign)
        try:
            async with asyncio.timeout(within_s):
                await ended(process)
        except TimeoutError:
            continue
        return


async def ended(process: Process, look_every_s: float = LOOK_EVERY_S) -> int:
    """Return the exit status; negative is the number of the signal that killed it."""
    while (status := process.poll()) is None:
        await pause(look_every_s)
    return status


def _tie_to(parent: int) -> Callable[[], None] | None:
    """Return what the child does between fork and exec; only Linux can do it, elsewhere the next start tidies up."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # the parent ended before it was asked for
            os._exit(1)

    return tie
