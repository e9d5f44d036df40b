"""Where devices are reached, how their accounts want to be woken, and the relay's own key."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from push.policy import Preference, QuietHours
from push.provider import Target, Vendor
from push.results import Result
from relay.domain.ids import AccountId, DeviceId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record, columns
from relay.store.flusher import Flusher

SQL: Final = load_queries("push.store", "sql/targets.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the provider said of a device's address the last time, and when it last took something."""

    vendor: Vendor
    registered_at: dt.datetime
    tried_at: dt.datetime | None
    taken_at: dt.datetime | None
    dead_at: dt.datetime | None
    verdict: str
    code: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A push that was tried. `dead` says whether its token is to be retired for it."""

    target: Target
    result: Result
    at: dt.datetime
    dead: bool


GATHER_S: Final = 0.05


class TargetStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._tried = Flusher[Tried, AccountId | None](
            "push targets", database, _write_tried, durable=False, gather_s=GATHER_S
        )

    def start(self) -> None:
        self._tried.start()

    async def close(self) -> None:
        await self._tried.close()

    async def register(self, target: Target) -> list[AccountId]:
        """Save a device's address; return the account of another device that had it, and has none any more."""
        keys = (target.p256dh, target.auth) if target.vendor is Vendor.WEBPUSH else (None, None)
        digest = digest_of(target)
        async with self._database.transaction() as connection:
            await connection.execute(SQL["one_at_a_time"], digest)
            before = await connection.fetch(SQL["take_away"], target.device_id, digest)
            await connection.execute(
                SQL["register"],
                target.device_id,
                target.account_id,
                target.vendor.value,
                target.token,
                digest,
                *keys,
                target.sandbox,
                target.topic,
                target.registered_at,
            )
        return [AccountId(row["account_id"]) for row in before]

    async def unregister(self, device: DeviceId) -> None:
        await self._database.execute(SQL["unregister"], device)

    async def of_device(self, device: DeviceId) -> Target | None:
        row = await self._database.row(SQL["target"], device)
        return target_of(row) if row else None

    async def health(self, account: AccountId) -> dict[DeviceId, Health]:
        rows = await self._database.fetch(SQL["targets"], account)
        return {DeviceId(row["device_id"]): _health(row) for row in rows}

    async def reachable(self) -> set[AccountId]:
        """Return every account that has an address which is not dead."""
        return {AccountId(row["account_id"]) for row in await self._database.fetch(SQL["reachable"])}

    async def reachable_among(self, accounts: Iterable[AccountId]) -> set[AccountId]:
        rows = await self._database.fetch(SQL["reachable_among"], list(accounts))
        return {AccountId(row["account_id"]) for row in rows}

    async def note(self, tried: Tried) -> AccountId | None:
        """Write down what the provider said; return the account if the address is dead by it."""
        return await self._tried.put(tried)

    async def forget_dead(self, before: dt.datetime) -> None:
        await self._database.execute(SQL["forget_dead"], before)

    async def preference(self, account: AccountId) -> Preference:
        row = await self._database.row(SQL["preference"], account)
        return preference_of(row) if row else Preference()

    async def prefer(self, account: AccountId, wish: Preference) -> None:
        hours = (wish.quiet.start_minute, wish.quiet.end_minute) if wish.quiet else (None, None)
        await self._database.execute(SQL["prefer"], account, wish.show_words, wish.reminders, *hours, wish.time_zone)

    async def key(self, new: bytes, at: dt.datetime) -> bytes:
        """Return the relay's VAPID key; `new` becomes it if there is none yet, whoever starts first."""
        await self._database.execute(SQL["keep_key"], new, at)
        kept: bytes = await self._database.value(SQL["kept_key"])
        return kept


def digest_of(target: Target) -> bytes:
    return hashlib.sha256(f"{target.vendor.value}\n{target.token}".encode()).digest()


def target_of(row: Record) -> Target:
    return Target(
        device_id=DeviceId(row["device_id"]),
        account_id=AccountId(row["account_id"]),
        vendor=Vendor(row["vendor"]),
        token=row["token"],
        p256dh=row["p256dh"] or b"",
        auth=row["auth"] or b"",
        sandbox=row["sandbox"],
        topic=row["topic"],
        registered_at=row["registered_at"],
    )


def preference_of(row: Record) -> Preference:
    quiet = None
    if row["quiet_from"] is not None:
        quiet = QuietHours(row["quiet_from"], row["quiet_until"])
    return Preference(show_words=row["show_words"], reminders=row["reminders"], quiet=quiet, time_zone=row["time_zone"])


async def _write_tried(
    connection: "asyncpg.Connection[Record]", batch: Sequence[Tried], _repeated: bool
) -> list[AccountId | Exception | None]:
    latest = {each.target.device_id: each for each in batch}
    rows = [
        (
            each.target.device_id,
            each.target.registered_at,
            each.at,
            each.result.verdict.value,
            each.result.code,
            each.dead,
            each.result.dead_since,
        )
        for each in latest.values()
    ]
    noted = await connection.fetch(SQL["tried"], *columns(rows))
    dead = {row["device_id"]: AccountId(row["account_id"]) for row in noted if row["dead"]}
    return [dead.get(each.target.device_id) for each in batch]


def _health(row: Record) -> Health:
    return Health(
        vendor=Vendor(row["vendor"]),
        registered_at=row["registered_at"],
        tried_at=row["tried_at"],
        taken_at=row["taken_at"],
        dead_at=row["dead_at"],
        verdict=row["verdict"],
        code=row["code"],
    )
