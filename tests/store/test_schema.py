"""The schema repeats the rules of the domain, so that no code, however wrong, can break them."""

import datetime as dt
import json
from typing import Any

import asyncpg
import pytest

from relay.domain.request import MAX_WAIT
from relay.store.database import Database
from relay.store.partitions import Partitions
from tests.builders import ACCOUNT, NOON, an_id

SECOND = dt.timedelta(seconds=1)
JSON = json.dumps({})

PENDING: dict[str, Any] = {
    "org_id": an_id(),
    "account_id": ACCOUNT,
    "agent_id": an_id(),
    "kind": "input",
    "priority": 1,
    "state": "pending",
    "content": JSON,
    "digest": b"",
    "created_at": NOON,
    "expires_at": NOON + MAX_WAIT,
}
SETTLED = PENDING | {"settled_at": NOON}
ANSWERED = SETTLED | {"state": "answered", "answer": JSON, "answer_id": an_id(), "answered_by": ACCOUNT}
SEALED = PENDING | {"content": None, "sealed": b"box", "visible": JSON}
SEALED_ANSWER = {"answer": None, "sealed_answer": b"box", "visible_answer": JSON}
SEALED_ANSWERED = ANSWERED | SEALED | {"state": "answered"} | SEALED_ANSWER
POSTED = PENDING | {"kind": "notification", "state": "posted"}
CLAIMED = PENDING | {"claimed_by": ACCOUNT, "claimed_until": NOON}

PLAIN = {"sealed_answer": None, "visible_answer": None}

LAWFUL = {
    "pending for fifteen minutes": PENDING,
    "claimed": CLAIMED,
    "answered": ANSWERED,
    "cancelled": SETTLED | {"state": "cancelled"},
    "expired": SETTLED | {"state": "expired"},
    "a notification": POSTED,
    "sealed": SEALED,
    "sealed and answered, with a receipt": SEALED_ANSWERED | {"receipt": JSON},
    "sealed and emptied by retention": SEALED_ANSWERED | {"sealed": b"", "sealed_answer": b""},
    "a sealed notification": POSTED | {"content": None, "sealed": b"box", "visible": JSON},
}

UNLAWFUL = {
    "a second beyond the ceiling": ("ceiling", PENDING | {"expires_at": NOON + MAX_WAIT + SECOND}),
    "a microsecond beyond the ceiling": (
        "ceiling",
        PENDING | {"expires_at": NOON + MAX_WAIT + dt.timedelta(microseconds=1)},
    ),
    "over before it began": ("ceiling", PENDING | {"expires_at": NOON}),
    "answered without an answer": ("one_answer", ANSWERED | {"answer": None}),
    "answered by nobody": ("one_answer", ANSWERED | {"answered_by": None}),
    "cancelled with an answer": ("one_answer", ANSWERED | {"state": "cancelled"}),
    "pending with an answer": ("one_answer", PENDING | {"answer": JSON, "answered_by": ACCOUNT}),
    "neither in words nor sealed": ("one_content", PENDING | {"content": None}),
    "both in words and sealed": ("one_content", SEALED | {"content": JSON}),
    "sealed by nobody that may be named": ("one_content", SEALED | {"visible": None}),
    "sealed and answered in words": ("one_answer", SEALED_ANSWERED | ANSWERED | {"content": None} | PLAIN),
    "asked in words and answered sealed": ("one_answer", ANSWERED | SEALED_ANSWER),
    "answered both ways": ("one_answer", SEALED_ANSWERED | {"answer": JSON}),
    "a sealed answer of nobody that may be named": ("one_answer", SEALED_ANSWERED | {"visible_answer": None}),
    "a receipt before there is an answer": ("receipted", PENDING | {"receipt": JSON}),
    "pending and settled": ("settled", SETTLED),
    "expired but never settled": ("settled", PENDING | {"state": "expired"}),
    "a notification that waits": ("notified", POSTED | {"state": "pending"}),
    "a question that waits for nothing": ("notified", PENDING | {"state": "posted"}),
    "claimed by nobody": ("claim", CLAIMED | {"claimed_by": None}),
    "claimed for ever": ("claim", CLAIMED | {"claimed_until": None}),
    "an unknown state": ("request_state_check", SETTLED | {"state": "failed"}),
    "an unknown kind": ("request_kind_check", PENDING | {"kind": "riddle"}),
    "an unknown priority": ("request_priority_check", PENDING | {"priority": 4}),
}


async def insert(database: Database, table: str, row: dict[str, Any]) -> None:
    values = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})", *row.values())  # noqa: S608 - the names are in this file


@pytest.mark.proves("ask.ceiling")
async def test_every_lawful_request_is_kept(database: Database) -> None:
    await Partitions(database).make(NOON)
    for row in LAWFUL.values():
        await insert(database, "request", {"id": an_id(), **row})
    assert await database.value("SELECT count(*) FROM request") == len(LAWFUL)


@pytest.mark.proves("store.schema_ceiling")
async def test_no_unlawful_request_is_kept(database: Database) -> None:
    await Partitions(database).make(NOON)
    for what, (constraint, row) in UNLAWFUL.items():
        with pytest.raises(asyncpg.CheckViolationError) as refusal:
            await insert(database, "request", {"id": an_id(), **row})
        assert refusal.value.constraint_name == constraint, what
    assert await database.value("SELECT count(*) FROM request") == 0


@pytest.mark.proves("store.schema_ceiling")
async def test_a_request_cannot_be_prolonged_beyond_the_ceiling(database: Database) -> None:
    await Partitions(database).make(NOON)
    await insert(database, "request", {"id": an_id(), **PENDING})
    with pytest.raises(asyncpg.CheckViolationError):
        await database.execute("UPDATE request SET expires_at = expires_at + interval '1 second'")


async def test_one_id_is_one_request(database: Database) -> None:
    await Partitions(database).make(NOON)
    request_id = an_id()
    await insert(database, "request", {"id": request_id, **PENDING})
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert(database, "request", {"id": request_id, **POSTED})


DEVICE: dict[str, Any] = {"account_id": ACCOUNT, "name": "phone", "kind": "phone", "created_at": NOON}
AGENT: dict[str, Any] = {"org_id": an_id(), "account_id": ACCOUNT, "name": "deployer", "created_at": NOON}
MALFORMED = [
    ("device", DEVICE | {"name": ""}),
    ("device", DEVICE | {"name": "x" * 81}),
    ("device", DEVICE | {"kind": "toaster"}),
    ("device", DEVICE | {"x25519": b"x" * 31}),
    ("device", DEVICE | {"ed25519": b"x" * 33}),
    ("agent", AGENT | {"name": ""}),
    ("agent", AGENT | {"name": "x" * 81}),
]


async def test_no_malformed_agent_or_device_is_kept(database: Database) -> None:
    await insert(database, "agent", {"id": an_id(), **AGENT})
    await insert(database, "device", {"id": an_id(), **DEVICE, "x25519": b"x" * 32})
    for table, row in MALFORMED:
        with pytest.raises(asyncpg.CheckViolationError):
            await insert(database, table, {"id": an_id(), **row})
