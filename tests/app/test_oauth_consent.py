"""The page on which a human decides: what it says, and what it does not let others do."""

import pytest

from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import BASE, a_program, ask, decide, query_of
from tests.pages import Page
from tests.people import Client, MakeClient, Person, a_relay, an_owner, sign_in

AUTHORIZE = f"{BASE}/authorize"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.mark.proves("auth.R34")
async def test_a_human_is_asked_every_time(client: Client, owner: Person) -> None:
    program = await a_program(client)
    for _ in range(2):
        await program.connect(owner)
        status, location, _ = await ask(owner, program.request())
        assert (status, location) == (200, "")


@pytest.mark.proves("auth.R35")
async def test_the_page_says_who_asks_where_it_leads_and_what_for(client: Client, owner: Person) -> None:
    await owner.post("/api/v1/agents", {"name": "deploy-bot"})
    program = await a_program(client, client_name="Claude", redirect_uris=["https://claude.example/callback"])
    page = Page((await ask(owner, program.request(scope="requests:write")))[2])
    for said in (
        "Claude",
        "unverified",
        "claude.example",
        "Ask you questions",
        "deploy-bot",
        "90 days",
        "Allow",
        "Deny",
    ):
        assert said in page.words, said
    assert "Read what it asked" not in page.words
    assert page.forms[AUTHORIZE]["agent_name"] == "Claude"
    assert page.inputs <= page.labelled


@pytest.mark.proves("auth.R35")
@pytest.mark.parametrize(
    ("uri", "warning"),
    [
        ("http://localhost:8080/callback", "a program on this computer (localhost:8080)"),
        ("http://127.0.0.1/callback", "a program on this computer (127.0.0.1)"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "an app on this device that answers to cursor:"),
        ("com.example.app:/cb", "an app on this device that answers to com.example.app:"),
    ],
)
async def test_the_page_warns_where_another_program_could_listen(
    client: Client, owner: Person, uri: str, warning: str
) -> None:
    program = await a_program(client, redirect_uris=[uri])
    assert warning in Page((await ask(owner, program.request()))[2]).words


@pytest.mark.proves("auth.R35")
async def test_the_page_cannot_be_framed_and_runs_no_script(client: Client, owner: Person) -> None:
    program = await a_program(client)
    async with client.get(AUTHORIZE, params=program.request(), headers=owner.cookie) as response:
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()
    assert "frame-ancestors 'none'" in policy
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert "form-action" not in policy  # it would stop the redirect to the program
    assert "script" not in Page(text).tags


@pytest.mark.proves("auth.R39")
async def test_what_a_program_says_of_itself_stays_words_and_loads_nothing(client: Client, owner: Person) -> None:
    evil = '<img src=x onerror=alert(1)>"><script>'
    program = await a_program(client, client_name=evil, logo_uri="https://evil.example/x.png")
    text = (await ask(owner, program.request(state='"><script>alert(1)</script>')))[2]
    page = Page(text)
    assert evil in page.words
    assert not {"img", "script", "link", "iframe"} & set(page.tags)
    assert "evil.example" not in text


@pytest.mark.proves("auth.R36")
async def test_a_consent_without_the_session_s_own_token_is_refused(client: Client, owner: Person) -> None:
    program = await a_program(client)
    form = Page((await ask(owner, program.request()))[2]).forms[AUTHORIZE] | {"decision": "allow"}
    other = await sign_in(client)
    foreign = Page((await ask(other, program.request()))[2]).forms[AUTHORIZE]["form_token"]
    for token in ("", "0" * 64, foreign):
        async with client.post(
            AUTHORIZE, data={**form, "form_token": token}, headers=owner.cookie, allow_redirects=False
        ) as response:
            assert (response.status, response.headers.get("Location")) == (403, None)
    assert await client.app[DATABASE].value("SELECT count(*) FROM oauth_grant") == 0


@pytest.mark.proves("auth.R36")
async def test_another_site_cannot_press_the_button(client: Client, owner: Person) -> None:
    program = await a_program(client)
    form = Page((await ask(owner, program.request()))[2]).forms[AUTHORIZE] | {"decision": "allow"}
    for origin in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        headers = {"Cookie": owner.cookie["Cookie"], **origin}
        async with client.post(AUTHORIZE, data=form, headers=headers, allow_redirects=False) as response:
            assert response.status == 403


async def test_what_the_form_carries_is_checked_again(client: Client, owner: Person) -> None:
    program = await a_program(client)
    form = Page((await ask(owner, program.request()))[2]).forms[AUTHORIZE] | {"decision": "allow"}
    for name, value in (("redirect_uri", "https://evil.example/cb"), ("client_id", "nobody")):
        async with client.post(
            AUTHORIZE, data={**form, name: value}, headers=owner.cookie, allow_redirects=False
        ) as response:
            assert (response.status, response.headers.get("Location")) == (400, None)
    _, location = await decide(owner, program.request(), scope="keys:write")
    assert query_of(location)["error"] == "invalid_scope"


async def test_a_choice_that_is_none_is_refused(client: Client, owner: Person) -> None:
    program = await a_program(client)
    stranger = "00000000-0000-7000-8000-000000000000"
    for chosen, status in (
        ({"agent_name": ""}, 400),
        ({"agent_name": "x" * 81}, 400),
        ({"agent_name": "a\u202eb"}, 400),
        ({"agent_id": "nonsense"}, 400),
        ({"agent_id": stranger}, 404),
        ({"days": "91"}, 400),
        ({"days": "0"}, 400),
        ({"decision": "maybe"}, 400),
    ):
        found, location = await decide(owner, program.request(), **chosen)
        assert (found, location) == (status, ""), chosen
    assert await client.app[DATABASE].value("SELECT count(*) FROM oauth_grant") == 0


async def test_a_human_who_signed_in_long_ago_confirms_first(client: Client, owner: Person, clock: FakeClock) -> None:
    import datetime as dt

    program = await a_program(client)
    clock.forward(dt.timedelta(minutes=11))
    status, location, _ = await ask(owner, program.request())
    assert (status, location.partition("?")[0]) == (303, "/confirm")
    assert query_of(query_of(location)["next"]) == program.request()
