"""From the account's log to its devices, in order and without gaps.

A hint with the next number is passed on as it is; one that comes before its predecessor waits for it a moment. Anything
else - a gap that stays, a hint without an entry, a tick of the safety net - makes the log be read from the last number
delivered. So a lost or late hint costs time, never an entry.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from relay.bus import Bus, Hint
from relay.domain.ids import AccountId, RequestId
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.request import Request
from relay.hub import Channel, Happening, Hub
from relay.kernel.log import get_logger
from relay.store.journal import JournalStore
from relay.store.requests import RequestStore

log = get_logger(__name__)

PAGE: Final = 200
"""Entries read at once; a page of the largest requests stays below 50 MB."""

MAX_REPLAY: Final = 2_000
"""A device further behind gets its inbox afresh instead: cheaper, and it wants the present anyway."""

CROSSING_S: Final = 0.02
"""How long an entry waits for the ones before it; then the log is read."""

MAX_AHEAD: Final = 256

SWEEP_RELIABLE_S: Final = 30.0
SWEEP_LOSSY_S: Final = 2.0

_ABOUT_REQUESTS: Final = frozenset(
    {
        EntryType.REQUEST_CREATED,
        EntryType.REQUEST_RESOLVED,
        EntryType.REQUEST_CLAIMED,
        EntryType.REQUEST_RELEASED,
        EntryType.AGENT_AWAY,
        EntryType.AGENT_BACK,
        EntryType.NOTIFICATION,
    }
)


class DeliverService:
    def __init__(self, *, journal: JournalStore, requests: RequestStore, hub: Hub, bus: Bus) -> None:
        self._journal = journal
        self._requests = requests
        self._hub = hub
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()
        bus.listen(self.receive)

    @property
    def sweep_every_s(self) -> float:
        return SWEEP_RELIABLE_S if self._bus.reliable else SWEEP_LOSSY_S

    def receive(self, hint: Hint) -> None:
        """Take a hint from the bus: wake who waits for the request, tell the account's devices."""
        if hint.entry and hint.entry.type in _ABOUT_REQUESTS:
            self._hub.touch(RequestId(hint.entry.subject))
            if hint.entry.type is EntryType.REQUEST_RESOLVED:
                self._resolve(hint.entry, hint.request)
        channel = self._hub.channel(hint.account_id)
        if channel is None:
            return
        if channel.seq is None:
            channel.again = True  # the first follower's position is being read; `join` goes on from there
        elif hint.entry is None or channel.catching_up:
            self._catch_up(channel)
        elif hint.entry.seq == channel.seq + 1:
            if hint.request is None and hint.entry.type in _ABOUT_REQUESTS:
                self._catch_up(channel)
            else:
                channel.deliver(Happening(hint.entry, hint.request))
        elif hint.entry.seq > channel.seq:
            self._await_those_before(channel, Happening(hint.entry, hint.request))

    def _await_those_before(self, channel: Channel, happening: Happening) -> None:
        """Keep an entry that came too early: two statements' results may cross on their way from the database."""
        if happening.request is None or len(channel.ahead or ()) >= MAX_AHEAD:
            self._catch_up(channel)
            return
        if not channel.ahead:
            channel.ahead = {}
            asyncio.get_running_loop().call_later(CROSSING_S, self._still_behind, channel, channel.seq)
        channel.ahead[happening.entry.seq] = happening

    def _still_behind(self, channel: Channel, seq: int | None) -> None:
        if channel.ahead and channel.followers:
            if channel.seq == seq:
                self._catch_up(channel)
            else:  # it has moved on, and has another gap
                asyncio.get_running_loop().call_later(CROSSING_S, self._still_behind, channel, channel.seq)

    def _resolve(self, entry: LogEntry, request: Request | None) -> None:
        if request is not None:
            self._hub.settle(request)
        elif self._hub.is_awaited(RequestId(entry.subject)):
            self._own(self._settle_awaited(), "settle awaited")

    def join(self, channel: Channel, head: int) -> int:
        """Take in a follower that has read the log's `head`; return up to where it must read the log itself.

        Those before it may not have been told as much yet, so the channel itself never skips ahead. Nor does it go
        back for one whose reading is older than the channel's place.
        """
        if channel.seq is None:
            channel.seq = head
        if channel.again or head > channel.seq:
            self._catch_up(channel)
        return max(head, channel.seq)

    async def log_after(self, account: AccountId, cursor: int) -> list[Happening]:
        """Read the next page of the log, for a device that is catching up; an empty page is the end."""
        return await self._happenings(account, cursor)

    async def position(self, account: AccountId, cursor: int | None) -> tuple[int, bool]:
        """Return the log's head, and whether a device at `cursor` can be brought up to date by a replay."""
        head = await self._journal.head(account)
        if cursor is None or cursor > head or head - cursor > MAX_REPLAY:
            return head, False
        return head, cursor == head or 0 < await self._journal.oldest(account) <= cursor + 1

    async def sweep(self) -> None:
        """The safety net: two batched reads find what hints did not bring."""
        await self._settle_awaited()
        channels = {channel.account_id: channel for channel in self._hub.channels()}
        for account, head in (await self._journal.heads(list(channels))).items():
            if channels[account].seq is not None and head > (channels[account].seq or 0):
                self._catch_up(channels[account])

    async def _settle_awaited(self) -> None:
        awaited = self._hub.awaited()
        if awaited:
            for request in await self._requests.settled_among(awaited):
                if self._hub.callers(request.id):
                    await self._requests.mark_collected(request.id, request.settled_at or request.created_at)
                self._hub.settle(request)

    def _catch_up(self, channel: Channel) -> None:
        channel.ahead = None
        if channel.catching_up:
            channel.again = True
            return
        channel.catching_up = True
        self._own(self._read_log(channel), f"catch up {channel.account_id}")

    async def _read_log(self, channel: Channel) -> None:
        try:
            while channel.followers:
                channel.again = False
                page = await self._happenings(channel.account_id, channel.seq or 0)
                for happening in page:
                    if happening.entry.seq > (channel.seq or 0):
                        channel.deliver(happening)
                if len(page) < PAGE and not channel.again:
                    return
        finally:
            channel.catching_up = False

    async def _happenings(self, account: AccountId, seq: int) -> list[Happening]:
        entries = await self._journal.after(account, seq, PAGE)
        wanted = {entry.subject for entry in entries if entry.type in _ABOUT_REQUESTS}
        requests = await self._requests.by_ids(wanted) if wanted else {}
        return [Happening(entry, requests.get(entry.subject)) for entry in entries]

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The next hint or the sweep reads the log again.
            log.warning("delivery_interrupted", error=type(error).__name__)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
