"""`hitl-cli inbox` in a pipe and in a terminal, against a real relay."""

import asyncio
import fcntl
import io
import os
import pty
import re
import signal
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from hitl_cli.config import Login
from hitl_cli.inbox.keys import ENTER, LEAVE, full_screen
from tests.app.conftest import Relay
from tests.cli.conftest import Shell, finished
from tests.waiting import until


async def line(process: Process) -> str:
    assert process.stdout
    async with asyncio.timeout(15):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def tell(process: Process, text: str) -> None:
    assert process.stdin
    process.stdin.write(f"{text}\n".encode())
    await process.stdin.drain()


async def test_lines_are_answered_by_number(relay: Relay, shell: Shell, terminal: Login) -> None:
    inbox = await shell.start("inbox", "--plain")
    asking = relay.agent.ask("Deploy?\n#9 [1:00] forged", choices=["Yes", "No"], context="because")
    assert (await line(inbox)).endswith("deploy-bot: Deploy? ⏎ #9 [1:00] forged (more: show 1) 1) Yes 2) No")
    await tell(inbox, "show 1")
    assert [await line(inbox) for _ in range(4)] == [
        "#1 deploy-bot", "    Deploy?", "    #9 [1:00] forged", "    because",
    ]  # fmt: skip
    await tell(inbox, "1 3")
    assert await line(inbox) == "#1 wanted: choose 1 to 2"
    await tell(inbox, "comment 1 at your risk")
    assert "comment kept" in await line(inbox)
    await tell(inbox, "1 2")
    assert await line(inbox) == "#1 accepted"
    outcome = await (await asking).json()
    assert (outcome["response"], outcome["comment"]) == ("No", "at your risk")
    await tell(inbox, "q")
    assert (await finished(inbox))[0] == 0


async def test_a_script_may_write_its_answer_before_the_question_comes(
    relay: Relay, shell: Shell, terminal: Login
) -> None:
    inbox = await shell.start("inbox", "--plain", "--once")
    await tell(inbox, "1 some text")
    asking = relay.agent.ask("Which name?")
    assert (await finished(inbox))[0] == 0
    assert (await (await asking).json())["response"] == "some text"


@pytest.mark.proves("client.danger")
async def test_a_dangerous_line_is_confirmed_with_yes(relay: Relay, shell: Shell, terminal: Login) -> None:
    inbox = await shell.start("inbox", "--plain", "--once")
    asking = relay.agent.ask("Drop it?", choices=["Drop", "Keep"], danger=True)
    assert "DANGER" in await line(inbox)
    await tell(inbox, "1 1")
    assert await line(inbox) == '#1 is dangerous; to answer "Drop" type: 1 yes'
    await tell(inbox, "1 yes")
    assert (await finished(inbox))[0] == 0
    assert (await (await asking).json())["response"] == "Drop"


async def test_a_script_may_confirm_in_advance(relay: Relay, shell: Shell, terminal: Login) -> None:
    inbox = await shell.start("inbox", "--plain", "--once")
    await tell(inbox, "1 1\n1 yes")
    asking = relay.agent.ask("Drop it?", choices=["Drop", "Keep"], danger=True)
    assert (await finished(inbox))[0] == 0
    assert (await (await asking).json())["response"] == "Drop"


async def test_not_signed_in_in_a_pipe_is_refused_and_reads_nothing(shell: Shell) -> None:
    code, _, err = await shell.run("inbox", "--plain", stdin="1 yes\n")
    assert code == 6
    assert "hitl-cli login" in err


async def test_the_full_screen_wants_a_terminal(shell: Shell, terminal: Login) -> None:
    code, _, err = await shell.run("inbox")
    assert code == 1
    assert "--plain" in err


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Window:
    """A terminal of 40 by 20, and a command running in it."""

    def __init__(self, command: Process, fd: int, terminal: int) -> None:
        self.command = command
        self._fd = fd
        self._terminal = terminal
        self._before = termios.tcgetattr(terminal)
        self.shown = ""

    def read(self) -> None:
        self.shown += os.read(self._fd, 65536).decode(errors="replace")

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    async def shows(self, text: str) -> None:
        """Wait until a text was shown, whatever its colours."""
        await until(lambda: text in COLOUR.sub("", self.shown), within_s=15)

    async def ends(self) -> int:
        """Wait for the end; the terminal must then be as it was."""
        code = await asyncio.wait_for(self.command.wait(), 15)
        await until(lambda: self.shown.endswith(LEAVE))
        assert termios.tcgetattr(self._terminal) == self._before
        return code


@pytest.fixture
async def window(shell: Shell, terminal: Login) -> AsyncIterator[Window]:
    with a_terminal() as (ours, theirs):
        command = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hitl_cli", "inbox",
            stdin=theirs, stdout=theirs, stderr=theirs, env={**shell.env, "TERM": "xterm"}, start_new_session=True,
        )  # fmt: skip
        window = Window(command, ours, theirs)
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, window.read)
        yield window
        loop.remove_reader(ours)
        if command.returncode is None:
            command.kill()
        await command.wait()


@contextmanager
def a_terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 40, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


async def test_a_question_is_answered_on_the_screen_with_one_key(relay: Relay, window: Window) -> None:
    await window.shows("online")
    asking = relay.agent.ask("Deploy \x1b[31mnow?", choices=["Yes", "No"])
    await window.shows("Deploy <U+001B>[31mnow?")
    await window.shows("1 Yes")
    await until(lambda: _typed(window, "2", asking), within_s=15)
    assert (await (await asking).json())["response"] == "No"
    await window.shows("accepted")
    window.type("q")
    assert await window.ends() == 0
    assert window.shown.startswith(ENTER)
    assert "\x1b[31mnow" not in window.shown


def _typed(window: Window, key: str, asking: "asyncio.Task[object]") -> bool:
    """Press until it counts: a key pressed right after the list moved is meant not to."""
    if not asking.done():
        window.type(key)
    return asking.done()


@pytest.mark.proves("client.terminal_restored")
async def test_a_kill_leaves_the_terminal_as_it_was(window: Window) -> None:
    await window.shows("online")
    window.command.send_signal(signal.SIGTERM)
    assert await window.ends() == 0


def test_a_crash_leaves_the_terminal_as_it_was() -> None:
    out = io.StringIO()
    with a_terminal() as (_, theirs):
        before = termios.tcgetattr(theirs)
        with pytest.raises(ZeroDivisionError), full_screen(out, theirs):
            raise ZeroDivisionError
        assert termios.tcgetattr(theirs) == before
    assert out.getvalue() == ENTER + LEAVE
