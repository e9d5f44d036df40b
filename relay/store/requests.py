"""Requests in PostgreSQL. Asking and answering go through group commit; everything else is rare and goes alone."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg

from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId, RequestId, smallest_uuid7
from relay.domain.quick import quick
from relay.domain.request import MAX_WAIT, Content, Request, State
from relay.domain.sealed import Sealed
from relay.kernel.body import to_json
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record, columns
from relay.store.flusher import Flusher
from relay.store.gathered import Gathered
from relay.store.rows import answer_json, request_of

SQL: Final = load_queries("relay.store", "sql/requests.sql")

NEWEST: Final = UUID(int=(1 << 128) - 1)
"""Above every id: the first page of a listing starts below it."""

MAX_INBOX: Final = 1_000
"""Pending requests a device is shown; nobody answers more in fifteen minutes."""

EMPTIED_AT_ONCE: Final = 1_000

_Open: TypeAlias = tuple[OrgId, AccountId, UUID]
"""Whose pending requests, and the smallest id one of them can have."""

_BY_CONTENT, _BY_CALLER, _BY_CALL = b"\x01", b"\x02", b"\x03"


@quick
@dataclass(frozen=True, slots=True)
class Asked:
    """What became of an ask: the request it is (another's id when it re-attached), and the log number if new."""

    request_id: RequestId
    digest: bytes
    seq: int | None


@quick
@dataclass(frozen=True, slots=True)
class AskRow:
    """A request ready to be written. `key` is None when every call shall make a new one (a plain notification)."""

    request: Request
    content: str
    digest: bytes
    key: bytes | None
    sealed: bytes | None = None

    @classmethod
    def of(
        cls, request: Request, *, idempotency_key: str | None, dedupe_key: str | None = None, reattach: bool = True
    ) -> "AskRow":
        sealed = None
        if isinstance(request.content, Sealed):
            sealed, content = request.content.payload.encode(), to_json(request.content.visible()).decode()
            same = _same_when_sealed(request.content, idempotency_key, dedupe_key)
        else:
            same = content = _canonical(request.content)
        digest = hashlib.sha256(f"{request.kind.value}\n{request.account_id}\n{same}".encode()).digest()
        if idempotency_key is not None:
            return cls(request, content, digest, _BY_CALLER + hashlib.sha256(idempotency_key.encode()).digest(), sealed)
        return cls(request, content, digest, _BY_CONTENT + digest if reattach else None, sealed)

    def columns(self) -> tuple[object, ...]:
        r = self.request
        return (
            r.id,
            r.org_id,
            r.account_id,
            r.agent_id,
            r.kind,
            r.priority,
            r.state,
            self.content,
            self.digest,
            r.created_at,
            r.expires_at,
            self.key,
            self.sealed,
        )


@quick
@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answered request, and whether somebody waits here to collect it."""

    request: Request
    collected: bool

    def columns(self) -> tuple[object, ...]:
        r, answer = self.request, self.request.answer
        if answer is None:
            raise ValueError("an answer row needs an answer")
        said, sealed = answer_json(answer), answer.sealed.encode() if answer.sealed is not None else None
        digest = hashlib.sha256(said.encode() if sealed is None else sealed).digest()
        receipt = to_json(answer.receipt).decode() if answer.receipt else None
        return (r.id, r.account_id, answer.id, answer.device, said, digest, answer.at, self.collected, sealed, receipt)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose requests: an agent's, or an account's; both None is the whole organization's."""

    org: OrgId
    agent: AgentId | None = None
    account: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of a listing, newest first: older than `before`."""

    state: State | None = None
    uncollected: bool = False
    before: UUID | None = None
    limit: int = 50


class RequestStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._asks = Flusher[AskRow, Asked]("asks", database, _write_asks)
        self._answers = Flusher[AnswerRow, int | None]("answers", database, _write_answers)
        self._open = Gathered[_Open, list[Request]](self._read_open)

    def start(self) -> None:
        self._asks.start()
        self._answers.start()

    async def close(self) -> None:
        await self._asks.close()
        await self._answers.close()

    async def add(self, row: AskRow) -> Asked:
        """Save a request, or find the one it repeats."""
        return await self._asks.put(row)

    async def answer(self, row: AnswerRow) -> int | None:
        """Settle a pending request; return its number in the log, or None when it could not be won."""
        return await self._answers.put(row)

    async def cancel(self, id: RequestId, actor: UUID, at: dt.datetime) -> int | None:
        seq: int | None = await self._database.value(SQL["cancel_request"], id, at, actor)
        return seq

    async def expire_due(self, at: dt.datetime, limit: int) -> list[tuple[RequestId, AccountId, int]]:
        rows = await self._database.fetch(SQL["expire_due"], at, limit)
        return [(RequestId(row["id"]), AccountId(row["account_id"]), row["seq"]) for row in rows]

    async def claim(
        self, id: RequestId, account: AccountId, device: DeviceId | None, at: dt.datetime, until: dt.datetime
    ) -> int | None:
        seq: int | None = await self._database.value(SQL["claim_request"], id, account, at, until, device)
        return seq

    async def release(self, id: RequestId, account: AccountId, device: DeviceId | None, at: dt.datetime) -> int | None:
        seq: int | None = await self._database.value(SQL["release_request"], id, account, at, device)
        return seq

    async def agent_away(self, id: RequestId, at: dt.datetime) -> bool:
        """Return whether the request was pending and its agent not known to be away."""
        return await self._database.value(SQL["agent_away"], id, at) is not None

    async def agent_back(self, id: RequestId, at: dt.datetime) -> bool:
        return await self._database.value(SQL["agent_back"], id, at) is not None

    async def request_of_call(self, row: AskRow, call: str) -> RequestId | None:
        """Return what an earlier attempt of the same call of this agent made."""
        found = await self._database.value(SQL["request_of_call"], row.request.agent_id, _call_key(call), row.digest)
        return RequestId(found) if found else None

    async def remember_call(self, row: AskRow, call: str, id: RequestId) -> None:
        values = (row.request.agent_id, _call_key(call), row.digest, id, row.request.created_at)
        await self._database.execute(SQL["remember_call"], *values)

    async def mark_collected(self, id: RequestId, at: dt.datetime) -> bool:
        """Return whether this call was the one that collected the answer."""
        return await self._database.execute(SQL["mark_collected"], id, at) == "UPDATE 1"

    async def mark_uncollected(self, id: RequestId) -> None:
        await self._database.execute(SQL["mark_uncollected"], id)

    async def by_id(self, id: RequestId) -> Request | None:
        row = await self._database.row(SQL["request_by_id"], id)
        return request_of(row) if row else None

    async def by_ids(self, ids: Iterable[UUID]) -> dict[UUID, Request]:
        rows = await self._database.fetch(SQL["requests_by_id"], list(ids))
        return {row["id"]: request_of(row) for row in rows}

    async def settled_among(self, ids: Iterable[RequestId]) -> list[Request]:
        return [request_of(row) for row in await self._database.fetch(SQL["settled_among"], list(ids))]

    async def open_requests(self, org: OrgId, account: AccountId, at: dt.datetime) -> list[Request]:
        """Return what waits for an answer of this account, oldest first, at most `MAX_INBOX`."""
        # Nothing pending is older than the ceiling; twice that allows for a clock that was set back.
        since = smallest_uuid7(at - 2 * MAX_WAIT)
        pending = await self._open.get((org, account, since)) or []
        return [request for request in pending if request.expires_at > at]

    async def _read_open(self, wanted: list[_Open]) -> dict[_Open, list[Request]]:
        found: dict[_Open, list[Request]] = {}
        for row in await self._database.fetch(SQL["open_requests"], *columns(wanted), MAX_INBOX):
            found.setdefault((row["org_id"], row["account_id"], row["since"]), []).append(request_of(row))
        return found

    async def history(self, org: OrgId, account: AccountId, *, before: UUID | None, limit: int) -> list[Request]:
        rows = await self._database.fetch(SQL["account_history"], org, account, before or NEWEST, limit)
        return [request_of(row) for row in rows]

    async def listed(self, whose: Whose, wanted: Listing) -> list[Request]:
        values = (wanted.before or NEWEST, wanted.state, wanted.uncollected, wanted.limit)
        rows = await self._database.fetch(SQL["listed_requests"], whose.org, whose.agent, whose.account, *values)
        return [request_of(row) for row in rows]

    async def count_by_state(self, whose: Whose, since: UUID) -> dict[State, int]:
        rows = await self._database.fetch(SQL["count_by_state"], whose.org, whose.agent, whose.account, since)
        return {State(row["state"]): row["requests"] for row in rows}

    async def empty_sealed(self, before: dt.datetime) -> int:
        """Take the ciphertexts of requests settled before then; return of how many."""
        total = 0
        while taken := await self._database.fetch(SQL["empty_sealed"], before, smallest_uuid7(before), EMPTIED_AT_ONCE):
            total += len(taken)
        return total

    async def forget_keys(self, before: dt.datetime) -> None:
        await self._database.execute(SQL["forget_keys"], before)


def _call_key(call: str) -> bytes:
    return _BY_CALL + hashlib.sha256(call.encode()).digest()


def _same_when_sealed(content: Sealed, idempotency_key: str | None, dedupe_key: str | None) -> str:
    """Return what makes two sealed questions the same one: ciphertexts of equal words differ, so the caller says it."""
    if dedupe_key is not None:
        return f"sealed\n{dedupe_key}"
    return "sealed" if idempotency_key is not None else f"sealed payload\n{content.payload}"


def _canonical(content: Content) -> str:
    """Write the content so that equal questions are equal texts: a caller's arguments come in any order."""
    if content.action is None:
        return to_json(content.to_json()).decode()
    return json.dumps(content.to_json(), sort_keys=True, separators=(",", ":"), allow_nan=False)


async def _write_asks(
    connection: "asyncpg.Connection[Record]", rows: Sequence[AskRow], repeated: bool
) -> list[Asked | Exception]:
    """Write a batch. Two equal asks in one batch are one question: the second gets the first one's result."""
    leaders: dict[object, AskRow] = {}
    for row in rows:
        leaders.setdefault(_identity(row), row)
    done = await _committed(connection, rows) if repeated else {}
    wanted = [row for row in leaders.values() if row.request.id not in done]
    if wanted:
        for result in await connection.fetch(SQL["add_requests"], *columns([row.columns() for row in wanted])):
            done[result["id"]] = Asked(RequestId(result["request_id"]), result["digest"], result["seq"])
    return [_share(done[leaders[_identity(row)].request.id], row, leaders[_identity(row)]) for row in rows]


def _identity(row: AskRow) -> object:
    return row.request.id if row.key is None else (row.request.agent_id, row.key)


def _share(asked: Asked, row: AskRow, leader: AskRow) -> Asked:
    # Only the leader made the entry in the log; the one that joined it announces nothing.
    return asked if row is leader else Asked(asked.request_id, asked.digest, None)


async def _committed(connection: "asyncpg.Connection[Record]", rows: Sequence[AskRow]) -> dict[UUID, Asked]:
    """After a broken connection: what the lost statement had committed all the same."""
    digests = {row.request.id: row.digest for row in rows}
    oldest = min(row.request.created_at for row in rows) - MAX_WAIT
    found = await connection.fetch(SQL["added_already"], list(digests), oldest)
    return {r["id"]: Asked(RequestId(r["id"]), digests[RequestId(r["id"])], r["seq"]) for r in found}


async def _write_answers(
    connection: "asyncpg.Connection[Record]", rows: Sequence[AnswerRow], _repeated: bool
) -> list[int | Exception | None]:
    """Write a batch. Of two answers to one request in it the first is tried, the other has lost already."""
    first: dict[RequestId, AnswerRow] = {}
    for row in rows:
        first.setdefault(row.request.id, row)
    given = columns([row.columns() for row in first.values()])
    written = await connection.fetch(SQL["answer_requests"], *given, State.PENDING)
    won = {row["id"]: row["seq"] for row in written}
    return [won.get(row.request.id) if first[row.request.id] is row else None for row in rows]
