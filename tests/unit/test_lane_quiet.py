"""Connections that are quiet for too long."""

import asyncio

from hitl_relay.lane.quiet import Quiet
from tests.waiting import until


async def test_who_stays_is_ended_and_who_leaves_is_not() -> None:
    ended: list[str] = []
    quiet = Quiet[str](asyncio.get_running_loop(), 0.02, ended.append)
    for name in ("a", "b", "c"):
        quiet.enter(name)
    quiet.leave("b")
    quiet.leave("nobody")
    await until(lambda: ended)
    assert (ended, len(quiet)) == (["a", "c"], 0)


async def test_time_counts_from_the_first_entry_and_anew_after_leaving() -> None:
    loop = asyncio.get_running_loop()
    quiet = Quiet[str](loop, 60, lambda _: None)
    quiet.enter("a")
    first = quiet._since["a"]
    await until(lambda: loop.time() > first)
    quiet.enter("a")
    assert quiet._since["a"] == first
    quiet.leave("a")
    quiet.enter("a")
    assert quiet._since["a"] > first
    assert quiet._timer is not None
    quiet._timer.cancel()


async def test_one_who_is_ended_may_come_back_at_once() -> None:
    rounds: list[str] = []

    def back(name: str) -> None:
        rounds.append(name)
        if len(rounds) < 3:
            quiet.enter(name)

    quiet = Quiet[str](asyncio.get_running_loop(), 0.01, back)
    quiet.enter("a")
    await until(lambda: len(rounds) == 3)
    assert len(quiet) == 0
