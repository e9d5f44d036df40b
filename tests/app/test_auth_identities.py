"""Signing in with another provider, with a real one on loopback: right, and every attack that must fail."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from auth.entities import RECENT
from auth.upstream.providers import OidcProvider
from relay.kernel.network import networks
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.emulators.oidc import Issuer, a_key, issuer
from tests.fakes.clock import FakeClock
from tests.pages import Browser, browser_of, fill, read
from tests.people import Client, MakeClient, Person, a_relay, an_owner, sign_in
from tests.strangers import add_stranger

IDENTITIES = "/api/v1/auth/identities"


@pytest.fixture
async def acme(clock: FakeClock) -> AsyncIterator[Issuer]:
    async with issuer(clock) as acme:
        yield acme


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock, acme: Issuer) -> Client:
    providers = (acme.provider(), acme.provider("other"))
    return await a_relay(aiohttp_client, database_url, clock, oidc=providers, outbound_allow=networks("127.0.0.1"))


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def link(owner: Person, acme: Issuer) -> None:
    browser = browser_of(owner)
    _, away, _ = await browser.get("/account/identities/link/acme")
    status, to, text = await browser.get("/sign-in/back/acme", acme.grant(away))
    assert (status, to) == (303, "/account/identities"), text


async def come_in(client: Client, acme: Issuer, **over: str) -> tuple[int, str, Browser]:
    browser = Browser(client, {})
    _, away, _ = await browser.get("/sign-in/with/acme")
    status, to, _ = await browser.get("/sign-in/back/acme", acme.grant(away, **over))
    return status, to, browser


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/api/v1/auth/me"))[0] == 200


@pytest.mark.proves("auth.R67")
async def test_a_linked_identity_signs_in_and_leads_back(client: Client, owner: Person, acme: Issuer) -> None:
    await link(owner, acme)
    browser = Browser(client, {})
    _, away, _ = await browser.get("/sign-in/with/acme?next=/account/sessions")
    assert away.startswith(f"{acme.url}/authorize?tenant=1&")
    status, to, _ = await browser.get("/sign-in/back/acme", acme.grant(away))
    assert (status, to) == (303, "/account/sessions")
    assert await is_signed_in(browser)
    assert acme.asked["code_challenge_method"] == "S256"
    assert acme.asked["redirect_uri"] == "http://localhost:8000/sign-in/back/acme"
    (identity,) = await owner.get(IDENTITIES)
    assert (identity["issuer"], identity["email"]) == (acme.url, "Ada@example.org")


ATTACKS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "another state": ({}, {"state": "x"}),
    "another provider's answer": ({}, {"iss": "https://evil.example"}),
    "metadata of another issuer": (
        {"metadata": {"issuer": "https://evil.example"}},
        {"iss": "https://evil.example"},
    ),
    "for another client": ({"claims": {"aud": "other"}}, {}),
    "of another issuer": ({"claims": {"iss": "https://evil.example"}}, {}),
    "another nonce": ({"claims": {"nonce": "x"}}, {}),
    "no nonce": ({"claims": {"nonce": None}}, {}),
    "expired": ({"claims": {"exp": 1}}, {}),
    "from the future": ({"claims": {"iat": 4_000_000_000}}, {}),
    "for two clients": ({"claims": {"aud": ["relay", "other"]}}, {}),
    "issued to another client": ({"claims": {"azp": "other"}}, {}),
    "signed with another key": ({"key": a_key()}, {}),
    "signed with an unknown key": ({"kid": "zz"}, {}),
    "signed with a shared secret": ({"alg": "HS256", "key": "x" * 40}, {}),
    "not signed": ({"alg": "none", "key": None}, {}),
    "no subject": ({"claims": {"sub": None}}, {}),
    "an empty subject": ({"claims": {"sub": ""}}, {}),
    "a subject with a zero byte": ({"claims": {"sub": "42\x00"}}, {}),
    "an endless subject": ({"claims": {"sub": "4" * 501}}, {}),
    "another code": ({}, {"code": "x"}),
}


@pytest.mark.proves("auth.R67")
@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_answer_that_is_not_right_signs_nobody_in(
    client: Client, owner: Person, acme: Issuer, clock: FakeClock, attack: str
) -> None:
    await link(owner, acme)
    clock.forward(dt.timedelta(hours=1))  # the metadata is read again
    acme.twist, over = ATTACKS[attack]
    browser = Browser(client, {})
    status, away, _ = await browser.get("/sign-in/with/acme")
    if status == 303:
        status, _, _ = await browser.get("/sign-in/back/acme", acme.grant(away, **over))
    assert status in {400, 503}
    assert not await is_signed_in(browser)


@pytest.mark.proves("auth.R67")
async def test_an_answer_works_once_and_for_ten_minutes(
    client: Client, owner: Person, acme: Issuer, clock: FakeClock
) -> None:
    await link(owner, acme)
    browser = Browser(client, {})
    _, away, _ = await browser.get("/sign-in/with/acme")
    answer = acme.grant(away)
    flow = dict(browser.cookies)
    assert (await browser.get("/sign-in/back/acme", answer))[0] == 303
    assert (await Browser(client, flow).get("/sign-in/back/acme", answer))[0] == 400
    _, away, _ = await browser.get("/sign-in/with/acme")
    clock.forward(dt.timedelta(minutes=10))
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[0] == 400


@pytest.mark.proves("auth.R67")
async def test_an_answer_counts_in_the_browser_that_was_sent_only(client: Client, owner: Person, acme: Issuer) -> None:
    """Otherwise somebody could have a victim's browser signed in to, or linked with, an account of the attacker's."""
    await link(owner, acme)
    attacker, victim = Browser(client, {}), Browser(client, {"hitl_flow": "A" * 43})
    _, away, _ = await attacker.get("/sign-in/with/acme")
    assert (await victim.get("/sign-in/back/acme", acme.grant(away)))[0] == 400
    assert not await is_signed_in(victim)


@pytest.mark.proves("auth.R67")
async def test_an_answer_counts_for_the_provider_it_was_asked_of_only(
    client: Client, owner: Person, acme: Issuer
) -> None:
    await link(owner, acme)
    browser = Browser(client, {})
    _, away, _ = await browser.get("/sign-in/with/acme")
    acme.reads.clear()
    assert (await browser.get("/sign-in/back/other", acme.grant(away)))[0] == 400
    # It is refused before the code is handed to anybody.
    assert acme.reads == []


@pytest.mark.proves("auth.R68")
async def test_the_same_e_mail_address_signs_nobody_in(client: Client, owner: Person, acme: Issuer) -> None:
    status, _, browser = await come_in(client, acme)
    assert status == 403
    assert not await is_signed_in(browser)
    await link(owner, acme)
    acme.twist = {"claims": {"sub": "43"}}
    assert (await come_in(client, acme))[0] == 403


@pytest.mark.proves("auth.R67")
async def test_only_who_is_still_signed_in_links(client: Client, owner: Person, acme: Issuer) -> None:
    browser = browser_of(owner)
    _, away, _ = await browser.get("/account/identities/link/acme")
    other = await sign_in(client)
    await other.client.delete("/api/v1/auth/sessions", headers=other.bearer)
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[0] == 400
    assert await other.get(IDENTITIES) == []


@pytest.mark.proves("auth.R67")
async def test_who_signed_in_as_another_meanwhile_links_nothing(client: Client, owner: Person, acme: Issuer) -> None:
    browser = browser_of(owner)
    _, away, _ = await browser.get("/account/identities/link/acme")
    await add_stranger(client.app, "eve@example.org", "another long sentence")
    eve = await sign_in(client, "another long sentence", "eve@example.org")
    browser.cookies["hitl_sid"] = eve.token
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[0] == 400
    assert await eve.get(IDENTITIES) == []


async def test_an_identity_belongs_to_one_account(client: Client, owner: Person, acme: Issuer) -> None:
    await link(owner, acme)
    await add_stranger(client.app, "eve@example.org", "another long sentence")
    browser = browser_of(await sign_in(client, "another long sentence", "eve@example.org"))
    _, away, _ = await browser.get("/account/identities/link/acme")
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[0] == 409


@pytest.mark.proves("auth.R64")
async def test_an_identity_confirms_its_own_human(
    client: Client, owner: Person, acme: Issuer, clock: FakeClock
) -> None:
    await link(owner, acme)
    clock.forward(RECENT)
    browser = browser_of(owner)
    _, away, _ = await browser.get("/confirm/with/acme?next=/account/passkeys")
    assert parse_qs(urlsplit(away).query)["prompt"] == ["login"]
    acme.twist = {"claims": {"sub": "43"}}
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[0] == 403
    acme.twist = {}
    _, away, _ = await browser.get("/confirm/with/acme?next=/account/passkeys")
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[:2] == (303, "/account/passkeys")
    assert (await browser.get("/account/passkeys"))[0] == 200


async def test_an_identity_is_unlinked_on_the_page(client: Client, owner: Person, acme: Issuer) -> None:
    await link(owner, acme)
    (identity,) = await owner.get(IDENTITIES)
    page = f"/account/identities/{identity['id']}/unlink"
    assert (await fill(owner, "/account/identities", page))[0] == 303
    assert (await come_in(client, acme))[0] == 403
    rows = await client.app[DATABASE].fetch("SELECT type FROM account_log WHERE type LIKE 'identity.%' ORDER BY seq")
    assert [row["type"] for row in rows] == ["identity.linked", "identity.unlinked"]


@pytest.mark.proves("auth.R67")
async def test_a_forged_token_does_not_make_us_hammer_the_provider(
    client: Client, owner: Person, acme: Issuer, clock: FakeClock
) -> None:
    await link(owner, acme)
    clock.forward(dt.timedelta(seconds=30))
    acme.twist = {"kid": "zz"}
    before = acme.reads.count("keys")
    for _ in range(5):
        assert (await come_in(client, acme))[0] == 400
    assert acme.reads.count("keys") == before + 1


async def test_new_keys_of_the_provider_are_read(client: Client, owner: Person, acme: Issuer, clock: FakeClock) -> None:
    await link(owner, acme)
    clock.forward(dt.timedelta(seconds=30))
    acme.key, acme.kid = a_key(), "two"
    assert (await come_in(client, acme))[0] == 303


async def test_what_a_person_refused_there_is_said_here(client: Client, owner: Person, acme: Issuer) -> None:
    browser = Browser(client, {})
    _, away, _ = await browser.get("/sign-in/with/acme")
    answer = acme.grant(away, error="access_denied", error_description="<script>alert(1)</script>")
    del answer["code"]
    status, _, text = await browser.get("/sign-in/back/acme", answer)
    assert status == 400
    assert "begin again" in text
    assert "<script" not in text


async def test_a_provider_that_is_away_is_said_to_be(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock
) -> None:
    gone = OidcProvider(name="gone", issuer="http://127.0.0.1:9", client_id="x", client_secret="x")
    client = await a_relay(aiohttp_client, database_url, clock, oidc=(gone,), outbound_allow=networks("127.0.0.1"))
    await an_owner(client)
    async with client.get("/sign-in/with/gone", allow_redirects=False) as response:
        assert response.status == 503
    async with client.get("/sign-in/with/nobody", allow_redirects=False) as response:
        assert response.status == 404


@pytest.mark.proves("auth.next")
async def test_the_providers_are_on_the_sign_in_page(client: Client, owner: Person) -> None:
    links = (await read(client, "/sign-in?next=/account")).links
    assert "/sign-in/with/acme?next=/account" in links
