"""The full-screen inbox: whatever happens sets one event, and one loop draws."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Final

from hitl_cli.inbox.controls import Controls
from hitl_cli.inbox.key import Key
from hitl_cli.inbox.keys import Terminal, full_screen, keyboard, on_signal
from hitl_cli.inbox.link import Link
from hitl_cli.inbox.model import Effect
from hitl_cli.inbox.view import draw

TICK_S: Final = 1.0
"""Countdowns show seconds."""


class Screen:
    """The inbox on a whole terminal."""

    def __init__(self, link: Link, *, once: bool) -> None:
        self._link = link
        self._controls = Controls(link.inbox, once=once)
        self._changed = asyncio.Event()

    def observe(self, effects: Sequence[Effect]) -> None:
        self._controls.observe(effects, self._link.now())
        self._changed.set()

    async def run(self) -> None:
        with ExitStack() as stack:
            terminal = stack.enter_context(full_screen())
            stack.enter_context(keyboard(self._press, self._leave))
            stack.enter_context(on_signal(signal.SIGWINCH, lambda: self._resized(terminal)))
            # A closed window and a polite kill: leave in order, so that answers given are handed over.
            stack.enter_context(on_signal(signal.SIGHUP, self._leave))
            stack.enter_context(on_signal(signal.SIGTERM, self._leave))
            await self._draw_until_done(terminal)

    async def _draw_until_done(self, terminal: Terminal) -> None:
        self.observe(())
        while not self._controls.done:
            self._changed.clear()
            now = self._link.now()
            self._link.apply(self._link.inbox.tick(now))
            terminal.show(draw(self._controls, now, terminal.console, terminal.height))
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), TICK_S)

    def _press(self, key: Key) -> None:
        self._link.apply(self._controls.press(key, self._link.now()))

    def _resized(self, terminal: Terminal) -> None:
        terminal.resized()
        self._changed.set()

    def _leave(self) -> None:
        self._controls.done = True
        self._changed.set()
