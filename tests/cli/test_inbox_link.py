"""The inbox on a real relay's socket, without a screen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from hitl_cli.config import Endpoint, Login
from hitl_cli.errors import Refused
from hitl_cli.http import RelayHttp, new_session
from hitl_cli.inbox.link import Link
from hitl_cli.inbox.model import Effect, Inbox, Item, Phase, Send, Told
from hitl_cli.terminal.opener import Opener
from mobile_api.keys import SOCKETS
from mobile_api.session import Close, CloseCode
from tests.app.conftest import Relay
from tests.waiting import until


class Watcher:
    """A human who does nothing until told."""

    def __init__(self) -> None:
        self.seen: list[Effect] = []
        self.done = asyncio.Event()

    def observe(self, effects: Sequence[Effect]) -> None:
        self.seen += effects

    async def run(self) -> None:
        await self.done.wait()


class Terminal:
    def __init__(self, link: Link, task: "asyncio.Task[None]", face: Watcher) -> None:
        self.link, self.task, self.face = link, task, face
        self.inbox = link.inbox

    def item(self) -> Item:
        return self.inbox.items()[0]

    def answer(self, value: Any) -> None:
        self.link.apply(self.inbox.answer(self.item(), value))

    async def has(self, count: int = 1) -> None:
        await until(lambda: sum(1 for item in self.inbox.items() if not item.settled) == count)

    async def reaches(self, phase: Phase) -> None:
        await until(lambda: self.item().phase is phase)

    async def online(self, wanted: Callable[[bool], bool] = bool) -> None:
        await until(lambda: wanted(self.inbox.online))


@asynccontextmanager
async def connected(login: Login) -> AsyncIterator[Terminal]:
    async with new_session() as session:
        inbox = Inbox(login.device_id, login.cursor, new_id=lambda: str(uuid4()))
        owner = RelayHttp(Endpoint(login.server_url, login.token), session)
        link, face = Link(session, login, inbox, opener=Opener(owner, None, None)), Watcher()
        inbox.load(await owner.call("GET", "/api/v1/mobile/inbox"), link.now())
        task = asyncio.create_task(link.run(face))
        terminal = Terminal(link, task, face)
        await terminal.online()
        try:
            yield terminal
        finally:
            face.done.set()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.proves("client.inbox")
async def test_a_question_asked_before_and_one_asked_after_are_both_answered(relay: Relay, terminal: Login) -> None:
    before = relay.agent.ask("before?", choices=["Yes", "No"])
    await relay.open_request()
    async with connected(terminal) as inbox:
        await inbox.has()
        inbox.answer("Yes")
        assert (await (await before).json())["response"] == "Yes"
        await inbox.reaches(Phase.ACCEPTED)
        after = relay.agent.ask("after?", boolean=True)
        await inbox.has()
        item = next(item for item in inbox.inbox.items() if not item.settled)
        inbox.link.apply(inbox.inbox.answer(item, value=False))
        outcome = await (await after).json()
        assert (outcome["response"], outcome["answered_by"]["device_name"]) == (False, "laptop")


async def test_the_deadline_is_told_by_the_relays_clock(relay: Relay, terminal: Login) -> None:
    asking = relay.agent.ask("?", timeout_seconds=60)
    await relay.open_request()
    async with connected(terminal) as inbox:
        await inbox.has()
        # The relay's clock stands still in another year; only what it says of itself makes this a minute.
        assert 50 < inbox.inbox.left_s(inbox.item().card, inbox.link.now()) <= 60
        inbox.answer("done")
        await asking


@pytest.mark.proves("client.nothing_lost")
async def test_an_answer_given_while_the_line_is_down_is_handed_over_when_it_is_back(
    relay: Relay, terminal: Login
) -> None:
    asking = relay.agent.ask("?")
    await relay.open_request()
    async with connected(terminal) as inbox:
        await inbox.has()
        inbox.item().draft.set("half typed")
        relay.app[SOCKETS].close_all(Close(CloseCode.RESTARTING))
        await inbox.online(lambda online: not online)
        inbox.answer("all of it")
        assert inbox.item().draft.text == "half typed"
        assert (await (await asking).json())["response"] == "all of it"
        await inbox.reaches(Phase.ACCEPTED)


async def test_what_happened_while_the_line_was_down_is_caught_up(relay: Relay, terminal: Login) -> None:
    async with connected(terminal) as inbox:
        relay.app[SOCKETS].close_all(Close(CloseCode.SLOW))
        await inbox.online(lambda online: not online)
        asking = relay.agent.ask("missed?", choices=["Yes"])
        await relay.agent.post("/api/v1/hitl/notify", {"message": "missed as well"})
        await inbox.has()
        await until(lambda: Told("deploy-bot", "missed as well") in inbox.face.seen)
        inbox.answer("Yes")
        await asking


async def test_the_second_of_two_terminals_is_told_who_was_faster(relay: Relay, terminal: Login) -> None:
    phone = await relay.device("phone")
    asking = relay.agent.ask("?", choices=["Yes", "No"])
    async with connected(terminal) as inbox:
        await inbox.has()
        await phone.answer(inbox.item().card.id, "No")
        await inbox.reaches(Phase.GONE)
        assert inbox.item().note == "answered elsewhere by you, on another device"
        await asking


async def test_an_answer_that_lost_the_race_is_told_so(relay: Relay, terminal: Login) -> None:
    phone = await relay.device("phone")
    asking = relay.agent.ask("?", choices=["Yes", "No"])
    async with connected(terminal) as inbox:
        await inbox.has()
        frames = inbox.inbox.answer(inbox.item(), "Yes")
        await phone.answer(inbox.item().card.id, "No")
        await phone.next("accepted")
        inbox.link.apply(frames)
        await inbox.reaches(Phase.GONE)
        assert "answered elsewhere" in inbox.item().note
        assert (await (await asking).json())["response"] == "No"


async def test_an_answer_that_does_not_fit_can_be_given_again(relay: Relay, terminal: Login) -> None:
    asking = relay.agent.ask("?", text={"min_length": 3})
    async with connected(terminal) as inbox:
        await inbox.has()
        inbox.answer("ab")
        await until(lambda: inbox.item().note != "")
        assert inbox.item().phase is Phase.OPEN
        inbox.answer("abc")
        assert (await (await asking).json())["response"] == "abc"


async def test_the_longest_answer_and_comment_fit_through(relay: Relay, terminal: Login) -> None:
    asking = relay.agent.ask("?")
    async with connected(terminal) as inbox:
        await inbox.has()
        inbox.item().comment.set("€" * 2_000)
        inbox.answer("😀" * 10_000)
        assert (await (await asking).json())["response"] == "😀" * 10_000


async def test_a_card_is_reported_as_displayed(relay: Relay, terminal: Login) -> None:
    async with connected(terminal) as inbox:
        asking = relay.agent.ask("?")
        await inbox.has()
        assert Send({"t": "displayed", "request_id": inbox.item().card.id}) in inbox.face.seen
        inbox.answer("x")
        await asking


async def test_a_revoked_terminal_does_not_come_back(relay: Relay, terminal: Login) -> None:
    async with connected(terminal) as inbox:
        assert (await relay.owner.delete(f"/api/v1/mobile/devices/{terminal.device_id}")).status == 204
        with pytest.raises(Refused, match="signed out"):
            await asyncio.wait_for(inbox.task, 5)
