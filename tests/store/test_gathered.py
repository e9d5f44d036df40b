import asyncio

import pytest

from relay.domain.errors import Unavailable
from relay.store.gathered import Gathered


class Reads:
    """A read that keeps what it was asked for and waits until it is let go."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.go = asyncio.Event()
        self.fault: Exception | None = None

    async def __call__(self, keys: list[int]) -> dict[int, str]:
        self.asked.append(keys)
        await self.go.wait()
        if self.fault:
            raise self.fault
        return {key: str(key) for key in keys if key > 0}


async def test_callers_that_come_during_a_read_share_the_next_one() -> None:
    reads = Reads()
    gathered = Gathered(reads)
    first = asyncio.create_task(gathered.get(1))
    while not reads.asked:
        await asyncio.wait([first], timeout=0.001)
    rest = [asyncio.create_task(gathered.get(key)) for key in (1, 2, 2, 3)]
    await asyncio.wait(rest, timeout=0.01)
    reads.go.set()
    assert await asyncio.gather(first, *rest) == ["1", "1", "2", "2", "3"]
    assert reads.asked == [[1], [1, 2, 3]]


async def test_what_is_not_found_is_none() -> None:
    reads = Reads()
    reads.go.set()
    assert await Gathered(reads).get(-1) is None


async def test_a_fault_is_told_to_everybody_and_ends_with_that_read() -> None:
    reads = Reads()
    reads.go.set()
    reads.fault = Unavailable()
    gathered = Gathered(reads)
    told = await asyncio.gather(gathered.get(1), gathered.get(2), return_exceptions=True)
    assert [type(error) for error in told] == [Unavailable, Unavailable]
    reads.fault = None
    assert await gathered.get(1) == "1"


async def test_a_caller_that_gives_up_takes_nothing_from_the_others() -> None:
    reads = Reads()
    gathered = Gathered(reads)
    leaves, stays = asyncio.create_task(gathered.get(1)), asyncio.create_task(gathered.get(1))
    while not reads.asked:
        await asyncio.wait([leaves], timeout=0.001)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    reads.go.set()
    assert await stays == "1"
