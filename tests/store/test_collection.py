"""Two calls wait for one answer, and one of them hangs up: whoever was handed it has it, in whatever order."""

import pytest
from aiohttp import web

from relay.domain.request import Request
from relay.services.keys import COLLECTION
from relay.store.requests import AnswerRow, AskRow, RequestStore
from tests.builders import a_request, an_answer


async def answered(store: RequestStore) -> Request:
    request = a_request()
    await store.add(AskRow.of(request, idempotency_key=None))
    settled = request.answered(an_answer())
    await store.answer(AnswerRow(settled, collected=True))
    return settled


async def is_collected(store: RequestStore, request: Request) -> bool:
    found = await store.by_id(request.id)
    assert found
    return found.collected


async def test_what_nobody_could_be_handed_is_kept(app: web.Application, store: RequestStore) -> None:
    request = await answered(store)
    await app[COLLECTION].give_back(request)
    assert not await is_collected(store, request)


@pytest.mark.proves("ask.collected_is_done")
@pytest.mark.parametrize("order", ["handed first", "given back first"])
async def test_what_one_call_was_handed_another_cannot_give_back(
    app: web.Application, store: RequestStore, order: str
) -> None:
    request = await answered(store)
    steps = [app[COLLECTION].handed, app[COLLECTION].give_back]
    for step in steps if order == "handed first" else steps[::-1]:
        await step(request)
    assert await is_collected(store, request)
