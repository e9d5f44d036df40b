"""Credentials come from files, and are replaced while the relay runs."""

from pathlib import Path

import aiohttp
import pytest

from hitl_relay.admin import check_push
from hitl_relay.settings import Settings
from push.credentials import Rotation, open_apns, open_fcm
from push.provider import Check, State, Vendor
from push.settings import ApnsSettings, PushSettings
from push.vendors import Vendors
from relay.domain.clock import SystemClock
from relay.kernel.settings import Secret
from tests.emulators.certificates import make_apple_key, make_service_account

CLOCK = SystemClock()


def apns(file: Path | None, **over: str) -> ApnsSettings:
    return ApnsSettings(key_file=file, **{"key_id": "K" * 10, "team_id": "T" * 10, "topic": "app.test"} | over)


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key.p8"
    file.write_text(make_apple_key().private, encoding="utf-8")
    return file


@pytest.mark.proves("push.credentials")
async def test_no_credentials_is_a_normal_state() -> None:
    assert open_apns(apns(None), CLOCK) == (None, Check(State.OFF))
    async with aiohttp.ClientSession() as session:
        assert open_fcm(None, session, CLOCK) == (None, Check(State.OFF))


@pytest.mark.proves("push.credentials")
async def test_what_is_wrong_is_said_in_a_sentence(key_file: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    _write(text, "hello")
    wrong = {
        "HITL_APNS_TOPIC must be set": open_apns(apns(key_file, topic=""), CLOCK),
        "KEY_FILE cannot be read: No such file": open_apns(apns(tmp_path / "none"), CLOCK),
        "is not the .p8 key": open_apns(apns(text), CLOCK),
    }
    async with aiohttp.ClientSession() as session:
        account = tmp_path / "account.json"
        _write(account, '{"type": "service_account", "project_id": "p"}')
        wrong |= {
            "FILE is not JSON": open_fcm(text, session, CLOCK),
            "FILE lacks private_key": open_fcm(account, session, CLOCK),
            "FILE cannot be read": open_fcm(tmp_path / "none", session, CLOCK),
        }
    for why, (provider, check) in wrong.items():
        assert provider is None
        assert check.state is State.BROKEN
        assert why in check.why


@pytest.mark.proves("push.credentials")
async def test_a_new_key_is_taken_and_a_bad_one_is_not(key_file: Path) -> None:
    vendors = Vendors()
    rotation = Rotation(vendors)
    await rotation.begin(Vendor.APNS, key_file, lambda: open_apns(apns(key_file), CLOCK))
    first = vendors.of(Vendor.APNS)
    assert first is not None
    await rotation.look()
    assert vendors.of(Vendor.APNS) is first
    _write(key_file, "half a key")
    await rotation.look()
    assert vendors.of(Vendor.APNS) is first
    assert vendors.checks()[Vendor.APNS].state is State.BROKEN
    _write(key_file, make_apple_key().private)
    await rotation.look()
    second = vendors.of(Vendor.APNS)
    assert second is not None
    assert second is not first
    assert vendors.checks()[Vendor.APNS].state is State.READY
    await vendors.close()


async def test_google_s_account_is_read(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    make_service_account(file, "https://oauth2.example.org/token")
    async with aiohttp.ClientSession() as session:
        provider, check = open_fcm(file, session, CLOCK)
    assert check.state is State.READY
    assert provider is not None


@pytest.mark.parametrize(
    ("url", "contact", "used", "reachable"),
    [
        ("https://relay.example.org", "", "https://relay.example.org", True),
        ("https://relay.example.org", "mailto:ops@example.org", "mailto:ops@example.org", True),
        ("http://localhost:8000", "", "mailto:owner@localhost", False),
    ],
)
def test_push_services_are_given_somebody_to_write_to(url: str, contact: str, used: str, reachable: bool) -> None:
    settings = PushSettings(public_url=url, contact=contact)
    assert (settings.vapid_contact, settings.is_contact_reachable) == (used, reachable)


@pytest.mark.proves("push.credentials")
async def test_the_check_says_of_each_push_service_what_it_is(database_url: Secret, tmp_path: Path) -> None:
    """What `hitl-relay push check` prints; a file that is no key is said to be none before anybody is asked."""
    (tmp_path / "key.p8").write_text("hello", encoding="utf-8")
    settings = Settings(
        database_url=database_url,
        secret=Secret("s" * 40),
        apns_key_file=tmp_path / "key.p8",
        apns_key_id="K" * 10,
        apns_team_id="T" * 10,
        apns_topic="app.test",
    )
    said = dict(await check_push(settings, {}))
    assert {vendor: check.state for vendor, check in said.items()} == {
        "webpush": State.WARNING,
        "apns": State.BROKEN,
        "fcm": State.OFF,
    }
    assert "is not the .p8 key" in said["apns"].why
    assert "HITL_PUSH_CONTACT" in said["webpush"].why
