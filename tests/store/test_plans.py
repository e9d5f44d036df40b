"""The plans that flushers keep: made while the tables are empty, they must be those of full ones."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web

from push.store import outbox, targets
from relay.services.keys import DATABASE
from relay.store import ledger, requests

KEPT: list[tuple[ModuleType, str]] = [
    (requests, "add_requests"),
    (requests, "answer_requests"),
    (ledger, "add_sent"),
    (ledger, "add_entries"),
    (outbox, "settle"),
    (targets, "tried"),
]
LOOKED_UP = ("request", "push_outbox", "push_target", "ask_key", "account_log")
READS = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"}


@pytest.mark.proves("store.kept_plans")
@pytest.mark.parametrize("vacuumed", [False, True], ids=["new tables", "vacuumed tables"])
@pytest.mark.parametrize(("store", "name"), KEPT, ids=[name for _, name in KEPT])
async def test_a_kept_plan_finds_every_row_by_its_index(
    app: web.Application, store: ModuleType, name: str, vacuumed: bool
) -> None:
    """Of a table that was vacuumed while empty PostgreSQL believes it is empty, of a new one it does not."""
    connection = await app[DATABASE].connect()
    try:
        await connection.execute(f"TRUNCATE {', '.join(LOOKED_UP)} CASCADE")
        if vacuumed:
            await connection.execute(f"VACUUM ANALYZE {', '.join(LOOKED_UP)}")
        query = store.SQL[name]
        arguments = ", ".join(["NULL"] * len((await connection.prepare(query)).get_parameters()))
        await connection.execute(f"PREPARE kept AS {query}")
        plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE kept ({arguments})"))
    finally:
        await connection.close()
    reads = [node for node in nodes(plan[0]["Plan"]) if node["Node Type"] in READS]
    assert [node for node in reads if "Index Cond" not in node] == []
    assert {first_column(node) for node in reads if node.get("Relation Name", "").startswith("request_")} <= {"(id"}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def first_column(node: dict[str, Any]) -> str:
    """Return what a look into requests goes by; by the index of the organization's it would read all of them."""
    return str(node["Index Cond"]).partition(" ")[0] if node["Index Name"].endswith("_pkey") else node["Index Name"]
