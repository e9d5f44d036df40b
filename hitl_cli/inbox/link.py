"""The model on the wire: frames to the model, its effects to the socket and to whoever shows them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from aiohttp import ClientSession

from hitl_cli.config import Login
from hitl_cli.errors import Unreachable
from hitl_cli.inbox.model import Effect, Frame, Inbox, Phase, Send
from hitl_cli.inbox.socket import DeviceSocket

HANDED_OVER_S: Final = 5.0
"""How long leaving waits for answers that were given and that the relay has not taken yet."""


class Face(Protocol):
    """What a human has before them: the screen, or the lines."""

    def observe(self, effects: Sequence[Effect]) -> None:
        """The inbox changed, and this is what happened."""

    async def run(self) -> None:
        """Serve the human until they are done."""


class Opener(Protocol):
    """Whoever has the keys of this terminal."""

    async def opened(self, frame: Frame) -> Frame:
        """Return what came, with the words of what was sealed."""

    def answered(self, frame: Frame) -> Frame:
        """Return an answer as it leaves."""


class Link:
    def __init__(
        self,
        session: ClientSession,
        login: Login,
        inbox: Inbox,
        *,
        opener: Opener,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.inbox = inbox
        self.now = now
        self._opener = opener
        self._received: asyncio.Queue[Frame] = asyncio.Queue()
        self.face: Face | None = None
        self._changed = asyncio.Event()
        self._socket = DeviceSocket(session, login, cursor=lambda: inbox.cursor, receive=self._receive, lost=self._lost)

    def apply(self, effects: Sequence[Effect]) -> None:
        """Send what is to be sent, and let the face see the rest."""
        for effect in effects:
            if isinstance(effect, Send):
                self._socket.send(self._leaving(effect.frame))
        if self.face:
            self.face.observe(effects)
        self._changed.set()

    async def run(self, face: Face) -> None:
        """Serve until the human is done, or raise `Refused` when the relay has done with this device."""
        self.face = face
        socket = asyncio.create_task(self._socket.run(), name="device-socket")
        serving = asyncio.create_task(face.run(), name="face")
        opening = asyncio.create_task(self._open_all(), name="opener")
        tasks = (socket, serving, opening)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await self._hand_over(socket)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        if self._unsent():
            raise Unreachable("the relay did not take the last answer; it is not known to be counted")

    async def _hand_over(self, socket: asyncio.Task[None]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDED_OVER_S):
                while not socket.done() and self._unsent():
                    self._changed.clear()
                    await self._changed.wait()

    def _unsent(self) -> bool:
        return any(item.phase is Phase.SENDING for item in self.inbox.items())

    def _receive(self, frame: Frame) -> None:
        self._received.put_nowait(frame)

    async def _open_all(self) -> None:
        """Open one frame after the other: what came first is shown first, though opening it may take a look-up."""
        while True:
            frame = await self._opener.opened(await self._received.get())
            self.apply(self.inbox.receive(frame, self.now()))

    def _leaving(self, frame: Frame) -> Frame:
        return self._opener.answered(frame) if frame.get("t") == "answer" else frame

    def _lost(self, reason: str) -> None:
        self.inbox.disconnected(reason)
        self.apply(())
