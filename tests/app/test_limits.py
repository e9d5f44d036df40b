"""Who calls too often is told so; nobody else notices."""

import datetime as dt
import logging
from typing import Any

import aiohttp
import pytest

from auth.keys import REVOCATIONS
from auth.services.rate_limits import STANDING
from hitl_relay.app import create_app, operations
from hitl_relay.settings import Settings
from relay.kernel.network import networks
from relay.kernel.settings import BadSettings, Secret
from tests.app.conftest import Client, MakeRelay, Party, Relay
from tests.app.mcp_calls import answer_of, send, tool_call

HERE = networks("127.0.0.1")
MINUTE = dt.timedelta(minutes=1)


async def statuses(client: Client, path: str, times: int, **headers: str) -> list[int]:
    found = []
    for _ in range(times):
        async with client.get(path, headers=headers, allow_redirects=False) as response:
            await response.read()
            found.append(response.status)
    return found


def behind(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def made(make_relay: MakeRelay, *limits: tuple[str, int], **more: Any) -> Relay:
    """A relay with limits so low that a test can meet them; what its fixtures called is long ago."""
    relay = await make_relay(limits=limits, **more)
    relay.clock.forward(5 * MINUTE)
    await relay.app[REVOCATIONS].listen()
    return relay


@pytest.mark.proves("auth.R75")
async def test_a_refusal_says_which_limit_and_when_to_come_back(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("asks", 3))
    for _ in range(3):
        assert (await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})).status == 200
    refused = await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "21"
    assert refused.headers["RateLimit-Policy"] == '"asks";q=3;w=60'
    assert refused.headers["RateLimit"] == '"asks";r=0;t=21'
    problem = await refused.json()
    assert (problem["code"], problem["limit"], problem["calls"], problem["per_s"]) == ("rate_limited", "asks", 3, 60)
    relay.clock.forward(dt.timedelta(seconds=20))
    assert (await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})).status == 200


@pytest.mark.proves("auth.R75")
async def test_an_agent_s_asks_are_its_own_and_no_other_call_counts_among_them(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("asks", 1))
    key = await relay.owner.post("/api/v1/api-keys", {"agent_name": "other-bot", "description": ""})
    other = Party(relay.client, (await key.json())["api_key"])
    for agent in (relay.agent, other):
        assert (await agent.post("/api/v1/hitl/notify", {"message": "x"})).status == 200
        assert (await agent.post("/api/v1/hitl/request", {"prompt": "x", "wait": 0})).status == 429
        assert (await agent.get("/api/v1/requests")).status == 200


@pytest.mark.proves("auth.R75")
async def test_asks_over_mcp_count_with_those_over_rest(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("asks", 2))
    notify = tool_call("notify_human", {"message": "x"})
    assert (await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})).status == 200
    told = [(await answer_of(await send(relay.agent, notify)))["result"].get("isError", False) for _ in range(2)]
    assert told == [False, True]
    assert (await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})).status == 429


@pytest.mark.proves("auth.R75")
@pytest.mark.parametrize("limit", ["credential", "agent", "account"])
async def test_a_credential_an_agent_and_an_account_each_have_their_limit(make_relay: MakeRelay, limit: str) -> None:
    relay = await made(make_relay, (limit, 2))
    first = await statuses(relay.client, "/api/v1/requests", 3, **relay.agent.headers)
    assert first == [200, 200, 429]
    # The same account, but neither the agent nor its key.
    owner = await statuses(relay.client, "/api/v1/requests", 1, **relay.owner.headers)
    assert owner == ([429] if limit == "account" else [200])


@pytest.mark.proves("auth.R75")
async def test_an_address_is_limited_where_nobody_is_known(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("address", 3))
    assert await statuses(relay.client, "/api/v1/openapi.json", 4) == [200, 200, 200, 429]
    # Nor may it look for what else there is, or try credentials.
    assert await statuses(relay.client, "/.env", 1) == [429]
    assert await statuses(relay.client, "/api/v1/requests", 1, **{"X-API-Key": "guess"}) == [429]
    assert await statuses(relay.client, "/api/v1/requests", 1) == [429]
    # What monitoring asks is not counted.
    assert await statuses(relay.client, "/healthz", 9) == [200] * 9


@pytest.mark.proves("auth.R75")
async def test_guesses_are_answered_with_429_and_known_callers_behind_the_same_address_go_on(
    make_relay: MakeRelay,
) -> None:
    relay = await made(make_relay, ("address", 3))
    assert (await relay.agent.get("/api/v1/requests")).status == 200
    guesses = await statuses(relay.client, "/api/v1/requests", 5, Authorization="Bearer guess")
    assert guesses == [401, 401, 401, 429, 429]
    assert (await relay.agent.get("/api/v1/requests")).status == 200


@pytest.mark.proves("auth.R75")
async def test_a_page_refuses_as_a_page(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("address", 1))
    assert await statuses(relay.client, "/sign-in", 1) == [200]
    async with relay.client.get("/sign-in") as response:
        assert (response.status, response.content_type) == (429, "text/html")
        assert response.headers["Retry-After"] == "61"
        assert "Content-Security-Policy" in response.headers


@pytest.mark.proves("auth.R76")
async def test_callers_behind_a_trusted_proxy_are_told_apart(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("address", 1), trusted_proxies=HERE)
    for address in ("203.0.113.1", "203.0.113.2", "2001:db8:0:1::1", "2001:db8:0:2::1"):
        assert await statuses(relay.client, "/docs", 2, **behind(address)) == [200, 429]
    # One IPv6 customer has a whole /64.
    assert await statuses(relay.client, "/docs", 1, **behind("2001:db8:0:1:ffff::9")) == [429]


@pytest.mark.proves("auth.R76")
async def test_without_trusted_proxies_a_header_changes_nothing(
    make_relay: MakeRelay, caplog: pytest.LogCaptureFixture
) -> None:
    relay = await made(make_relay, ("address", 2))
    with caplog.at_level(logging.WARNING):
        found = [(await statuses(relay.client, "/docs", 1, **behind(f"203.0.113.{n}")))[0] for n in range(4)]
    assert found == [200, 200, 429, 429]
    # The operator is told once that a proxy is not believed.
    assert [record.getMessage() for record in caplog.records].count("proxy_not_trusted") == 1


async def test_sockets_are_opened_at_a_limited_rate_and_guess_no_credentials(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("sockets", 2), ("address", 1))
    hello = {"t": "hello", "token": "guess", "device_id": relay.account_id, "cursor": None}
    codes = []
    for _ in range(2):
        async with relay.client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",)) as ws:
            await ws.send_json(hello)
            codes.append((await ws.receive()).data)
    assert codes == [4503, 4005]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await relay.client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",))
    assert refusal.value.status == 429


async def test_a_flood_is_one_line_in_the_log_and_names_nobody(
    make_relay: MakeRelay, caplog: pytest.LogCaptureFixture
) -> None:
    relay = await made(make_relay, ("address", 1), trusted_proxies=HERE)
    with caplog.at_level(logging.INFO):
        await statuses(relay.client, "/docs", 50, **behind("203.0.113.77"))
        relay.clock.forward(dt.timedelta(seconds=10))
        await statuses(relay.client, "/docs", 1, **behind("203.0.113.77"))
    lines = [(record.getMessage(), getattr(record, "fields", {})) for record in caplog.records]
    assert lines == [
        ("rate_limited", {"limit": "address", "refused": 1}),
        ("rate_limited", {"limit": "address", "refused": 49}),
    ]
    assert "203.0.113" not in caplog.text


async def test_a_limit_can_be_lifted(make_relay: MakeRelay) -> None:
    relay = await made(make_relay, ("asks", 0), ("credential", 0), ("agent", 0), ("account", 0))
    for _ in range(20):
        assert (await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})).status == 200


def test_a_limit_that_does_not_exist_cannot_be_set() -> None:
    with pytest.raises(BadSettings, match="HITL_LIMITS: must be names of account, address"):
        create_app(Settings(limits=(("adress", 5),)), Secret("postgresql://nowhere/"))


def test_limits_of_one_name_are_one_limit() -> None:
    found = [*STANDING, *(limit for operation in operations() for limit in operation.limits)]
    assert len({limit.name for limit in found}) == len(set(found))
