"""FCM: what is sent, what comes of each answer, and how often Google is asked for a token."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import push.fcm
from push.fcm import Fcm as Provider
from push.message import Op
from push.provider import State, Vendor
from push.results import Verdict
from relay.domain.clock import SystemClock
from tests.emulators.fcm import Fcm, fcm_server, refusal
from tests.push.providers import a_message, a_target

TARGET = a_target(Vendor.FCM, "T")
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "account.json"


@pytest.fixture
async def google(file: Path) -> AsyncIterator[Fcm]:
    async with fcm_server(file) as fcm:
        yield fcm


@pytest.fixture
async def provider(google: Fcm, file: Path) -> AsyncIterator[Provider]:
    async with aiohttp.ClientSession() as session:
        yield Provider(file, session, SystemClock(), base=f"{google.base}/v1/projects")


async def test_a_question_is_data_that_wakes_the_device(provider: Provider, google: Fcm) -> None:
    message = a_message()
    assert (await provider.send(TARGET, message)).verdict is Verdict.SENT
    (sent,) = google.sent
    assert sent["android"]["priority"] == "high"
    assert sent["android"]["ttl"] in {"899s", "900s"}
    assert "collapse_key" not in sent["android"]
    assert json.loads(sent["data"]["hitl"])["id"] == str(message.id)
    assert "notification" not in sent


async def test_a_closing_waits_for_a_better_moment(provider: Provider, google: Fcm) -> None:
    await provider.send(TARGET, a_message(op=Op.CLOSED, urgent=False))
    assert google.sent[0]["android"] | {"ttl": ""} == {"priority": "normal", "ttl": "", "collapse_key": "sync"}


in_half_a_minute = format_datetime(SystemClock().now().replace(microsecond=0) + 30 * SECOND, usegmt=True)

TABLE: list[tuple[Any, Verdict]] = [
    (refusal(404, "NOT_FOUND", "gone", "UNREGISTERED"), Verdict.DEAD),
    (refusal(403, "PERMISSION_DENIED", "another's", "SENDER_ID_MISMATCH"), Verdict.DEAD),
    (refusal(400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"), Verdict.DEAD),
    (refusal(403, "PERMISSION_DENIED", "IAM"), Verdict.CONFIG),
    (refusal(404, "NOT_FOUND", "no such project"), Verdict.CONFIG),
    (refusal(401, "UNAUTHENTICATED", "APNs key", "THIRD_PARTY_AUTH_ERROR"), Verdict.CONFIG),
    (refusal(429, "RESOURCE_EXHAUSTED", "slow down", "QUOTA_EXCEEDED"), Verdict.RETRY),
    (refusal(503, "UNAVAILABLE", "down", "UNAVAILABLE", Retry_After=in_half_a_minute), Verdict.RETRY),
    (refusal(500, "INTERNAL", "down", "INTERNAL"), Verdict.RETRY),
    (refusal(400, "INVALID_ARGUMENT", "Message is too big", "INVALID_ARGUMENT"), Verdict.DROP),
    ("drop", Verdict.UNKNOWN),
    ("stall", Verdict.UNKNOWN),
]


@pytest.mark.proves("push.outcomes")
@pytest.mark.proves("push.vendor_faults")
@pytest.mark.parametrize(("answer", "verdict"), TABLE)
async def test_each_answer_has_its_verdict(
    provider: Provider, google: Fcm, answer: Any, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push.fcm, "SEND", aiohttp.ClientTimeout(total=0.5))
    google.script["T"].append(answer)
    assert (await provider.send(TARGET, a_message())).verdict is verdict
    assert (await provider.send(TARGET, a_message())).verdict is Verdict.SENT


@pytest.mark.proves("push.vendor_faults")
async def test_a_refusal_that_comes_in_pieces_is_read_whole(provider: Provider, google: Fcm) -> None:
    """Half of it would be no reason, and no reason is taken for credentials that are wrong."""
    gone = refusal(404, "NOT_FOUND", "gone", "UNREGISTERED")
    google.script["T"].append(replace(gone, in_pieces=True))
    assert (await provider.send(TARGET, a_message())).verdict is Verdict.DEAD


@pytest.mark.proves("push.retry")
@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        (refusal(429, "RESOURCE_EXHAUSTED", "", Retry_After="7"), 7, 7),
        (refusal(429, "RESOURCE_EXHAUSTED", ""), 60, 60),
        (refusal(503, "UNAVAILABLE", "", Retry_After="3"), 10, 10),
        (refusal(503, "UNAVAILABLE", "", Retry_After=in_half_a_minute), 10, 30),
        (refusal(503, "UNAVAILABLE", "", Retry_After="soon"), 10, 10),
    ],
)
async def test_google_is_left_alone_as_long_as_it_says(
    provider: Provider, google: Fcm, answer: Any, least: int, most: int
) -> None:
    google.script["T"].append(answer)
    wait = (await provider.send(TARGET, a_message())).retry_after
    assert wait is not None
    assert least * SECOND <= wait <= most * SECOND


async def test_fifty_at_once_ask_for_one_token(provider: Provider, google: Fcm) -> None:
    results = await asyncio.gather(*(provider.send(TARGET, a_message()) for _ in range(50)))
    assert {result.verdict for result in results} == {Verdict.SENT}
    assert google.token_requests == 1


@pytest.mark.proves("push.vendor_faults")
async def test_a_token_that_google_forgot_is_replaced_once(provider: Provider, google: Fcm) -> None:
    await provider.send(TARGET, a_message())
    google.tokens.clear()
    assert (await provider.send(TARGET, a_message())).verdict is Verdict.SENT
    assert (google.token_requests, len(google.sent)) == (2, 2)


async def test_credentials_google_does_not_take_are_our_own_trouble(provider: Provider, google: Fcm) -> None:
    google.refuses_keys = True
    assert (await provider.send(TARGET, a_message())).verdict is Verdict.CONFIG
    assert (await provider.try_out()).state is State.BROKEN
    google.refuses_keys = False
    assert (await provider.try_out()).state is State.READY
