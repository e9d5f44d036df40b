"""`HITL`: ask a human from Python.

    hitl = HITL()
    if await hitl.request_input("Deploy?", choices=["Yes", "No"]) == "Yes": ...

Every question is asked once, whatever the network does: each call makes its own idempotency key, and a call that
loses its connection attaches to the same question again. Errors are in `hitl_cli.errors`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Literal, Self, cast
from uuid import uuid4

from aiohttp import ClientSession

from hitl_cli.asking import ask, tell
from hitl_cli.config import agent_endpoint, refuse_encryption
from hitl_cli.http import RelayHttp, new_session
from hitl_cli.wire import Answer, body_of

Priority = Literal["low", "normal", "high", "urgent"]


class HITL:
    """A relay, seen by a program.

    Without arguments it takes HITL_SERVER_URL and HITL_API_KEY, then what `hitl-cli login` stored, then
    http://localhost:8000. `timeout` is the number of seconds a question stays open when the call does not say
    (`timeout_seconds`); the relay's ceiling is 900, and its default.

    Nothing has to be closed: each call opens and closes a connection of its own. `async with HITL() as hitl` keeps
    connections open between calls instead.
    """

    def __init__(
        self, server_url: str | None = None, api_key: str | None = None, *, timeout: float | None = None
    ) -> None:
        self._endpoint = agent_endpoint(server_url, api_key)
        self._timeout_s = timeout
        self._session: ClientSession | None = None

    @property
    def server_url(self) -> str:
        return self._endpoint.server_url

    async def __aenter__(self) -> Self:
        self._session = new_session()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close what `async with` opened. Harmless otherwise, and twice."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def request_input(
        self,
        prompt: str,
        choices: Sequence[str] | None = None,
        placeholder_text: str | None = None,
        *,
        context: str | None = None,
        timeout_seconds: int | None = None,
        default_response: Answer | None = None,
        danger: bool = False,
        priority: Priority | None = None,
        multiple: bool = False,
        kind: Literal["input", "approval"] | None = None,
        boolean: bool = False,
        number: Mapping[str, Any] | None = None,
        rating: Mapping[str, Any] | None = None,
        text: Mapping[str, Any] | None = None,
        action: Mapping[str, Any] | None = None,
        audience: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer:
        """Ask, wait, and return what the human said.

        A choice and a text come back as `str`, several choices (`multiple`) as `list[str]`, a number or rating as
        `int` or `float`, a boolean as `bool`. When nobody answers in time, `default_response` is returned if there
        is one; otherwise `Expired` is raised.
        """
        body = body_of(
            prompt=prompt,
            choices=list(choices) if choices else None,
            placeholder_text=placeholder_text or None,
            context=context,
            timeout_seconds=self._open_s(timeout_seconds),
            danger=danger,
            priority=priority,
            multiple=multiple,
            kind=kind,
            boolean=boolean,
            number=number,
            rating=rating,
            text=text,
            action=action,
            audience=audience,
            idempotency_key=idempotency_key or str(uuid4()),
        )
        if default_response is not None:
            body["default_response"] = default_response  # `False` is an answer, not an absence
        return await self._ask("/api/v1/hitl/request", body)

    async def notify(
        self,
        message: str,
        *,
        context: str | None = None,
        priority: Priority | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Tell the human something. Returns when the relay has it; nobody has to answer."""
        body = body_of(
            message=message, context=context, priority=priority, idempotency_key=idempotency_key or str(uuid4())
        )
        async with self._relay() as relay:
            await tell(relay, body)

    async def notify_completion(
        self, summary: str, *, timeout_seconds: int | None = None, idempotency_key: str | None = None
    ) -> str:
        """Say that the work is done, wait, and return what the human wants next."""
        body = body_of(
            summary=summary,
            timeout_seconds=self._open_s(timeout_seconds),
            idempotency_key=idempotency_key or str(uuid4()),
        )
        return cast("str", await self._ask("/api/v1/hitl/complete", body))

    def _open_s(self, given: int | None) -> int | None:
        if given is not None:
            return given
        return max(1, round(self._timeout_s)) if self._timeout_s is not None else None

    async def _ask(self, path: str, body: Mapping[str, Any]) -> Answer:
        async with self._relay() as relay:
            return (await ask(relay, path, body)).answer()

    @asynccontextmanager
    async def _relay(self) -> AsyncIterator[RelayHttp]:
        refuse_encryption()
        if self._session:
            yield RelayHttp(self._endpoint, self._session)
            return
        async with new_session() as session:
            yield RelayHttp(self._endpoint, session)
