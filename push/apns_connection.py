"""One HTTP/2 connection to APNs: aioapns' own, with its faults overridden.

What aioapns 4.0 does wrong, and what is done here instead; tests/push/test_apns_stock.py and test_apns.py show both:

- matches replies by apns-id and reads the reason as JSON: a reply without either is never answered → by stream
- never acknowledges data: after a thousand refusals the window is used up → acknowledged
- knows no request time-out, and repeats what it got no answer to → one attempt, and `OutcomeUnknown` after it
- does not know RST_STREAM; takes GOAWAY as the end of everything → what was surely not processed is `NotProcessed`
- a caller that was cancelled breaks the connection for everybody → its stream is reset
- opens streams it has no window for → waits first
- hangs up after ten idle seconds → after an hour; APNs takes hurried reconnecting for an attack
- writes, and encrypts, each push by itself → what is begun in one turn of the loop is written at once
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, Final

from aioapns import NotificationRequest
from aioapns.common import NotificationResult
from aioapns.connection import APNsTLSClientProtocol
from aioapns.exceptions import ConnectionClosed
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

from push.apns_headers import LiteralHeaders
from push.apns_slots import Slots
from relay.kernel.body import to_json

REQUEST_S: Final = 10.0
IDLE_S: Final = 3600
MAX_REPLY: Final = 4096
"""Bytes; a refusal is a reason of a few words."""

LAST_STREAM: Final = 2**31 - 100
"""Stream ids end at 2^31 - 1; a connection near it is replaced."""


class NotProcessed(ConnectionClosed):
    """APNs certainly did nothing with it: it may be sent again at once."""


class OutcomeUnknown(ConnectionClosed):
    """It may have been delivered: sent again under the same collapse id only."""


@dataclass(slots=True)
class _Pending:
    future: asyncio.Future[NotificationResult]
    notification_id: str
    status: str = ""
    body: bytes = b""


class ApnsConnection(APNsTLSClientProtocol):
    INACTIVITY_TIME = IDLE_S
    request_s = REQUEST_S

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # What is sent is made here and nowhere else, in the form it must have: h2 need not look at it again.
        self.conn = H2Connection(H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
        self.conn.encoder = LiteralHeaders()
        self.slots = Slots()
        self.free_channels = self.slots  # type: ignore[assignment]  # the part of it that the connection uses
        self.draining = False
        self._pending: dict[int, _Pending] = {}
        self._next_stream = 1
        self._window = asyncio.Event()
        self._is_warm = False
        self._is_to_write = False

    @property
    def is_dead(self) -> bool:
        closing = self.transport is None or self.transport.is_closing()
        return self.draining or closing or self._next_stream > LAST_STREAM

    @property
    def is_busy(self) -> bool:
        """Whether another connection would help. One that has not told its limit yet will take more soon."""
        return self.is_dead or (self._is_warm and self.slots.load >= self.slots.bound)

    async def send_notification(self, request: NotificationRequest) -> NotificationResult:
        """Send once. Raises NotProcessed and OutcomeUnknown."""
        body = to_json(request.message)
        self._check()
        await self.slots.acquire()
        try:
            self._check()
            await self._wait_for_window(len(body))
        except BaseException:
            self.slots.release()
            raise
        stream, pending = self._open(request, body)
        timer = self.loop.call_later(self.request_s, self._give_up, stream)
        try:
            return await pending.future
        except asyncio.CancelledError:
            self._give_up(stream)
            raise
        finally:
            timer.cancel()

    def _check(self) -> None:
        if self.is_dead:
            raise NotProcessed("the connection is closing")

    async def _wait_for_window(self, size: int) -> None:
        try:
            async with asyncio.timeout(self.request_s):
                while self.conn.outbound_flow_control_window < size:
                    self._window.clear()
                    await self._window.wait()
                    self._check()
        except TimeoutError:
            raise NotProcessed("no window") from None

    def _open(self, request: NotificationRequest, body: bytes) -> tuple[int, _Pending]:
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        self.conn.send_headers(stream, self._headers(request))
        self.conn.send_data(stream, body, end_stream=True)
        pending = self._pending[stream] = _Pending(self.loop.create_future(), request.notification_id)
        self.flush()
        return stream, pending

    def _headers(self, request: NotificationRequest) -> list[tuple[str, str]]:
        headers = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", self.APNS_SERVER),
            (":path", f"/3/device/{request.device_token}"),
            ("apns-id", request.notification_id),
            ("apns-topic", request.apns_topic or self.apns_topic),
        ]
        if request.time_to_live is not None:
            # 0 means: deliver now or never.
            left_s = request.time_to_live
            headers.append(("apns-expiration", str(int(time.time()) + left_s if left_s else 0)))  # noqa: TID251
        if request.priority is not None:
            headers.append(("apns-priority", str(request.priority)))
        if request.collapse_key is not None:
            headers.append(("apns-collapse-id", request.collapse_key))
        if request.push_type is not None:
            headers.append(("apns-push-type", request.push_type.value))
        if self.auth_provider:
            headers.append(("authorization", self.auth_provider.get_header()))
        return headers

    def _give_up(self, stream: int) -> None:
        """No answer in time, or nobody waits for it any more: tell APNs that this stream is over."""
        if stream not in self._pending:
            return
        self._fail(stream, OutcomeUnknown("no answer in time"))
        try:
            self.conn.reset_stream(stream, ErrorCodes.CANCEL)
            self.flush()
        except ProtocolError:
            return  # closed meanwhile

    def _fail(self, stream: int, error: ConnectionClosed) -> None:
        pending = self._pending.pop(stream, None)
        if pending is not None:
            self.slots.release()
            if not pending.future.done():
                pending.future.set_exception(error)
            if self.draining and self.transport is not None:
                self.retire()

    def data_received(self, data: bytes) -> None:
        try:
            events = self.conn.receive_data(data)
        except ProtocolError:
            self.flush()
            self.close()
            return
        for event in events:
            self._take(event)
        self.flush()

    def _take(self, event: Event) -> None:
        match event:
            case ResponseReceived():
                if pending := self._pending.get(event.stream_id or 0):
                    pending.status = _status(event)
            case DataReceived():
                self._take_data(event)
            case StreamEnded():
                self._finish(event.stream_id)
            case StreamReset():
                refused = event.error_code == ErrorCodes.REFUSED_STREAM
                kind = NotProcessed if refused else OutcomeUnknown
                self._fail(event.stream_id, kind(f"the stream was reset: {event.error_code}"))
            case WindowUpdated():
                self._window.set()
            case RemoteSettingsChanged():
                self.on_remote_settings_changed(event.changed_settings)  # type: ignore[arg-type]
                self._is_warm = self.slots.bound > 1
            case ConnectionTerminated():
                self._terminated(event.last_stream_id or 0)
            case _:
                return  # pings, acknowledgements: h2 answers them

    def _take_data(self, event: DataReceived) -> None:
        self.conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        pending = self._pending.get(event.stream_id)
        if pending and len(pending.body) < MAX_REPLY:
            pending.body += event.data

    def _finish(self, stream: int) -> None:
        pending = self._pending.pop(stream, None)
        if pending is None:
            return
        self.slots.release()
        if not pending.future.done():
            pending.future.set_result(_result(pending))
        if self.draining:
            self.retire()

    def _terminated(self, last_stream: int) -> None:
        """GOAWAY (RFC 9113 6.8): streams above the last one were not processed, the others go on to their end."""
        self.draining = True
        for stream in [each for each in self._pending if each > last_stream]:
            self._fail(stream, NotProcessed("the server is going away"))
        self.slots.destroy(NotProcessed("the server is going away"))
        self.retire()

    def flush(self) -> None:
        """Have what there is to send written in this turn of the loop, with whatever is added until its end."""
        if not self._is_to_write:
            self._is_to_write = True
            self.loop.call_soon(self._write)

    def _write(self) -> None:
        self._is_to_write = False
        if self.transport is not None and not self.transport.is_closing() and (data := self.conn.data_to_send()):
            self.refresh_inactivity_timer()
            self.transport.write(data)

    def close(self) -> None:
        self.draining = True
        self._write()
        super().close()

    def retire(self) -> None:
        """Take nothing more, and close when what is under way has its answer."""
        self.draining = True
        if not self._pending:
            self.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.inactivity_timer:
            self.inactivity_timer.cancel()
        self.draining = True
        self._window.set()
        if self.on_connection_lost:
            self.on_connection_lost(self)
        for stream in tuple(self._pending):
            self._fail(stream, OutcomeUnknown("the connection was lost"))
        self.slots.destroy(NotProcessed("the connection was lost"))


def _status(event: ResponseReceived) -> str:
    return next((bytes(value).decode() for name, value in event.headers or () if name == b":status"), "")


def _result(pending: _Pending) -> NotificationResult:
    try:
        said = json.loads(pending.body) if pending.body else {}
    except ValueError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    return NotificationResult(pending.notification_id, pending.status, said.get("reason"), said.get("timestamp"))
