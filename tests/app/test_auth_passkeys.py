"""Passkeys, with an authenticator in software: made, used, and everything that must be refused."""

import asyncio
import datetime as dt
import os
from dataclasses import replace
from typing import Any

import pytest

from auth.entities import RECENT
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from relay.store.database import Database
from tests.emulators.authenticator import ORIGIN, Authenticator
from tests.fakes.clock import FakeClock
from tests.pages import fill, read
from tests.people import Client, MakeClient, Person, a_relay, an_owner, person, sign_in
from tests.waiting import until_held_up

PASSKEYS = "/api/v1/auth/passkeys"
ANDROID = "android:apk-key-hash:4fGAvqr_Wkq1ZUrfCVYhmPGDZu2I4mGkVgnDGMM8uHY"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock, passkey_origins=(ANDROID,))


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def make(owner: Person, key: Authenticator, *, expect: int = 201, **over: Any) -> dict[str, Any]:
    options = (await owner.post(f"{PASSKEYS}/make/options", expect=200))["publicKey"]
    return await owner.post(PASSKEYS, {"name": "phone", "credential": key.make(options, **over)}, expect=expect)


async def challenge(client: Client) -> dict[str, Any]:
    async with client.post(f"{PASSKEYS}/use/options") as response:
        options: dict[str, Any] = (await response.json())["publicKey"]
        return options


async def use(client: Client, credential: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    async with client.post(f"{PASSKEYS}/use/sign-in", json={"credential": credential}) as response:
        return response.status, await response.json()


@pytest.mark.proves("auth.passkeys")
async def test_a_passkey_signs_in_without_a_name(client: Client, owner: Person, clock: FakeClock) -> None:
    key = Authenticator()
    made = await make(owner, key)
    assert (made["name"], made["synced"], made["last_used_at"]) == ("phone", True, None)
    clock.forward(dt.timedelta(hours=1))
    options = await challenge(client)
    assert (options["rpId"], options["userVerification"], options["allowCredentials"]) == ("localhost", "required", [])
    status, reply = await use(client, key.use(options))
    assert (status, reply["account"]["id"]) == (200, owner.account_id)
    # It is a proof of this moment.
    signed_in = person(client, reply)
    await signed_in.a_key()
    (listed,) = await signed_in.get(PASSKEYS)
    assert listed["last_used_at"] is not None


@pytest.mark.proves("auth.R66")
async def test_a_challenge_is_used_once(client: Client, owner: Person) -> None:
    key = Authenticator()
    await make(owner, key)
    options = await challenge(client)
    credential = key.use(options)
    answers = await asyncio.gather(*(use(client, credential) for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 401, 401, 401]
    assert (await use(client, key.use(options)))[0] == 401


@pytest.mark.proves("auth.R66")
async def test_a_challenge_of_five_minutes_is_too_old(client: Client, owner: Person, clock: FakeClock) -> None:
    key = Authenticator()
    await make(owner, key)
    options = await challenge(client)
    clock.forward(dt.timedelta(minutes=5))
    assert (await use(client, key.use(options)))[0] == 401


WRONG_USES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another origin": ({"origin": "https://evil.example"}, {}),
    "a look-alike origin": ({"origin": f"{ORIGIN}.evil.example"}, {}),
    "another site": ({"site": "evil.example"}, {}),
    "no verification of the user": ({"verifies": False}, {}),
    "a count that went back": ({"count": 5}, {}),
    "a challenge nobody gave": ({}, {"challenge": "A" * 43}),
    "another user": ({}, {"user": os.urandom(16)}),
    "another signature": ({}, {"signature": os.urandom(70)}),
    "no passkey of ours": ({"id": os.urandom(32)}, {}),
}


@pytest.mark.proves("auth.R66")
@pytest.mark.parametrize("case", WRONG_USES)
async def test_a_wrong_use_signs_nobody_in(client: Client, owner: Person, case: str) -> None:
    key = Authenticator(count=10)
    await make(owner, key)
    wrong, over = WRONG_USES[case]
    for name, value in wrong.items():
        setattr(key, name, value)
    status, problem = await use(client, key.use(await challenge(client), **over))
    assert (status, problem["code"]) == (401, "unauthenticated")
    assert problem["detail"] == "this passkey is not known here, or took too long; try again"


@pytest.mark.proves("auth.R66")
async def test_of_copies_of_an_authenticator_at_once_one_signs_in(
    client: Client, owner: Person, database: Database
) -> None:
    """Each answers a challenge of its own with the same count, and all read the count before any wrote it."""
    key = Authenticator(count=10)
    await make(owner, key)
    credentials = [replace(key).use(await challenge(client)) for _ in range(3)]
    async with database.transaction() as holding:
        await holding.execute("SELECT FROM passkey FOR UPDATE")
        uses = [asyncio.create_task(use(client, credential)) for credential in credentials]
        await until_held_up(database, statements=3)
    assert sorted([status for status, _ in await asyncio.gather(*uses)]) == [200, 401, 401]


async def test_an_authenticator_that_does_not_count_is_taken(client: Client, owner: Person) -> None:
    key = Authenticator(counts=False)
    await make(owner, key)
    for _ in range(2):
        assert (await use(client, key.use(await challenge(client))))[0] == 200


WRONG_MAKINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another origin": ({"origin": "https://evil.example"}, {}),
    "another site": ({"site": "evil.example"}, {}),
    "no verification of the user": ({"verifies": False}, {}),
    "a challenge nobody gave": ({}, {"challenge": "A" * 43}),
}


@pytest.mark.proves("auth.R66")
@pytest.mark.parametrize("case", WRONG_MAKINGS)
async def test_a_wrong_making_is_not_kept(client: Client, owner: Person, case: str) -> None:
    wrong, over = WRONG_MAKINGS[case]
    problem = await make(owner, Authenticator(**wrong), expect=400, **over)
    assert problem["pointer"] == "/credential"
    assert await owner.get(PASSKEYS) == []


@pytest.mark.proves("auth.R66")
async def test_a_challenge_for_signing_in_makes_no_passkey_nor_the_other_way_round(
    client: Client, owner: Person
) -> None:
    key = Authenticator()
    options = await challenge(client)
    account = {"user": {"id": "AAAA"}}
    body = {"name": "phone", "credential": key.make(options | account)}
    await owner.post(PASSKEYS, body, expect=400)
    await make(owner, key)
    making = (await owner.post(f"{PASSKEYS}/make/options", expect=200))["publicKey"]
    assert (await use(client, key.use(making)))[0] == 401


async def test_a_passkey_belongs_to_one_account(client: Client, owner: Person) -> None:
    key = Authenticator()
    await make(owner, key)
    problem = await make(owner, key, expect=409)
    assert problem["code"] == "already_exists"


@pytest.mark.proves("auth.passkeys")
async def test_an_app_of_a_further_origin_may_use_it(client: Client, owner: Person) -> None:
    key = Authenticator(origin=ANDROID)
    await make(owner, key)
    assert (await use(client, key.use(await challenge(client))))[0] == 200


@pytest.mark.proves("auth.R64")
async def test_a_passkey_confirms_its_own_human_only(client: Client, owner: Person, clock: FakeClock) -> None:
    key = Authenticator()
    await make(owner, key)
    clock.forward(RECENT)
    await owner.post(PASSKEYS, {}, expect=403)
    credential = key.use(await challenge(client))
    reply = await owner.post(f"{PASSKEYS}/use/confirm", {"credential": credential}, expect=200)
    fresh = Person(client, reply["token"], owner.account_id, owner.org_id)
    await fresh.a_key()
    await client.app[DATABASE].execute("UPDATE passkey SET account_id = $1", await a_stranger(client))
    credential = key.use(await challenge(client))
    await fresh.post(f"{PASSKEYS}/use/confirm", {"credential": credential}, expect=401)


async def a_stranger(client: Client) -> object:
    from tests.strangers import add_stranger

    await add_stranger(client.app, "eve@example.org", "another long sentence")
    return await client.app[DATABASE].value("SELECT id FROM account WHERE email = 'eve@example.org'")


@pytest.mark.proves("auth.passkeys")
async def test_passkeys_are_renamed_and_removed(client: Client, owner: Person) -> None:
    key = Authenticator()
    made = await make(owner, key)
    path = f"{PASSKEYS}/{made['id']}"
    async with client.patch(path, json={"name": "tablet"}, headers=owner.bearer) as response:
        assert (await response.json())["name"] == "tablet"
    await owner.delete(path)
    assert (await use(client, key.use(await challenge(client))))[0] == 401
    rows = await client.app[DATABASE].fetch("SELECT type FROM account_log WHERE type LIKE 'passkey.%' ORDER BY seq")
    assert [row["type"] for row in rows] == ["passkey.added", "passkey.removed"]


async def test_an_account_has_twenty_at_most(client: Client, owner: Person) -> None:
    for _ in range(20):
        await make(owner, Authenticator())
    problem = await owner.post(f"{PASSKEYS}/make/options", expect=409)
    assert "at most 20" in problem["detail"]


@pytest.mark.parametrize(
    "url", ["http://relay.example.org", "https://192.0.2.4", "http://127.0.0.1:8000", "https://[2001:db8::1]"]
)
async def test_where_browsers_offer_none_it_is_said(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock, url: str
) -> None:
    client = await a_relay(aiohttp_client, database_url, clock, public_url=url)
    owner = await an_owner(client)
    problem = await owner.post(f"{PASSKEYS}/make/options", expect=409)
    assert "HITL_PUBLIC_URL" in problem["detail"]
    cookie = {"Cookie": f"{'__Host-sid' if url.startswith('https') else 'hitl_sid'}={owner.token}"}
    assert "https" in (await read(client, "/account/passkeys", **cookie)).words
    assert "passkey" not in (await read(client, "/sign-in")).words.lower()


@pytest.mark.proves("auth.pages")
async def test_the_page_renames_and_removes_without_a_script(client: Client, owner: Person) -> None:
    made = await make(owner, Authenticator())
    page = f"/account/passkeys/{made['id']}"
    assert (await fill(owner, "/account/passkeys", f"{page}/rename", name="<b>tablet"))[0] == 303
    assert "<b>tablet" in (await read(client, "/account/passkeys", **owner.cookie)).words
    assert (await fill(owner, "/account/passkeys", f"{page}/remove"))[0] == 303
    assert await owner.get(PASSKEYS) == []


async def test_only_pages_with_passkeys_load_a_script_and_only_ours(client: Client, owner: Person) -> None:
    for path in ("/sign-in", "/account/passkeys"):
        async with client.get(path, headers=owner.cookie) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "script-src 'self'; connect-src 'self'" in policy
            assert (await response.text()).count("<script") == 1
    async with client.get("/account", headers=owner.cookie) as response:
        assert "script-src" not in response.headers["Content-Security-Policy"]
    async with client.get("/assets/passkeys.js") as response:
        assert response.content_type == "text/javascript"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_signing_in_by_passkey_replaces_the_browser_s_session(client: Client, owner: Person) -> None:
    key = Authenticator()
    await make(owner, key)
    old = await sign_in(client)
    credential = key.use(await challenge(client))
    async with client.post(f"{PASSKEYS}/use/sign-in", json={"credential": credential}, headers=old.cookie) as response:
        assert response.cookies["hitl_sid"].value != old.token
    async with client.get("/api/v1/auth/me", headers=old.bearer) as response:
        assert response.status == 401
