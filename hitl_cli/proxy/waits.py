"""Questions that outlast the calls that asked them.

An MCP client gives a call up long before a human has answered. So a question is asked by a task of its own; a call
waits for it as long as its client bears, and a later call, with the question's id or the same question, waits on.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from hitl_cli.errors import HitlError
from hitl_cli.protection import Kind
from hitl_cli.wire import Reply

PROGRESS_S: Final = 15.0
"""Claude Code gives up a call that is silent for 300 s, others after 60."""

LONGEST_S: Final = 890.0
"""Just below the ceiling of 900: several clients give up at 900 themselves."""

UNKNOWN_S: Final = 50.0
"""What is built on the TypeScript SDK gives up after 60 seconds unless told otherwise."""

SLICES_S: Final = {
    "claude-code": LONGEST_S,
    "mcp": LONGEST_S,
    "gemini-cli-mcp-client": 580.0,
    "codex-mcp-client": 285.0,
    "claude-ai": 230.0,
}
"""How long a call of each client may wait, by the name it gives itself."""

MAX_OPEN: Final = 100
"""Questions one agent may have open; no human answers more in a quarter of an hour."""


Tell: TypeAlias = Callable[[float], Awaitable[None]]
"""Hears how many seconds a call has waited."""


class Asker(Protocol):
    """Whoever puts a question to the human, sealed, and knows how it ended."""

    async def ask(self, kind: Kind, body: Mapping[str, Any]) -> Reply: ...

    async def tell(self, body: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """One that was put to the human: what was asked, and the task that waits for the answer."""

    id: str
    body: Mapping[str, Any]
    task: "asyncio.Task[Reply]"

    @property
    def reply(self) -> Reply | None:
        """What the human said; None while the question is open. Raises why there is no answer and will be none."""
        return self.task.result() if self.task.done() else None


class Waits:
    def __init__(self, asker: Asker, *, new_id: Callable[[], str]) -> None:
        self._asker = asker
        self._new_id = new_id
        self._open: dict[str, Question] = {}
        self._same: dict[str, Question] = {}

    async def ask(self, kind: Kind, body: Mapping[str, Any], *, wait_s: float, tell: Tell) -> Question:
        """Ask, or join the same question that is open, and wait; `tell` is called every quarter of a minute."""
        same = json.dumps([kind, body], sort_keys=True)
        question = self._same.get(same)
        if question is None:
            if len(self._open) >= MAX_OPEN:
                raise HitlError(f"{MAX_OPEN} questions are open already; wait for an answer with get_human_response")
            task = asyncio.create_task(self._asker.ask(kind, body), name="question")
            task.add_done_callback(_seen)
            question = Question(self._new_id(), body, task)
            self._open[question.id] = self._same[same] = question
        return await self._wait(question, wait_s, tell)

    async def wait_on(self, id: str, *, wait_s: float, tell: Tell) -> Question:
        """Wait for a question that was asked. The answer is handed out once."""
        question = self._open.get(id)
        if question is None:
            raise HitlError("there is no such question here, or its answer was given already: ask again")
        return await self._wait(question, wait_s, tell)

    async def tell(self, body: Mapping[str, Any]) -> None:
        await self._asker.tell(body)

    def open(self) -> list[str]:
        """Return the ids of what is open or was not collected."""
        return list(self._open)

    async def close(self) -> None:
        """Stop waiting. The questions stay open on the relay: the agent may come back and ask the same."""
        tasks = [question.task for question in self._open.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, question: Question, wait_s: float, tell: Tell) -> Question:
        waited_s = 0.0
        while not question.task.done() and waited_s < wait_s:
            step_s = min(PROGRESS_S, wait_s - waited_s)
            await asyncio.wait({question.task}, timeout=step_s)
            if not question.task.done():
                waited_s += step_s
                await tell(waited_s)
        if question.task.done():
            self._forget(question)
        return question

    def _forget(self, question: Question) -> None:
        self._open.pop(question.id, None)
        self._same = {same: known for same, known in self._same.items() if known is not question}


def _seen(task: "asyncio.Task[Reply]") -> None:
    # A question whose answer nobody comes back for may have failed; that is no fault of this program.
    if not task.cancelled():
        task.exception()
