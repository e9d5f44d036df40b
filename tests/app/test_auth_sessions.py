"""Where one is signed in: seen and ended."""

import asyncio

import pytest

from auth.keys import AUTH_CACHE
from auth.services.auth_cache import Revocation
from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.pages import fill, read
from tests.people import Client, MakeClient, Person, a_relay, an_owner, sign_in

SESSIONS = "/api/v1/auth/sessions"
PAGE = "/account/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def is_signed_in(person: Person) -> bool:
    async with person.client.get("/api/v1/auth/me", headers=person.bearer) as response:
        return response.status == 200


@pytest.mark.proves("auth.sessions")
async def test_a_session_is_listed_with_browser_place_and_times(client: Client, owner: Person) -> None:
    await sign_in(client, **{"User-Agent": FIREFOX})
    other, own = sorted(await owner.get(SESSIONS), key=lambda session: bool(session["current"]))
    assert (other["browser"], other["network"], other["current"]) == ("Firefox on Linux", "this machine", False)
    assert other["authenticated_at"] == other["created_at"]
    assert own["current"]


@pytest.mark.proves("auth.sessions")
async def test_all_others_are_ended_at_once(client: Client, owner: Person) -> None:
    others = [await sign_in(client) for _ in range(3)]
    told: list[Revocation] = []
    client.app[AUTH_CACHE].on_revoked(told.append)
    async with client.delete(SESSIONS, headers=owner.bearer) as response:
        assert await response.json() == {"ended": 3}
    assert [await is_signed_in(person) for person in (owner, *others)] == [True, False, False, False]
    assert len(told) == 3


@pytest.mark.proves("auth.sessions")
async def test_two_that_end_each_other_at_once_both_get_an_answer(client: Client, owner: Person) -> None:
    other = await sign_in(client)

    async def end_others(person: Person) -> int:
        async with client.delete(SESSIONS, headers=person.bearer) as response:
            return response.status

    assert set(await asyncio.gather(end_others(owner), end_others(other))) <= {200, 401}
    assert [await is_signed_in(person) for person in (owner, other)].count(True) <= 1


@pytest.mark.proves("auth.sessions")
async def test_the_page_ends_one_and_all_others(client: Client, owner: Person) -> None:
    others = [await sign_in(client, **{"User-Agent": FIREFOX}) for _ in range(3)]
    page = await read(client, PAGE, **owner.cookie)
    assert page.words.count("Firefox on Linux") == 6
    assert "this browser" in page.words
    ends = sorted(action for action in page.forms if action.endswith("/end"))
    assert len(ends) == 3
    assert (await fill(owner, PAGE, ends[0]))[:2] == (303, PAGE)
    assert [await is_signed_in(person) for person in others].count(True) == 2
    assert (await fill(owner, PAGE, f"{PAGE}/end-others"))[:2] == (303, PAGE)
    assert [await is_signed_in(person) for person in (owner, *others)] == [True, False, False, False]
    assert list((await read(client, PAGE, **owner.cookie)).forms) == []


async def test_the_account_page_leads_to_the_sessions(client: Client, owner: Person) -> None:
    assert PAGE in (await read(client, "/account", **owner.cookie)).links
