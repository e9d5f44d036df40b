"""`request`, `notify` and `notify-completion`: the answer to stdout, everything else to a watching human's stderr."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from hitl_cli.asking import ask, tell, withdraw
from hitl_cli.commands.watching import Watched, watching
from hitl_cli.config import agent_endpoint
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError, NoAnswer, Refused
from hitl_cli.files import write_private
from hitl_cli.http import RelayHttp, opened
from hitl_cli.protection import Kind, Prepared, Protection, prepared
from hitl_cli.safe_text import visible
from hitl_cli.wire import Answer, Outcome, Reply, body_of

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
        idempotency_key=idempotency_key,
    )


def completion_body(summary: str, timeout: int | None) -> dict[str, Any]:
    return body_of(summary=summary, timeout_seconds=timeout)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a question is asked and its end is told."""

    e2ee: bool | None = None
    """None leaves it to the environment."""

    as_json: bool = False
    proof: Path | None = None
    """A file to keep what shows to others who decided; `hitl-cli receipt verify` reads it."""


async def ask_and_print(server: str | None, kind: Kind, body: Mapping[str, Any], manner: Manner) -> None:
    async with opened(_endpoint(server)) as relay:
        question = await prepared(relay, kind, body, Protection.chosen(e2ee=manner.e2ee))
        _say_unapproved(question)
        with watching(body) as watcher, _cancelled_by_kill():
            outcome = await _ask_until_interrupted(relay, question, watcher)
        try:
            reply = await question.reply(outcome)
        except NoAnswer:
            if manner.as_json:
                click.echo(json.dumps(outcome.raw, ensure_ascii=False, indent=2))
            raise
    if manner.proof:
        _keep(reply, manner.proof)
    if manner.as_json:
        click.echo(json.dumps(_whole(outcome, reply), ensure_ascii=False, indent=2))
        return
    # Without `color` click would take escape sequences out of what the human said.
    click.echo(_printed(reply.answer), color=True)


async def notify(server: str | None, message: str, *, e2ee: bool | None) -> None:
    async with opened(_endpoint(server)) as relay:
        note = await prepared(relay, "notification", {"message": message}, Protection.chosen(e2ee=e2ee))
        _say_unapproved(note)
        await tell(relay, note.path, note.body)


def _say_unapproved(question: Prepared) -> None:
    if question.safety_number:
        click.echo(
            "hitl-cli: no device has approved this agent's key yet. In the app, open it, compare this safety number,"
            f" and approve it:\n    {question.safety_number}",
            err=True,
        )


def _whole(outcome: Outcome, reply: Reply) -> dict[str, Any]:
    """Return what the relay said, with what it could not say."""
    if reply.sealed:
        known = {"response": reply.answer, "comment": reply.comment, "default_applied": reply.default_applied}
    else:
        known = {}
    return {**outcome.raw, **known, "sealed": reply.sealed, "verified": reply.verified, "device": reply.device}


def _keep(reply: Reply, path: Path) -> None:
    if reply.proof is None:
        raise HitlError(f"no device signed this answer: {path} was not written")
    write_private(path, reply.proof)


async def _ask_until_interrupted(relay: RelayHttp, question: Prepared, watcher: Watched) -> Outcome:
    path, body = question.path, question.body
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
