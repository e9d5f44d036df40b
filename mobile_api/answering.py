"""An answer from a device, by whichever way it came."""

from dataclasses import replace

from aiohttp import web

from mobile_api.said import Said
from relay.domain.device_log import text
from relay.domain.ids import RequestId
from relay.domain.request import Request
from relay.services.answer import Answerer
from relay.services.keys import ANSWER, DEVICES


async def answer(app: web.Application, who: Answerer, request_id: RequestId, said: Said) -> Request:
    """Settle the request with what the human said, or refuse it and lose nothing."""
    receipt = said.receipt.domain() if said.receipt else None
    if receipt and not _is_known(who, receipt.signed["device"]):
        who = await _with_its_key(app, who)
    return await app[ANSWER].answer(
        who, request_id, said.answer_id, said.answer, said.comment, sealed=said.sealed, receipt=receipt
    )


def _is_known(who: Answerer, device: str) -> bool:
    return who.device_key is not None and text(who.device_key) == device


async def _with_its_key(app: web.Application, who: Answerer) -> Answerer:
    """Look the device up again: it may have got its keys, by the device log, since it said hello."""
    device = await app[DEVICES].by_id(who.account_id, who.device_id) if who.device_id else None
    return replace(who, device_key=device.ed25519 if device else None)
