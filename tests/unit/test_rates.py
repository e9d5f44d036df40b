import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.kernel.rates import MOST_BUCKETS, Buckets, By, Limit, Refusal

TEN_A_MINUTE = Limit(name="ten", calls=10, per_s=60, by=By.ADDRESS)


def taken(buckets: Buckets, whose: object, now: float, calls: int) -> int:
    """Return how many of `calls` at this moment are let through."""
    return sum(buckets.take(whose, now) is None for _ in range(calls))


def test_all_calls_may_come_at_once_and_the_next_one_waits_for_its_share_of_the_time() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    assert taken(buckets, "a", 1000, 20) == 10
    refusal = buckets.take("a", 1000)
    assert refusal == Refusal(TEN_A_MINUTE, pytest.approx(6))
    assert buckets.take("a", 1005.9 - 3) is not None
    assert taken(buckets, "a", 1006, 20) == 1


def test_a_refused_call_does_not_count() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    taken(buckets, "a", 0, 1000)
    assert taken(buckets, "a", 60, 20) == 10


def test_one_caller_s_calls_are_not_another_s() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    taken(buckets, "a", 0, 20)
    assert taken(buckets, "b", 0, 20) == 10


def test_asking_whether_anything_is_left_takes_nothing() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    assert [buckets.spent("a", 0) for _ in range(20)] == [None] * 20
    taken(buckets, "a", 0, 10)
    assert buckets.spent("a", 0) == Refusal(TEN_A_MINUTE, pytest.approx(6))
    assert buckets.spent("a", 6) is None


@pytest.mark.parametrize("calls", [1, 3, 7, 600, 6000, 999_999_999])
def test_rounding_takes_no_call_away_and_gives_none_more(calls: int) -> None:
    buckets = Buckets(Limit(name="x", calls=calls, per_s=60, by=By.ALL))
    most = min(calls, 6000)
    assert taken(buckets, "", 123_456.789, most + 2) == (most if calls <= 6000 else most + 2)


@given(
    st.integers(1, 50),
    st.floats(1, 3600),
    st.lists(st.floats(0, 600), min_size=1, max_size=200),
)
def test_no_stretch_of_time_lets_through_more_than_the_limit_and_its_share(
    calls: int, per_s: float, pauses: list[float]
) -> None:
    buckets = Buckets(Limit(name="x", calls=calls, per_s=per_s, by=By.ALL))
    now, times = 0.0, []
    for pause in pauses:
        now += pause
        if buckets.take("", now) is None:
            times.append(now)
    for first in range(len(times)):
        for last in range(first, len(times)):
            assert last - first + 1 <= calls + (times[last] - times[first]) / per_s * calls + 1


def test_what_was_quiet_for_a_period_is_forgotten() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    for number in range(100):
        buckets.take(number, 0)
    buckets.take("later", 61)
    buckets.take("latest", 122)
    assert buckets.count() == 2


def test_forgetting_gives_nobody_a_call_more() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    assert taken(buckets, "a", 59, 20) == 10
    assert taken(buckets, "b", 61, 1) == 1
    assert taken(buckets, "a", 62, 20) == 0
    assert taken(buckets, "a", 65, 20) == 1


def test_a_flood_of_callers_does_not_fill_the_memory() -> None:
    buckets = Buckets(TEN_A_MINUTE)
    for number in range(3 * MOST_BUCKETS):
        buckets.take(number, 0)
    assert buckets.count() <= MOST_BUCKETS
