"""Rows to domain objects and back; the one place that knows the columns of `request` and `account_log`."""

import json
from typing import Any

from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId, RequestId
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.parties import Agent, AgentKey, AgentStatus, Device, DeviceKind
from relay.domain.request import Answer, Claim, Content, Kind, Priority, Request, State
from relay.domain.sealed import Sealed
from relay.kernel.body import to_json
from relay.store.database import Record


def request_of(row: Record) -> Request:
    return Request(
        id=RequestId(row["id"]),
        org_id=OrgId(row["org_id"]),
        account_id=AccountId(row["account_id"]),
        agent_id=AgentId(row["agent_id"]),
        kind=Kind(row["kind"]),
        priority=Priority(row["priority"]),
        content=_content_of(row),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        state=State(row["state"]),
        settled_at=row["settled_at"],
        answer=_answer_of(row) if row["answered_by"] is not None else None,
        claim=Claim(AccountId(row["claimed_by"]), row["claimed_until"]) if row["claimed_by"] else None,
        collected=row["collected_at"] is not None,
        away=row["away_at"] is not None,
    )


def _content_of(row: Record) -> Content | Sealed:
    if row["content"] is not None:
        return Content.from_json(json.loads(row["content"]))
    return Sealed.from_json(row["sealed"].decode(), json.loads(row["visible"]))


def _answer_of(row: Record) -> Answer:
    sealed = row["sealed_answer"]
    said: dict[str, Any] = json.loads(row["answer"] if sealed is None else row["visible_answer"])
    return Answer(
        id=row["answer_id"],
        value=said.get("value"),
        comment=said.get("comment", ""),
        by=AccountId(row["answered_by"]),
        by_name=said["by_name"],
        device=DeviceId(row["answered_on"]) if row["answered_on"] else None,
        device_name=said["device_name"],
        at=row["settled_at"],
        sealed=None if sealed is None else sealed.decode(),
        receipt=json.loads(row["receipt"]) if row["receipt"] is not None else None,
    )


def answer_json(answer: Answer) -> str:
    """What a human said, with the names as they were: an account or a device may be renamed later."""
    names = {"by_name": answer.by_name, "device_name": answer.device_name}
    said = names if answer.sealed is not None else {"value": answer.value, "comment": answer.comment, **names}
    return to_json(said).decode()


def entry_of(row: Record) -> LogEntry:
    return LogEntry(
        account_id=AccountId(row["account_id"]),
        seq=row["seq"],
        type=EntryType(row["type"]),
        subject=row["subject"],
        actor=row["actor"],
        device=DeviceId(row["device"]) if row["device"] else None,
        digest=row["digest"],
        at=row["at"],
        org_id=OrgId(row["org_id"]) if row["org_id"] else None,
    )


def agent_of(row: Record) -> Agent:
    return Agent(
        id=AgentId(row["id"]),
        org_id=OrgId(row["org_id"]),
        account_id=AccountId(row["account_id"]),
        name=row["name"],
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        status=AgentStatus(row["status"]),
    )


def agent_key_of(row: Record) -> AgentKey:
    return AgentKey(
        agent_id=AgentId(row["agent_id"]),
        public_key=row["public_key"],
        key_type=row["key_type"],
        created_at=row["created_at"],
    )


def device_of(row: Record) -> Device:
    return Device(
        id=DeviceId(row["id"]),
        account_id=AccountId(row["account_id"]),
        name=row["name"],
        kind=DeviceKind(row["kind"]),
        created_at=row["created_at"],
        ed25519=row["ed25519"],
        x25519=row["x25519"],
        last_seen_at=row["last_seen_at"],
        revoked_at=row["revoked_at"],
    )
