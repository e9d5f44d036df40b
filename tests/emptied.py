"""Make a test's database as new again."""

from typing import Final

import asyncpg

KEPT: Final = "schema_migration"

_TABLES: Final = """
SELECT quote_ident(relname) AS name, relispartition FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
"""

_tables: list[str] = []
"""As the first database had them."""


async def emptied(url: str) -> bool:
    """Empty every table and drop the partitions; return False when the tables are not those of the other tests."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        rows = await connection.fetch(_TABLES)
        tables = [row["name"] for row in rows if not row["relispartition"]]
        _tables[:] = _tables or tables
        if tables != _tables:
            return False
        drops = [f"DROP TABLE {row['name']}" for row in rows if row["relispartition"]]
        deletes = [f"DELETE FROM {table}" for table in tables if table != KEPT]  # noqa: S608 - names of our own schema
        # Foreign keys are triggers; without them the order does not matter.
        await connection.execute("; ".join(["SET session_replication_role = replica", *drops, *deletes]))
        return True
    finally:
        await connection.close()
