import datetime as dt
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.policy import (
    MARGIN,
    MAX_ATTEMPTS,
    MAX_BACKOFF,
    Preference,
    QuietHours,
    is_urgent,
    next_attempt,
    next_reminder,
    quiet_until,
)
from push.results import Result, Verdict, retry_after
from push.webpush import origin_of, webpush_outcome
from relay.domain.request import Kind, Priority
from tests.builders import NOON

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
LATER = NOON + 15 * MINUTE
BUSY = Result(verdict=Verdict.RETRY, code="503")


@pytest.mark.proves("push.retry")
@given(attempt=st.integers(1, MAX_ATTEMPTS - 1), wait_s=st.integers(0, 100))
def test_the_next_attempt_is_never_before_the_time_named_nor_past_the_deadline(attempt: int, wait_s: int) -> None:
    asked = Result(verdict=Verdict.RETRY, retry_after=wait_s * SECOND)
    at = next_attempt(NOON, attempt, asked, LATER, os.urandom)
    assert at is not None
    assert NOON + wait_s * SECOND <= at <= max(NOON + wait_s * SECOND, NOON + MAX_BACKOFF)
    assert next_attempt(NOON, attempt, asked, NOON + wait_s * SECOND, os.urandom) is None


@pytest.mark.proves("push.retry")
def test_the_pauses_spread_over_their_whole_length_and_grow() -> None:
    assert next_attempt(NOON, 1, BUSY, LATER, bytes) == NOON
    longest = [next_attempt(NOON, attempt, BUSY, LATER, lambda n: b"\xff" * n) for attempt in range(1, MAX_ATTEMPTS)]
    assert longest == sorted(longest, key=str)


@pytest.mark.parametrize(
    ("verdict", "attempt"),
    [(Verdict.SENT, 1), (Verdict.DEAD, 1), (Verdict.DROP, 1), (Verdict.UNKNOWN, 2), (Verdict.RETRY, MAX_ATTEMPTS)],
)
def test_what_is_no_use_is_not_tried_again(verdict: Verdict, attempt: int) -> None:
    assert next_attempt(NOON, attempt, Result(verdict=verdict), LATER, os.urandom) is None


def test_what_may_have_arrived_is_sent_once_more() -> None:
    assert next_attempt(NOON, 1, Result(verdict=Verdict.UNKNOWN), LATER, os.urandom) is not None


@pytest.mark.proves("push.quiet_hours")
@pytest.mark.parametrize(
    ("hours", "zone", "ends"),
    [
        ((11 * 60, 13 * 60), "UTC", NOON + 60 * MINUTE),
        ((12 * 60, 13 * 60), "UTC", NOON + 60 * MINUTE),
        ((11 * 60, 12 * 60), "UTC", None),
        ((22 * 60, 6 * 60), "UTC", None),
        ((22 * 60, 12 * 60 + 1), "UTC", NOON + MINUTE),
        ((11 * 60, 60), "UTC", NOON + 13 * 60 * MINUTE),
        ((22 * 60, 6 * 60), "Pacific/Auckland", NOON + 5 * 60 * MINUTE),
        ((22 * 60, 6 * 60), "America/Los_Angeles", NOON + 2 * 60 * MINUTE),
    ],
)
def test_quiet_hours_are_those_of_the_wall_clock(hours: tuple[int, int], zone: str, ends: dt.datetime | None) -> None:
    assert quiet_until(Preference(quiet=QuietHours(*hours), time_zone=zone), NOON) == ends


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_until(Preference(), NOON) is None


@pytest.mark.proves("push.reminders")
def test_reminders_come_half_way_and_two_minutes_before_the_end() -> None:
    half = next_reminder(NOON, LATER, NOON)
    assert half == NOON + 7.5 * MINUTE
    last = next_reminder(NOON, LATER, half)
    assert last == LATER - 2 * MINUTE
    assert next_reminder(NOON, LATER, last) is None


def test_a_short_question_has_no_time_for_reminders() -> None:
    assert next_reminder(NOON, NOON + 20 * SECOND, NOON) is None


@pytest.mark.parametrize(
    ("kind", "priority", "loud"),
    [
        (Kind.INPUT, Priority.NORMAL, True),
        (Kind.INPUT, Priority.LOW, False),
        (Kind.COMPLETION, Priority.NORMAL, True),
        (Kind.NOTIFICATION, Priority.NORMAL, False),
        (Kind.NOTIFICATION, Priority.HIGH, True),
    ],
)
def test_what_makes_a_sound(kind: Kind, priority: Priority, loud: bool) -> None:
    assert is_urgent(kind, priority) is loud


@pytest.mark.proves("push.outcomes")
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.SENT),
        (201, Verdict.SENT),
        (202, Verdict.SENT),
        (307, Verdict.DEAD),
        (400, Verdict.DROP),
        (401, Verdict.DROP),
        (403, Verdict.DROP),
        (404, Verdict.DEAD),
        (410, Verdict.DEAD),
        (413, Verdict.DROP),
        (429, Verdict.RETRY),
        (500, Verdict.RETRY),
        (503, Verdict.RETRY),
    ],
)
def test_what_a_push_service_s_status_means(status: int, verdict: Verdict) -> None:
    assert webpush_outcome(status, None).verdict is verdict


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("7", 7 * SECOND),
        ("Wed, 04 Mar 2026 12:00:30 GMT", 30 * SECOND),
        ("Wed, 04 Mar 2026 11:00:00 GMT", dt.timedelta()),
        ("Wed, 04 Mar 2026 12:00:30", None),
        ("-7", None),
        ("soon", None),
        ("\uff19", None),
        ("9" * 30, dt.timedelta(days=1)),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, wait: dt.timedelta | None) -> None:
    assert retry_after(header, NOON) == wait


def test_an_origin_keeps_its_port() -> None:
    assert origin_of("https://push.example.org:8443/wpush/v2/x?y") == "https://push.example.org:8443"
    assert MARGIN
