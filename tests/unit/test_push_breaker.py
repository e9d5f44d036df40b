import datetime as dt

import pytest

from push.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, VALVE_PERIOD, Breaker, Valve
from push.results import Result, Verdict
from tests.builders import NOON

SECOND = dt.timedelta(seconds=1)
DOWN = Result(verdict=Verdict.RETRY, code="503", outage=True)
FINE = Result(verdict=Verdict.SENT)
DEAD = Result(verdict=Verdict.DEAD, code="410")
CONFIG = Result(verdict=Verdict.CONFIG, code="InvalidProviderToken")


@pytest.mark.proves("push.breaker")
def test_failures_in_a_row_open_it_and_a_success_between_does_not() -> None:
    breaker = Breaker()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert not breaker.note(DOWN, NOON)
        breaker.note(FINE, NOON)
    assert breaker.admits(NOON)
    opened = [breaker.note(DOWN, NOON) for _ in range(FAILURES)]
    assert opened == [False] * (FAILURES - 1) + [True]
    assert not breaker.admits(NOON)


@pytest.mark.proves("push.breaker")
def test_our_own_mistake_opens_it_at_once_and_busy_does_not() -> None:
    breaker = Breaker()
    for _ in range(2 * FAILURES):
        breaker.note(Result(verdict=Verdict.RETRY, code="429"), NOON)
    assert breaker.admits(NOON)
    assert breaker.note(CONFIG, NOON)
    assert not breaker.admits(NOON)


@pytest.mark.proves("push.breaker")
def test_after_the_pause_one_goes_and_decides() -> None:
    breaker, now, pauses = Breaker(), NOON, []
    breaker.note(CONFIG, now)
    for _ in range(6):
        assert breaker.until is not None
        pauses.append(breaker.until - now)
        now = breaker.until
        assert breaker.admits(now)
        assert not breaker.admits(now)
        breaker.note(CONFIG, now)
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    now = breaker.until or now
    assert breaker.admits(now)
    breaker.note(FINE, now)
    assert breaker.admits(now)


@pytest.mark.proves("push.valve")
def test_now_and_then_a_token_dies_but_not_a_fifth_of_them() -> None:
    valve = Valve()
    for n in range(100):
        lets = valve.lets(DEAD if n % 10 == 0 else FINE, NOON)
        assert lets == (n % 10 == 0)
    believed = [valve.lets(DEAD, NOON) for _ in range(20)]
    assert believed[0]
    assert not believed[-1]
    assert not valve.lets(DEAD, NOON + VALVE_PERIOD - SECOND)
    assert valve.lets(DEAD, NOON + 2 * VALVE_PERIOD)


def test_of_a_few_all_may_be_dead() -> None:
    valve = Valve()
    assert all(valve.lets(DEAD, NOON) for _ in range(19))
    assert not valve.lets(DEAD, NOON)
