"""Claude Code's PermissionRequest hook over HTTP: its permission dialog on the human's phone.

Unlike a tool call, a hook has nobody to come back for an answer: if Claude Code hangs up (its user answered at the
keyboard, its time-out ran out) the question is taken back. No decision is an empty object, and Claude Code asks at the
keyboard as it would without the hook.
"""

import datetime as dt
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import AfterValidator, Field

from auth.principal import caller
from auth.scopes import REQUESTS_WRITE
from mcp_endpoint.arguments import finite
from mcp_endpoint.clients import LONGEST_S
from mcp_endpoint.outcome import APPROVE, DENY
from relay.domain.errors import AlreadyDecided
from relay.domain.form import MAX_CHOICE, Choice
from relay.domain.request import Action, Content, Kind, Priority, Request
from relay.hub import Waiter
from relay.kernel.body import Json, WireModel, read_model, to_json
from relay.kernel.operation import Access, Operations
from relay.kernel.waiting import FIRST_BEAT_S, WaitingReply
from relay.services.ask import Asker, Question
from relay.services.keys import ASK, CLOCK, COLLECTION, HEARTBEATS, HUB

operations = Operations("hooks")

MAX_SUGGESTIONS: Final = 20
"""Rules Claude Code offers to remember; it sends one or two."""

ALWAYS: Final = "Always allow"


class PermissionBody(WireModel):
    """What Claude Code sends, as far as it is needed; the transcript it names is not looked at."""

    hook_event_name: Literal["PermissionRequest"]
    tool_name: Annotated[str, Field(min_length=1, max_length=200)]
    tool_input: Annotated[dict[str, Any], Field(default_factory=dict), AfterValidator(finite)]
    permission_suggestions: Annotated[
        list[dict[str, Any]], Field(default_factory=list, max_length=MAX_SUGGESTIONS), AfterValidator(finite)
    ]
    cwd: Annotated[str, Field(max_length=4096)] = ""

    def choices(self) -> dict[str, Json]:
        """Return the answers offered, each with the decision it stands for."""
        always = {
            label: {"behavior": "allow", "updatedPermissions": [rule]}
            for rule in self.permission_suggestions
            if (label := _label(rule))
        }
        return {APPROVE: {"behavior": "allow"}, **always, DENY: {"behavior": "deny"}}

    def question(self, agent_name: str) -> Question:
        content = Content(
            prompt=f"Allow {self.tool_name}?",
            form=Choice(options=tuple(self.choices())),
            agent_name=agent_name,
            context=f"In `{self.cwd}`" if self.cwd else "",
            action=Action(tool=self.tool_name, arguments=self.tool_input),
        )
        return Question(content=content, kind=Kind.APPROVAL, priority=Priority.HIGH)


class PermissionReply(WireModel):
    """Empty when nobody decided."""

    hookSpecificOutput: dict[str, Any] | None = None  # noqa: N815 - Claude Code's name


@operations.post(
    "/api/v1/hooks/claude-code/permission",
    access=Access.AGENT,
    scope=REQUESTS_WRITE,
    summary="Claude Code's PermissionRequest hook: ask the human, and wait",
    body=PermissionBody,
    reply=PermissionReply,
)
async def permission(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, PermissionBody)
    app, principal, reply = request.app, caller(request), WaitingReply(request)
    agent, name = principal.agent
    asker = Asker(principal.org_id, principal.account_id, agent)
    with app[HUB].waiting(reply.is_connected) as waiter:
        asked = (await app[ASK].ask(asker, body.question(name), waiter)).request
        try:
            settled = await _settled(reply, waiter, asked)
            sent = reply.finish(to_json(_decision(settled, body)))
        except ConnectionError:
            await _take_back(app, asked)
            raise
        if settled.answer:
            await app[COLLECTION].handed(settled)
        else:
            await _take_back(app, asked)
        return sent


async def _settled(reply: WaitingReply, waiter: Waiter, asked: Request) -> Request:
    """Wait, with heartbeats, for as long as Claude Code does; return the request as it then is."""
    app = reply.request.app
    left_s = min(LONGEST_S, (asked.expires_at - app[CLOCK].now()) / dt.timedelta(seconds=1))
    with app[HEARTBEATS].keeping(reply, waiter.abandon):
        settled = await waiter.within(min(FIRST_BEAT_S, left_s))
        if settled is None and not waiter.stopped:
            reply.begin({})
            settled = await waiter.within(max(0.0, left_s - FIRST_BEAT_S))
    if settled is None:
        app[HUB].unbind(waiter)
    return settled or asked


async def _take_back(app: web.Application, asked: Request) -> None:
    if app[HUB].callers(asked.id):
        return  # the same hook runs twice, and the other one still waits
    try:
        await app[ASK].cancel(await app[ASK].find(asked.id, org=asked.org_id), asked.agent_id)
    except AlreadyDecided:
        return


def _decision(request: Request, body: PermissionBody) -> Json:
    answer = request.answer
    if answer is None:
        return {}
    decision = dict(body.choices().get(str(answer.value), {"behavior": "deny"}))
    if decision["behavior"] == "deny":
        decision["message"] = f"{answer.by_name} denied this: {answer.comment or 'no reason given'}"
    return {"hookSpecificOutput": {"hookEventName": body.hook_event_name, "decision": decision}}


def _label(rule: Json) -> str:
    """Say in a button's length what Claude Code would remember, or nothing when it is none of the rules known here."""
    match rule:
        case {"type": "addRules", "behavior": "allow", "rules": [{"toolName": str(tool), **rest}]}:
            what = rest.get("ruleContent")
            return f"{ALWAYS} {tool}({what})"[:MAX_CHOICE] if isinstance(what, str) else f"{ALWAYS} {tool}"[:MAX_CHOICE]
        case {"type": "setMode", "mode": str(mode)}:
            return f"{APPROVE} and switch to {mode}"[:MAX_CHOICE]
        case _:
            return ""
