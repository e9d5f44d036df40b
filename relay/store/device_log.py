"""Device logs and wraps of inbox keys in PostgreSQL. An append is one transaction that moves the head, or nothing."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from relay.domain.device_log import DeviceLog, InboxWrap, raw, text
from relay.domain.errors import InvalidInput, LogMoved
from relay.domain.ids import AccountId
from relay.domain.parties import Device
from relay.kernel.body import Json, to_json
from relay.kernel.sql import load_queries
from relay.store.database import Connection, Database, columns
from relay.store.parties import DEVICES

SQL: Final = load_queries("relay.store", "sql/device_log.sql")

Within = Callable[[Connection], Awaitable[None]]
"""Something more that is done in the same transaction, or undoes it by raising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """What is written at once. `was` is the head it was made for, empty where no log was; `anew` gives that log up."""

    account: AccountId
    was: str
    anew: bool
    after: DeviceLog
    entries: Sequence[Json]
    wraps: Sequence[InboxWrap]
    at: dt.datetime
    joins: Device | None = None
    """A device that is made by this append; every other one it names exists already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """A log, or the end of it. Empty texts and -1 where an account has none."""

    entries: list[Json]
    root: str
    head: str
    seq: int


class DeviceLogStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, account: AccountId, after: int = -1) -> LogPage:
        """Return the entries newer than `after`, and the head as it was in that very moment."""
        rows = await self._database.fetch(SQL["log_page"], account, after)
        if not rows:
            return LogPage(entries=[], root="", head="", seq=-1)
        entries = [json.loads(row["entry"]) for row in rows if row["entry"] is not None]
        return LogPage(entries=entries, root=rows[0]["root"], head=rows[0]["head"], seq=rows[0]["seq"])

    async def entries(self, account: AccountId, root: str) -> list[Json]:
        """Return a log by its root, one that was given up as well."""
        return [json.loads(row["entry"]) for row in await self._database.fetch(SQL["log_entries"], account, root)]

    async def wrapped_for(self, account: AccountId, inbox: str) -> list[str]:
        """Return the boxes that have a wrap of the inbox key."""
        rows = await self._database.fetch(SQL["wrapped_for"], account, inbox)
        return [row["device_box"] for row in rows]

    async def wrap(self, account: AccountId, inbox: str, box: str) -> InboxWrap | None:
        row = await self._database.row(SQL["wrap"], account, inbox, box)
        return InboxWrap(inbox=inbox, by=row["sealed_by"], to=box, wrapped=text(row["wrapped"])) if row else None

    async def append(self, append: Append, within: Within | None = None) -> None:
        """Write an append. Raises `LogMoved` when another one was first, and writes nothing then."""
        async with self._database.transaction() as connection:
            if not await _moved(connection, append):
                raise LogMoved("another device has written in this log; read it again")
            if append.joins:
                await _add_device(connection, append.joins)
            await _give_keys(connection, append)
            await _write(connection, append)
            if within:
                await within(connection)


async def _moved(connection: Connection, append: Append) -> bool:
    values = (append.account, append.after.root, append.after.head, append.after.seq)
    if not append.was:
        return await connection.fetchval(SQL["begin_log"], *values) is not None
    query = "replace_log" if append.anew else "move_log"
    return await connection.fetchval(SQL[query], *values, append.was) is not None


async def _add_device(connection: Connection, device: Device) -> None:
    values = (device.id, device.account_id, device.name, device.kind.value, device.ed25519, device.x25519)
    await connection.execute(DEVICES["add_device"], *values, device.created_at)


async def _give_keys(connection: Connection, append: Append) -> None:
    for number, entry in enumerate(append.entries):
        if entry["type"] == "add" and entry["device_id"]:
            values = (append.account, UUID(entry["device_id"]), raw(entry["sign"]), raw(entry["box"]))
            if await connection.fetchval(SQL["give_keys"], *values) is None:
                raise InvalidInput("is no device of yours", f"/entries/{number}/device_id")


async def _write(connection: Connection, append: Append) -> None:
    account, after = append.account, append.after
    entries = columns([(entry["seq"], to_json(entry).decode()) for entry in append.entries])
    await connection.execute(SQL["add_entries"], account, after.root, *entries, append.at)
    if append.wraps:
        rows = [(wrap.inbox, wrap.to, wrap.by, raw(wrap.wrapped)) for wrap in append.wraps]
        await connection.execute(SQL["add_wraps"], account, *columns(rows))
    await connection.execute(SQL["drop_wraps"], account, after.boxes)
