import datetime as dt

import pytest

from auth.services.throttle import FAILURES, REMEMBERED, WINDOW, Throttle
from relay.domain.errors import TooManyRequests
from tests.fakes.clock import FakeClock

ADA, HOME = "ada@example.org", "192.0.2.7"


@pytest.fixture
def throttle(clock: FakeClock) -> Throttle:
    return Throttle(clock)


def fail(throttle: Throttle, times: int, address: str = HOME) -> None:
    for _ in range(times):
        throttle.failed(ADA, address)


@pytest.mark.proves("auth.R58")
def test_ten_failures_are_followed_by_a_pause_that_ends(throttle: Throttle, clock: FakeClock) -> None:
    fail(throttle, FAILURES - 1)
    throttle.check(ADA, HOME)
    clock.forward(dt.timedelta(minutes=1))
    fail(throttle, 1)
    with pytest.raises(TooManyRequests) as refused:
        throttle.check("ADA@example.org ", HOME)
    clock.forward(dt.timedelta(seconds=refused.value.retry_after_s))
    throttle.check(ADA, HOME)


def test_failures_spread_over_more_than_the_window_do_not_count_together(throttle: Throttle, clock: FakeClock) -> None:
    for _ in range(FAILURES * 2):
        throttle.check(ADA, HOME)
        fail(throttle, 1)
        clock.forward(WINDOW / (FAILURES - 1))


@pytest.mark.parametrize(("email", "address"), [("eve@example.org", HOME), (ADA, "192.0.2.8"), (ADA, None)])
def test_another_account_or_another_address_is_not_held_up(throttle: Throttle, email: str, address: str | None) -> None:
    fail(throttle, FAILURES)
    throttle.check(email, address)


def test_one_ipv6_network_counts_as_one(throttle: Throttle) -> None:
    fail(throttle, FAILURES, "2001:db8::1")
    with pytest.raises(TooManyRequests):
        throttle.check(ADA, "2001:db8::2:2")
    throttle.check(ADA, "2001:db8:0:1::1")


def test_success_clears_the_count(throttle: Throttle) -> None:
    fail(throttle, FAILURES - 1)
    throttle.succeeded(ADA, HOME)
    fail(throttle, FAILURES - 1)
    throttle.check(ADA, HOME)


def test_memory_is_bounded(throttle: Throttle) -> None:
    for number in range(REMEMBERED + 10):
        throttle.failed(f"{number}@example.org", HOME)
    assert len(throttle._failures) == REMEMBERED
