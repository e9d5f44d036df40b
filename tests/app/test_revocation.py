"""A revocation reaches every process: two applications on one database."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from auth.keys import AUTH_CACHE, LEASES, REVOCATIONS
from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE, HUB
from tests.app.conftest import Client, Device, MakeRelay, Party, Relay
from tests.app.mcp_calls import ASK, Asking, events_of, send
from tests.fakes.clock import FakeClock
from tests.waiting import until

SECOND = dt.timedelta(seconds=1)


@dataclass
class Two:
    """The relay that revokes, and another process of the same relay."""

    here: Relay
    there: Client

    def over_there(self, party: Party) -> Party:
        return Party(self.there, party.token, party.id)

    async def key_id(self) -> str:
        [key] = await (await self.here.owner.get("/api/v1/api-keys")).json()
        return str(key["id"])

    async def revoke_key(self) -> None:
        assert (await self.here.owner.delete(f"/api/v1/api-keys/{await self.key_id()}")).status == 204


MakeTwo = Callable[..., Awaitable[Two]]


@pytest.fixture
async def make_two(make_relay: MakeRelay, database_url: Secret, clock: FakeClock) -> AsyncIterator[MakeTwo]:
    clients: list[Client] = []

    async def make(*, loops: bool = True) -> Two:
        here = await make_relay(loops=loops)
        there: Client = TestClient(TestServer(create_app(Settings(), database_url, clock=clock, loops=loops)))
        await there.start_server()
        clients.append(there)
        return Two(here, there)

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def two(make_two: MakeTwo) -> Two:
    return await make_two()


async def refused(party: Party, path: str = "/api/v1/requests") -> None:
    async def is_refused() -> bool:
        return (await party.get(path)).status in {401, 403}  # 403: an agent that is paused

    await until(is_refused, within_s=1)


async def leased(client: Client, count: int = 1) -> None:
    await until(lambda: len(client.app[LEASES]) == count)  # type: ignore[union-attr]


@pytest.mark.proves("auth.R37.stop")
async def test_a_revoked_key_is_refused_by_every_process_within_a_second(two: Two) -> None:
    agent = two.over_there(two.here.agent)
    assert (await agent.get("/api/v1/requests")).status == 200
    await two.revoke_key()
    await refused(agent)


@pytest.mark.proves("auth.R37.stop")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE session SET revoked_at = now()",
        "DELETE FROM session",
        "UPDATE session SET token_hash = sha256(token_hash)",
        "UPDATE account SET disabled_at = now()",
        "DELETE FROM membership",
        "DELETE FROM account",
        "UPDATE device SET revoked_at = now()",
    ],
)
async def test_whoever_ends_a_session_and_however_every_process_hears(two: Two, sql: str) -> None:
    await two.here.owner.post("/api/v1/mobile/devices", {"name": "phone", "kind": "phone"})
    owner = two.over_there(two.here.owner)
    assert (await owner.get("/api/v1/auth/me")).status == 200
    cache = two.there.app[AUTH_CACHE]  # type: ignore[union-attr]
    epoch = cache.epoch
    await two.here.app[DATABASE].execute(sql)
    if "device" in sql:  # its sessions are ended by the service; here it is enough that they are looked up again
        await until(lambda: cache.epoch > epoch, within_s=1)
    else:
        await refused(owner, "/api/v1/auth/me")


@pytest.mark.proves("auth.R37.stop")
@pytest.mark.parametrize(
    "sql",
    ["UPDATE api_key SET revoked_at = now()", "DELETE FROM api_key", "UPDATE api_key SET grace_until = created_at"],
)
async def test_whoever_ends_a_key_and_however_every_process_hears(two: Two, sql: str) -> None:
    agent = two.over_there(two.here.agent)
    call = agent.ask()
    await leased(two.there)
    await two.here.app[DATABASE].execute(sql)
    async with asyncio.timeout(1):
        assert (await call).status == 401
    await refused(agent)


@pytest.mark.proves("auth.R47.open")
async def test_a_waiting_call_ends_with_401_and_its_request_stays(two: Two) -> None:
    call = two.over_there(two.here.agent).ask("Deploy?")
    card = await two.here.open_request()
    await leased(two.there)
    await two.revoke_key()
    async with asyncio.timeout(1):
        reply = await call
    assert reply.status == 401
    assert (await reply.json())["code"] == "unauthenticated"
    assert (await two.here.open_request())["id"] == card["id"]
    assert len(two.there.app[LEASES]) == 0  # type: ignore[union-attr]


@pytest.mark.proves("auth.R47.open")
async def test_a_reply_that_has_begun_says_so_in_its_body(two: Two) -> None:
    call = two.over_there(two.here.agent).ask("Deploy?")
    async with asyncio.timeout(5):
        while not call.done():
            await asyncio.wait([call], timeout=0.1)  # the status line comes after a second
    reply = call.result()
    assert reply.status == 200
    await two.revoke_key()
    async with asyncio.timeout(1):
        problem = await reply.json()
    assert (problem["status"], problem["code"]) == (401, "unauthenticated")


@pytest.mark.proves("auth.R47.open")
async def test_an_answer_after_the_revocation_is_kept_for_nobody(two: Two) -> None:
    call = two.over_there(two.here.agent).ask("Deploy?")
    card = await two.here.open_request()
    await leased(two.there)
    await two.revoke_key()
    await call
    answered = await two.here.owner.post(f"/api/v1/requests/{card['id']}/respond", {"answer": "Yes"})
    assert answered.status == 200
    collected = await two.here.app[DATABASE].value("SELECT collected_at FROM request")
    assert collected is None


@pytest.mark.proves("auth.R47.open")
async def test_an_event_stream_ends_with_the_reason(two: Two) -> None:
    asked = await two.here.agent.post("/api/v1/hitl/request", {"prompt": "x", "wait": 0})
    request_id = (await asked.json())["request_id"]
    agent = two.over_there(two.here.agent)
    async with agent.client.get(f"/api/v1/requests/{request_id}/events", headers=agent.headers) as stream:
        await leased(two.there)
        await two.revoke_key()
        async with asyncio.timeout(1):
            text = await stream.text()
    assert "event: refused" in text
    assert '"code":"unauthenticated"' in text.replace(" ", "")


@pytest.mark.proves("auth.R47.open")
async def test_a_waiting_tool_call_over_mcp_ends_with_the_reason(relay: Relay) -> None:
    asking = await Asking.begin(relay, ASK, version="2025-06-18")
    [key] = await (await relay.owner.get("/api/v1/api-keys")).json()
    assert (await relay.owner.delete(f"/api/v1/api-keys/{key['id']}")).status == 204
    async with asyncio.timeout(1):
        replies = [event.message for event in await events_of(asking.reply) if "error" in event.message]
    assert "revoked" in replies[0]["error"]["message"]
    assert (await relay.open_request())["id"] == asking.card["id"]
    assert (await send(relay.agent, ASK)).status == 401


@pytest.mark.proves("auth.R47.open")
async def test_a_device_s_socket_is_closed_in_the_other_process(two: Two) -> None:
    device = await two.here.silent_device()
    ws = await two.there.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",))
    elsewhere = Device(ws, device.id, device.token)
    await elsewhere.hello()
    await elsewhere.next("welcome")
    owner = Party(two.here.client, device.token)
    assert (await owner.delete(f"/api/v1/mobile/devices/{device.id}")).status == 204
    async with asyncio.timeout(1):
        assert await elsewhere.closed() == 4502


@pytest.mark.proves("auth.R47.open")
async def test_a_member_who_was_removed_connects_again_in_another_organization(two: Two) -> None:
    device = await two.here.silent_device()
    ws = await two.there.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",))
    elsewhere = Device(ws, device.id, device.token)
    await elsewhere.hello()
    await elsewhere.next("welcome")
    await two.here.app[DATABASE].execute("DELETE FROM membership")
    async with asyncio.timeout(1):
        assert await elsewhere.closed() == 4006


@pytest.mark.proves("auth.R47.open")
@pytest.mark.parametrize("sql", ["UPDATE agent SET status = 'paused'", "DELETE FROM agent"])
async def test_an_agent_that_is_stopped_waits_no_longer_anywhere(two: Two, sql: str) -> None:
    call = two.over_there(two.here.agent).ask()
    await leased(two.there)
    await two.here.app[DATABASE].execute(sql)
    async with asyncio.timeout(1):
        assert (await call).status == 401
    await refused(two.over_there(two.here.agent))


@pytest.mark.proves("auth.R47.open")
async def test_another_credential_s_calls_go_on(two: Two) -> None:
    made: dict[str, Any] = await (
        await two.here.owner.post("/api/v1/api-keys", {"agent_name": "other-bot", "description": ""})
    ).json()
    mine, other = two.over_there(two.here.agent), Party(two.there, made["api_key"])
    calls = mine.ask("Mine?"), other.ask("Other?")
    await leased(two.there, 2)
    await two.here.app[DATABASE].execute("UPDATE api_key SET revoked_at = now() WHERE id <> $1", made["id"])
    assert (await calls[0]).status == 401
    assert len(two.there.app[LEASES]) == 1  # type: ignore[union-attr]
    assert (await other.get("/api/v1/requests")).status == 200
    two.there.app[HUB].release_all()  # type: ignore[union-attr]
    assert (await calls[1]).status in {200, 202}


@pytest.mark.proves("auth.R48")
async def test_who_hears_nothing_believes_nobody_for_longer_than_a_second(make_two: MakeTwo, clock: FakeClock) -> None:
    two = await make_two(loops=False)  # nobody listens
    agent = two.over_there(two.here.agent)
    assert (await agent.get("/api/v1/requests")).status == 200
    await two.revoke_key()
    clock.forward(SECOND)
    assert (await agent.get("/api/v1/requests")).status == 401


@pytest.mark.proves("auth.R48")
async def test_without_the_database_nobody_is_admitted_on_hearsay(make_two: MakeTwo, clock: FakeClock) -> None:
    two = await make_two(loops=False)
    owner, app = two.over_there(two.here.owner), two.there.app
    assert app
    needs_no_query = "/metrics"
    assert (await owner.get(needs_no_query)).status == 200
    await app[DATABASE].close()
    assert (await owner.get(needs_no_query)).status == 200
    clock.forward(SECOND)
    await app[REVOCATIONS].listen()
    assert (await owner.get(needs_no_query)).status == 503
    await app[DATABASE].open()
    clock.forward(SECOND)
    await app[REVOCATIONS].listen()
    assert (await owner.get(needs_no_query)).status == 200
    assert app[AUTH_CACHE].believed_until == clock.now() + SECOND


@pytest.mark.proves("auth.R48")
async def test_what_was_missed_meanwhile_is_made_up_for(make_two: MakeTwo, clock: FakeClock) -> None:
    two = await make_two(loops=False)
    call = two.over_there(two.here.agent).ask()
    await leased(two.there)
    await two.revoke_key()
    clock.forward(10 * SECOND)
    await two.there.app[REVOCATIONS].listen()  # type: ignore[union-attr]
    assert (await call).status == 401


async def test_what_was_heard_is_applied_once(make_two: MakeTwo) -> None:
    two = await make_two(loops=False)
    app = two.there.app
    assert app
    told: list[object] = []
    app[AUTH_CACHE].on_revoked(told.append)
    await two.revoke_key()
    for _ in range(3):
        await app[REVOCATIONS].listen()
    assert len(told) == 1


async def test_what_ended_between_admission_and_waiting_ends_the_call_at_once(make_two: MakeTwo) -> None:
    two = await make_two(loops=False)  # nobody hears of it a second time
    agent = two.here.agent
    async with aiohttp.ClientSession() as session:
        reading = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b'{"prompt": '
            await reading.wait()
            yield b'"Deploy?"}'

        url = str(two.here.client.make_url("/api/v1/hitl/request"))
        headers = {**agent.headers, "Content-Type": "application/json"}
        call = asyncio.create_task(session.post(url, data=slowly(), headers=headers))
        touched = two.here.app[AUTH_CACHE]
        await until(lambda: len(touched) > 1)
        await two.revoke_key()
        reading.set()
        async with asyncio.timeout(2):
            assert (await call).status == 401


async def test_lines_are_deleted_when_everybody_has_heard_them(two: Two) -> None:
    database = two.here.app[DATABASE]
    await two.revoke_key()
    await database.execute(
        "INSERT INTO revocation (at, ends, credential_id) VALUES (now() - interval '25 hours', true, gen_random_uuid())"
    )
    before = await database.value("SELECT count(*) FROM revocation")
    await two.here.app[REVOCATIONS].forget()
    assert await database.value("SELECT count(*) FROM revocation") == before - 1
