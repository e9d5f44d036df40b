"""Signing in and out, and the sessions in between."""

import asyncio
import datetime as dt

import pytest

from auth.entities import SESSION_IDLE, SESSION_LIFE
from auth.keys import AUTH_CACHE, USAGE
from auth.services.auth_cache import Revocation
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import EMAIL, PASSWORD, Client, MakeClient, Person, a_relay, an_owner, bearer, sign_in

SIGN_IN = "/api/v1/auth/sign-in"
ME = "/api/v1/auth/me"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def status_of_me(client: Client, token: str) -> int:
    async with client.get(ME, headers=bearer(token)) as response:
        return response.status


@pytest.mark.proves("auth.R57")
async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(client: Client, owner: Person) -> None:
    answers = []
    for email in (EMAIL, "nobody@example.org"):
        async with client.post(SIGN_IN, json={"email": email, "password": "wrong horse"}) as response:
            answers.append((response.status, await response.text(), response.headers["WWW-Authenticate"]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


@pytest.mark.proves("auth.R58")
async def test_after_ten_failures_even_the_right_password_waits(
    client: Client, owner: Person, clock: FakeClock
) -> None:
    for _ in range(10):
        async with client.post(SIGN_IN, json={"email": EMAIL, "password": "wrong horse"}) as response:
            assert response.status == 401
    async with client.post(SIGN_IN, json={"email": EMAIL, "password": PASSWORD}) as response:
        assert response.status == 429
        pause = int(response.headers["Retry-After"])
    clock.forward(dt.timedelta(seconds=pause))
    await sign_in(client)


@pytest.mark.proves("auth.R59")
async def test_a_flood_of_sign_ins_is_refused_in_part_and_others_are_served(client: Client, owner: Person) -> None:
    async def guess(number: int) -> int:
        body = {"email": f"{number}@example.org", "password": "wrong horse"}
        async with client.post(SIGN_IN, json=body) as response:
            assert response.status == 401 or response.headers["Retry-After"]
            return response.status

    flood = asyncio.gather(*(guess(number) for number in range(60)))
    assert await status_of_me(client, owner.token) == 200
    assert set(await flood) == {401, 429}


@pytest.mark.proves("auth.R60")
async def test_each_sign_in_is_a_new_session_and_replaces_the_browser_s_own(client: Client, owner: Person) -> None:
    second = await sign_in(client, **owner.cookie)
    assert second.token != owner.token
    assert await status_of_me(client, owner.token) == 401
    third = await sign_in(client)
    assert await status_of_me(client, second.token) == 200
    assert await status_of_me(client, third.token) == 200


@pytest.mark.proves("auth.R60")
async def test_signing_out_ends_the_session_at_once(client: Client, owner: Person) -> None:
    async with client.post("/api/v1/auth/sign-out", headers=owner.bearer) as response:
        assert response.status == 204
        assert 'hitl_sid=""' in response.headers["Set-Cookie"]
        assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert await status_of_me(client, owner.token) == 401


@pytest.mark.proves("auth.R60")
async def test_a_disabled_account_is_signed_out(client: Client, owner: Person, clock: FakeClock) -> None:
    await client.app[DATABASE].execute("UPDATE account SET disabled_at = $1", clock.now())
    clock.forward(dt.timedelta(seconds=30))
    assert await status_of_me(client, owner.token) == 401


@pytest.mark.proves("auth.R60")
async def test_a_session_nobody_uses_ends_after_thirty_days(client: Client, owner: Person, clock: FakeClock) -> None:
    clock.forward(SESSION_IDLE - dt.timedelta(seconds=1))
    assert await status_of_me(client, owner.token) == 200
    clock.forward(dt.timedelta(seconds=1))
    assert await status_of_me(client, owner.token) == 401


@pytest.mark.proves("auth.R60")
async def test_a_session_in_daily_use_ends_after_ninety_days(client: Client, owner: Person, clock: FakeClock) -> None:
    end = clock.now() + SESSION_LIFE
    while clock.now() + dt.timedelta(days=10) < end:
        clock.forward(dt.timedelta(days=10))
        assert await status_of_me(client, owner.token) == 200
        await client.app[USAGE].flush()
    clock.forward(end - clock.now())
    assert await status_of_me(client, owner.token) == 401


@pytest.mark.proves("auth.R61")
@pytest.mark.parametrize(
    ("public_url", "name", "more"),
    [("http://localhost:8000", "hitl_sid", set()), ("https://relay.example.org", "__Host-sid", {"Secure"})],
)
async def test_the_cookie_has_exactly_the_strict_attributes(
    database_url: Secret, aiohttp_client: MakeClient, *, public_url: str, name: str, more: set[str]
) -> None:
    client = await a_relay(aiohttp_client, database_url, FakeClock(), public_url=public_url)
    owner = await an_owner(client)
    async with client.post(SIGN_IN, json={"email": EMAIL, "password": PASSWORD}) as response:
        cookie, *attributes = response.headers["Set-Cookie"].split("; ")
        assert response.headers["Cache-Control"] == "no-store"
    assert cookie.startswith(f"{name}=hses_")
    assert owner.token not in cookie
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=7776000"} | more


async def test_sessions_are_listed_and_ended_by_their_owner(client: Client, owner: Person) -> None:
    phone = await sign_in(client, **{"User-Agent": "Phone/1 " + "x" * 300})
    own, other = sorted(await owner.get("/api/v1/auth/sessions"), key=lambda session: not session["current"])
    assert (own["current"], other["current"]) == (True, False)
    assert other["user_agent"] == ("Phone/1 " + "x" * 300)[:200]
    await owner.delete(f"/api/v1/auth/sessions/{other['id']}")
    await owner.delete(f"/api/v1/auth/sessions/{other['id']}", expect=404)
    assert await status_of_me(client, phone.token) == 401
    assert await owner.get("/api/v1/auth/sessions") == [own]


@pytest.mark.proves("auth.R47")
async def test_ending_a_session_tells_whoever_holds_its_sockets(client: Client, owner: Person) -> None:
    told: list[Revocation] = []
    client.app[AUTH_CACHE].on_revoked(told.append)
    (session,) = await owner.get("/api/v1/auth/sessions")
    await owner.delete(f"/api/v1/auth/sessions/{session['id']}")
    assert [str(gone.credential_id) for gone in told] == [session["id"]]


@pytest.mark.proves("auth.R47")
async def test_revoking_a_device_ends_its_session_at_once(client: Client, owner: Person) -> None:
    phone = await sign_in(client)
    device = await phone.post("/api/v1/mobile/devices", {"name": "phone", "kind": "phone"})
    assert (await phone.get(ME))["device_id"] == device["device_id"]
    await owner.delete(f"/api/v1/mobile/devices/{device['device_id']}")
    assert await status_of_me(client, phone.token) == 401
    assert await status_of_me(client, owner.token) == 200


@pytest.mark.proves("auth.R79")
async def test_sign_in_and_out_are_in_the_log(client: Client, owner: Person) -> None:
    other = await sign_in(client)
    async with client.post("/api/v1/auth/sign-out", headers=other.bearer) as response:
        assert response.status == 204
    rows = await client.app[DATABASE].fetch("SELECT type FROM account_log ORDER BY seq DESC LIMIT 2")
    assert [row["type"] for row in rows] == ["session.ended", "session.created"]


@pytest.mark.proves("auth.R77")
async def test_the_database_knows_no_token_and_no_password(client: Client, owner: Person) -> None:
    for table in ("account", "session"):
        rows = await client.app[DATABASE].fetch(f"SELECT t::text FROM {table} t")  # noqa: S608 - two fixed names
        assert rows
        for row in rows:
            assert owner.token not in row["t"]
            assert PASSWORD not in row["t"]
