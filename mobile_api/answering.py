"""An answer from a device, by whichever way it came."""

from aiohttp import web

from mobile_api.wire import Said
from relay.domain.ids import RequestId
from relay.domain.request import Request
from relay.services.answer import Answerer
from relay.services.keys import ANSWER


async def answer(app: web.Application, who: Answerer, request_id: RequestId, said: Said) -> Request:
    """Settle the request with what the human said, or refuse it and lose nothing."""
    return await app[ANSWER].answer(who, request_id, said.answer_id, said.answer, said.comment, sealed=said.sealed)
