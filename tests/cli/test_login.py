"""Signing in without a password: the files, the browser that comes back, the code for another device, the renewal."""

import asyncio
import datetime as dt
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from hitl_cli.commands.allowing import has_browser
from hitl_cli.config import agent_endpoint
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError, Refused
from hitl_cli.http import RelayHttp, opened
from hitl_cli.oauth import in_browser, on_device
from hitl_cli.oauth.exchange import Places, give_back, places, register
from hitl_cli.oauth.renewal import StoredGrant
from hitl_cli.oauth.stored import Grant, Registration, forget_grant, load_grant, save_grant
from relay.kernel.settings import Secret
from tests.cli.conftest import Shell, finished
from tests.conformance.browser import installed_browser
from tests.conformance.conftest import RunningRelay, running_relay
from tests.fakes.clock import FakeClock
from tests.oauth import allow, query_of
from tests.pages import fill, send
from tests.people import EMAIL, PASSWORD, Client, MakeClient, Person, a_relay, an_owner
from tests.waiting import until

__all__ = ["running_relay"]  # a relay at its own public address, as a browser must find it

GRANT = Grant(
    server_url="http://stored:1",
    registration=Registration(client_id="c1"),
    access_token="old",
    refresh_token="r1",
    expires_at=1_000,
)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path)}


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def stranger(client: Client) -> AsyncIterator[RelayHttp]:
    async with opened(Endpoint(str(client.make_url("")).rstrip("/"), None)) as relay:
        yield relay


@pytest.fixture
def seconds(clock: FakeClock) -> "Seconds":
    return Seconds(clock)


class Seconds:
    """The relay's clock, as the client reads one."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def __call__(self) -> float:
        return self._clock.now().timestamp()


async def connected(stranger: RelayHttp, owner: Person, seconds: Seconds) -> tuple[Places, Grant]:
    """Have a human enter the code of a device sign-in, and return what comes of it."""
    at = await places(stranger)
    shown: list[str] = []

    async def rest(_seconds: float) -> None:
        _, _, page = await fill(owner, "/device", "/device", user_code=shown[1])
        await send(
            owner.client, "/device/decision", page.forms["/device/decision"] | {"decision": "allow"}, owner.cookie
        )

    grant = await on_device.sign_in(
        stranger, at, await register(stranger, at, "laptop"), name="laptop", now=seconds, rest=rest,
        show=lambda address, code: shown.extend((address, code)),
    )  # fmt: skip
    return at, grant


@pytest.mark.proves("client.login")
async def test_a_login_in_the_browser_lets_the_shell_ask(running_relay: RunningRelay, tmp_path: Path) -> None:
    env = {
        "PATH": "/usr/bin:/bin",
        "XDG_CONFIG_HOME": str(tmp_path),
        "HITL_SERVER_URL": running_relay.url,
        "BROWSER": str(installed_browser(tmp_path, EMAIL, PASSWORD)),
    }
    shell = Shell(env)
    code, out, err = await shell.run("login", "--browser", "--name", "My Workstation")
    assert (code, out) == (0, ""), err
    assert "Signed in" in err
    for name in ("oauth_token.json", "oauth_client.json"):
        assert stat.S_IMODE((tmp_path / "hitl-cli" / name).stat().st_mode) == 0o600

    code, out, _ = await shell.run("agents", "list", "--json")
    assert (code, [agent["name"] for agent in json.loads(out)]) == (0, ["My Workstation"])
    asking = await shell.start("request", "--prompt", "Deploy?", "--choice", "Yes")
    cards: list[dict[str, str]] = []

    async def asked() -> bool:
        cards.extend((await running_relay.owner.get("/api/v1/mobile/inbox"))["requests"])
        return bool(cards)

    await until(asked)
    path = f"/api/v1/requests/{cards[0]['id']}/respond"
    await running_relay.owner.post(path, {"answer": "Yes"}, expect=200)
    assert await finished(asking) == (0, "Yes\n", "")

    kept = load_grant(env)
    assert (await shell.run("logout"))[0] == 0
    assert load_grant(env) is None
    assert kept
    async with opened(Endpoint(running_relay.url, kept.access_token)) as relay:
        with pytest.raises(Refused) as refused:
            await relay.call("GET", "/api/v1/agents")
    assert refused.value.status == 401, "what was signed out opens nothing any more"


@pytest.mark.proves("client.login")
async def test_a_code_entered_on_another_device_signs_in(
    stranger: RelayHttp, owner: Person, seconds: Seconds, client: Client
) -> None:
    at, grant = await connected(stranger, owner, seconds)
    assert grant.renewable()
    async with opened(Endpoint(grant.server_url, grant.access_token)) as relay:
        agents = await relay.call("GET", "/api/v1/agents")
        assert [agent["id"] for agent in agents] == [grant.agent_id]
        await give_back(stranger, at, grant)
        with pytest.raises(Refused, match=r"\(.+\)"):
            await relay.call("GET", "/api/v1/agents")


@pytest.mark.proves("client.login")
async def test_a_code_that_nobody_enters_ends(stranger: RelayHttp, clock: FakeClock, seconds: Seconds) -> None:
    at = await places(stranger)

    async def rest(_seconds: float) -> None:
        clock.forward(dt.timedelta(seconds=301))

    with pytest.raises(HitlError):
        await on_device.sign_in(
            stranger, at, await register(stranger, at, "x"), name="x", show=lambda *_: None, now=seconds, rest=rest
        )


@pytest.mark.proves("client.login")
async def test_the_listener_takes_its_own_answer_only(stranger: RelayHttp, owner: Person, seconds: Seconds) -> None:
    at = await places(stranger)
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    signing_in = asyncio.create_task(
        in_browser.sign_in(
            stranger, at, await register(stranger, at, "x"), name="x", show=told.set_result, now=seconds
        )
    )  # fmt: skip
    request = {name: values[0] for name, values in parse_qs(urlsplit(await told).query).items()}
    callback = request["redirect_uri"]
    answer = await allow(owner, request)
    for wrong in (
        {},
        {"code": answer["code"]},
        {"code": answer["code"], "state": "another"},
        {**answer, "iss": "https://evil.example"},
    ):
        async with stranger.session.get(callback, params=wrong) as page:
            assert page.status == 400
    async with stranger.session.get(callback.replace("/callback", "/favicon.ico")) as page:
        assert page.status == 404
    async with stranger.session.post(callback, params=answer) as page:
        assert page.status == 404
    assert not signing_in.done()
    async with stranger.session.get(callback, params=answer) as page:
        assert (page.status, page.headers["Content-Security-Policy"]) == (200, "default-src 'none'")
    assert (await signing_in).renewable()


@pytest.mark.proves("client.login")
async def test_a_denied_login_says_so(stranger: RelayHttp, seconds: Seconds) -> None:
    at = await places(stranger)
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    signing_in = asyncio.create_task(
        in_browser.sign_in(
            stranger, at, await register(stranger, at, "x"), name="x", show=told.set_result, now=seconds
        )
    )  # fmt: skip
    request = query_of(await told)
    denied = {"error": "access_denied", "state": request["state"], "iss": at.issuer}
    async with stranger.session.get(request["redirect_uri"], params=denied) as page:
        assert "Not signed in" in await page.text()
    with pytest.raises(Refused, match="access_denied"):
        await signing_in


@pytest.mark.proves("client.renewal")
async def test_two_processes_that_renew_at_once_get_the_same_token(
    stranger: RelayHttp, owner: Person, seconds: Seconds, clock: FakeClock, env: dict[str, str]
) -> None:
    _, grant = await connected(stranger, owner, seconds)
    save_grant(grant, env)
    clock.forward(dt.timedelta(seconds=15 * 60))
    fresh = await asyncio.gather(*(StoredGrant(env, now=seconds).current(stranger) for _ in range(4)))
    assert len(set(fresh)) == 1
    assert fresh[0] != grant.access_token
    kept = load_grant(env)
    assert kept
    assert kept.access_token == fresh[0]
    assert kept.refresh_token != grant.refresh_token


@pytest.mark.proves("client.renewal")
async def test_a_refused_token_is_renewed_and_the_call_repeated(
    stranger: RelayHttp, owner: Person, seconds: Seconds, clock: FakeClock, env: dict[str, str]
) -> None:
    _, grant = await connected(stranger, owner, seconds)
    save_grant(grant, env)
    clock.forward(dt.timedelta(seconds=15 * 60))
    # A clock that is wrong here: by it the token would be good, and only the relay says that it is not.
    renewal = StoredGrant(env, now=lambda: float((grant.expires_at or 0) - 600))
    relay = RelayHttp(Endpoint(stranger.endpoint.server_url, grant.access_token, renewal), stranger.session)
    assert len(await relay.call("GET", "/api/v1/agents")) == 1
    assert load_grant(env) != grant


@pytest.mark.proves("client.renewal")
async def test_a_login_that_was_taken_back_says_so(
    stranger: RelayHttp, owner: Person, seconds: Seconds, env: dict[str, str]
) -> None:
    at, grant = await connected(stranger, owner, seconds)
    save_grant(grant, env)
    await give_back(stranger, at, grant)
    renewal = StoredGrant(env, now=seconds)
    relay = RelayHttp(Endpoint(stranger.endpoint.server_url, grant.access_token, renewal), stranger.session)
    with pytest.raises(Refused):
        await relay.call("GET", "/api/v1/agents")


def test_what_the_published_client_wrote_is_read(env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "hitl-cli"
    folder.mkdir()
    token = "e30.eyJpc3MiOiJodHRwOi8vc3RvcmVkOjEiLCJhZ2VudF9pZCI6ImE3In0.x"  # {"iss": …, "agent_id": …}
    (folder / "oauth_token.json").write_text(json.dumps({"access_token": token, "expires_in": 5, "expires_at": 9}))
    (folder / "oauth_client.json").write_text(json.dumps({"client_id": "c9", "client_name": "HITL CLI - x"}))
    grant = load_grant(env)
    assert grant
    assert (grant.server_url, grant.agent_id, grant.expires_at) == ("http://stored:1", "a7", 9)
    assert grant.registration == Registration(client_id="c9")
    assert agent_endpoint(env=env).credential == token


def test_a_login_asks_the_relay_it_came_from_and_no_other(env: dict[str, str]) -> None:
    save_grant(GRANT, env)
    assert load_grant(env) == GRANT
    assert agent_endpoint(env=env).credential == "old"
    assert agent_endpoint("http://elsewhere", env=env).credential is None
    assert agent_endpoint(env={**env, "HITL_API_KEY": "mcp_pk_named"}).credential == "mcp_pk_named"
    forget_grant(env)
    assert load_grant(env) is None
    assert "old" not in repr(GRANT)


@pytest.mark.parametrize(
    ("env", "expected"),
    [({}, False), ({"DISPLAY": ":0", "SSH_CONNECTION": "1"}, False)],
)
def test_nobody_sees_a_browser_without_a_screen(env: dict[str, str], expected: bool) -> None:
    assert has_browser(env, "linux") is expected


@pytest.mark.proves("client.agents")
async def test_agents_are_made_by_a_human_and_not_by_a_key(running_relay: RunningRelay, tmp_path: Path) -> None:
    shell = Shell({"PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": str(tmp_path), "HITL_SERVER_URL": running_relay.url})
    key = (await running_relay.owner.a_key())["api_key"]
    code, _, err = await shell.run("agents", "create", "--name", "builder", HITL_API_KEY=key)
    assert (code, "only a human makes agents" in err) == (6, True)
    signed_in = await shell.run("login", "--device-only", "--email", EMAIL, HITL_PASSWORD=PASSWORD)
    assert signed_in[0] == 0, signed_in[2]
    code, made, _ = await shell.run("agents", "create", "--name", "builder")
    code, listed, _ = await shell.run("agents", "list")
    assert made.strip() in listed
    assert "builder" in listed
    code, _, err = await shell.run("agents", "create", "--name", "builder")
    assert (code, "already" in err) == (6, True)
