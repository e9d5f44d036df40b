"""The live device sockets of this process: writing to them, keeping them alive, closing them.

A device socket has no task and no queue of its own. Its outbox is the transport's write buffer, and its bound is the
size of that buffer: whoever lets it grow past the bound is hung up on and comes back with a cursor.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from auth.principal import Principal
from auth.services.auth_cache import Revocation
from mobile_api.frames import PING, close_frame, text_frame
from mobile_api.session import Close, CloseCode
from mobile_api.wire import event
from relay.domain.ids import DeviceId, RequestId
from relay.domain.log_entry import EntryType
from relay.hub import Happening
from relay.kernel.body import to_json
from relay.kernel.log import get_logger
from relay.services.ledger import LedgerService

log = get_logger(__name__)

MAX_OUTBOX: Final = 1024 * 1024
"""Bytes a device may leave unread: several of the largest cards."""

MAX_HELD: Final = 2_000
"""Events kept while a device is being brought up to date."""

PING_TICK_S: Final = 1.0
MIN_PING_S: Final = 25
"""Below the half minute after which home routers and mobile networks drop a quiet connection."""

MAX_PING_S: Final = 55
PINGS_PER_S: Final = 200
"""Above 5 000 sockets the interval grows instead of the load."""

LAST_WORD_S: Final = 5.0
"""How long a device may take to read why, and to close."""

DEAF_S: Final = 0.5
"""The same for one that has sent what is no WebSocket: its close frame will not be understood either."""

GONE: Final = Close(CloseCode.REVOKED, "signed out, or this device was revoked")

MOVED: Final = Close(CloseCode.MOVED, "no member of this organization any more; connect again")

_SHOWN: Final = frozenset({EntryType.REQUEST_CREATED, EntryType.NOTIFICATION})


def event_frame(happening: Happening) -> bytes:
    return text_frame(to_json(event(happening)))


class Line(Protocol):
    """Where a device can be written to; None once it is gone."""

    transport: asyncio.Transport | None


class DeviceSocket:
    """A device's end of the account's log (`relay.hub.Follower`)."""

    __slots__ = (
        "_held",
        "_ledger",
        "_line",
        "_outgoing",
        "_paused",
        "closing",
        "device_id",
        "heard",
        "principal",
        "seq",
        "turn",
    )

    def __init__(self, line: Line, ledger: LedgerService) -> None:
        self._line = line
        self._ledger = ledger
        self._held: list[Happening] | None = []
        """What came while the device was being brought up to date; None once it is live."""
        self._outgoing: list[bytes] | None = None
        """What this turn of the loop has written; None most of the time, for thousands of idle devices."""
        self.principal: Principal | None = None
        self.device_id: DeviceId | None = None
        self.seq = 0
        self.turn = 0
        self.heard = True
        self.closing = False
        self._paused = False

    def deliver(self, happening: Happening) -> None:
        if self._held is not None:
            self._held.append(happening)
            if len(self._held) > MAX_HELD:
                self.hang_up(Close(CloseCode.SLOW, "too far behind; connect again"))
            return
        self.show(happening)

    def show(self, happening: Happening) -> None:
        """Write an event, unless the device has it already."""
        entry = happening.entry
        if entry.seq <= self.seq:
            return
        self.seq = entry.seq
        self.write(happening.encoded(event_frame))
        if entry.type in _SHOWN and self.device_id and not self.closing:
            self._ledger.sent(RequestId(entry.subject), self.device_id)

    def go_live(self) -> None:
        """Pass on what was held back, and from now on everything as it comes."""
        held, self._held = self._held or [], None
        for happening in held:
            self.show(happening)

    def write(self, frame: bytes) -> None:
        """Write a frame; what one turn of the loop writes goes out together, in one system call."""
        if self._outgoing is None:
            self._outgoing = []
            asyncio.get_running_loop().call_soon(self.flush)
        self._outgoing.append(frame)

    def flush(self) -> None:
        """Hand what was written to the transport; hang up on a device that has left too much unread."""
        frames, self._outgoing = self._outgoing, None
        transport = self._line.transport
        if not frames or self.closing or transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > MAX_OUTBOX:
            self.hang_up(Close(CloseCode.SLOW, "reading too slowly; connect again"))
            return
        transport.write(b"".join(frames) if len(frames) > 1 else frames[0])

    @property
    def backlog(self) -> int:
        transport = self._line.transport
        return transport.get_write_buffer_size() if transport else 0

    def ping(self) -> None:
        """Ask whether the device is there; hang up when it did not answer the last time."""
        if not self.heard:
            self.hang_up(Close(CloseCode.SILENT, "no answer to a ping"))
        else:
            self.heard = False
            self.write(PING)

    def hang_up(self, close: Close) -> None:
        """End the conversation for a reason of ours."""
        if not self.closing and self._line.transport is not None:
            log.info("socket_closed", device_id=str(self.device_id), code=int(close.code))
        self.part(close.code, close.reason)

    def part(self, code: int, reason: str, *, within_s: float | None = None) -> None:
        """Say why, and wait for the device to close; one that does not within `LAST_WORD_S` is cut off.

        Closing first could lose the reason: what the device still sends would be answered by a reset, which breaks
        its connection before it has read what was written last.
        """
        transport = self._line.transport
        if self.closing or transport is None:
            return
        self._say_goodbye(transport, code, reason)
        self.resume_reading()  # its close frame may be behind what is not read yet
        asyncio.get_running_loop().call_later(LAST_WORD_S if within_s is None else within_s, transport.abort)

    def leave(self, code: int) -> None:
        """The device closes, or has read why we do: answer as RFC 6455 5.5.1 wants, and close the connection."""
        transport = self._line.transport
        if transport is None:
            return
        if not self.closing:
            self._say_goodbye(transport, code, "")
        transport.close()

    def abort(self) -> None:
        self.closing = True
        if self._line.transport is not None:
            self._line.transport.abort()

    def pause_reading(self) -> None:
        """Take no more from a device that sends more quickly than it is served."""
        if not self._paused and self._line.transport is not None:
            self._paused = True
            self._line.transport.pause_reading()

    def resume_reading(self) -> None:
        if self._paused and self._line.transport is not None:
            self._paused = False
            self._line.transport.resume_reading()

    def _say_goodbye(self, transport: asyncio.Transport, code: int, reason: str) -> None:
        self.closing = True
        unsent, self._outgoing = self._outgoing or [], None
        transport.write(b"".join((*unsent, close_frame(code, reason))))


class Sockets:
    """All device sockets of this process."""

    def __init__(self) -> None:
        self._sockets: set[DeviceSocket] = set()
        self._seen: dict[DeviceId, dt.datetime] = {}
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._quiet: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._sockets)

    def note_seen(self, device: DeviceId, at: dt.datetime) -> None:
        self._seen[device] = at

    def take_seen(self) -> dict[DeviceId, dt.datetime]:
        """Return when each device was seen since the last call."""
        seen, self._seen = self._seen, {}
        return seen

    def add(self, socket: DeviceSocket) -> None:
        self._turn += 1
        socket.turn = self._turn
        self._sockets.add(socket)

    def discard(self, socket: DeviceSocket) -> None:
        self._sockets.discard(socket)
        self._look_around()

    def start(self, work: Coroutine[Any, Any, None], then: Callable[[bool], None]) -> None:
        """Do what a device wants, in a task that `over` waits for; then call `then` with whether it was done."""
        self._tasks.add(asyncio.get_running_loop().create_task(self._do(work, then)))

    async def over(self) -> None:
        """Wait until every device is gone and all that was begun for them is done."""
        if self._sockets or self._tasks:
            self._quiet = asyncio.get_running_loop().create_future()
            await self._quiet

    async def _do(self, work: Coroutine[Any, Any, None], then: Callable[[bool], None]) -> None:
        done = False
        try:
            await work
            done = True
        except Exception:
            log.exception("unhandled_error", method="GET", route="/api/v1/mobile/ws")
        finally:
            # Here and not in callbacks of the task: each of those would be one more turn for the loop.
            if (task := asyncio.current_task()) is not None:
                self._tasks.discard(task)
            then(done)
            self._look_around()

    def _look_around(self) -> None:
        if self._quiet is not None and not self._quiet.done() and not self._sockets and not self._tasks:
            self._quiet.set_result(None)

    @property
    def ping_every_s(self) -> int:
        return min(MAX_PING_S, max(MIN_PING_S, len(self._sockets) // PINGS_PER_S))

    def ping(self, tick: int) -> None:
        """Ping the sockets whose turn this tick is."""
        every = self.ping_every_s
        for socket in tuple(self._sockets):
            if socket.turn % every == tick % every:
                socket.ping()

    def close_all(self, close: Close) -> None:
        for socket in tuple(self._sockets):
            socket.hang_up(close)

    def close_revoked(self, gone: Revocation) -> None:
        """Close the sockets whose credential, device or account was revoked."""
        for socket in tuple(self._sockets):
            its_device = gone.device_id is not None and gone.device_id == socket.device_id
            if its_device or (socket.principal and gone.covers(socket.principal)):
                # A membership that ended ends no session: it goes on in another organization.
                socket.hang_up(MOVED if gone.org_id else GONE)
