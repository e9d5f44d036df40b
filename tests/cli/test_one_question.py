"""One question, however often the network fails."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from hitl_cli.asking import FIRST_CONTACT_S, GRACE_S, ask, tell
from hitl_cli.config import Endpoint
from hitl_cli.errors import Cancelled, Expired, HitlError, NoAnswer, Refused, Unreachable
from hitl_cli.http import Lost, opened
from hitl_cli.pacing import Backoff
from hitl_cli.wire import Outcome
from tests.cli.relay_double import (
    RelayDouble,
    Step,
    answering,
    breaking_off,
    dropping,
    ending_in_blanks,
    failing,
    refusing,
)

BODY = {"prompt": "?", "idempotency_key": "k1"}


class Time:
    """A monotonic clock that only resting moves."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.rests: list[float] = []

    def now(self) -> float:
        return self.at

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.at += seconds


Asked = tuple[Outcome, RelayDouble, Time]


async def asked(*script: Step, body: dict[str, Any] | None = None, time: Time | None = None) -> Asked:
    double, time = RelayDouble(*script), time or Time()
    async with (
        TestServer(double.app()) as server,
        opened(Endpoint(str(server.make_url("")).rstrip("/"), None)) as relay,
    ):
        outcome = await ask(relay, "/api/v1/hitl/request", body or BODY, now=time.now, rest=time.rest)
    return outcome, double, time


@pytest.mark.proves("client.one_question")
@pytest.mark.parametrize(
    "fault",
    [dropping, breaking_off, ending_in_blanks, failing(502), failing(503), failing(504), answering(None, "pending")],
)
async def test_after_any_fault_the_same_question_is_attached_to_again(fault: Step) -> None:
    outcome, double, _ = await asked(fault, fault, answering("Yes"))
    assert outcome.answer() == "Yes"
    assert double.asked == [BODY] * 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
async def test_a_refusal_is_not_repeated(status: int) -> None:
    with pytest.raises(Refused, match="because") as refused:
        await asked(refusing(status, "some_code", "because"), answering())
    assert (refused.value.status, refused.value.code, refused.value.detail) == (status, "some_code", "because")


async def test_a_refusal_in_a_reply_that_had_begun_is_one() -> None:
    async def late(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": 401, "code": "unauthenticated", "detail": "revoked"})

    with pytest.raises(Refused, match="revoked") as refused:
        await asked(late, answering())
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


async def test_a_failure_of_the_relay_itself_is_neither_repeated_nor_called_a_refusal() -> None:
    with pytest.raises(HitlError) as failed:
        await asked(failing(500), answering())
    assert not isinstance(failed.value, Refused | Unreachable | NoAnswer)


async def test_a_relay_that_wants_to_be_left_alone_is() -> None:
    _, _, time = await asked(failing(429, **{"Retry-After": "7"}), answering())
    assert time.rests == [7]


async def test_a_relay_that_never_answered_is_given_up_after_first_contact_time() -> None:
    time = Time()
    with pytest.raises(Unreachable):
        await asked(failing(502), time=time)
    assert time.at - 1000 <= FIRST_CONTACT_S


async def test_a_relay_that_has_the_question_is_not_given_up_before_the_deadline() -> None:
    time = Time()
    with pytest.raises(Unreachable):
        await asked(breaking_off, failing(502), body={**BODY, "timeout_seconds": 300}, time=time)
    assert 300 < time.at - 1000 <= 300 + GRACE_S


async def test_waits_between_attempts_grow_to_a_cap() -> None:
    backoff = Backoff(first_s=1, cap_s=8)
    waits = [backoff.next_s() for _ in range(9)]
    assert all(least <= wait <= 2 * least for least, wait in zip([0.5, 1, 2, 4, 4, 4, 4, 4, 4], waits, strict=True))
    backoff.reset()
    assert backoff.next_s() <= 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answering(None, "expired"), Expired),
        (answering(None, "cancelled"), Cancelled),
        (answering(None, "?"), NoAnswer),
    ],
)
async def test_a_question_without_an_answer_is_a_typed_error(step: Step, error: type[NoAnswer]) -> None:
    outcome, _, _ = await asked(step)
    with pytest.raises(error) as raised:
        outcome.answer()
    assert raised.value.request_id == "r1"


@pytest.mark.parametrize("answer", ["Yes", ["a", "b"], 3, 2.5, 0, False, True, ""])
async def test_an_answer_keeps_its_type(answer: Any) -> None:
    outcome, _, _ = await asked(answering(answer))
    assert outcome.answer() == answer
    assert type(outcome.answer()) is type(answer)


async def test_an_expired_question_with_a_default_returns_the_default() -> None:
    outcome, _, _ = await asked(answering("No", "expired", default_applied=True))
    assert outcome.answer() == "No"


async def test_a_notification_is_repeated_with_its_key() -> None:
    double, time = RelayDouble(dropping, failing(503), answering()), Time()
    async with (
        TestServer(double.app()) as server,
        opened(Endpoint(str(server.make_url("")).rstrip("/"), None)) as relay,
    ):
        path, body = "/api/v1/hitl/notify", {"message": "m", "idempotency_key": "k"}
        await tell(relay, path, body, now=time.now, rest=time.rest)
    assert double.asked == [{"message": "m", "idempotency_key": "k"}] * 3


async def test_a_closed_port_is_a_lost_attempt_and_a_mistyped_address_is_final() -> None:
    async with opened(Endpoint(f"http://127.0.0.1:{unused_port()}", None)) as relay:
        with pytest.raises(Lost):
            await relay.call("GET", "/")
    async with opened(Endpoint("localhost", None)) as relay:
        with pytest.raises(Unreachable, match="not the address") as mistyped:
            await relay.call("GET", "/")
    assert not isinstance(mistyped.value, Lost)


async def test_a_redirect_does_not_carry_the_credential_elsewhere() -> None:
    double = RelayDouble(failing(307, Location="http://127.0.0.1:9/"))
    async with TestServer(double.app()) as server:
        async with opened(Endpoint(str(server.make_url("")).rstrip("/"), "mcp_pk_x")) as relay:
            with pytest.raises(Refused):
                await relay.call("POST", "/", {})
        assert len(double.asked) == 1
