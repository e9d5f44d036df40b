"""The terminal itself: raw keys in, rows out, and everything as it was when it ends, however it ends."""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from rich.console import Console
from rich.segment import Segment, Segments

from hitl_cli.inbox.key import Key, KeyReader

ESCAPE_S: Final = 0.05
"""A lone escape byte is the Esc key when nothing follows. The bytes of a sequence arrive together, even over SSH."""

ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J"
LEAVE: Final = "\x1b[?2004l\x1b[?25h\x1b[0m\x1b[?1049l"


class Terminal:
    """A full screen on the controlling terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.console = Console(file=out)
        self._shown: list[str] = []

    @property
    def height(self) -> int:
        return self.console.height

    def resized(self) -> None:
        """Forget what is on the screen: the terminal has rearranged it."""
        self._shown = []
        self._out.write("\x1b[2J")

    def show(self, rows: list[list[Segment]]) -> None:
        """Write the rows that changed, and only those: over a slow line a countdown costs a few bytes."""
        lines = [self._line(row) for row in rows]
        old = self._shown + [""] * (len(lines) - len(self._shown))
        for number, (line, before) in enumerate(zip(lines, old, strict=False), start=1):
            if line != before:
                self._out.write(f"\x1b[{number};1H{line}\x1b[0m\x1b[K")
        self._shown = lines
        self._out.flush()

    def _line(self, row: list[Segment]) -> str:
        with self.console.capture() as captured:
            self.console.print(Segments(row), end="", soft_wrap=True)
        return captured.get().replace("\n", "")


@contextmanager
def full_screen(out: TextIO = sys.stdout, fd: int = 0) -> Iterator[Terminal]:
    """Take the terminal over and give it back, also when what is inside fails."""
    saved = termios.tcgetattr(fd)
    try:
        tty.setraw(fd)
        out.write(ENTER)
        yield Terminal(out)
    finally:
        with suppress(OSError):  # the terminal may be gone: a closed window, a lost SSH session
            out.write(LEAVE)
            out.flush()
        with suppress(termios.error):
            termios.tcsetattr(fd, termios.TCSADRAIN, saved)


@contextmanager
def keyboard(press: Callable[[Key], None], ended: Callable[[], None], fd: int = 0) -> Iterator[None]:
    """Call `press` for every key until the context closes; `ended` when there is no keyboard any more."""
    loop = asyncio.get_running_loop()
    reader = KeyReader()
    pending: asyncio.TimerHandle | None = None

    def deliver(keys: list[Key]) -> None:
        for key in keys:
            press(key)

    def readable() -> None:
        nonlocal pending
        if pending:
            pending.cancel()
            pending = None
        try:
            data = os.read(fd, 4096)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(fd)
            ended()
            return
        deliver(reader.feed(data))
        if reader.waiting:
            pending = loop.call_later(ESCAPE_S, lambda: deliver(reader.flush()))

    loop.add_reader(fd, readable)
    try:
        yield
    finally:
        loop.remove_reader(fd)
        if pending:
            pending.cancel()


@contextmanager
def on_signal(number: signal.Signals, act: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
