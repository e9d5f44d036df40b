"""Signing in with a provider that has OAuth 2.0 and no ID token: GitHub as it documents itself, on loopback."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from auth.entities import RECENT
from relay.kernel.log import JsonFormatter
from relay.kernel.network import networks
from relay.kernel.settings import Secret
from tests.emulators.github import SECRET, Github, Human, github
from tests.emulators.oidc import Issuer, issuer
from tests.fakes.clock import FakeClock
from tests.oauth import query_of
from tests.pages import Browser, browser_of, read
from tests.people import Client, MakeClient, Person, a_relay, an_owner, sign_in
from tests.strangers import add_stranger

IDENTITIES = "/api/v1/auth/identities"
BACK = "/sign-in/back/github"


@pytest.fixture
async def hub(clock: FakeClock) -> AsyncIterator[Github]:
    async with github(clock) as hub:
        yield hub


@pytest.fixture
async def acme(clock: FakeClock) -> AsyncIterator[Issuer]:
    async with issuer(clock) as acme:
        yield acme


@pytest.fixture
async def client(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock, hub: Github, acme: Issuer
) -> Client:
    hubs = (
        hub.provider(),
        hub.provider("other", issuer=""),
        hub.provider("mistaken", client_secret="another"),
        hub.provider("basic", client_auth="client_secret_basic"),
        hub.provider("plain", emails_url=None, email_verified="confirmed", pkce=False),
    )
    return await a_relay(
        aiohttp_client,
        database_url,
        clock,
        oidc=(acme.provider(),),
        oauth2=hubs,
        outbound_allow=networks("127.0.0.1"),
    )


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def there(client: Client, away: str) -> dict[str, str]:
    """Follow the browser to GitHub, where its human decides; return what it brings back."""
    async with client.session.get(away, allow_redirects=False) as response:
        assert response.status == 302, await response.text()
        return query_of(response.headers["Location"])


async def come_in(client: Client, name: str = "github", **over: str | None) -> tuple[int, str, Browser]:
    browser = Browser(client)
    _, away, _ = await browser.get(f"/sign-in/with/{name}?next=/account/sessions")
    answer: dict[str, Any] = await there(client, away) | over
    brought = {word: value for word, value in answer.items() if value is not None}
    status, to, _ = await browser.get(f"/sign-in/back/{name}", brought)
    return status, to, browser


async def link(owner: Person, name: str = "github") -> None:
    browser = browser_of(owner)
    _, away, _ = await browser.get(f"/account/identities/link/{name}")
    status, to, text = await browser.get(f"/sign-in/back/{name}", await there(owner.client, away))
    assert (status, to) == (303, "/account/identities"), text


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/api/v1/auth/me"))[0] == 200


@pytest.mark.proves("auth.upstream_oauth2")
@pytest.mark.parametrize("speaks_json", [True, False])
async def test_a_linked_github_account_signs_in_and_leads_back(
    client: Client, owner: Person, hub: Github, speaks_json: bool
) -> None:
    hub.speaks_json = speaks_json
    await link(owner)
    status, to, browser = await come_in(client)
    assert (status, to) == (303, "/account/sessions")
    assert await is_signed_in(browser)
    assert hub.asked["code_challenge_method"] == "S256"
    assert hub.asked["redirect_uri"] == "http://localhost:8000/sign-in/back/github"
    assert "nonce" not in hub.asked
    (identity,) = await owner.get(IDENTITIES)
    assert (identity["issuer"], identity["email"]) == (f"{hub.url}/user#id", "Ada@example.org")
    assert "GitHub" in (await read(client, "/account/identities", **owner.cookie)).words
    assert "/sign-in/with/github" in "".join((await read(client, "/sign-in")).links)


@pytest.mark.proves("auth.upstream_oauth2")
async def test_a_name_that_somebody_else_takes_over_opens_nothing(client: Client, owner: Person, hub: Github) -> None:
    """GitHub gives names of accounts that were renamed or deleted to whoever asks; ids it never gives again."""
    await link(owner)
    hub.human.login = "renamed"
    assert (await come_in(client))[0] == 303
    hub.human = Human(id=7, login="octocat")
    status, _, browser = await come_in(client)
    assert status == 403
    assert not await is_signed_in(browser)


@pytest.mark.proves("auth.upstream_oauth2")
@pytest.mark.proves("auth.R68")
async def test_the_e_mail_address_of_an_account_opens_nothing(client: Client, owner: Person, hub: Github) -> None:
    assert hub.human.emails[1]["email"] == "Ada@example.org"
    status, _, browser = await come_in(client)
    assert status == 403
    assert not await is_signed_in(browser)


def _json(body: object, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)


ATTACKS: dict[str, tuple[dict[str, web.Response], dict[str, str | None]]] = {
    "another state": ({}, {"state": "x"}),
    "no state": ({}, {"state": None}),
    "another provider's answer": ({}, {"iss": "https://evil.example"}),
    "an answer that does not say whose it is": ({}, {"iss": None}),
    "another code": ({}, {"code": "x"}),
    "no code": ({}, {"code": None}),
    "an error with status 200": ({"token": _json({"error": "bad_verification_code"})}, {}),
    "an error beside a token": ({"token": _json({"error": "x", "access_token": "y", "token_type": "bearer"})}, {}),
    "an error page": ({"token": web.Response(status=502, text="<html>")}, {}),
    "no token": ({"token": _json({"token_type": "bearer"})}, {}),
    "a token of another kind": ({"token": _json({"access_token": "x", "token_type": "mac"})}, {}),
    "a token that GitHub does not know": ({"token": _json({"access_token": "x", "token_type": "bearer"})}, {}),
    "a token that is a header": ({"token": _json({"access_token": "x\r\ny: z", "token_type": "bearer"})}, {}),
    "nobody": ({"user": _json({"login": "octocat"})}, {}),
    "an id that is none": ({"user": _json({"id": True})}, {}),
    "an id that is a fraction": ({"user": _json({"id": 583231.0})}, {}),
    "an empty id": ({"user": _json({"id": ""})}, {}),
    "an id with a zero byte": ({"user": _json({"id": "583231\x00"})}, {}),
    "an endless id": ({"user": _json({"id": "5" * 501})}, {}),
    "a list": ({"user": _json([{"id": 583231}])}, {}),
    "a failure": ({"user": _json({"id": 583231}, status=500)}, {}),
}


@pytest.mark.proves("auth.upstream_oauth2")
@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_answer_that_is_not_right_signs_nobody_in(
    client: Client, owner: Person, hub: Github, attack: str
) -> None:
    await link(owner)
    hub.twist, over = ATTACKS[attack]
    status, _, browser = await come_in(client, **over)
    assert status in {400, 503}
    assert not await is_signed_in(browser)


@pytest.mark.proves("auth.upstream_oauth2")
async def test_a_stolen_code_is_worth_nothing_in_another_browser(client: Client, owner: Person, hub: Github) -> None:
    """Without PKCE whoever sees the victim's call-back, in a log or a referrer, signs in as them."""
    await link(owner)
    victim, thief = Browser(client), Browser(client)
    _, away, _ = await victim.get("/sign-in/with/github")
    code = (await there(client, away))["code"]
    _, away, _ = await thief.get("/sign-in/with/github")
    own = await there(client, away)
    assert (await thief.get(BACK, own | {"code": code}))[0] == 400
    assert not await is_signed_in(thief)


@pytest.mark.proves("auth.upstream_oauth2")
async def test_an_answer_counts_in_the_browser_that_was_sent_only_and_once(
    client: Client, owner: Person, hub: Github, clock: FakeClock
) -> None:
    await link(owner)
    sent, victim = Browser(client), Browser(client, {"hitl_flow": "A" * 43})
    _, away, _ = await sent.get("/sign-in/with/github")
    assert (await victim.get(BACK, await there(client, away)))[0] == 400
    assert not await is_signed_in(victim)
    _, away, _ = await sent.get("/sign-in/with/github")
    answer, flow = await there(client, away), dict(sent.cookies)
    assert (await sent.get(BACK, answer))[0] == 303
    assert (await Browser(client, flow).get(BACK, answer))[0] == 400
    _, away, _ = await sent.get("/sign-in/with/github")
    answer = await there(client, away)
    clock.forward(dt.timedelta(minutes=10))
    assert (await sent.get(BACK, answer))[0] == 400


@pytest.mark.proves("auth.upstream_oauth2")
async def test_an_answer_at_another_providers_address_is_refused_before_the_code_is_shown_to_it(
    client: Client, owner: Person, hub: Github
) -> None:
    """The mix-up attack, where answers name no issuer: the address is what tells the providers apart."""
    await link(owner)
    browser = Browser(client)
    _, away, _ = await browser.get("/sign-in/with/github")
    answer = await there(client, away)
    hub.reads.clear()
    assert (await browser.get("/sign-in/back/other", answer))[0] == 400
    assert hub.reads == []


@pytest.mark.proves("auth.upstream_oauth2")
async def test_a_provider_that_names_no_issuer_is_taken_as_it_is(client: Client, owner: Person, hub: Github) -> None:
    await link(owner, "other")
    assert (await come_in(client, "other", iss=None))[0] == 303


@pytest.mark.proves("auth.upstream_oauth2")
async def test_the_secret_is_sent_as_the_provider_wants_it(client: Client, owner: Person, hub: Github) -> None:
    await link(owner, "basic")
    assert (await come_in(client, "basic"))[0] == 303


@pytest.mark.proves("auth.upstream_oauth2")
async def test_only_who_is_still_signed_in_links(client: Client, owner: Person, hub: Github) -> None:
    browser = browser_of(owner)
    _, away, _ = await browser.get("/account/identities/link/github")
    answer = await there(client, away)
    await add_stranger(client.app, "eve@example.org", "another long sentence")
    eve = await sign_in(client, "another long sentence", "eve@example.org")
    browser.cookies["hitl_sid"] = eve.token
    assert (await browser.get(BACK, answer))[0] == 400
    assert await eve.get(IDENTITIES) == []
    assert await owner.get(IDENTITIES) == []


@pytest.mark.proves("auth.upstream_oauth2")
async def test_the_id_of_one_provider_is_not_anothers(client: Client, owner: Person, hub: Github, acme: Issuer) -> None:
    await link(owner)
    acme.twist = {"claims": {"sub": str(hub.human.id)}}
    browser = Browser(client)
    _, away, _ = await browser.get("/sign-in/with/acme")
    assert (await browser.get("/sign-in/back/acme", acme.grant(away)))[0] == 403


@pytest.mark.proves("auth.R64")
async def test_github_confirms_its_own_human(client: Client, owner: Person, hub: Github, clock: FakeClock) -> None:
    await link(owner)
    clock.forward(RECENT)
    browser = browser_of(owner)
    _, away, _ = await browser.get("/confirm/with/github?next=/account/passkeys")
    assert query_of(away)["prompt"] == "select_account"
    hub.human.id = 8
    assert (await browser.get(BACK, await there(client, away)))[0] == 403
    hub.human.id = 583_231
    _, away, _ = await browser.get("/confirm/with/github?next=/account/passkeys")
    assert (await browser.get(BACK, await there(client, away)))[:2] == (303, "/account/passkeys")


EMAILS: dict[str, tuple[str, Any, str]] = {
    "not granted": ("read:user", None, ""),
    "not verified": ("", [{"email": "a@example.org", "primary": True, "verified": False}], ""),
    "not the primary one": ("", [{"email": "a@example.org", "primary": False, "verified": True}], ""),
    "no list": ("", {"email": "a@example.org"}, ""),
    "odd entries": ("", [7, None, {"email": None, "primary": True, "verified": True}], ""),
    "no address": ("", [{"email": "a\n@example.org", "primary": True, "verified": True}], ""),
    "verified": ("", [{"email": "a@example.org", "primary": True, "verified": True}], "a@example.org"),
}


@pytest.mark.proves("auth.upstream_oauth2")
@pytest.mark.parametrize("case", EMAILS)
async def test_an_address_is_shown_only_if_it_was_verified_there(
    client: Client, owner: Person, hub: Github, case: str
) -> None:
    grants, emails, shown = EMAILS[case]
    hub.human.grants = grants
    if emails is not None:
        hub.human.emails = emails
    await link(owner)
    (identity,) = await owner.get(IDENTITIES)
    assert identity["email"] == shown


@pytest.mark.proves("auth.upstream_oauth2")
@pytest.mark.parametrize(("confirmed", "shown"), [(True, "a@example.org"), (False, ""), ("yes", ""), (None, "")])
async def test_an_address_in_the_description_counts_beside_its_own_proof(
    client: Client, owner: Person, hub: Github, confirmed: object, shown: str
) -> None:
    hub.twist = {"user": _json({"id": "u-1", "email": "a@example.org", "confirmed": confirmed})}
    await link(owner, "plain")
    assert "code_challenge" not in hub.asked
    (identity,) = await owner.get(IDENTITIES)
    assert identity["email"] == shown


@pytest.mark.proves("auth.upstream_oauth2")
async def test_a_relay_whose_secret_is_wrong_says_so_in_its_log_and_not_to_people(
    client: Client, owner: Person, hub: Github, caplog: pytest.LogCaptureFixture
) -> None:
    status, _, browser = await come_in(client, "mistaken")
    assert status == 503
    assert not await is_signed_in(browser)
    log = "\n".join(map(JsonFormatter().format, caplog.records))
    assert "its client id, secret or redirect address" in log
    assert SECRET not in log


async def test_what_a_person_refused_there_is_said_here(client: Client, owner: Person, hub: Github) -> None:
    hub.human.allows = False
    assert (await come_in(client, "other"))[0] == 400
