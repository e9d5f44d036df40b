"""The messages of an organization's audit."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from auth.routes.wire import Time
from relay.domain.ids import AccountId
from relay.domain.log_entry import EntryType, LogEntry
from relay.kernel.body import WireModel
from relay.store.audit import AuditFilter, Place

AUDITED: Final = tuple(sorted(t.value for t in EntryType if not t.value.startswith(("request.", "notification"))))
KINDS: Final = tuple(sorted({kind.partition(".")[0] for kind in AUDITED}))
"""The first words of the types: `key` is all that befell keys."""

_PLACE: Final = re.compile(r"(\d{1,17})-([0-9a-f]{32})-(\d{1,18})", re.ASCII)
"""Microseconds since 1970, account, number: 17 digits end in the year 5138, 18 fit a bigint."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_EARLIEST: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def _known(kind: str) -> str:
    if kind not in AUDITED and kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}, or a type of the log")
    return kind


def _place(text: str) -> str:
    if read_place(text) is None:
        raise ValueError("must be the `next_before` of a page")
    return text


def read_place(text: str) -> Place | None:
    """Read what `write_place` wrote; None if it did not."""
    if not (found := _PLACE.fullmatch(text)):
        return None
    return _EPOCH + int(found[1]) * _MICROSECOND, AccountId(UUID(found[2])), int(found[3])


def write_place(place: Place) -> str:
    at, account, seq = place
    return f"{(at - _EPOCH) // _MICROSECOND}-{account.hex}-{seq}"


Kind = Annotated[str, StringConstraints(max_length=40), AfterValidator(_known)]
Before = Annotated[str, StringConstraints(max_length=80), AfterValidator(_place)]


class ExportQuery(WireModel):
    since: Annotated[AwareDatetime | None, Field(description="From this time on; RFC 3339 with a zone.")] = None
    until: Annotated[AwareDatetime | None, Field(description="Up to, and without, this time.")] = None
    actor: Annotated[UUID | None, Field(description="An account or an agent: only what it did.")] = None
    kind: Annotated[Kind | None, Field(description="A type of the account log, or its first word, such as `key`.")] = (
        None
    )

    def filter(self, now: dt.datetime) -> AuditFilter:
        return AuditFilter(
            since=self.since or _EARLIEST, until=self.until or now + _MICROSECOND, actor=self.actor, kind=self.kind
        )


class AuditQuery(ExportQuery):
    before: Annotated[Before | None, Field(description="The `next_before` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AuditEntryReply(WireModel):
    """What happened. There are ids in it and no words: names are looked up when a page is asked for."""

    at: Time
    type: str
    actor: UUID | None
    actor_name: Annotated[str | None, Field(description="The account's or agent's name today; null if it is gone.")]
    subject: UUID
    subject_name: Annotated[str | None, Field(description="The same of the subject, if it is an account or an agent.")]
    device: UUID | None
    account_id: Annotated[UUID, Field(description="In whose log the entry is, under which number.")]
    seq: int

    @classmethod
    def of(cls, entry: LogEntry, names: Mapping[UUID, str]) -> Self:
        return cls(
            at=entry.at,
            type=entry.type.value,
            actor=entry.actor,
            actor_name=names.get(entry.actor) if entry.actor else None,
            subject=entry.subject,
            subject_name=names.get(entry.subject),
            device=entry.device,
            account_id=entry.account_id,
            seq=entry.seq,
        )


class AuditReply(WireModel):
    entries: list[AuditEntryReply]
    next_before: str | None


class ExportedEntry(WireModel):
    """One line of an export."""

    at: Time
    type: str
    actor: UUID | None
    subject: UUID
    device: UUID | None
    account_id: UUID
    seq: int

    @classmethod
    def of(cls, entry: LogEntry) -> Self:
        return cls(
            at=entry.at,
            type=entry.type.value,
            actor=entry.actor,
            subject=entry.subject,
            device=entry.device,
            account_id=entry.account_id,
            seq=entry.seq,
        )
