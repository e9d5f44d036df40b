"""Who is connected to this process, and who is waiting in it. Memory only: a restart starts empty.

A device that cannot keep up is closed, never waited for: its full outbox is its own fault and must not slow the
agent that asked.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, Self

from relay.domain.ids import AccountId, DeviceId, RequestId
from relay.domain.log_entry import LogEntry
from relay.domain.request import Request
from relay.kernel.waiting import PeerGone


class Happening:
    """An entry of the log with what it is about, encoded at most once for each kind of listener."""

    __slots__ = ("_encoded", "entry", "request")

    def __init__(self, entry: LogEntry, request: Request | None) -> None:
        self.entry = entry
        self.request = request
        self._encoded: dict[Callable[[Happening], bytes], bytes] = {}

    def encoded(self, encode: "Callable[[Happening], bytes]") -> bytes:
        """Return `encode(self)`, computed once for all listeners that share the encoder."""
        if (frame := self._encoded.get(encode)) is None:
            frame = self._encoded[encode] = encode(self)
        return frame


class Follower(Protocol):
    """Something that follows an account's log: a device's socket, a dashboard's event stream."""

    device_id: DeviceId | None

    def deliver(self, happening: Happening) -> None:
        """Take the next entry; numbers come without gaps. Must not block."""


class Channel:
    """The followers of one account, and the number of the entry delivered to them last."""

    __slots__ = ("account_id", "again", "ahead", "catching_up", "followers", "seq")

    def __init__(self, account_id: AccountId) -> None:
        self.account_id = account_id
        self.seq: int | None = None
        """None until the first follower has found its place; what happens before is read afterwards (`again`)."""
        self.followers: set[Follower] = set()
        self.ahead: dict[int, Happening] | None = None
        """What came before the entry it follows did; by number."""
        self.catching_up = False
        """Whether the log is being read for this channel, and (`again`) whether it moved meanwhile or before `seq`."""
        self.again = False

    def deliver(self, happening: Happening) -> None:
        """Pass the next entry on, and those that follow it if they are here already."""
        self._pass_on(happening)
        while self.ahead and (following := self.ahead.pop(happening.entry.seq + 1, None)):
            happening = following
            self._pass_on(happening)

    def _pass_on(self, happening: Happening) -> None:
        self.seq = happening.entry.seq
        for follower in tuple(self.followers):
            follower.deliver(happening)


class Waiter:
    """One call that waits for a request to settle. `connected` says whether its caller is still there."""

    __slots__ = ("_alarm", "_hub", "connected", "gone", "request_id", "revoked", "settled", "stopped")

    def __init__(self, hub: "Hub", connected: Callable[[], bool]) -> None:
        self._hub = hub
        self.connected = connected
        self.request_id: RequestId | None = None
        self.settled: Request | None = None
        self.stopped = False
        self.gone = False
        self.revoked = False
        self._alarm: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.unbind(self)

    async def within(self, seconds: float) -> Request | None:
        """Return the settled request, or None when time is up, the relay stops or the credential ends.

        Raises `PeerGone`.
        """
        if self.settled is None and not (self.stopped or self.gone or self.revoked):
            loop = asyncio.get_running_loop()
            self._alarm = loop.create_future()
            timer = loop.call_later(seconds, self._ring)
            try:
                await self._alarm
            finally:
                timer.cancel()
                self._alarm = None
        if self.gone and self.settled is None:
            raise PeerGone("the caller hung up")
        return self.settled

    def settle(self, request: Request) -> None:
        self.settled = request
        self._ring()

    def stop(self) -> None:
        """The relay stops: the call goes with what it has, and may come back."""
        self.stopped = True
        self._ring()

    @property
    def left(self) -> bool:
        """Whether the wait ended without an outcome: time was up, the caller hung up, or was sent away."""
        away = self.gone or self.stopped or self.revoked or self.request_id is None
        return self.settled is None and away

    def abandon(self) -> None:
        """The caller hung up: end the wait."""
        self.gone = True
        self._ring()

    def revoke(self) -> None:
        """The caller's credential ended: end the wait."""
        self.revoked = True
        self._ring()

    def _ring(self) -> None:
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)


class Following:
    """A registered follower; small, because there is one for every connected device."""

    __slots__ = ("_account_id", "_channel", "_follower", "_hub")

    def __init__(self, hub: "Hub", account: AccountId, follower: Follower) -> None:
        self._hub = hub
        self._account_id = account
        self._follower = follower

    def __enter__(self) -> Channel:
        self._channel = self._hub.follow(self._account_id, self._follower)
        return self._channel

    def __exit__(self, *_: object) -> None:
        self._hub.unfollow(self._channel, self._follower)


class Hub:
    def __init__(self) -> None:
        self._channels: dict[AccountId, Channel] = {}
        self._waiters: dict[RequestId, list[Waiter]] = {}
        self._watchers: dict[RequestId, list[asyncio.Event]] = {}
        self.stopping = False

    # Devices ----------------------------------------------------------------------------------------------------

    def following(self, account: AccountId, follower: Follower) -> "Following":
        """Keep a follower of `account` registered for a `with` block, which gets the account's channel."""
        return Following(self, account, follower)

    def follow(self, account: AccountId, follower: Follower) -> Channel:
        channel = self._channels.get(account)
        if channel is None:
            channel = self._channels[account] = Channel(account)
        channel.followers.add(follower)
        return channel

    def unfollow(self, channel: Channel, follower: Follower) -> None:
        channel.followers.discard(follower)
        if not channel.followers and self._channels.get(channel.account_id) is channel:
            del self._channels[channel.account_id]

    def channel(self, account: AccountId) -> Channel | None:
        return self._channels.get(account)

    def channels(self) -> list[Channel]:
        return list(self._channels.values())

    def live_devices(self, account: AccountId) -> set[DeviceId]:
        channel = self._channels.get(account)
        return {f.device_id for f in channel.followers if f.device_id} if channel else set()

    def is_reached(self, account: AccountId) -> bool:
        """Return whether a device of the account is connected here."""
        channel = self._channels.get(account)
        return channel is not None and any(follower.device_id for follower in channel.followers)

    # Callers ----------------------------------------------------------------------------------------------------

    def waiting(self, connected: Callable[[], bool]) -> Waiter:
        """Offer a waiter for a `with` block; it is tied to a request before that is written (`bind`)."""
        return Waiter(self, connected)

    def bind(self, waiter: Waiter, request: RequestId) -> None:
        self.unbind(waiter)
        waiter.request_id = request
        self._waiters.setdefault(request, []).append(waiter)

    def unbind(self, waiter: Waiter) -> None:
        if waiter.request_id is None:
            return
        waiters = self._waiters.get(waiter.request_id, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters:
            self._waiters.pop(waiter.request_id, None)
        waiter.request_id = None

    def callers(self, request: RequestId) -> list[Waiter]:
        """Return who waits here for this request and will get its outcome, as far as one can know."""
        waiters = self._waiters.get(request, ())
        return [waiter for waiter in waiters if waiter.settled is None and not waiter.left and waiter.connected()]

    def settle(self, request: Request) -> None:
        """Hand a settled request to everybody who waits for it."""
        for waiter in self._waiters.pop(request.id, ()):
            waiter.request_id = None
            waiter.settle(request)

    def release_all(self) -> None:
        """Let every waiting call and stream go with what it has; it may come back to another process."""
        self.stopping = True
        for request in tuple(self._watchers):
            self.touch(request)
        for waiters in tuple(self._waiters.values()):
            for waiter in waiters:
                waiter.stop()

    def awaited(self) -> list[RequestId]:
        return list(self._waiters)

    def is_awaited(self, request: RequestId) -> bool:
        return request in self._waiters

    # Event streams about one request ----------------------------------------------------------------------------

    @contextmanager
    def watching(self, request: RequestId) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something about the request may have changed."""
        event = asyncio.Event()
        events = self._watchers.setdefault(request, [])
        events.append(event)
        try:
            yield event
        finally:
            events.remove(event)
            if not events:
                self._watchers.pop(request, None)

    def touch(self, request: RequestId) -> None:
        for event in self._watchers.get(request, ()):
            event.set()

    def counts(self) -> tuple[int, int]:
        """Return how many followers are connected and how many calls wait."""
        followers = sum(len(channel.followers) for channel in self._channels.values())
        return followers, sum(len(waiters) for waiters in self._waiters.values())
