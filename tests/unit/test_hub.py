import asyncio

import pytest

from relay.domain.ids import AccountId, DeviceId, RequestId
from relay.hub import Happening, Hub, Waiter
from relay.kernel.waiting import PeerGone
from tests.builders import ACCOUNT, a_request, an_answer, an_entry, an_id
from tests.waiting import until


class Follower:
    def __init__(self, device_id: DeviceId | None = None) -> None:
        self.device_id = device_id
        self.heard: list[int] = []

    def deliver(self, happening: Happening) -> None:
        self.heard.append(happening.entry.seq)


def there() -> bool:
    return True


def gone() -> bool:
    return False


async def test_a_settled_request_wakes_everybody_who_waits_for_it_and_nobody_else() -> None:
    hub, settled, other = Hub(), a_request().answered(an_answer()), a_request()
    with hub.waiting(there) as one, hub.waiting(there) as two, hub.waiting(there) as three:
        for waiter, request in ((one, settled), (two, settled), (three, other)):
            hub.bind(waiter, request.id)
        hub.settle(settled)
        assert one.settled is two.settled is settled
        assert three.settled is None
        assert hub.awaited() == [other.id]
    assert hub.awaited() == []
    assert hub.counts() == (0, 0)


async def test_settling_what_nobody_waits_for_changes_nothing() -> None:
    hub = Hub()
    hub.settle(a_request().answered(an_answer()))
    assert hub.counts() == (0, 0)


async def test_a_waiter_bound_to_another_request_waits_for_that_one_alone() -> None:
    hub, first, second = Hub(), a_request(), a_request()
    with hub.waiting(there) as waiter:
        hub.bind(waiter, first.id)
        hub.bind(waiter, second.id)
        assert hub.awaited() == [second.id]
        hub.settle(first.answered(an_answer()))
        assert waiter.settled is None
        hub.unbind(waiter)
        hub.unbind(waiter)
        assert not hub.is_awaited(second.id)


async def test_when_one_of_two_waiters_leaves_the_other_still_waits() -> None:
    hub, request = Hub(), a_request()
    with hub.waiting(there) as stays:
        hub.bind(stays, request.id)
        with hub.waiting(there) as leaves:
            hub.bind(leaves, request.id)
            assert hub.counts() == (0, 2)
        assert hub.counts() == (0, 1)
        settled = request.answered(an_answer())
        hub.settle(settled)
        assert stays.settled is settled


async def test_an_outcome_ends_the_wait_whenever_it_comes() -> None:
    hub, settled = Hub(), a_request().answered(an_answer())
    with hub.waiting(there) as early, hub.waiting(there) as late:
        hub.bind(early, settled.id)
        hub.bind(late, settled.id)
        wait = asyncio.create_task(early.within(60))
        await until(lambda: early._alarm is not None)
        hub.settle(settled)
        assert await wait is settled
        assert await late.within(60) is settled


async def test_a_wait_whose_time_is_up_has_no_outcome_and_may_go_on() -> None:
    hub, settled = Hub(), a_request().answered(an_answer())
    with hub.waiting(there) as waiter:
        hub.bind(waiter, settled.id)
        assert await waiter.within(0) is None
        assert not waiter.left
        hub.settle(settled)
        assert await waiter.within(60) is settled


async def test_a_caller_that_hung_up_stops_waiting() -> None:
    hub, request = Hub(), a_request()
    with hub.waiting(there) as waiter:
        hub.bind(waiter, request.id)
        wait = asyncio.create_task(waiter.within(60))
        await until(lambda: waiter._alarm is not None)
        waiter.abandon()
        waiter.abandon()
        with pytest.raises(PeerGone):
            await wait
        assert waiter.left
        assert hub.callers(request.id) == []
        with pytest.raises(PeerGone):
            await waiter.within(60)


async def test_a_caller_that_hangs_up_after_the_answer_had_its_answer() -> None:
    hub, settled = Hub(), a_request().answered(an_answer())
    with hub.waiting(there) as waiter:
        hub.bind(waiter, settled.id)
        hub.settle(settled)
        waiter.abandon()
        assert waiter.settled is settled
        assert not waiter.left


async def test_callers_are_those_who_wait_and_are_still_connected() -> None:
    hub, request = Hub(), a_request()
    assert hub.callers(request.id) == []
    with hub.waiting(gone) as left, hub.waiting(there) as stays:
        hub.bind(left, request.id)
        assert hub.callers(request.id) == []
        hub.bind(stays, request.id)
        assert hub.callers(request.id) == [stays]
        hub.settle(request.answered(an_answer()))
        assert hub.callers(request.id) == []


async def test_stopping_lets_every_waiting_call_go_with_what_it_has() -> None:
    hub, settled = Hub(), a_request().answered(an_answer())
    with hub.waiting(there) as one, hub.waiting(there) as two:
        hub.bind(one, settled.id)
        hub.bind(two, RequestId(an_id()))
        wait = asyncio.create_task(one.within(60))
        await until(lambda: one._alarm is not None)
        hub.release_all()
        assert await wait is None
        assert await two.within(60) is None
        assert (one.left, two.left) == (True, True)
        assert hub.callers(settled.id) == []


async def test_a_waiter_that_is_bound_to_nothing_may_leave() -> None:
    hub = Hub()
    with hub.waiting(there) as waiter:
        assert isinstance(waiter, Waiter)
        assert waiter.request_id is None
    assert hub.counts() == (0, 0)


def test_followers_of_one_account_share_a_channel_that_goes_with_the_last_of_them() -> None:
    hub = Hub()
    with hub.following(ACCOUNT, Follower()) as channel:
        with hub.following(ACCOUNT, Follower()) as same:
            assert same is channel
            assert hub.counts() == (2, 0)
        assert hub.channel(ACCOUNT) is channel
        assert hub.channels() == [channel]
    assert hub.channel(ACCOUNT) is None
    assert hub.channels() == []


def test_accounts_have_channels_of_their_own() -> None:
    hub = Hub()
    with hub.following(ACCOUNT, Follower()) as mine, hub.following(AccountId(an_id()), Follower()) as theirs:
        assert mine is not theirs


def test_what_is_delivered_reaches_every_follower_once_and_moves_the_channel_on() -> None:
    hub, one, two = Hub(), Follower(), Follower()
    with hub.following(ACCOUNT, one) as channel, hub.following(ACCOUNT, two):
        channel.deliver(Happening(an_entry(seq=5), None))
        channel.deliver(Happening(an_entry(seq=6), None))
        assert channel.seq == 6
    assert one.heard == two.heard == [5, 6]


def test_a_follower_may_leave_while_it_is_being_told() -> None:
    hub, stays = Hub(), Follower()

    class Leaving(Follower):
        def deliver(self, happening: Happening) -> None:
            super().deliver(happening)
            channel.followers.discard(self)

    leaves = Leaving()
    with hub.following(ACCOUNT, leaves) as channel, hub.following(ACCOUNT, stays):
        channel.deliver(Happening(an_entry(seq=1), None))
        channel.deliver(Happening(an_entry(seq=2), None))
    assert (leaves.heard, stays.heard) == ([1], [1, 2])


def test_live_devices_are_those_with_an_id_of_that_account() -> None:
    hub, phone = Hub(), DeviceId(an_id())
    assert hub.live_devices(ACCOUNT) == set()
    with hub.following(ACCOUNT, Follower(phone)), hub.following(ACCOUNT, Follower()):
        assert hub.live_devices(ACCOUNT) == {phone}
        assert hub.live_devices(AccountId(an_id())) == set()
    assert hub.live_devices(ACCOUNT) == set()


def test_a_happening_is_encoded_once_for_each_kind_of_listener() -> None:
    calls: list[str] = []

    def one_way(_happening: Happening) -> bytes:
        calls.append("one")
        return b"1"

    def other_way(_happening: Happening) -> bytes:
        calls.append("other")
        return b"2"

    happening = Happening(an_entry(), None)
    assert [happening.encoded(way) for way in (one_way, one_way, other_way, one_way)] == [b"1", b"1", b"2", b"1"]
    assert calls == ["one", "other"]


def test_who_watches_a_request_is_touched_until_it_stops_watching() -> None:
    hub, request = Hub(), RequestId(an_id())
    with hub.watching(request) as one, hub.watching(request) as two, hub.watching(RequestId(an_id())) as other:
        hub.touch(request)
        assert (one.is_set(), two.is_set(), other.is_set()) == (True, True, False)
    hub.touch(request)
    assert not hub._watchers
