"""What a relay behind Caddy does for browsers, calls, streams and sockets."""

import asyncio
from typing import Final

import aiohttp
import pytest

from tests.deploy.conftest import ADDRESS_LIMIT, OURS, PASSWORD, Deployed, Json, become_owner

MINUTE_S: Final = 60


async def _an_agent(session: aiohttp.ClientSession) -> dict[str, str]:
    """Make a key with the browser's cookie."""
    body = {"agent_name": "deploy-bot", "description": ""}
    async with session.post("/api/v1/api-keys", json=body, headers=OURS) as response:
        assert response.status == 201, await response.text()
        return {"Authorization": f"Bearer {(await response.json())['api_key']}"}


@pytest.mark.proves("deploy.caddy")
async def test_a_browser_signs_in_with_a_cookie_for_this_host_alone(deployed: Deployed) -> None:
    async with deployed.visitor() as ada:
        await become_owner(ada, deployed)
    async with deployed.visitor() as ada:
        async with ada.get("/sign-in") as page:
            assert page.status == 200
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        form = {"email": "ada@example.org", "password": PASSWORD}
        # As a browser without Fetch Metadata does: the Origin is the public one, not what the relay listens on.
        async with ada.post("/sign-in", data=form, headers={"Origin": deployed.url}, allow_redirects=False) as reply:
            assert reply.status == 303
            [cookie] = reply.headers.getall("Set-Cookie")
        assert cookie.startswith("__Host-sid=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        async with ada.get("/api/v1/auth/me") as me:
            assert (await me.json())["account"]["email"] == "ada@example.org"


@pytest.mark.proves("deploy.caddy")
async def test_a_call_waits_a_minute_and_its_heartbeats_come_through(deployed: Deployed) -> None:
    async with deployed.visitor() as ada, deployed.visitor() as program:
        await become_owner(ada, deployed)
        agent = await _an_agent(ada)
        began = asyncio.get_running_loop().time()
        body = {"prompt": "Deploy?", "wait": MINUTE_S}
        async with program.post("/api/v1/hitl/request", json=body, headers=agent) as reply:
            assert asyncio.get_running_loop().time() - began < 5
            assert reply.status == 200
            beats = 0
            async for chunk in reply.content.iter_any():
                if chunk.strip():
                    break
                beats += len(chunk)
        assert asyncio.get_running_loop().time() - began >= MINUTE_S - 1
        assert beats >= MINUTE_S / 4 - 3
        assert b'"pending"' in chunk


@pytest.mark.proves("deploy.caddy")
async def test_a_question_is_answered_over_a_socket_and_followed_as_a_stream(deployed: Deployed) -> None:
    async with deployed.visitor() as ada, deployed.visitor() as program:
        owner = await become_owner(ada, deployed)
        agent = await _an_agent(ada)
        device = {"name": "phone", "kind": "phone"}
        async with ada.post("/api/v1/mobile/devices", json=device, headers=OURS) as made:
            device_id = (await made.json())["device_id"]
        async with ada.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",)) as phone:
            hello = {"t": "hello", "token": owner["token"], "device_id": device_id, "cursor": None}
            await phone.send_json(hello)
            assert (await phone.receive_json())["t"] == "welcome"
            call = asyncio.create_task(_asked(program, agent))
            request_id = (await _frame(phone, "request.created"))["request"]["id"]
            async with program.get(f"/api/v1/requests/{request_id}/events", headers=agent) as stream:
                # The delivery comes before there is an answer: nothing on the way collects the stream.
                assert b"event: delivery" in await stream.content.readline()
                answer = {"t": "answer", "request_id": request_id, "answer_id": device_id, "answer": "Yes"}
                await phone.send_json(answer)
                assert "event: resolved" in await stream.text()
            assert (await call)["response"] == "Yes"


async def _asked(session: aiohttp.ClientSession, agent: dict[str, str]) -> Json:
    async with session.post("/api/v1/hitl/request", json={"prompt": "Deploy?"}, headers=agent) as reply:
        outcome: Json = await reply.json()
        return outcome


async def _frame(phone: aiohttp.ClientWebSocketResponse, wanted: str) -> Json:
    async with asyncio.timeout(5):
        while True:
            frame: Json = await phone.receive_json()
            if frame.get("type") == wanted:
                return frame


@pytest.mark.proves("deploy.caddy")
async def test_callers_are_told_apart_and_cannot_say_who_they_are(deployed: Deployed) -> None:
    async with deployed.visitor("127.0.0.2") as loud, deployed.visitor("127.0.0.3") as quiet:
        assert await _last_status(loud, {}) == 429
        assert await _last_status(loud, {"X-Forwarded-For": "203.0.113.{}"}) == 429
        # Caddy passes this one on unread: whoever sends it counts as the proxy, and all who do are limited together.
        assert await _last_status(loud, {"Forwarded": "for=203.0.113.{}"}) == 429
        async with quiet.get("/docs") as response:
            assert response.status == 200


async def _last_status(session: aiohttp.ClientSession, headers: dict[str, str]) -> int:
    """Call more often than an address may, each time with another number in the header."""
    status = 0
    for number in range(ADDRESS_LIMIT + 5):
        given = {name: value.format(number) for name, value in headers.items()}
        async with session.get("/docs", headers=given) as response:
            status = response.status
    return status
