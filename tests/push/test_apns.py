"""APNs: what is sent, what comes of each answer, and what the connection survives."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from push.apns import Apns as Provider
from push.apns import ApnsServer, apns_outcome
from push.apns_connection import ApnsConnection
from push.message import Action, Op
from push.provider import State, Vendor
from push.results import Verdict
from push.settings import ApnsSettings
from relay.domain.clock import SystemClock
from tests.emulators.apns import KEY_ID, TEAM_ID, TOPIC, Apns, apns_server
from tests.emulators.certificates import Authority, make_apple_key, make_authority
from tests.push.providers import APNS_TOKEN, a_message, a_target
from tests.waiting import until

SECOND = dt.timedelta(seconds=1)
TARGET = a_target(Vendor.APNS, APNS_TOKEN)
KEY = make_apple_key()
SETTINGS = ApnsSettings(key_id=KEY_ID, team_id=TEAM_ID, topic=TOPIC)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(Path(tmp_path_factory.mktemp("authority")))


@pytest.fixture
async def apple(authority: Authority) -> AsyncIterator[Apns]:
    async with apns_server(authority, KEY.public) as apns:
        yield apns


@pytest.fixture
async def provider(apple: Apns, authority: Authority) -> AsyncIterator[Provider]:
    made = a_provider(apple, authority)
    yield made
    await made.close()


def a_provider(apple: Apns, authority: Authority, settings: ApnsSettings = SETTINGS) -> Provider:
    here = ApnsServer("localhost", apple.port)
    return Provider(settings, KEY.private, SystemClock(), production=here, sandbox=here, tls=authority.client_tls())


async def test_a_question_is_an_alert_that_ends_with_its_deadline(provider: Provider, apple: Apns) -> None:
    message = a_message(actions=(Action("yes", "Yes"), Action("no", "No")))
    assert (await provider.send(TARGET, message)).verdict is Verdict.SENT
    (sent,) = apple.delivered
    assert sent.headers["apns-push-type"] == "alert"
    assert sent.headers["apns-priority"] == "10"
    assert sent.headers["apns-collapse-id"] == message.id.hex
    assert abs(int(sent.headers["apns-expiration"]) - message.deadline.timestamp()) < 2
    assert sent.payload["aps"]["mutable-content"] == 1
    assert sent.payload["aps"]["category"] == "HITL_CHOICES_2"
    assert sent.payload["aps"]["sound"] == "default"
    assert sent.payload["hitl"]["id"] == str(message.id)


async def test_a_closing_makes_no_sound_and_takes_the_questions_place(provider: Provider, apple: Apns) -> None:
    message = a_message(op=Op.CLOSED, urgent=False, outcome="answered")
    await provider.send(TARGET, message)
    (sent,) = apple.delivered
    assert (sent.headers["apns-priority"], sent.headers["apns-collapse-id"]) == ("5", message.id.hex)
    assert "sound" not in sent.payload["aps"]
    assert sent.payload["aps"]["interruption-level"] == "passive"


TABLE = [
    ("200", "", Verdict.SENT),
    ("400", "BadDeviceToken", Verdict.DEAD),
    ("400", "DeviceTokenNotForTopic", Verdict.DEAD),
    ("410", "Unregistered", Verdict.DEAD),
    ("410", "ExpiredToken", Verdict.DEAD),
    ("400", "TopicDisallowed", Verdict.CONFIG),
    ("400", "BadTopic", Verdict.CONFIG),
    ("403", "InvalidProviderToken", Verdict.CONFIG),
    ("403", "BadEnvironmentKeyInToken", Verdict.CONFIG),
    ("403", "something new", Verdict.CONFIG),
    ("403", "ExpiredProviderToken", Verdict.RETRY),
    ("429", "TooManyRequests", Verdict.RETRY),
    ("429", "TooManyProviderTokenUpdates", Verdict.RETRY),
    ("500", "InternalServerError", Verdict.RETRY),
    ("503", "", Verdict.RETRY),
    ("413", "PayloadTooLarge", Verdict.DROP),
    ("400", "BadCollapseId", Verdict.DROP),
    ("400", "something new", Verdict.DROP),
    ("", "", Verdict.DROP),
]


@pytest.mark.proves("push.outcomes")
@pytest.mark.parametrize(("status", "reason", "verdict"), TABLE)
def test_each_answer_has_its_verdict(status: str, reason: str, verdict: Verdict) -> None:
    assert apns_outcome(status, reason, None).verdict is verdict


def test_a_dead_token_comes_with_the_time_of_its_death() -> None:
    dead = apns_outcome("410", "Unregistered", 1_700_000_000_000)
    assert dead.dead_since == dt.datetime.fromtimestamp(1_700_000_000, dt.UTC)


def test_how_long_apple_wants_to_be_left_alone() -> None:
    assert apns_outcome("429", "TooManyRequests", None).retry_after == 20 * SECOND
    assert apns_outcome("429", "TooManyProviderTokenUpdates", None).retry_after == 60 * SECOND


@pytest.mark.proves("push.vendor_faults")
@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("refuse", Verdict.SENT),
        ("goaway", Verdict.SENT),
        ("drop", Verdict.UNKNOWN),
        ("stall", Verdict.UNKNOWN),
        ("no-id", Verdict.SENT),
        ("empty", Verdict.RETRY),
        ((410, "Unregistered", 1_700_000_000_000), Verdict.DEAD),
        ((403, "BadEnvironmentKeyInToken"), Verdict.CONFIG),
        ((429, "TooManyRequests"), Verdict.RETRY),
    ],
)
async def test_one_fault_neither_doubles_nor_hangs(
    provider: Provider, apple: Apns, fault: Any, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApnsConnection, "request_s", 0.5)
    apple.script[APNS_TOKEN].append(fault)
    assert (await provider.send(TARGET, a_message())).verdict is verdict
    assert (await provider.send(TARGET, a_message())).verdict is Verdict.SENT
    ids = [each.headers["apns-id"] for each in apple.delivered]
    assert len(ids) == len(set(ids))


async def test_refused_again_and_again_it_is_given_up_and_nothing_is_lost(provider: Provider, apple: Apns) -> None:
    apple.script[APNS_TOKEN] = ["refuse"] * 10
    assert (await provider.send(TARGET, a_message())).verdict is Verdict.RETRY


@pytest.mark.proves("push.vendor_faults")
async def test_one_connection_and_one_token_carry_a_burst(provider: Provider, apple: Apns) -> None:
    apple.delay_s = 0.02
    results = await asyncio.gather(*(provider.send(TARGET, a_message()) for _ in range(300)))
    assert {result.verdict for result in results} == {Verdict.SENT}
    assert (apple.connections, len(apple.tokens), len(apple.delivered)) == (1, 1, 300)


@pytest.mark.proves("push.vendor_faults")
async def test_four_thousand_refusals_do_not_use_up_the_window(provider: Provider, apple: Apns) -> None:
    gone = a_target(Vendor.APNS, "dead" * 16)
    async with asyncio.timeout(60):
        for _ in range(40):
            await asyncio.gather(*(provider.send(gone, a_message()) for _ in range(100)))
    assert (apple.answers[410, "Unregistered"], apple.window_exhausted) == (4000, 0)


@pytest.mark.proves("push.vendor_faults")
async def test_a_caller_that_gives_up_harms_no_other(provider: Provider, apple: Apns) -> None:
    await provider.send(TARGET, a_message())
    apple.delay_s = 0.2
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(provider.send(TARGET, a_message()), 0.05)
    siblings = await asyncio.gather(*(provider.send(TARGET, a_message()) for _ in range(5)))
    assert {result.verdict for result in siblings} == {Verdict.SENT}
    ids = [each.headers["apns-id"] for each in apple.delivered]
    assert (apple.connections, len(ids)) == (1, len(set(ids)))


@pytest.mark.proves("push.vendor_faults")
async def test_a_shutdown_in_the_middle_of_many_loses_and_doubles_nothing(provider: Provider, apple: Apns) -> None:
    await provider.send(TARGET, a_message())
    apple.delay_s = 0.1
    sends = [asyncio.create_task(provider.send(TARGET, a_message())) for _ in range(50)]
    await until(lambda: apple.served > 20)
    for connection in tuple(apple.open):
        connection.go_away()
    results = await asyncio.gather(*sends)
    assert {result.verdict for result in results} <= {Verdict.SENT, Verdict.UNKNOWN}
    ids = [each.headers["apns-id"] for each in apple.delivered]
    assert len(ids) == len(set(ids))


async def test_a_device_of_another_app_is_that_devices_trouble_only(provider: Provider, apple: Apns) -> None:
    stray = a_target(Vendor.APNS, APNS_TOKEN, topic="org.example.other")
    assert (await provider.send(stray, a_message())).verdict is Verdict.DROP
    assert not apple.answers


async def test_a_wrong_key_is_our_own_trouble(apple: Apns, authority: Authority) -> None:
    wrong = a_provider(apple, authority, ApnsSettings(key_id="OTHERKEY12", team_id=TEAM_ID, topic=TOPIC))
    assert (await wrong.send(TARGET, a_message())).verdict is Verdict.CONFIG
    checked = await wrong.try_out()
    assert (checked.state, checked.why) == (State.BROKEN, "APNs refuses the key: InvalidProviderToken")
    await wrong.close()


async def test_a_good_key_is_found_good_without_waking_anybody(provider: Provider, apple: Apns) -> None:
    assert (await provider.try_out()).state is State.READY
    assert apple.delivered == []


async def test_a_server_that_is_not_there_costs_a_retry(apple: Apns, authority: Authority) -> None:
    nowhere = ApnsServer("localhost", 1)
    made = Provider(
        SETTINGS, KEY.private, SystemClock(), production=nowhere, sandbox=nowhere, tls=authority.client_tls()
    )
    assert (await made.send(TARGET, a_message())).verdict is Verdict.RETRY


async def test_a_server_nobody_vouches_for_is_told_nothing(apple: Apns) -> None:
    here = ApnsServer("localhost", apple.port)
    made = Provider(SETTINGS, KEY.private, SystemClock(), production=here, sandbox=here)
    assert (await made.send(TARGET, a_message())).verdict is Verdict.RETRY
    assert apple.delivered == []
