"""The device socket's shell: frames in, `DeviceSession` decides, services act, frames out."""

import asyncio
import datetime as dt
from contextlib import suppress
from enum import Enum, auto
from typing import Final, Literal, TypeAlias

from aiohttp import WSMessage, WSMsgType, web

from auth.guard import socket_principal
from auth.keys import ORG_STORE, SESSIONS
from auth.principal import Principal
from mobile_api.frames import pong_frame, text_frame
from mobile_api.keys import SOCKETS
from mobile_api.pending import as_shown, pending_of
from mobile_api.session import MAX_MESSAGE, Close, CloseCode, DeviceSession, Effect
from mobile_api.sockets import DeviceSocket
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
from relay.domain.errors import (
    Forbidden,
    HitlError,
    InvalidInput,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from relay.domain.ids import RequestId
from relay.domain.parties import Device
from relay.hub import Channel
from relay.kernel.body import Json, iso, to_json
from relay.kernel.log import get_logger
from relay.kernel.loops import pause
from relay.kernel.operation import Access, Operations
from relay.kernel.problem import facts_of
from relay.kernel.rates import MINUTE, By, Limit
from relay.services.answer import Answerer
from relay.services.keys import ANSWER, CLOCK, DELIVER, DEVICES, HUB, LEDGER
from relay.store.ledger import Step

log = get_logger(__name__)

operations = Operations("devices")

PROTOCOL: Final = "hitl.v1"
HELLO_WITHIN_S: Final = 10.0

INBOX_PAGE: Final = 50


class Ending(Enum):
    OVER = auto()


OVER: Final = Ending.OVER
Over: TypeAlias = Literal[Ending.OVER]

SOCKETS_OPENED: Final = Limit(name="sockets", calls=3_000, per_s=MINUTE, by=By.ADDRESS)
"""A fleet behind one address returns together after a restart; a stranger's sockets say hello or go in ten seconds."""

CALM: Final = 64 * 1024
"""Bytes a device may have unread before the next page of a replay is sent."""


@operations.get(
    "/api/v1/mobile/ws",
    access=Access.PUBLIC,
    limits=(SOCKETS_OPENED,),
    counted=False,
    summary="The device socket (WebSocket, sub-protocol hitl.v1); its credential is in the first frame",
    status=101,
    media="",
)
async def connect(request: web.Request) -> web.StreamResponse:
    """Speak `hitl.v1` with one device until either side hangs up."""
    offered = request.headers.get("Sec-WebSocket-Protocol", PROTOCOL)
    if PROTOCOL not in [name.strip() for name in offered.split(",")]:
        raise InvalidInput(f"the sub-protocol must be {PROTOCOL}")
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise InvalidInput("this address speaks WebSocket only")
    ws = web.WebSocketResponse(protocols=(PROTOCOL,), compress=False, autoping=False, max_msg_size=MAX_MESSAGE)
    await ws.prepare(request)
    socket = DeviceSocket(request, request.app[LEDGER])
    request.app[SOCKETS].add(socket)
    try:
        await _Conversation(request, ws, socket).run()
    finally:
        request.app[SOCKETS].discard(socket)
        if socket.device_id:
            request.app[SOCKETS].note_seen(socket.device_id, request.app[CLOCK].now())
    return ws


class _Conversation:
    """One device on one socket."""

    __slots__ = ("_answerer", "_app", "_request", "_session", "_socket", "_ws")

    def __init__(self, request: web.Request, ws: web.WebSocketResponse, socket: DeviceSocket) -> None:
        self._app = request.app
        self._request = request
        self._ws = ws
        self._socket = socket
        self._session = DeviceSession()
        self._answerer: Answerer | None = None

    async def run(self) -> None:
        """Greet, bring up to date, listen."""
        # The wait for the next frame is in here and not deeper: it lasts for days, and the frame of every coroutine
        # below it would be memory for each idle device.
        hello = await self._greeting()
        if hello is None or not await self._is_recognised(hello):
            return
        with self._app[HUB].following(self._who.account_id, self._socket) as channel:
            if not await self._bring_up_to_date(channel, hello.cursor):
                return
            while (frame := self._take(await self._ws.receive())) is not OVER:
                if frame is not None:
                    await self._act(frame)

    async def _greeting(self) -> Hello | None:
        """Wait for the device to say who it is; None when it did not."""
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                while (frame := self._take(await self._ws.receive())) is None:
                    pass
        except TimeoutError:
            self._socket.hang_up(Close(CloseCode.HELLO_TIMEOUT, "no hello in ten seconds"))
            return None
        return frame if isinstance(frame, Hello) else None

    async def _is_recognised(self, hello: Hello) -> bool:
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
        )
        self._socket.principal, self._socket.device_id = principal, device.id
        self._app[SOCKETS].note_seen(device.id, self._app[CLOCK].now())
        return True

    async def _recognise(self, hello: Hello) -> tuple[Principal, Device]:
        principal = await socket_principal(self._request, hello.token)
        device = await self._app[DEVICES].by_id(principal.account_id, hello.device_id)
        if device is None:
            raise Unauthenticated("this device is not registered, or was revoked")
        if principal.device_id is None:
            await self._app[SESSIONS].bind_device(principal, device.id)
        elif principal.device_id != device.id:
            raise Unauthenticated("this session belongs to another device")
        return principal, device

    async def _bring_up_to_date(self, channel: Channel, cursor: int | None) -> bool:
        """Welcome the device and send what it missed; return False when it left or fell behind meanwhile."""
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
        return not self._socket.closing

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

    async def _act(self, frame: Effect) -> None:
        match frame:
            case AnswerFrame():
                await self._answer(frame)
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

    def _take(self, message: WSMessage) -> Effect | Over | None:
        """Return what the device said, `OVER` when the conversation is, or None when there is nothing to do."""
        self._socket.heard = True
        if self._socket.closing:
            return OVER  # what crosses the close frame on its way is not heard any more
        match message.type:
            case WSMsgType.TEXT:
                effect = self._session.receive(message.data)
            case WSMsgType.BINARY:
                effect = self._session.receive_binary()
            case WSMsgType.PING:
                self._socket.write(pong_frame(message.data))
                return None
            case WSMsgType.PONG:
                return None
            case _:
                return OVER
        if isinstance(effect, Close):
            self._socket.hang_up(effect)
            return OVER
        return effect

    async def _answer(self, frame: AnswerFrame) -> None:
        about: Json = {"what": "answer", "request_id": str(frame.request_id), "answer_id": str(frame.answer_id)}
        try:
            await self._app[ANSWER].answer(
                self._who, RequestId(frame.request_id), frame.answer_id, frame.answer, frame.comment
            )
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
