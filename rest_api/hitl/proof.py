"""The proof of a decision: what can be checked years later, without the relay."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from relay.domain.errors import NotFound
from relay.domain.receipt import question
from relay.domain.request import Request
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operations
from relay.services.keys import DEVICE_LOG
from rest_api.hitl.routes import mine

operations = Operations("requests")


class ProofReply(WireModel):
    """docs/protocol/sealed.md has the members. Of a sealed request only agent and devices have `salt` and `answer`."""

    receipt: dict[str, Any]
    sig: str
    salt: str | None = None
    asked: Annotated[dict[str, Any] | None, Field(description="What the receipt's digest is of.")] = None
    answer: dict[str, Any] | None = None
    log: Annotated[list[dict[str, Any]], Field(description="The device log the receipt names; empty if it names none.")]


@operations.get(
    "/api/v1/requests/{id}/proof",
    access=Access.EITHER,
    scope="requests:read",
    summary="The proof of an answer that its device signed",
    reply=ProofReply,
    other={404: "it has no answer, or one without a receipt"},
)
async def proof(request: web.Request) -> web.Response:
    found = await mine(request)
    shown = _proof(found)
    root = shown["receipt"]["root"]
    log = await request.app[DEVICE_LOG].entries(found.account_id, root) if root else []
    return web.json_response({**shown, "log": log})


def _proof(found: Request) -> dict[str, Any]:
    answer = found.answer
    if answer is None or answer.receipt is None:
        raise NotFound("nobody has signed an answer to this request")
    if answer.sealed is not None:
        return dict(answer.receipt)
    said = {"comment": answer.comment, "value": answer.value}
    return {**answer.receipt, "asked": question(found), "answer": said}
