"""The calls of the published client beside asking, in the shapes it reads."""

import base64

from tests.app.conftest import PASSWORD, Party, Relay

KEY = base64.b64encode(bytes(range(32))).decode()
BOXES = [base64.b64encode(bytes([n]) * 32).decode() for n in range(1, 4)]


async def test_agents_are_a_bare_list_and_a_new_one_has_its_id_under_both_names(relay: Relay) -> None:
    made = await relay.owner.post("/api/v1/agents", {"name": "shell"})
    agent = await made.json()
    assert (made.status, agent["id"], agent["name"]) == (201, agent["agent_id"], "shell")
    listed = await (await relay.owner.get("/api/v1/agents")).json()
    assert {"deploy-bot", "shell"} == {entry["name"] for entry in listed}
    assert all(entry["id"] == entry["agent_id"] for entry in listed)
    again = await relay.owner.post("/api/v1/agents", {"name": "SHELL"})
    assert (again.status, (await again.json(content_type=None))["code"]) == (409, "already_exists")


async def test_a_new_api_key_is_shown_with_its_first_eight_characters(relay: Relay) -> None:
    body = {"description": "laptop", "agent_id": relay.agent.id}
    key = await (await relay.owner.post("/api/v1/api-keys", body)).json()
    assert (key["api_key"][:7], key["prefix"]) == ("mcp_pk_", key["api_key"][:8])
    assert (await relay.client.get("/api/v1/agents", headers={"X-API-Key": key["api_key"]})).status == 200


async def test_an_agent_registers_its_key_and_the_devices_learn_of_it_once(relay: Relay) -> None:
    phone = await relay.device()
    body = {"entity_type": "agent", "entity_id": relay.agent.id, "public_key": KEY}
    for who in (relay.agent, relay.owner):
        reply = await who.post("/api/v1/keys/register", body)
        assert (reply.status, await reply.json()) == (200, {**body, "key_type": "x25519"})
    assert (await phone.next("key.registered"))["subject"] == relay.agent.id
    await phone.send({"t": "ping"})
    await phone.next("pong")
    assert [f.get("type") for f in phone.frames].count("key.registered") == 1


async def test_an_agent_registers_a_key_for_itself_only(relay: Relay) -> None:
    other = await (await relay.owner.post("/api/v1/agents", {"name": "other"})).json()
    body = {"entity_type": "agent", "entity_id": other["id"], "public_key": KEY}
    assert (await relay.agent.post("/api/v1/keys/register", body)).status == 404
    assert (await relay.owner.post("/api/v1/keys/register", body)).status == 200


async def test_a_key_that_is_no_key_is_refused(relay: Relay) -> None:
    body = {"entity_type": "agent", "entity_id": relay.agent.id}
    for wrong in ("", "!" * 44, "AAAA", KEY[:-1], KEY + "AAAA", KEY.replace("=", "")):
        reply = await relay.agent.post("/api/v1/keys/register", {**body, "public_key": wrong})
        assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, "/public_key"), wrong
    for wrong in ("!" * 44, "A" * 44):
        device = {"name": "phone", "kind": "phone", "x25519": wrong}
        reply = await relay.owner.post("/api/v1/mobile/devices", device)
        assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, "/x25519"), wrong


async def test_the_humans_box_keys_are_those_of_the_devices_that_have_one_and_are_not_revoked(relay: Relay) -> None:
    made = []
    for box in (*BOXES, None):
        human = await _sign_in(relay)
        body = {"name": "phone", "kind": "phone"} | ({"x25519": box} if box else {})
        made.append((await (await human.post("/api/v1/mobile/devices", body)).json())["device_id"])
    await relay.owner.delete(f"/api/v1/mobile/devices/{made[1]}")
    wanted = {(BOXES[0], made[0]), (BOXES[2], made[2])}
    for who in (relay.agent, relay.owner):
        keys = await (await who.get("/api/v1/keys/user")).json()
        assert {(key["public_key"], key["device_id"]) for key in keys} == wanted
        bare = await (await who.get("/api/v1/devices/public-keys")).json()
        assert set(bare["public_keys"]) == {BOXES[0], BOXES[2]}
    _, stranger = await relay.another_owner()
    assert await (await stranger.get("/api/v1/keys/user")).json() == []


async def _sign_in(relay: Relay) -> Party:
    reply = await relay.client.post("/api/v1/auth/sign-in", json={"email": "ada@example.org", "password": PASSWORD})
    relay.client.session.cookie_jar.clear()
    return Party(relay.client, (await reply.json())["token"])
