"""Reads the whole history afterwards: what the database holds against what every client saw."""

import json
from collections import Counter
from typing import Any

import asyncpg

from relay.domain.clock import SystemClock
from relay.domain.ids import AccountId
from relay.kernel.settings import Secret
from relay.services.upkeep import SealService
from relay.store.database import Database
from relay.store.journal import JournalStore
from tests.fault.agent import Asked
from tests.fault.device import Device
from tests.fault.load import Load

FINAL = {"answer": "answered", "leave": "expired", "cancel": "cancelled", "tell": "posted"}
"""How a question must end, by the first word of its key."""


async def breaches(url: Secret, load: Load) -> list[str]:
    """Return every promise that was broken, as a sentence."""
    connection = await asyncpg.connect(url)
    try:
        rows = [dict(row) for row in await connection.fetch("SELECT * FROM request")]
        entries = [dict(row) for row in await connection.fetch("SELECT * FROM account_log ORDER BY account_id, seq")]
        heads = {row["account_id"]: row["seq"] for row in await connection.fetch("SELECT * FROM account_head")}
    finally:
        await connection.close()
    return [
        *_requests(rows, load.asked),
        *_outcomes(rows, load.asked),
        *_answers(rows, load.devices),
        *_log(entries, heads),
        *_entries(rows, entries),
        *_devices(rows, heads, load.devices),
        *await _seals(url),
    ]


def _requests(rows: list[dict[str, Any]], asked: list[Asked]) -> list[str]:
    """No question is lost, none is doubled, none is there that nobody asked."""
    there = Counter(_prompt(row) for row in rows)
    wanted = {question.key for question in asked}
    found = [f"{key!r} has {there[key]} requests" for key in wanted if there[key] != 1]
    found += [f"nobody asked {prompt!r}" for prompt in there if prompt not in wanted]
    return found + [f"{q.key!r} was given the ids {q.request_ids}" for q in asked if len(q.request_ids) != 1]


def _outcomes(rows: list[dict[str, Any]], asked: list[Asked]) -> list[str]:
    """What each agent got is what the database holds."""
    by_prompt = {_prompt(row): row for row in rows}
    found = []
    for question in asked:
        row, wish = by_prompt.get(question.key), question.key.split()[0]
        if row is None:
            continue
        if row["state"] != FINAL[wish]:
            found.append(f"{question.key!r} is {row['state']}")
        if question.request_ids and str(row["id"]) not in question.request_ids:
            found.append(f"{question.key!r} was answered for another request")
        said = json.loads(row["answer"])["value"] if row["answer"] else "nobody" if wish == "leave" else None
        if question.outcome.get("response") != said:
            found.append(f"{question.key!r}: the agent got {question.outcome.get('response')!r}, not {said!r}")
        if wish == "answer" and row["collected_at"] is None:
            found.append(f"{question.key!r} was collected, which the database does not know")
    return found


def _answers(rows: list[dict[str, Any]], devices: list[Device]) -> list[str]:
    """Every answer that stands was given by that device to that very question; every accepted one stands."""
    given = {(g.request_id, g.answer_id): (d.id, g.text) for d in devices for g in d.given.values()}
    standing, found = set(), []
    for row in rows:
        if row["answer"] is None:
            continue
        standing.add(str(row["answer_id"]))
        claimed = (str(row["answered_on"]), json.loads(row["answer"])["value"])
        if given.get((str(row["id"]), str(row["answer_id"]))) != claimed:
            found.append(f"no device gave this answer to {_prompt(row)!r}")
    accepted = [answer for device in devices for answer in device.accepted]
    found += [f"answer {answer} was accepted, and does not stand" for answer in set(accepted) - standing]
    return found + [f"answer {answer} was accepted on two devices" for answer, n in Counter(accepted).items() if n > 1]


def _log(entries: list[dict[str, Any]], heads: dict[Any, int]) -> list[str]:
    """Each account's log counts from 1 to its head."""
    numbers: dict[Any, list[int]] = {}
    for entry in entries:
        numbers.setdefault(entry["account_id"], []).append(entry["seq"])
    return [f"the log of {a} is {numbers.get(a)}" for a in heads if numbers.get(a) != list(range(1, heads[a] + 1))]


def _entries(rows: list[dict[str, Any]], entries: list[dict[str, Any]]) -> list[str]:
    """Each request has one entry for its beginning and one for its end."""
    found, kinds = [], Counter((entry["subject"], entry["type"]) for entry in entries)
    for row in rows:
        start = "notification" if row["state"] == "posted" else "request.created"
        wanted = {start: 1, "request.resolved": int(row["state"] not in {"pending", "posted"})}
        there = {kind: kinds[row["id"], kind] for kind in wanted}
        if there != wanted:
            found.append(f"{_prompt(row)!r} has the entries {there}")
    return found


def _devices(rows: list[dict[str, Any]], heads: dict[Any, int], devices: list[Device]) -> list[str]:
    """Every device saw its account's log to the end without a gap, and every card on it."""
    found = [gap for device in devices for gap in device.gaps]
    for device in devices:
        head = next(seq for account, seq in heads.items() if str(account) == device.account_id)
        if device.cursor != head:
            found.append(f"a device is at {device.cursor}, its account at {head}")
        mine = {str(r["id"]) for r in rows if str(r["account_id"]) == device.account_id and r["state"] != "posted"}
        if unseen := mine - device.seen:
            found.append(f"a device was never shown {unseen}")
        if dangling := mine - device.resolved:
            found.append(f"a device still shows {dangling}")
    return found


async def _seals(url: Secret) -> list[str]:
    """The chain of every account's log holds."""
    database = Database(url)
    await database.open(size=1)
    try:
        journal = JournalStore(database)
        service = SealService(journal=journal, clock=SystemClock())
        await service.seal()
        verdicts: list[tuple[AccountId, int | None]] = []
        for account in await journal.accounts():
            _, broken_at = await service.verify(account)
            verdicts.append((account, broken_at))
    finally:
        await database.close()
    return [f"the seals of {account} break at {at}" for account, at in verdicts if at is not None]


def _prompt(row: dict[str, Any]) -> str:
    return str(json.loads(row["content"])["prompt"])
