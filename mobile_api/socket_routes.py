"""The device socket's address: the handshake, after which `mobile_api.conversation` has the line."""

from typing import Final

from aiohttp import web

from mobile_api.conversation import Conversation
from mobile_api.keys import LINES
from mobile_api.session import MAX_MESSAGE
from mobile_api.sockets import DeviceSocket
from relay.domain.errors import InvalidInput
from relay.kernel.operation import Access, Operations
from relay.kernel.rates import MINUTE, By, Limit
from relay.kernel.waiting import Sent
from relay.services.keys import LEDGER

operations = Operations("devices")

PROTOCOL: Final = "hitl.v1"

SOCKETS_OPENED: Final = Limit(name="sockets", calls=3_000, per_s=MINUTE, by=By.ADDRESS)
"""A fleet behind one address returns together after a restart; a stranger's sockets say hello or go in ten seconds."""


@operations.get(
    "/api/v1/mobile/ws",
    access=Access.PUBLIC,
    limits=(SOCKETS_OPENED,),
    counted=False,
    summary="The device socket (WebSocket, sub-protocol hitl.v1); its credential is in the first frame",
    status=101,
    media="",
)
async def connect(request: web.Request) -> web.StreamResponse:
    """Begin to speak `hitl.v1` with a device."""
    offered = request.headers.get("Sec-WebSocket-Protocol", PROTOCOL)
    if PROTOCOL not in [name.strip() for name in offered.split(",")]:
        raise InvalidInput(f"the sub-protocol must be {PROTOCOL}")
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise InvalidInput("this address speaks WebSocket only")
    # No compression: its state would cost each idle device a hundred kilobytes.
    hands = web.WebSocketResponse(protocols=(PROTOCOL,), compress=False, autoping=False, max_msg_size=MAX_MESSAGE)
    line, early = await request.app[LINES].shake_hands(request, hands)
    line.listen(Conversation(request, DeviceSocket(line, request.app[LEDGER])), early)
    return Sent(101, keep_alive=False)
