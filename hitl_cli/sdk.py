"""`HITL`: ask a human from Python; `SyncHITL` is the same for programs that do not await.

    hitl = HITL()
    if await hitl.request_input("Deploy?", choices=["Yes", "No"]) == "Yes": ...

Every question is asked once, whatever the network does: each call makes its own idempotency key, and a call that
loses its connection attaches to the same question again. With `e2ee=True` nothing leaves unsealed. Errors are in
`hitl_cli.errors`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Concatenate, Final, Literal, ParamSpec, Self, TypedDict, TypeVar, Unpack, cast

from aiohttp import ClientSession

from hitl_cli.asking import ask, insist, tell
from hitl_cli.config import agent_endpoint, load_login
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError
from hitl_cli.http import RelayHttp, new_session
from hitl_cli.protection import Kind, Protection, Receipts, prepared
from hitl_cli.wire import Answer, Reply, body_of

program_log = logging.getLogger("hitl_cli")

P = ParamSpec("P")
T = TypeVar("T")

Priority = Literal["low", "normal", "high", "urgent"]

APPROVED: Final = "Approve"


class Asking(TypedDict, total=False):
    """What a question may say beside its prompt; `docs/reference/python-sdk.md` describes each."""

    context: str | None
    timeout_seconds: int | None
    default_response: Answer | None
    danger: bool
    priority: Priority | None
    multiple: bool
    kind: Literal["input", "approval"] | None
    boolean: bool
    number: Mapping[str, Any] | None
    rating: Mapping[str, Any] | None
    text: Mapping[str, Any] | None
    action: Mapping[str, Any] | None
    audience: str | None
    idempotency_key: str | None


class ApprovalAsking(TypedDict, total=False):
    """What a request for approval may say."""

    context: str | None
    timeout_seconds: int | None
    danger: bool
    priority: Priority | None
    audience: str | None
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision about an action. It is true if the human approved, so that `if approval:` does what it says."""

    approved: bool
    comment: str
    reply: Reply

    def __bool__(self) -> bool:
        return self.approved


@dataclass(frozen=True, slots=True)
class AgentInfo:
    id: str
    name: str
    status: str


class HITL:
    """A relay, seen by a program.

    Without arguments it takes HITL_SERVER_URL and HITL_API_KEY, then what `hitl-cli login` stored, then
    http://localhost:8000. `timeout` is the number of seconds a question stays open when the call does not say
    (`timeout_seconds`); the relay's ceiling is 900, and its default.

    `e2ee`, `allow_v1`, `root` and `receipts` say how much the relay is trusted, else HITL_E2EE_ENABLED,
    HITL_E2EE_ALLOW_V1, HITL_E2EE_ROOT and HITL_RECEIPTS do: `docs/howto/seal-your-questions.md`.

    Nothing has to be closed: each call opens and closes a connection of its own. `async with HITL() as hitl` keeps
    connections open between calls instead.
    """

    def __init__(
        self,
        server_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = None,
        e2ee: bool | None = None,
        allow_v1: bool | None = None,
        root: str | None = None,
        receipts: Receipts | None = None,
    ) -> None:
        self._endpoint = agent_endpoint(server_url, api_key)
        self._timeout_s = timeout
        self._protection = Protection.chosen(e2ee=e2ee, allow_v1=allow_v1, root=root, receipts=receipts)
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

    async def ask(
        self,
        prompt: str,
        choices: Sequence[str] | None = None,
        placeholder_text: str | None = None,
        **asked: Unpack[Asking],
    ) -> Reply:
        """Ask, wait, and return what the human said with all that is known about it."""
        default = asked.pop("default_response", None)
        body = body_of(
            **self._usual(asked),
            prompt=prompt,
            choices=list(choices) if choices else None,
            placeholder_text=placeholder_text or None,
        )
        if default is not None:
            body["default_response"] = default  # `False` is an answer, not an absence
        return await self._ask(body.get("kind") or "input", body)

    async def request_input(
        self,
        prompt: str,
        choices: Sequence[str] | None = None,
        placeholder_text: str | None = None,
        **asked: Unpack[Asking],
    ) -> Answer:
        """Ask, wait, and return what the human said.

        A choice and a text come back as `str`, several choices (`multiple`) as `list[str]`, a number or rating as
        `int` or `float`, a boolean as `bool`. When nobody answers in time, `default_response` is returned if there
        is one; otherwise `Expired` is raised.
        """
        return (await self.ask(prompt, choices, placeholder_text, **asked)).answer

    async def request_approval(
        self, tool: str, arguments: Mapping[str, Any], prompt: str | None = None, **asked: Unpack[ApprovalAsking]
    ) -> Approval:
        """Ask whether an action may be done; the human is shown exactly these arguments."""
        action = {"tool": tool, "arguments": dict(arguments)}
        body = body_of(**self._usual(asked), prompt=prompt or f"Run {tool}?", kind="approval", action=action)
        reply = await self._ask("approval", body)
        return Approval(reply.answer == APPROVED, reply.comment, reply)

    async def notify(
        self,
        message: str,
        *,
        context: str | None = None,
        priority: Priority | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Tell the human something. Returns when the relay has it; nobody has to answer."""
        body = body_of(message=message, context=context, priority=priority, idempotency_key=idempotency_key)
        async with self._relay() as relay:
            note = await prepared(relay, "notification", body, self._protection)
            _say_unapproved(note.safety_number)
            await tell(relay, note.path, note.body)

    async def notify_completion(
        self, summary: str, *, timeout_seconds: int | None = None, idempotency_key: str | None = None
    ) -> str:
        """Say that the work is done, wait, and return what the human wants next."""
        asked = {"timeout_seconds": timeout_seconds, "idempotency_key": idempotency_key}
        reply = await self._ask("completion", body_of(**self._usual(asked), summary=summary))
        return cast("str", reply.answer)

    async def list_agents(self) -> list[AgentInfo]:
        """Return the agents this credential may see: a key sees its own agent."""
        async with self._relay() as relay:
            found = await insist(lambda: relay.call("GET", "/api/v1/agents"))
        return [_agent(agent) for agent in found]

    async def create_agent(self, name: str) -> AgentInfo:
        """Make an agent. Only humans may: it takes what `hitl-cli login` stored for this relay."""
        login = load_login()
        if login is None or login.server_url != self.server_url:
            raise HitlError("only a human makes agents: sign in with `hitl-cli login`, or use the app")
        async with self._relay(Endpoint(login.server_url, login.token)) as owner:
            return _agent(await owner.call("POST", "/api/v1/agents", {"name": name}))

    def _usual(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Add how long a question stays open, unless the call says so."""
        open_s = asked.get("timeout_seconds")
        if open_s is None and self._timeout_s is not None:
            open_s = max(1, round(self._timeout_s))
        return {**asked, "timeout_seconds": open_s}

    async def _ask(self, kind: Kind, body: Mapping[str, Any]) -> Reply:
        async with self._relay() as relay:
            question = await prepared(relay, kind, body, self._protection)
            _say_unapproved(question.safety_number)
            return await question.reply(await ask(relay, question.path, question.body))

    @asynccontextmanager
    async def _relay(self, endpoint: Endpoint | None = None) -> AsyncIterator[RelayHttp]:
        if self._session:
            yield RelayHttp(endpoint or self._endpoint, self._session)
            return
        async with new_session() as session:
            yield RelayHttp(endpoint or self._endpoint, session)


def _blocking(
    method: Callable[Concatenate[HITL, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate["SyncHITL", P], T]:
    def call(self: "SyncHITL", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(method(self.hitl, *args, **kwargs))
        raise HitlError("an event loop is running here: await `HITL` instead of calling `SyncHITL`")

    call.__doc__ = method.__doc__
    return call


class SyncHITL:
    """`HITL` for programs that do not await; its arguments are those of `HITL`."""

    def __init__(
        self,
        server_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = None,
        e2ee: bool | None = None,
        allow_v1: bool | None = None,
        root: str | None = None,
        receipts: Receipts | None = None,
    ) -> None:
        self.hitl = HITL(
            server_url, api_key, timeout=timeout, e2ee=e2ee, allow_v1=allow_v1, root=root, receipts=receipts
        )

    ask = _blocking(HITL.ask)
    request_input = _blocking(HITL.request_input)
    request_approval = _blocking(HITL.request_approval)
    notify = _blocking(HITL.notify)
    notify_completion = _blocking(HITL.notify_completion)
    list_agents = _blocking(HITL.list_agents)
    create_agent = _blocking(HITL.create_agent)


def _agent(said: Mapping[str, Any]) -> AgentInfo:
    return AgentInfo(str(said["id"]), str(said["name"]), str(said.get("status", "")))


def _say_unapproved(safety_number: str) -> None:
    if safety_number:
        program_log.warning("this agent's key is not approved yet: compare %s in the app", safety_number)
