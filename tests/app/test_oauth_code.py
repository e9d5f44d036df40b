"""A program asks, a human allows, the program gets tokens: RFC 6749 4.1 with everything around it."""

import asyncio
import datetime as dt
from html import escape

import aiohttp
import pytest

from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import BASE, Pkce, a_program, allow, ask, claims_of, decide, query_of
from tests.pages import Page
from tests.people import EMAIL, PASSWORD, Client, MakeClient, Person, a_relay, an_owner, bearer

ISSUER = "http://localhost:8000"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def reason(client: Client) -> str | None:
    found: str | None = await client.app[DATABASE].value("SELECT revoke_reason FROM oauth_grant")
    return found


async def test_a_program_that_was_allowed_acts_as_its_agent(client: Client, owner: Person) -> None:
    program = await a_program(client)
    answer = await allow(owner, program.request())
    assert answer["state"] == "st"
    reply = await program.exchange(answer["code"])
    assert reply.status == 200
    claims = claims_of(reply.body["access_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, ISSUER, owner.account_id)
    assert (claims["client_id"], claims["org"]) == (program.id, owner.org_id)
    async with client.get("/api/v1/agents", headers=bearer(reply.body["access_token"])) as response:
        agents = await response.json()
    assert [(agent["id"], agent["name"]) for agent in agents] == [(claims["agent_id"], "Probe")]


@pytest.mark.proves("auth.R25")
async def test_no_answer_with_a_token_in_it_may_be_kept(client: Client, owner: Person) -> None:
    program = await a_program(client)
    reply = await program.exchange((await allow(owner, program.request()))["code"])
    again = await program.refresh(reply.body["refresh_token"])
    refused = await program.refresh("hrt_unknown")
    assert {r.headers["Cache-Control"] for r in (reply, again, refused)} == {"no-store"}


@pytest.mark.proves("auth.R1")
@pytest.mark.parametrize(
    "over",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "x" * 42},
        {"code_challenge": "x" * 44},
        {"code_challenge": "!" * 43},
    ],
)
async def test_no_request_goes_without_an_s256_challenge(
    client: Client, owner: Person, over: dict[str, str | None]
) -> None:
    program = await a_program(client)
    status, location = await decide(owner, program.request(**over))
    told = query_of(location)
    assert (status, told["error"], told["state"], told["iss"]) == (303, "invalid_request", "st", ISSUER)


@pytest.mark.proves("auth.R2")
@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        (None, "invalid_request"),
        ("x" * 43, "invalid_grant"),
        ("short", "invalid_request"),
        ("ü" * 43, "invalid_request"),
    ],
)
async def test_a_code_is_worth_nothing_without_its_verifier(
    client: Client, owner: Person, verifier: str | None, error: str
) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request()))["code"]
    reply = await program.exchange(code, code_verifier=verifier)
    assert (reply.status, reply.error) == (400, error)
    assert (await program.exchange(code)).status == 200


@pytest.mark.proves("auth.R3")
async def test_a_code_that_comes_twice_ends_what_came_of_it(client: Client, owner: Person) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request()))["code"]
    tokens = (await program.exchange(code)).body
    assert (await program.exchange(code)).error == "invalid_grant"
    assert await reason(client) == "code_reused"
    assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"
    async with client.get("/api/v1/agents", headers=bearer(tokens["access_token"])) as response:
        assert response.status == 401


@pytest.mark.proves("auth.R4")
async def test_of_six_exchanges_of_one_code_at_once_one_succeeds(client: Client, owner: Person) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request()))["code"]
    replies = await asyncio.gather(*(program.exchange(code) for _ in range(6)))
    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400, 400, 400]


@pytest.mark.proves("auth.R5")
async def test_a_code_lasts_a_minute(client: Client, owner: Person, clock: FakeClock) -> None:
    program = await a_program(client)
    in_time, late = [(await allow(owner, program.request()))["code"] for _ in range(2)]
    clock.forward(dt.timedelta(seconds=59))
    assert (await program.exchange(in_time)).status == 200
    clock.forward(dt.timedelta(seconds=1))
    assert (await program.exchange(late)).error == "invalid_grant"


@pytest.mark.proves("auth.R6")
async def test_a_code_is_for_the_program_it_was_made_for(client: Client, owner: Person) -> None:
    one, other = await a_program(client), await a_program(client)
    other.pkce = one.pkce
    code = (await allow(owner, one.request()))["code"]
    assert (await other.exchange(code)).error == "invalid_grant"
    assert await reason(client) is None
    assert (await one.exchange(code)).status == 200


@pytest.mark.proves("auth.R7")
@pytest.mark.parametrize("uri", [None, "http://127.0.0.1:7778/callback", "http://127.0.0.1:7777/callback/"])
async def test_the_exchange_names_the_redirect_it_was_allowed_for(
    client: Client, owner: Person, uri: str | None
) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request()))["code"]
    assert (await program.exchange(code, redirect_uri=uri)).error == "invalid_grant"


@pytest.mark.proves("auth.R13")
async def test_there_is_no_implicit_and_no_password_grant(client: Client, owner: Person) -> None:
    program = await a_program(client)
    for response_type in ("token", "code token", "id_token", None):
        status, location = await decide(owner, program.request(response_type=response_type))
        assert (status, query_of(location)["error"]) == (303, "unsupported_response_type")
    for grant_type in ("password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"):
        reply = await program.post("token", grant_type=grant_type, username=EMAIL, password=PASSWORD)
        assert (reply.status, reply.error) == (400, "unsupported_grant_type")


@pytest.mark.proves("auth.R14")
async def test_a_parameter_that_comes_twice_is_refused(client: Client, owner: Person) -> None:
    program = await a_program(client)
    twice = [*program.request().items(), ("state", "other")]
    async with client.get("/api/v1/oauth/authorize", params=twice, headers=owner.cookie, allow_redirects=False) as page:
        assert (page.status, page.headers.get("Location")) == (400, None)
    code = (await allow(owner, program.request()))["code"]
    fields = [("grant_type", "authorization_code"), ("code", code), ("code", code), ("client_id", program.id)]
    async with client.post("/api/v1/oauth/token", data=fields) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_request")


@pytest.mark.proves("auth.R20")
async def test_every_way_back_to_a_program_names_the_issuer(client: Client, owner: Person) -> None:
    program = await a_program(client)
    outcomes = [
        await decide(owner, program.request()),
        await decide(owner, program.request(), "deny"),
        await decide(owner, program.request(scope="nonsense")),
        await decide(owner, program.request(resource="https://elsewhere.example/")),
        await decide(owner, program.request(response_type="token")),
    ]
    assert [status for status, _ in outcomes] == [303] * 5
    told = [query_of(location) for _, location in outcomes]
    assert [t.get("error") for t in told] == [
        None,
        "access_denied",
        "invalid_scope",
        "invalid_target",
        "unsupported_response_type",
    ]
    assert {(t["iss"], t["state"]) for t in told} == {(ISSUER, "st")}


@pytest.mark.proves("auth.R20")
@pytest.mark.parametrize("came", [{"Sec-Fetch-Site": "same-origin"}, {"Referer": f"{ISSUER}/sign-in?next=x"}], ids=str)
async def test_what_is_wrong_is_told_by_a_page_where_a_redirect_would_end_at_the_policy_of_the_sign_in_form(
    client: Client, owner: Person, came: dict[str, str]
) -> None:
    program = await a_program(client)
    headers = {"Cookie": owner.cookie["Cookie"], **came}
    request = program.request(resource="https://elsewhere.example/")
    async with client.get(f"{BASE}/authorize", params=request, headers=headers, allow_redirects=False) as response:
        text = await response.text()
        assert (response.status, response.headers["Referrer-Policy"]) == (200, "no-referrer")
    (onward,) = [link for link in Page(text).links if link.startswith(program.registration["redirect_uris"][0])]
    assert f'content="0;url={escape(onward)}"' in text
    assert query_of(onward)["error"] == "invalid_target"
    assert (query_of(onward)["iss"], query_of(onward)["state"]) == (ISSUER, "st")


async def test_a_request_without_a_state_gets_none_back(client: Client, owner: Person) -> None:
    program = await a_program(client)
    assert set(await allow(owner, program.request(state=None))) == {"code", "iss"}


@pytest.mark.proves("auth.R18")
async def test_a_resource_that_is_not_ours_or_not_the_granted_one_is_refused(client: Client, owner: Person) -> None:
    program = await a_program(client)
    for foreign in ("https://elsewhere.example/mcp", f"{ISSUER}/mcpx", f"{ISSUER}.evil.example", "mcp"):
        _, location = await decide(owner, program.request(resource=foreign))
        assert query_of(location)["error"] == "invalid_target", foreign
    code = (await allow(owner, program.request(resource=f"{ISSUER}/mcp")))["code"]
    for foreign in ("https://elsewhere.example/mcp", f"{ISSUER}/mcp-server/mcp"):
        assert (await program.exchange(code, resource=foreign)).error == "invalid_target", foreign
    tokens = (await program.exchange(code, resource=f"{ISSUER}/mcp/")).body
    assert (await program.refresh(tokens["refresh_token"], resource=ISSUER)).error == "invalid_target"


@pytest.mark.proves("auth.R19")
async def test_a_token_is_for_the_resource_that_was_asked_for(client: Client, owner: Person) -> None:
    program = await a_program(client)
    resource = f"{ISSUER}/mcp-server/mcp"
    tokens = await program.connect(owner, asked={"resource": resource})
    assert claims_of(tokens["access_token"])["aud"] == resource
    renewed = await program.refresh(tokens["refresh_token"])
    assert claims_of(renewed.body["access_token"])["aud"] == resource


async def test_who_names_no_useful_scope_gets_what_an_agent_needs_and_is_told(client: Client, owner: Person) -> None:
    program = await a_program(client, scope="openid profile email")
    tokens = await program.connect(owner)
    assert tokens["scope"] == "agents:read requests:read requests:write"
    tokens = await program.connect(owner, asked={"scope": "requests:read offline_access openid"})
    assert tokens["scope"] == "requests:read offline_access"


@pytest.mark.proves("auth.R23")
async def test_a_token_with_too_small_a_scope_is_told_which_would_do(client: Client, owner: Person) -> None:
    tokens = await (await a_program(client)).connect(owner, asked={"scope": "agents:read"})
    body = {"prompt": "Deploy?", "wait": 0}
    async with client.post("/api/v1/hitl/request", json=body, headers=bearer(tokens["access_token"])) as response:
        challenge = response.headers["WWW-Authenticate"]
        assert response.status == 403
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="requests:write"' in challenge
    assert f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"' in challenge


async def test_a_program_names_its_agent_at_the_first_exchange_only(client: Client, owner: Person) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request()))["code"]
    tokens = (await program.exchange(code, headers={"X-MCP-Agent-Name": "My\tBox\u200b"})).body
    named = {"X-MCP-Agent-Name": "Another"}
    renewed = (await program.refresh(tokens["refresh_token"], headers=named)).body
    agents = await owner.get("/api/v1/agents")
    assert [agent["name"] for agent in agents] == ["My Box"]
    assert {claims_of(t["access_token"])["agent_id"] for t in (tokens, renewed)} == {agents[0]["id"]}


async def test_a_program_cannot_name_itself_into_another_agent(client: Client, owner: Person) -> None:
    await owner.post("/api/v1/agents", {"name": "deploy-bot"})
    for expected in ("DEPLOY-BOT 2", "DEPLOY-BOT 3"):
        program = await a_program(client)
        code = (await allow(owner, program.request()))["code"]
        assert (await program.exchange(code, headers={"X-MCP-Agent-Name": "DEPLOY-BOT"})).status == 200
        assert expected in [agent["name"] for agent in await owner.get("/api/v1/agents")]


async def test_the_name_a_human_typed_stands(client: Client, owner: Person) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request(), agent_name="Laptop"))["code"]
    assert (await program.exchange(code, headers={"X-MCP-Agent-Name": "root"})).status == 200
    assert [agent["name"] for agent in await owner.get("/api/v1/agents")] == ["Laptop"]


async def test_a_human_chooses_an_agent_that_exists(client: Client, owner: Person) -> None:
    agent = await owner.post("/api/v1/agents", {"name": "deploy-bot"})
    program = await a_program(client)
    tokens = await program.connect(owner, agent_id=agent["id"])
    assert claims_of(tokens["access_token"])["agent_id"] == agent["id"]
    assert len(await owner.get("/api/v1/agents")) == 1


@pytest.mark.proves("auth.R15")
async def test_a_client_that_does_not_prove_itself_gets_nothing(client: Client, owner: Person) -> None:
    program = await a_program(client, token_endpoint_auth_method="client_secret_post")
    code = (await allow(owner, program.request()))["code"]
    wrong = [
        {"client_secret": "wrong"},
        {"client_secret": None},
        {"client_secret": None, "headers": basic(program.id, program.secret or "")},
        {"client_id": "unknown"},
        {"client_id": None},
    ]
    for over in wrong:
        reply = await program.exchange(code, **over)
        assert (reply.status, reply.error) == (401, "invalid_client"), over
        assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert (await program.exchange(code)).status == 200


async def test_a_client_may_prove_itself_by_http_basic(client: Client, owner: Person) -> None:
    program = await a_program(client, token_endpoint_auth_method="client_secret_basic")
    code = (await allow(owner, program.request()))["code"]
    header = basic(program.id, program.secret or "")
    assert (await program.exchange(code)).error == "invalid_client"
    for wrong in (basic(program.id, "wrong"), {"Authorization": "Basic !"}, {"Authorization": "Basic ÿ"}):
        reply = await program.exchange(code, client_id=None, client_secret=None, headers=wrong)
        assert (reply.status, reply.error) == (401, "invalid_client")
    assert (await program.exchange(code, client_id=None, client_secret=None, headers=header)).status == 200


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(user, password)}


async def test_who_is_not_signed_in_comes_back_to_exactly_this_request(client: Client, owner: Person) -> None:
    program = await a_program(client)
    asked = program.request(state="a&b=c/+ ?")
    async with client.get("/api/v1/oauth/authorize", params=asked, allow_redirects=False) as response:
        assert response.status == 303
        there = query_of(response.headers["Location"])["next"]
    typed = {"email": EMAIL, "password": PASSWORD, "next": there}
    own = {"Sec-Fetch-Site": "same-origin"}
    async with client.post("/sign-in", data=typed, headers=own, allow_redirects=False) as response:
        back = response.headers["Location"]
    assert query_of(back) == asked
    async with client.get(back, headers=owner.cookie) as response:
        assert response.status == 200


@pytest.mark.proves("auth.R79")
async def test_a_consent_and_its_end_are_in_the_account_s_log(client: Client, owner: Person) -> None:
    await (await a_program(client)).connect(owner)
    grant = (await owner.get("/api/v1/oauth/grants"))[0]
    await owner.delete(f"/api/v1/oauth/grants/{grant['id']}")
    rows = await client.app[DATABASE].fetch("SELECT type, subject FROM account_log ORDER BY seq")
    logged = [(row["type"], str(row["subject"])) for row in rows]
    assert ("grant.created", grant["id"]) in logged
    assert ("agent.created", grant["agent_id"]) in logged
    assert logged[-1] == ("grant.revoked", grant["id"])


async def test_two_programs_of_one_pkce_are_still_two(client: Client, owner: Person) -> None:
    shared = Pkce()
    one, other = await a_program(client), await a_program(client)
    one.pkce = other.pkce = shared
    first, second = await one.connect(owner), await other.connect(owner)
    assert claims_of(first["access_token"])["gid"] != claims_of(second["access_token"])["gid"]
    assert (await other.refresh(first["refresh_token"])).error == "invalid_grant"
    assert (await one.refresh(first["refresh_token"])).status == 200


async def test_nothing_is_allowed_before_a_button_is_pressed(client: Client, owner: Person) -> None:
    program = await a_program(client)
    status, _, _ = await ask(owner, program.request())
    assert status == 200
    assert await client.app[DATABASE].value("SELECT count(*) FROM oauth_grant") == 0
