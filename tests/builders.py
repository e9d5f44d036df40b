"""Domain objects with everything filled in; a test names only what it is about."""

import base64
import datetime as dt
import os
from typing import Any
from uuid import UUID

from relay.domain.form import Text
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId, RequestId, uuid7
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.parties import Agent, Device, DeviceKind
from relay.domain.request import MAX_WAIT, Answer, Content, Kind, Priority, Request, State
from relay.domain.sealed import Reply, Sealed

NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
"""Where `FakeClock` starts."""


def an_id(at: dt.datetime = NOON) -> UUID:
    return uuid7(at, os.urandom)


ORG = OrgId(an_id())
ACCOUNT = AccountId(an_id())
AGENT = AgentId(an_id())


def a_content(**over: Any) -> Content:
    return Content(**{"prompt": "Deploy to production?", "form": Text(), "agent_name": "deployer"} | over)


def a_sealed(**over: Any) -> Sealed:
    given = {"payload": BOX, "version": 1, "reply": Reply.JSON, "agent_name": "deployer"}
    return Sealed(**given | over)


BOX = base64.b64encode(bytes(60)).decode()
"""Looks sealed."""


def a_request(**over: Any) -> Request:
    """A pending question that `AGENT` asked `ACCOUNT` at noon."""
    at = over.get("created_at", NOON)
    given = {
        "id": RequestId(an_id(at)),
        "org_id": ORG,
        "account_id": ACCOUNT,
        "agent_id": AGENT,
        "kind": Kind.INPUT,
        "priority": Priority.NORMAL,
        "content": a_content(),
        "created_at": at,
        "expires_at": at + MAX_WAIT,
    }
    return Request(**given | over)


def a_notification(**over: Any) -> Request:
    given = {"kind": Kind.NOTIFICATION, "state": State.POSTED, "content": a_content(form=None)}
    return a_request(**given | over)


def an_answer(**over: Any) -> Answer:
    given = {
        "id": an_id(),
        "value": "yes",
        "comment": "",
        "by": ACCOUNT,
        "by_name": "Ada",
        "device": None,
        "device_name": "",
        "at": NOON + dt.timedelta(minutes=1),
    }
    return Answer(**given | over)


def an_entry(**over: Any) -> LogEntry:
    given = {
        "account_id": ACCOUNT,
        "seq": 1,
        "type": EntryType.REQUEST_CREATED,
        "subject": an_id(),
        "actor": AGENT,
        "device": None,
        "digest": None,
        "at": NOON,
    }
    return LogEntry(**given | over)


def a_device(**over: Any) -> Device:
    given = {
        "id": DeviceId(an_id()),
        "account_id": ACCOUNT,
        "name": "phone",
        "kind": DeviceKind.PHONE,
        "created_at": NOON,
    }
    return Device(**given | over)


def an_agent(**over: Any) -> Agent:
    given = {"id": AGENT, "org_id": ORG, "account_id": ACCOUNT, "name": "deployer", "created_at": NOON}
    return Agent(**given | over)
