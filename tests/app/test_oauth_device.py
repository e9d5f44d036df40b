"""Programs without a browser: RFC 8628, and what RFC 10027 says can go wrong with it."""

import asyncio
import datetime as dt

import pytest

from auth.oauth.device_grant import ALPHABET, new_user_code
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import DEVICE, Program, Reply, a_program, claims_of
from tests.pages import Page, fill, read, send
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, bearer

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def program(client: Client) -> Program:
    return await a_program(client, client_name="Television", grant_types=[DEVICE], redirect_uris=[], response_types=[])


async def codes_for(program: Program, **over: str) -> JSON:
    reply = await program.post("device", **over)
    assert reply.status == 200, reply.text
    return reply.body


async def poll(program: Program, codes: JSON) -> Reply:
    return await program.post("token", grant_type=DEVICE, device_code=codes["device_code"])


async def answer(owner: Person, code: str, decision: str = "allow", **chosen: str) -> tuple[int, Page]:
    """Enter the code on the page, and press a button of the next one."""
    status, _, page = await fill(owner, "/device", "/device", user_code=code)
    if status != 200:
        return status, page
    fields = page.forms["/device/decision"] | {"decision": decision, **chosen}
    status, _, text = await send(owner.client, "/device/decision", fields, owner.cookie)
    return status, Page(text)


@pytest.mark.proves("auth.R31")
async def test_a_device_waits_until_its_human_says_yes(owner: Person, program: Program, clock: FakeClock) -> None:
    codes = await codes_for(program)
    assert codes["verification_uri"] == "http://localhost:8000/device"
    assert codes["verification_uri_complete"] == f"http://localhost:8000/device?user_code={codes['user_code']}"
    assert (codes["expires_in"], codes["interval"]) == (900, 5)
    assert (await poll(program, codes)).error == "authorization_pending"
    assert (await answer(owner, codes["user_code"]))[0] == 200
    clock.forward(5 * SECOND)
    tokens = await poll(program, codes)
    assert tokens.status == 200
    assert claims_of(tokens.body["access_token"])["sub"] == owner.account_id
    async with owner.client.get("/api/v1/agents", headers=bearer(tokens.body["access_token"])) as response:
        assert [agent["name"] for agent in await response.json()] == ["Television"]
    assert (await program.refresh(tokens.body["refresh_token"])).status == 200


@pytest.mark.proves("auth.R31")
async def test_a_hasty_device_is_slowed_down_by_five_seconds(program: Program, clock: FakeClock) -> None:
    codes = await codes_for(program)
    answers = [(await poll(program, codes)).error]
    for waited in (4, 9, 15, 14):
        clock.forward(waited * SECOND)
        answers.append((await poll(program, codes)).error)
    assert answers == ["authorization_pending", "slow_down", "slow_down", "authorization_pending", "slow_down"]


@pytest.mark.proves("auth.R31")
async def test_a_device_code_works_once(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    await answer(owner, codes["user_code"])
    replies = await asyncio.gather(*(poll(program, codes) for _ in range(6)))
    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400, 400, 400]
    assert {reply.error for reply in replies if reply.status == 400} == {"expired_token"}
    assert len(await owner.get("/api/v1/agents")) == 1


@pytest.mark.proves("auth.R31")
async def test_a_device_is_told_no(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    status, page = await answer(owner, codes["user_code"], "deny")
    assert (status, "told no" in page.words) == (200, True)
    assert (await poll(program, codes)).error == "access_denied"


@pytest.mark.proves("auth.R31")
async def test_a_device_code_lasts_a_quarter_of_an_hour(owner: Person, program: Program, clock: FakeClock) -> None:
    codes = await codes_for(program)
    clock.forward(dt.timedelta(minutes=10))
    owner = await _again(owner)
    clock.forward(dt.timedelta(minutes=5))
    assert (await poll(program, codes)).error == "expired_token"
    assert (await answer(owner, codes["user_code"]))[0] == 404


async def _again(owner: Person) -> Person:
    from tests.people import sign_in

    return await sign_in(owner.client)


@pytest.mark.proves("auth.R31")
async def test_a_device_code_is_for_the_program_that_asked(client: Client, owner: Person, program: Program) -> None:
    other = await a_program(client, grant_types=[DEVICE], redirect_uris=[])
    codes = await codes_for(program)
    await answer(owner, codes["user_code"])
    assert (await poll(other, codes)).error == "invalid_grant"
    assert (await other.post("token", grant_type=DEVICE, device_code="hdc_unknown")).error == "invalid_grant"
    assert (await poll(program, codes)).status == 200


async def test_a_program_that_is_not_for_it_gets_no_device_code(client: Client, program: Program) -> None:
    browser = await a_program(client)
    assert (await browser.post("device")).error == "unauthorized_client"
    assert (await program.post("device", client_id="nobody")).error == "invalid_client"
    assert (await program.post("device", scope="keys:write")).error == "invalid_scope"
    assert (await program.post("device", resource="https://elsewhere.example")).error == "invalid_target"
    assert await client.app[DATABASE].value("SELECT count(*) FROM oauth_device_code") == 0


@pytest.mark.proves("auth.R32")
async def test_after_five_wrong_codes_a_session_waits(owner: Person, program: Program, clock: FakeClock) -> None:
    codes = await codes_for(program)
    for _ in range(5):
        assert (await answer(owner, "BBBB-BBBB"))[0] == 404
    assert (await answer(owner, codes["user_code"]))[0] == 429
    clock.forward(dt.timedelta(minutes=9))
    assert (await answer(owner, codes["user_code"]))[0] == 429


@pytest.mark.proves("auth.R32")
def test_a_user_code_has_no_vowels_and_no_look_alikes() -> None:
    assert not set("AEIOUY01") & set(ALPHABET)
    code = new_user_code(lambda size: b"\x07" * size)
    assert (len(code), code[4]) == (9, "-")


async def test_a_user_code_may_be_typed_as_people_type(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    typed = codes["user_code"].lower().replace("-", " ")
    assert (await answer(owner, typed))[0] == 200
    assert (await poll(program, codes)).status == 200


@pytest.mark.proves("auth.R33")
async def test_opening_the_link_approves_nothing(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    link = codes["verification_uri_complete"].removeprefix("http://localhost:8000")
    page = await read(owner.client, link, **owner.cookie)
    assert page.forms["/device"]["user_code"] == codes["user_code"]
    assert "Television" not in page.words
    assert (await poll(program, codes)).error == "authorization_pending"


@pytest.mark.proves("auth.R33")
async def test_the_page_says_who_asks_from_where_and_when(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    status, _, page = await fill(owner, "/device", "/device", user_code=codes["user_code"])
    assert status == 200
    for said in ("Television", "unverified", "this machine", "2026-03-04 12:00 UTC", "Allow", "Deny"):
        assert said in page.words, said
    assert (await poll(program, codes)).error == "authorization_pending"


@pytest.mark.proves("auth.R33")
async def test_a_device_is_not_approved_without_the_page_s_own_token(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    fields = {"user_code": codes["user_code"], "decision": "allow", "agent_name": "x"}
    for token in ("", "0" * 64):
        assert (await send(owner.client, "/device/decision", fields | {"form_token": token}, owner.cookie))[0] == 403
    assert (await poll(program, codes)).error == "authorization_pending"


async def test_of_two_decisions_the_first_counts(owner: Person, program: Program) -> None:
    codes = await codes_for(program)
    _, _, page = await fill(owner, "/device", "/device", user_code=codes["user_code"])
    fields = page.forms["/device/decision"]

    async def press(decision: str) -> int:
        form = fields | {"decision": decision}
        return (await send(owner.client, "/device/decision", form, owner.cookie))[0]

    assert sorted(await asyncio.gather(press("allow"), press("deny"), press("allow"))) == [200, 404, 404]
    assert await owner.client.app[DATABASE].value("SELECT count(*) FROM oauth_grant") <= 1


@pytest.mark.proves("auth.R32")
async def test_an_address_enters_and_asks_for_twenty_codes_an_hour(owner: Person, program: Program) -> None:
    from tests.people import sign_in

    statuses = [(await program.post("device")).status for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    for _ in range(5):
        owner = await sign_in(owner.client)
        for _ in range(4):
            assert (await answer(owner, "BBBB-BBBB"))[0] == 404
    owner = await sign_in(owner.client)
    assert (await answer(owner, "BBBB-BBBB"))[0] == 429
