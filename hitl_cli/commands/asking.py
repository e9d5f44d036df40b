"""`request`, `notify` and `notify-completion`: the answer to stdout, everything else to a watching human's stderr."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import uuid4

import click

from hitl_cli.asking import ask, tell, withdraw
from hitl_cli.commands.watching import Watched, watching
from hitl_cli.config import agent_endpoint, refuse_encryption
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError, Refused
from hitl_cli.http import RelayHttp, opened
from hitl_cli.safe_text import visible
from hitl_cli.wire import Answer, Outcome, body_of

WITHDRAW_S: Final = 5.0
"""Ctrl-C must end the command, even when the relay cannot be told."""


def request_body(
    *,
    prompt: str,
    choices: Sequence[str],
    placeholder_text: str | None,
    context: str | None,
    timeout: int | None,
    default: str | None,
    multiple: bool,
    danger: bool,
    priority: str | None,
    idempotency_key: str | None,
) -> dict[str, Any]:
    """Build the question; options of the command line are all texts, so a default of several is one a line."""
    several = multiple and default is not None
    return body_of(
        prompt=prompt,
        choices=list(choices) or None,
        placeholder_text=placeholder_text or None,
        context=context or None,
        timeout_seconds=timeout,
        default_response=default.splitlines() if several and default else default,
        multiple=multiple,
        danger=danger,
        priority=priority,
        idempotency_key=idempotency_key or str(uuid4()),
    )


def completion_body(summary: str, timeout: int | None) -> dict[str, Any]:
    return body_of(summary=summary, timeout_seconds=timeout, idempotency_key=str(uuid4()))


async def ask_and_print(server: str | None, path: str, body: Mapping[str, Any], *, as_json: bool) -> None:
    endpoint = _endpoint(server)
    async with opened(endpoint) as relay:
        with watching(body) as watcher, _cancelled_by_kill():
            outcome = await _ask_until_interrupted(relay, path, body, watcher)
    if as_json:
        click.echo(json.dumps(outcome.raw, ensure_ascii=False, indent=2))
        outcome.answer()  # says by the exit code how it ended
        return
    # Without `color` click would take escape sequences out of what the human said.
    click.echo(_printed(outcome.answer()), color=True)


async def notify(server: str | None, message: str) -> None:
    async with opened(_endpoint(server)) as relay:
        await tell(relay, body_of(message=message, idempotency_key=str(uuid4())))


async def _ask_until_interrupted(relay: RelayHttp, path: str, body: Mapping[str, Any], watcher: Watched) -> Outcome:
    try:
        return await ask(relay, path, body, watcher=watcher)
    except asyncio.CancelledError:
        # Ctrl-C, or a polite kill such as a stopped CI job sends: a card nobody waits for must not stay on a phone.
        with suppress(HitlError, TimeoutError):
            await asyncio.wait_for(withdraw(relay, path, body, watcher.request_id), WITHDRAW_S)
        raise


@contextmanager
def _cancelled_by_kill() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does; asyncio takes care of Ctrl-C itself."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _endpoint(server: str | None) -> Endpoint:
    refuse_encryption()
    endpoint = agent_endpoint(server)
    if not endpoint.credential:
        raise Refused(401, "unauthenticated", "no credential: set HITL_API_KEY, or sign in with `hitl-cli login`")
    return endpoint


def _printed(answer: Answer) -> str:
    text = _as_text(answer)
    # A pipe gets exactly what the human said; a terminal must not obey it.
    return visible(text) if sys.stdout.isatty() else text


def _as_text(answer: Answer) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "\n".join(answer)
    return json.dumps(answer)
