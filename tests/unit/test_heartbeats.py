from contextlib import ExitStack

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from relay.kernel.waiting import BEATS_PER_S, FEW, MAX_INTERVAL_S, MIN_INTERVAL_S, Heartbeats, WaitingReply


class CountingReply(WaitingReply):
    """A reply to a caller who is there or not, and counts its spaces."""

    __slots__ = ("beats", "connected")

    def __init__(self, request: web.Request) -> None:
        super().__init__(request)
        self.beats = 0
        self.connected = True

    def is_connected(self) -> bool:
        return self.connected

    def beat(self) -> None:
        self.beats += 1


REQUEST = make_mocked_request("POST", "/")


def nobody_left() -> None:
    raise AssertionError("the caller is still there")


def kept(stack: ExitStack, heartbeats: Heartbeats, count: int) -> list[CountingReply]:
    replies = [CountingReply(REQUEST) for _ in range(count)]
    for reply in replies:
        stack.enter_context(heartbeats.keeping(reply, nobody_left))
    return replies


@pytest.mark.parametrize(
    ("waiting", "interval"),
    [
        (0, MIN_INTERVAL_S),
        (1, MIN_INTERVAL_S),
        (BEATS_PER_S * (MIN_INTERVAL_S + 1) - 1, MIN_INTERVAL_S),
        (BEATS_PER_S * (MIN_INTERVAL_S + 1), MIN_INTERVAL_S + 1),
        (BEATS_PER_S * MAX_INTERVAL_S, MAX_INTERVAL_S),
        (BEATS_PER_S * (MAX_INTERVAL_S + 5), MAX_INTERVAL_S),
    ],
)
def test_the_interval_grows_with_the_replies_and_stays_between_its_bounds(waiting: int, interval: int) -> None:
    heartbeats = Heartbeats()
    with ExitStack() as stack:
        kept(stack, heartbeats, waiting)
        assert len(heartbeats) == waiting
        assert heartbeats.interval_s == interval
    assert len(heartbeats) == 0


@pytest.mark.proves("ask.heartbeat")
async def test_every_reply_gets_one_space_an_interval_and_ticks_share_the_work() -> None:
    heartbeats = Heartbeats()
    with ExitStack() as stack:
        replies = kept(stack, heartbeats, 40)
        before = 0
        for tick in range(MIN_INTERVAL_S):
            await heartbeats.beat(tick)
            total = sum(reply.beats for reply in replies)
            assert total - before == 40 // MIN_INTERVAL_S
            before = total
        assert {reply.beats for reply in replies} == {1}


async def test_a_reply_that_ended_gets_no_more_spaces() -> None:
    heartbeats = Heartbeats()
    with ExitStack() as stack:
        [reply] = kept(stack, heartbeats, 1)
    for tick in range(MIN_INTERVAL_S):
        await heartbeats.beat(tick)
    assert reply.beats == 0


async def test_a_caller_that_hung_up_is_noticed_at_the_next_tick_and_gets_no_space() -> None:
    heartbeats, gone = Heartbeats(), []
    reply = CountingReply(REQUEST)
    with heartbeats.keeping(reply, lambda: gone.append(reply)):
        reply.connected = False
        await heartbeats.beat(0)
        assert gone == [reply]
    assert reply.beats == 0


async def test_among_very_many_callers_one_that_hung_up_is_noticed_when_it_is_its_turn() -> None:
    heartbeats, gone = Heartbeats(), []
    lost = CountingReply(REQUEST)
    lost.connected = False
    with ExitStack() as stack:
        stack.enter_context(heartbeats.keeping(lost, lambda: gone.append(lost)))
        kept(stack, heartbeats, FEW)
        for tick in range(2, heartbeats.interval_s + 1):
            await heartbeats.beat(tick)
        assert gone == []
        await heartbeats.beat(1)
        assert gone == [lost]
