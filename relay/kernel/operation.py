"""Operations: a route together with who may call it and what goes in and out.

The guard reads `access` and `scope`, OpenAPI is generated from the models, and the bad-input, isolation and
documentation tests walk the same list: a route cannot exist without being guarded, described and tried.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from relay.kernel.body import WireModel
from relay.kernel.rates import Limit


class Access(Enum):
    """Who may call."""

    PUBLIC = auto()
    AGENT = auto()
    """A credential that acts as one agent (an API key)."""
    OWNER = auto()
    """A signed-in human."""
    EITHER = auto()
    """Both, each seeing only its own."""
    ANY = auto()
    """Every good credential, an organization's token too."""
    METRICS = auto()
    """The operator's metrics token, or a signed-in human."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    method: str
    path: str
    handler: Handler
    access: Access
    summary: str
    tag: str
    scope: str | None = None
    recent: bool = False
    """A signed-in human must have proved who they are within the last minutes (step-up)."""
    limits: tuple[Limit, ...] = ()
    """Limits of its own, beside those that hold for every call."""
    counted: bool = True
    """Whether a call without a credential counts for its address; not what monitoring asks all day."""
    cors: bool = False
    """Whether scripts of any site may call it and read the answer: never with a cookie, so for what needs none."""
    opened_by_others: bool = False
    """Whether it is a page that other sites open in a window and wait for, as for consent: the window stays theirs."""
    body: type[WireModel] | None = None
    query: type[WireModel] | None = None
    reply: Any = None
    """A `WireModel`, or a list of one."""
    status: int = 200
    other: dict[int, str] = field(default_factory=dict)
    """Further statuses a caller should expect, with their meaning."""
    media: str = "application/json"
    hot: bool = False
    """Called so often that the fast lane (`hitl_relay.lane`) carries it; its path has no variable parts."""

    takes_form: bool = False
    """The body is `application/x-www-form-urlencoded`, as OAuth has it, not JSON."""
    refuse: "Refuse | None" = None
    """How a refusal is written where it is no problem document: a dialect's own form of errors."""


Refuse = Callable[[Mapping[str, Any], Mapping[str, str]], web.Response]
"""From a problem document, and the headers that go with it, to a response."""

OPERATIONS: Final = web.AppKey("operations", dict[Handler, Operation])


class Operations:
    """A list of operations that share a tag, filled by decorators."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._list: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._list)

    def get(self, path: str, *, access: Access, summary: str, **more: object) -> Callable[[Handler], Handler]:
        return self._add(hdrs.METH_GET, path, access, summary, more)

    def post(self, path: str, *, access: Access, summary: str, **more: object) -> Callable[[Handler], Handler]:
        return self._add(hdrs.METH_POST, path, access, summary, more)

    def patch(self, path: str, *, access: Access, summary: str, **more: object) -> Callable[[Handler], Handler]:
        return self._add(hdrs.METH_PATCH, path, access, summary, more)

    def delete(self, path: str, *, access: Access, summary: str, **more: object) -> Callable[[Handler], Handler]:
        return self._add(hdrs.METH_DELETE, path, access, summary, more)

    def _add(
        self, method: str, path: str, access: Access, summary: str, more: dict[str, object]
    ) -> Callable[[Handler], Handler]:
        def decorate(handler: Handler) -> Handler:
            operation = Operation(
                method=method,
                path=path,
                handler=handler,
                access=access,
                summary=summary,
                tag=self._tag,
                **more,  # type: ignore[arg-type]  # the dataclass checks the names, the tests the types
            )
            self._list.append(operation)
            return handler

        return decorate


def register(app: web.Application, operations: Iterable[Operation]) -> None:
    """Add the routes and remember each handler's operation for the guard."""
    table = app.setdefault(OPERATIONS, {})
    shared: dict[str, list[str]] = {}
    for operation in operations:
        table[operation.handler] = operation
        app.router.add_route(operation.method, operation.path, operation.handler)
        if operation.cors:
            shared.setdefault(operation.path, []).append(operation.method)
    for path, methods in shared.items():
        preflight = _preflight(path, methods)
        table[preflight.handler] = preflight
        app.router.add_route(preflight.method, path, preflight.handler)


PREFLIGHT_KEPT_S: Final = 7200
"""As long as Chromium keeps it at most."""


def _preflight(path: str, methods: list[str]) -> Operation:
    """Return the operation with which a browser asks whether another site's script may call the path."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
        "Access-Control-Max-Age": str(PREFLIGHT_KEPT_S),
    }

    async def allow(_: web.Request) -> web.StreamResponse:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    return Operation(
        method=hdrs.METH_OPTIONS,
        path=path,
        handler=allow,
        access=Access.PUBLIC,
        summary="CORS preflight",
        tag="cors",
        cors=True,
        counted=False,
        status=HTTPStatus.NO_CONTENT,
    )
