"""The talk with one device: messages in, `DeviceSession` decides, services act, frames out.

    greeting --hello--> being brought up to date --> live --> over

There is no task for a device that says nothing. Each frame gets one: answers side by side, because the device's next
answer need not wait until this one is on disk; everything else alone and in order.
"""

import asyncio
import datetime as dt
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from aiohttp import WSMessage, WSMsgType, web

from auth.guard import socket_principal
from auth.keys import AUTH_CACHE, ORG_STORE, SESSIONS
from auth.principal import Principal
from mobile_api.answering import answer
from mobile_api.frames import pong_frame, text_frame
from mobile_api.keys import SOCKETS
from mobile_api.pending import as_shown, pending_of
from mobile_api.session import Close, CloseCode, DeviceSession, Effect
from mobile_api.sockets import DEAF_S, GONE, DeviceSocket
from mobile_api.wire import (
    CEILING_S,
    AnswerFrame,
    ClaimFrame,
    Displayed,
    Hello,
    Ping,
    ReleaseFrame,
    Seen,
    card,
)
from relay.domain.errors import Forbidden, HitlError, NotFound, TooManyRequests, Unauthenticated, Unavailable
from relay.domain.ids import RequestId
from relay.domain.parties import Device
from relay.hub import Channel
from relay.kernel.body import Json, iso, to_json
from relay.kernel.log import get_logger
from relay.kernel.loops import pause
from relay.kernel.problem import facts_of
from relay.services.answer import Answerer
from relay.services.keys import ANSWER, CLOCK, DELIVER, DEVICES, HUB, LEDGER
from relay.store.ledger import Step

log = get_logger(__name__)

HELLO_WITHIN_S: Final = 10.0

INBOX_PAGE: Final = 50

CALM: Final = 64 * 1024
"""Bytes a device may have unread before the next page of a replay is sent."""

MAX_ANSWERING: Final = 32
"""Answers of one device on their way to the disk at once; a human with many devices has far fewer."""

MAX_UNSERVED: Final = 64
"""Frames that wait for their turn; above it the device is not read until they are served."""


class Conversation:
    """One device on one line (`mobile_api.line.Listener`)."""

    __slots__ = (
        "_alone",
        "_answerer",
        "_answering",
        "_app",
        "_channel",
        "_hello_timer",
        "_request",
        "_session",
        "_socket",
        "_unserved",
    )

    def __init__(self, request: web.Request, socket: DeviceSocket) -> None:
        self._app = request.app
        self._request: web.Request | None = request
        """Kept until the device has said who it is."""
        self._socket = socket
        self._session = DeviceSession()
        self._answerer: Answerer | None = None
        self._channel: Channel | None = None
        self._unserved: list[Effect] = []
        self._answering = 0
        self._alone = False
        """Whether a frame is being served that others wait for."""
        loop = asyncio.get_running_loop()
        self._hello_timer: asyncio.TimerHandle | None = loop.call_later(HELLO_WITHIN_S, self._no_hello)
        self._app[SOCKETS].add(socket)

    # What the line tells ------------------------------------------------------------------------------------------

    def heard(self, message: WSMessage) -> None:
        frame = self._take(message)
        if frame is None:
            return
        self._stop_timer()
        self._unserved.append(frame)
        self._serve()
        if len(self._unserved) > MAX_UNSERVED:
            self._socket.pause_reading()

    def broke(self, code: int) -> None:
        self._socket.part(code, "", within_s=DEAF_S)

    def ended(self) -> None:
        self._stop_timer()
        self._socket.closing = True
        self._unserved.clear()
        if self._channel is not None:
            self._app[HUB].unfollow(self._channel, self._socket)
        self._app[SOCKETS].discard(self._socket)
        if self._socket.device_id:
            self._app[SOCKETS].note_seen(self._socket.device_id, self._app[CLOCK].now())

    def _take(self, message: WSMessage) -> Effect | None:
        """Return what the device wants done, if anything."""
        self._socket.heard = True
        match message.type:
            case WSMsgType.CLOSE:
                self._socket.leave(message.data or 1000)
                return None
            case _ if self._socket.closing:
                return None  # what crosses the close frame on its way is not heard any more
            case WSMsgType.PONG:
                return None
            case WSMsgType.PING:
                self._socket.write(pong_frame(message.data))
                return None
            case WSMsgType.TEXT:
                effect = self._session.receive(message.data)
            case _:
                effect = self._session.receive_binary()
        if isinstance(effect, Close):
            self._stop_timer()
            self._socket.hang_up(effect)
            return None
        return effect

    def _no_hello(self) -> None:
        self._socket.hang_up(Close(CloseCode.HELLO_TIMEOUT, "no hello in ten seconds"))

    def _stop_timer(self) -> None:
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None

    # Whose turn it is ---------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Serve every frame whose turn it is."""
        while self._unserved and not self._alone:
            frame = self._unserved[0]
            if isinstance(frame, AnswerFrame):
                if self._answering >= MAX_ANSWERING:
                    return
                self._answering += 1
                self._start(self._answer(frame))
            else:
                if self._answering:
                    return
                self._alone = True
                self._start(self._greet(frame) if isinstance(frame, Hello) else self._act(frame))
            del self._unserved[0]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._app[SOCKETS].start(work, self._served)

    def _served(self, done: bool) -> None:
        """Go on with the next frame. A device whose frame broke the relay comes back and begins afresh."""
        if self._alone:
            self._alone = False
        else:
            self._answering -= 1
        if not done:
            self._socket.abort()
        self._serve()
        if not self._unserved:
            self._socket.resume_reading()

    # Greeting -----------------------------------------------------------------------------------------------------

    async def _greet(self, hello: Hello) -> None:
        """Find out who it is, follow its account's log, and bring it up to date."""
        if not await self._is_recognised(hello) or self._socket.closing:
            return
        self._request = None
        self._channel = channel = self._app[HUB].follow(self._who.account_id, self._socket)
        await self._bring_up_to_date(channel, hello.cursor)

    async def _is_recognised(self, hello: Hello) -> bool:
        epoch = self._app[AUTH_CACHE].epoch
        try:
            principal, device = await self._recognise(hello)
        except (Unauthenticated, Forbidden) as error:
            self._socket.hang_up(Close(CloseCode.UNAUTHENTICATED, str(error)))
            return False
        except (Unavailable, TooManyRequests) as error:
            self._socket.hang_up(Close(CloseCode.UNAVAILABLE, str(error)))
            return False
        self._answerer = Answerer(
            account_id=principal.account_id,
            account_name=principal.account_name,
            device_id=device.id,
            device_name=device.name,
            device_key=device.ed25519,
        )
        self._socket.principal, self._socket.device_id = principal, device.id
        if self._app[AUTH_CACHE].ended_since(epoch, principal):
            self._socket.hang_up(GONE)
            return False
        self._app[SOCKETS].note_seen(device.id, self._app[CLOCK].now())
        return True

    async def _recognise(self, hello: Hello) -> tuple[Principal, Device]:
        if self._request is None:
            raise RuntimeError("hello was said already")
        principal = await socket_principal(self._request, hello.token)
        device = await self._app[DEVICES].by_id(principal.account_id, hello.device_id)
        if device is None:
            raise Unauthenticated("this device is not registered, or was revoked")
        if principal.device_id is None:
            await self._app[SESSIONS].bind_device(principal, device.id)
        elif principal.device_id != device.id:
            raise Unauthenticated("this session belongs to another device")
        return principal, device

    async def _bring_up_to_date(self, channel: Channel, cursor: int | None) -> None:
        """Welcome the device and send what it missed."""
        account = channel.account_id
        try:
            head, replay = await self._app[DELIVER].position(account, cursor)
            live_from = self._app[DELIVER].join(channel, head)
            self._welcome(head, resync=not replay)
            self._socket.seq = cursor if replay and cursor is not None else head
            if not replay:
                await self._send_inbox(channel)
            await self._replay(channel, live_from)
        except Unavailable as error:
            self._socket.hang_up(Close(CloseCode.UNAVAILABLE, str(error)))
        self._socket.go_live()

    async def _replay(self, channel: Channel, upto: int) -> None:
        if self._socket.seq >= upto:
            return
        orgs = frozenset(await self._app[ORG_STORE].ids_of(channel.account_id))
        while self._socket.seq < upto and not self._socket.closing:
            page = await self._app[DELIVER].log_after(channel.account_id, self._socket.seq)
            if not page:
                break
            for happening in page:
                await self._until_calm()
                self._socket.show(as_shown(happening, orgs))

    async def _send_inbox(self, channel: Channel) -> None:
        requests = await pending_of(self._app, channel.account_id)
        pages = [requests[n : n + INBOX_PAGE] for n in range(0, len(requests), INBOX_PAGE)] or [[]]
        for number, page in enumerate(pages, start=1):
            await self._until_calm()
            self._send({"t": "inbox", "requests": [card(r) for r in page], "more": number < len(pages)})

    async def _until_calm(self) -> None:
        """Wait until the device has read most of what it was sent; a stuck one is hung up on."""
        self._socket.flush()
        for _ in range(100):
            if self._socket.backlog < CALM or self._socket.closing:
                return
            await pause(0.1)
        self._socket.hang_up(Close(CloseCode.SLOW, "reading too slowly; connect again"))

    def _welcome(self, head: int, *, resync: bool) -> None:
        who = self._who
        self._send(
            {
                "t": "welcome",
                "server_time": iso(self._app[CLOCK].now()),
                "cursor": head,
                "ceiling_s": CEILING_S,
                "resync": resync,
                "account": {"id": str(who.account_id), "name": who.account_name},
                "device": {"id": str(who.device_id), "name": who.device_name},
            }
        )

    # What a device that was greeted may want ----------------------------------------------------------------------

    async def _act(self, frame: Effect) -> None:
        match frame:
            case ClaimFrame() | ReleaseFrame():
                await self._hold(frame)
            case Displayed(request_id=request_id):
                await self._note(RequestId(request_id), Step.DISPLAYED)
            case Seen(request_id=request_id):
                await self._note(RequestId(request_id), Step.SEEN)
            case Ping(n=n):
                self._send({"t": "pong", "n": n, "server_time": iso(self._app[CLOCK].now())})
            case _:
                return

    async def _answer(self, frame: AnswerFrame) -> None:
        about: Json = {"what": "answer", "request_id": str(frame.request_id), "answer_id": str(frame.answer_id)}
        try:
            await answer(self._app, self._who, RequestId(frame.request_id), frame)
        except HitlError as error:
            self._refuse(about, error)
        else:
            self._send({"t": "accepted", **about})

    async def _hold(self, frame: ClaimFrame | ReleaseFrame) -> None:
        about: Json = {"what": frame.t, "request_id": str(frame.request_id)}
        try:
            if isinstance(frame, ClaimFrame):
                await self._app[ANSWER].claim(
                    self._who, RequestId(frame.request_id), dt.timedelta(seconds=frame.seconds)
                )
            else:
                await self._app[ANSWER].release(self._who, RequestId(frame.request_id))
        except HitlError as error:
            self._refuse(about, error)
        else:
            self._send({"t": "accepted", **about})

    def _refuse(self, about: Json, error: HitlError) -> None:
        self._send({"t": "refused", **about, "code": error.code, "detail": str(error), **facts_of(error)})

    async def _note(self, request: RequestId, step: Step) -> None:
        who = self._who
        with suppress(NotFound, Unavailable):  # a line of history, not worth the conversation
            await self._app[LEDGER].note(who.account_id, who.device_id, request, step)

    def _send(self, message: Json) -> None:
        self._socket.write(text_frame(to_json(message)))

    @property
    def _who(self) -> Answerer:
        if self._answerer is None:
            raise RuntimeError("nobody has said hello")
        return self._answerer
