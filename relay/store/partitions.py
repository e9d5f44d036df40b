"""The daily partitions of `request`: made ahead of time, dropped whole when their time is over."""

import datetime as dt
from typing import Final

from relay.domain.ids import smallest_uuid7
from relay.kernel.log import get_logger
from relay.kernel.sql import load_queries
from relay.store.database import Database
from relay.store.migrate import LOCK

log = get_logger(__name__)

SQL: Final = load_queries("relay.store", "sql/partitions.sql")

BACK: Final = 1
AHEAD: Final = 3
"""Days. One back and three ahead: a clock wrong by a day, or a loop that stood still, still finds its table."""


class Partitions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, now: dt.datetime) -> None:
        """Make the partitions around today. Several processes may try at once."""
        days = [now.astimezone(dt.UTC).date() + dt.timedelta(days=n) for n in range(-BACK, AHEAD + 1)]
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            have = {row["name"] for row in await connection.fetch(SQL["partitions"])}
            for day in days:
                if _name(day) not in have:
                    await connection.execute(_create(day))

    async def drop(self, before: dt.date) -> list[str]:
        """Drop the partitions of days before `before`; return their names."""
        rows = await self._database.fetch(SQL["partitions"])
        old = [row["name"] for row in rows if row["name"] < _name(before)]
        for name in old:
            # The name comes from the catalogue and was checked against our own pattern by the comparison's prefix.
            await self._database.execute(f'DROP TABLE IF EXISTS "{name}"')
            log.info("partition_dropped", name=name)
        return old


def _name(day: dt.date) -> str:
    return f"request_{day:%Y%m%d}"


def _create(day: dt.date) -> str:
    start = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    low, high = smallest_uuid7(start), smallest_uuid7(start + dt.timedelta(days=1))
    return f"CREATE TABLE {_name(day)} PARTITION OF request FOR VALUES FROM ('{low}') TO ('{high}')"
