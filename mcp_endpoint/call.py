"""One JSON-RPC request on its way through the door."""

from dataclasses import dataclass, field

from aiohttp import web

from auth.principal import Principal
from mcp_endpoint.jsonrpc import RpcId
from relay.domain.errors import Forbidden, InvalidInput
from relay.domain.request import Request
from relay.hub import Waiter
from relay.kernel.body import Json
from relay.services.ask import Asker

MAX_NAME = 80
"""Characters of an agent's name, as in the table of agents."""


@dataclass(slots=True)
class Call:
    """`app` and `principal` are what a tool works with; `waiter` is the place where its caller will wait.

    A tool that asks sets `asked`. If nobody has answered by then its result is the typed *pending*, and the exchange
    waits before it sends one.
    """

    app: web.Application
    principal: Principal
    waiter: Waiter
    label: str = ""
    """What the caller calls itself beside its credential's name."""
    wait_s: int = 0
    takes_tasks: bool = False
    token: RpcId | None = None
    call_id: str | None = None
    asked: Request | None = None
    reattached: bool = False
    """Whether an earlier call had asked it already."""
    cancelled: bool = False
    frames: list[Json] = field(default_factory=list)
    """Notifications the handler sent before its result."""

    def cancel(self) -> None:
        """The client wants no answer any more; the question stays open for its next call."""
        self.cancelled = True
        self.waiter.stop()

    def asker(self) -> Asker:
        agent, _ = self.principal.agent
        return Asker(self.principal.org_id, self.principal.account_id, agent)

    def agent_name(self, in_arguments: str) -> str:
        """Return the name the card shows: the credential's agent, and what else the caller calls itself.

        The credential's own name always comes first, so that no caller can pass for another agent.
        """
        _, name = self.principal.agent
        label = in_arguments.strip() or self.label
        if not label or label.casefold() == name.casefold():
            return name
        return f"{name} / {label}"


def check_label(label: str, pointer: str) -> str:
    """Return a name to show beside the agent's, or say why it cannot be shown."""
    label = label.strip()
    if len(label) > MAX_NAME or not (label.isprintable() or not label):
        raise InvalidInput(f"must have at most {MAX_NAME} printable characters", pointer)
    return label


def needs_scope(principal: Principal, scope: str) -> None:
    if scope not in principal.scopes:
        raise Forbidden("this credential may not do that", scope)
