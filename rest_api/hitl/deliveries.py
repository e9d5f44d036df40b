"""What became of a request on each device: for its agent, and for its human."""

from itertools import groupby
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from relay.domain.request import Request, State
from relay.kernel.body import WireModel, iso
from relay.kernel.operation import Access, Operations
from relay.services.keys import LEDGER
from relay.store.ledger import LedgerEntry
from rest_api.hitl.routes import mine

operations = Operations("requests")


class StepShown(WireModel):
    step: Literal["queued", "held", "pushed", "failed", "sent", "received", "displayed", "seen", "answered"]
    at: str
    detail: Annotated[str, Field(description="A push service's own word, or why nothing was sent.")]


class DeliveryReply(WireModel):
    device_id: str
    device_name: str
    steps: list[StepShown]


@operations.get(
    "/api/v1/requests/{id}/deliveries",
    access=Access.EITHER,
    scope="requests:read",
    summary="What became of a request on each device",
    reply=list[DeliveryReply],
)
async def deliveries(request: web.Request) -> web.Response:
    found = await mine(request)
    entries = await request.app[LEDGER].of(found.id)
    return web.json_response(_by_device(found, entries))


def _by_device(found: Request, entries: list[LedgerEntry]) -> list[dict[str, Any]]:
    """Put each device's steps together; the answer, which the request itself keeps, is the last of its device."""
    ordered = sorted(entries, key=lambda entry: (str(entry.device_id), entry.at))
    shown = []
    for device, group in groupby(ordered, key=lambda entry: entry.device_id):
        own = list(group)
        steps = [{"step": e.step.value, "at": iso(e.at), "detail": e.detail} for e in own]
        if found.state is State.ANSWERED and found.answer and found.answer.device == device:
            steps.append({"step": "answered", "at": iso(found.answer.at), "detail": ""})
        shown.append({"device_id": str(device), "device_name": own[0].device_name, "steps": steps})
    return shown
