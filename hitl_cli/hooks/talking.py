"""What the hooks share: one call to the relay as the agent, and plain words when it fails."""

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NoReturn, TypeVar

from hitl_cli.asking import ask, tell
from hitl_cli.config import agent_endpoint
from hitl_cli.errors import ExitCode, HitlError, Refused
from hitl_cli.http import RelayHttp, opened
from hitl_cli.protection import Protection, prepared
from hitl_cli.wire import Answer

MOST: Final = 20_000
"""Characters of what an agent said; nobody reads more on a phone, and the relay takes five times as much."""

T = TypeVar("T")


def shortened(text: str, most: int = MOST) -> str:
    return text if len(text) <= most else f"{text[:most]}\n[… {len(text) - most} more characters]"


async def told(message: str) -> None:
    async with _as_agent() as relay:
        note = await prepared(relay, "notification", {"message": message}, Protection.chosen())
        await tell(relay, note.path, note.body)


async def answered(summary: str, placeholder: str) -> Answer:
    async with _as_agent() as relay:
        body = {"summary": summary, "placeholder_text": placeholder}
        report = await prepared(relay, "completion", body, Protection.chosen())
        return (await report.reply(await ask(relay, report.path, report.body))).answer


def run(work: Coroutine[Any, Any, T], name: str) -> T:
    """Do it, or say why not and exit with 1: a hook that fails must not stop the agent it serves."""
    try:
        return asyncio.run(work)
    except HitlError as error:
        give_up(name, str(error))


def give_up(name: str, reason: str) -> NoReturn:
    print(f"{name}: {reason}", file=sys.stderr)  # noqa: T201 - how a hook speaks
    raise SystemExit(ExitCode.FAILED)


def _as_agent() -> AbstractAsyncContextManager[RelayHttp]:
    endpoint = agent_endpoint(None)
    if not endpoint.credential:
        raise Refused(401, "unauthenticated", "no credential: set HITL_API_KEY, or sign in with `hitl-cli login`")
    return opened(endpoint)
