from importlib.resources import files

import asyncpg
import pytest

from relay.kernel.settings import Secret
from relay.kernel.sql import load_queries

PACKAGES = ("relay.store", "auth.store", "push.store")
FILES = [
    (package, f"sql/{file.name}")
    for package in PACKAGES
    for file in sorted(files(package).joinpath("sql").iterdir(), key=lambda file: file.name)
]


@pytest.mark.parametrize(("package", "file"), FILES)
async def test_postgresql_accepts_every_query(database_url: Secret, package: str, file: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for query in load_queries(package, file).values():
            await connection.prepare(query)
    finally:
        await connection.close()
