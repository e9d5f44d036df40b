"""How long ciphertext is kept."""

import datetime as dt

import pytest
from aiohttp import web

from relay.domain.request import Request
from relay.domain.sealed import Sealed
from relay.services.keys import RETENTION
from relay.store.requests import AnswerRow, AskRow, RequestStore
from tests.builders import BOX, NOON, a_notification, a_request, a_sealed, an_answer
from tests.fakes.clock import FakeClock
from tests.store.conftest import SEALED

MINUTE = dt.timedelta(minutes=1)


async def asked(store: RequestStore, request: Request) -> Request:
    await store.add(AskRow.of(request, idempotency_key=None))
    return request


async def kept(store: RequestStore, request: Request) -> tuple[str, str | None]:
    """Return the ciphertexts of a question and of its answer."""
    found = await store.by_id(request.id)
    assert found is not None
    assert isinstance(found.content, Sealed)
    return found.content.payload, found.answer.sealed if found.answer else None


@pytest.mark.proves("sealed.emptied")
async def test_ciphertext_goes_a_day_after_it_settled_and_the_facts_stay(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    question = await asked(store, a_request(content=a_sealed()))
    settled = question.answered(an_answer(value=None, sealed=BOX, receipt={"sig": "x"}))
    assert await store.answer(AnswerRow(settled, collected=True))
    told = await asked(store, a_notification(content=a_sealed()))
    plain = await asked(store, a_request())
    clock.at = NOON + SEALED + MINUTE
    await app[RETENTION].forget()
    assert await kept(store, question) == (BOX, BOX)
    clock.forward(MINUTE)
    await app[RETENTION].forget()
    assert await kept(store, question) == ("", "")
    assert await kept(store, told) == ("", None)
    found = await store.by_id(question.id)
    assert found is not None
    assert found.answer is not None
    assert (found.answer.by_name, found.answer.receipt, found.content.agent_name) == ("Ada", {"sig": "x"}, "deployer")
    assert await store.by_id(plain.id) == plain
    assert await store.empty_sealed(clock.now()) == 0


@pytest.mark.proves("sealed.emptied")
async def test_what_waits_is_not_emptied(store: RequestStore) -> None:
    question = await asked(store, a_request(content=a_sealed()))
    assert await store.empty_sealed(NOON - SEALED) == 0
    assert await kept(store, question) == (BOX, None)
