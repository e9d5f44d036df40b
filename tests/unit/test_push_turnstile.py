import asyncio

from push.turnstile import AT_ONCE, Turnstile
from relay.kernel.loops import pause


async def test_a_turn_of_the_loop_lets_a_few_through_and_all_come_through_in_the_end() -> None:
    turnstile, turn, entered = Turnstile(), 0, dict[int, int]()

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await pause(0)

    async def enter() -> None:
        await turnstile.enter()
        entered[turn] = entered.get(turn, 0) + 1

    counting = asyncio.create_task(count())
    await asyncio.gather(*(enter() for _ in range(10 * AT_ONCE)))
    counting.cancel()
    assert sum(entered.values()) == 10 * AT_ONCE
    assert max(entered.values()) <= AT_ONCE
