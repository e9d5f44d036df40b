"""What to do with a claimed row, before anything is sent. Pure."""

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

from push.policy import GRACE, MARGIN, Allowance, breaks_quiet, quiet_until
from push.store.outbox import Due, Shown, Wanted
from relay.store.ledger import Step


@dataclass(frozen=True, slots=True)
class Send:
    """A notification of its own."""


@dataclass(frozen=True, slots=True)
class Summarise:
    """Together with the device's other questions."""


@dataclass(frozen=True, slots=True)
class Wait:
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing is to be sent. `step` is what the ledger says, if there is something to say."""

    shown: Shown
    step: Step | None = None
    why: str = ""


Plan: TypeAlias = Send | Summarise | Wait | Leave


def plan(due: Due, now: dt.datetime, *, is_live: bool, allowance: Allowance) -> Plan:
    """`is_live` says whether the device holds a socket, over which its app hears the same."""
    if due.wanted is Wanted.CLOSED:
        return _to_close(due, now, is_live=is_live)
    about = due.about
    if due.target is None or about is None:
        return Leave(due.shown, Step.FAILED, "no_address")
    if now > due.until - MARGIN:
        return Leave(due.shown, Step.FAILED, "too_late") if due.shown is Shown.NOTHING else Leave(due.shown)
    if is_live and now < about.created_at + GRACE:
        return Wait(about.created_at + GRACE)
    if not breaks_quiet(about.priority) and (ends := quiet_until(due.preference, now)):
        return _to_hold(due, ends)
    return _to_open(due, now, allowance)


def _to_hold(due: Due, ends: dt.datetime) -> Plan:
    return Wait(ends) if ends <= due.until - MARGIN else Leave(due.shown, Step.HELD, "quiet_hours")


def _to_open(due: Due, now: dt.datetime, allowance: Allowance) -> Plan:
    if allowance.is_left(due.device_id, now):
        return Send()
    again = allowance.summary_at(due.device_id, now)
    return Wait(again) if again > now else Summarise()


def _to_close(due: Due, now: dt.datetime, *, is_live: bool) -> Plan:
    if due.target is None or due.about is None or now > due.until or is_live:
        return Leave(Shown.CLOSED)
    return Summarise() if due.shown is Shown.SUMMARY else Send()
