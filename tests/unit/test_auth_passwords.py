import asyncio
import time
from collections.abc import Iterator
from statistics import median

import pytest
from argon2 import PasswordHasher

from auth.passwords import QUEUE, WORKERS, Passwords
from relay.domain.errors import TooManyRequests


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    opened = Passwords()
    yield opened
    opened.close()


async def test_only_the_password_itself_is_right(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert (await passwords.verify(stored, "correct horse")).right
    assert not (await passwords.verify(stored, "correct horsf")).right


async def test_the_hash_is_argon2id_with_owasp_parameters(passwords: Passwords) -> None:
    assert (await passwords.hash("correct horse")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_two_keyboards_may_compose_a_letter_differently(passwords: Passwords) -> None:
    stored = await passwords.hash("cafe\u0301 latte")
    assert (await passwords.verify(stored, "caf\u00e9 latte")).right


async def test_nothing_stored_is_wrong_even_with_the_stand_in_password(passwords: Passwords) -> None:
    assert not (await passwords.verify(None, "nobody has this password")).right


@pytest.mark.parametrize("stored", ["", "not a hash", "$argon2id$broken"])
async def test_an_unreadable_hash_is_wrong(passwords: Passwords, stored: str) -> None:
    assert not (await passwords.verify(stored, "nobody has this password")).right


async def test_a_hash_with_other_parameters_is_outdated(passwords: Passwords) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("correct horse")
    assert (await passwords.verify(old, "correct horse")).outdated
    assert not (await passwords.verify(await passwords.hash("correct horse"), "correct horse")).outdated


@pytest.mark.proves("auth.R57")
async def test_an_unknown_account_takes_as_long_as_a_wrong_password(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    known: list[float] = []
    unknown: list[float] = []
    for _ in range(7):
        for hashed, times in ((stored, known), (None, unknown)):
            begun = time.perf_counter()
            await passwords.verify(hashed, "wrong horse")
            times.append(time.perf_counter() - begun)
    assert 0.5 < median(unknown) / median(known) < 2


@pytest.mark.proves("auth.R59")
async def test_a_flood_waits_in_a_short_queue_and_never_on_the_loop(passwords: Passwords) -> None:
    flood = asyncio.gather(*(passwords.verify(None, "guess") for _ in range(50)), return_exceptions=True)
    ticks = 0
    while not flood.done():
        ticks += 1
        await asyncio.wait([flood], timeout=0)
    refused = [outcome for outcome in flood.result() if isinstance(outcome, TooManyRequests)]
    assert len(refused) == 50 - WORKERS - QUEUE
    assert refused[0].retry_after_s > 0
    # Hashing on the loop would let it turn once a hash.
    assert ticks > 10 * (WORKERS + QUEUE)


async def test_there_is_room_again_after_the_flood(passwords: Passwords) -> None:
    await asyncio.gather(*(passwords.verify(None, "guess") for _ in range(50)), return_exceptions=True)
    assert not (await passwords.verify(None, "guess")).right
