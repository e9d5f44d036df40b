"""Passwords: argon2id, off the event loop, in a queue that has an end.

A hash takes a core for tens of milliseconds and 19 MiB; that is its purpose. So few run at once, some more may wait,
and the rest are told to come back: a flood of sign-ins slows down sign-ins and nothing else.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from relay.domain.errors import TooManyRequests

R = TypeVar("R")

WORKERS: Final = 2
QUEUE: Final = 32
"""About two seconds of hashing; whoever would wait longer gets 429 at once."""
RETRY_AFTER_S: Final = 5

SHORTEST: Final = 8
LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class Verdict:
    right: bool
    outdated: bool = False
    """The hash was made with other parameters than today's: make a new one while the password is at hand."""


class Passwords:
    def __init__(self) -> None:
        # OWASP's first choice for argon2id; the library's default takes 64 MiB and four threads.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="password")
        self._inside = 0
        # Verified in place of an unknown account's hash, so that the time taken does not tell whether there is one.
        self._nobody = self._pool.submit(self._hasher.hash, "nobody has this password")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        return await self._queued(lambda: self._hasher.hash(_plain(password)))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Compare; nothing stored is wrong, after just as long."""
        return await self._queued(lambda: self._compare(stored, _plain(password)))

    def _compare(self, stored: str | None, password: str) -> Verdict:
        try:
            self._hasher.verify(stored or self._nobody.result(), password)
        except (VerificationError, InvalidHashError):
            return Verdict(right=False)
        if not stored:
            return Verdict(right=False)
        return Verdict(right=True, outdated=self._hasher.check_needs_rehash(stored))

    async def _queued(self, work: Callable[[], R]) -> R:
        if self._inside >= WORKERS + QUEUE:
            raise TooManyRequests("too many people are signing in at once; try again in a moment", RETRY_AFTER_S)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._inside -= 1


def _plain(password: str) -> str:
    """Return one spelling: keyboards differ in how they compose the same letters."""
    return unicodedata.normalize("NFKC", password)
