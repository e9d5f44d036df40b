"""Two organizations with a member in common: what each sees of the other, by list, socket and stream."""

from dataclasses import dataclass, replace

import pytest

from tests.app.asking import put
from tests.app.conftest import Device, Party, Relay
from tests.app.walk import OPERATIONS, SOCKET, World, kinds_of, name_of, populate


@dataclass
class Shared:
    """Ada's organization and Eve's; Eve is an operator in Ada's too."""

    ada: World
    eve: World

    async def eve_enters(self, world: World) -> None:
        reply = await self.eve.owner.post(f"/api/v1/orgs/{world.ids['org']}/activate")
        assert reply.status == 204


@pytest.fixture
async def shared(relay: Relay) -> Shared:
    ada = await populate(relay, relay.owner, relay.agent, "ada")
    eve = await populate(relay, *await relay.another_owner(), "eve")
    invite = await (await ada.owner.post(f"/api/v1/orgs/{ada.ids['org']}/invites", {})).json()
    assert (await eve.owner.post(f"/api/v1/invites/{invite['code']}/accept")).status == 200
    return Shared(ada, eve)


ONESELF = {
    # A person's own, whichever organization they are in at the moment: where they are signed in, their devices, their
    # organizations, what waits for them in any of these and by whose keys, and all of it in one file.
    "GET /api/v1/orgs",
    "GET /orgs",
    "GET /api/v1/mobile/devices",
    "GET /api/v1/mobile/inbox",
    "GET /api/v1/mobile/agent-keys",
    "GET /api/v1/auth/passkeys",
    "GET /api/v1/auth/identities",
    "GET /account/passkeys",
    "GET /account/identities",
    "GET /api/v1/account/export",
}


async def seen(world: World, who: Party) -> dict[str, str]:
    """Return what every list shows: of the organization `who` is in, and of the one of `world`."""
    found = {}
    for operation in OPERATIONS:
        named_thing = kinds_of(operation) and "org" not in kinds_of(operation).values()
        if operation.method == "GET" and not named_thing and operation.path != SOCKET:
            found[name_of(operation)] = await (await world.call(operation, who)).text()
    return found


def words(world: World) -> set[str]:
    """Return what belongs to an organization, not to its owner: their account and session are in two."""
    return {word for word in world.words if word.endswith("-")} | {
        world.ids[kind] for kind in ("org", "request", "key", "agent", "invite")
    }


@pytest.mark.proves("auth.R72")
async def test_lists_show_the_organization_one_is_in_and_nothing_of_the_other(shared: Shared) -> None:
    for here, elsewhere in ((shared.ada, shared.eve), (shared.eve, shared.ada)):
        await shared.eve_enters(here)
        for name, text in (await seen(here, shared.eve.owner)).items():
            if name not in ONESELF:
                assert not [word for word in words(elsewhere) if word in text], name
    # The words are there to be seen: by Eve at home, and about herself anywhere.
    home = await seen(shared.eve, shared.eve.owner)
    assert "eve-" in home["GET /api/v1/agents"]
    hers = (shared.eve.ids["org"], shared.eve.ids["agent"], "eve-")
    assert all(any(word in home[name] for word in hers) for name in ONESELF)


@pytest.mark.proves("auth.R72")
async def test_a_fellow_member_s_other_organization_shows_nowhere(shared: Shared) -> None:
    for who in (shared.ada.owner, shared.ada.agent, shared.ada.token):
        for name, text in (await seen(shared.ada, who)).items():
            assert not [word for word in words(shared.eve) if word in text], name


@pytest.mark.proves("org.devices")
@pytest.mark.proves("auth.R72")
async def test_a_device_hears_of_all_its_human_s_organizations_and_of_nobody_else_s(
    relay: Relay, shared: Shared
) -> None:
    await shared.eve_enters(shared.eve)
    phone = await on_socket(relay, shared.eve)
    adas = await relay.device("her-phone")
    assert {card["org_id"] for card in await inbox(phone)} == {shared.eve.ids["org"]}
    put_to_eve = await put(shared.ada.agent, "For Eve?", audience=shared.eve.owner.id)
    event = await phone.next("request.created", request_id=put_to_eve["request_id"])
    assert event["request"]["org_id"] == shared.ada.ids["org"]
    # Coming afresh it is shown the same, and so is whoever asks by REST, whatever their session is in.
    again = await on_socket(relay, shared.eve)
    assert {card["org_id"] for card in await inbox(again)} == {shared.ada.ids["org"], shared.eve.ids["org"]}
    cards = (await (await shared.eve.owner.get("/api/v1/mobile/inbox")).json())["requests"]
    assert {card["id"] for card in cards} == {put_to_eve["request_id"], shared.eve.ids["request"]}
    put_to_ada = await put(shared.ada.agent, "For Ada?")
    await adas.next("request.created", request_id=put_to_ada["request_id"])
    for device in (phone, again, adas):
        mine = str(device.frames)
        assert (shared.eve.ids["request"] in mine) == (device is not adas)
        assert (put_to_eve["request_id"] in mine) == (device is not adas)


@pytest.mark.proves("auth.R72")
async def test_the_stream_of_a_request_is_its_organization_s(shared: Shared) -> None:
    asked = (await put(shared.ada.agent, "For Eve?", audience=shared.eve.owner.id))["request_id"]
    path = f"/api/v1/requests/{asked}"
    for here, status in ((shared.eve, 404), (shared.ada, 200)):
        await shared.eve_enters(here)
        for address in (path, f"{path}/wait?timeout=0", f"{path}/events"):
            assert await first_status(shared.eve.owner, address) in {status, 202 if status == 200 else status}
    for stranger in (shared.eve.agent, shared.ada.owner):
        assert await first_status(stranger, f"{path}/events") == 404


@pytest.mark.proves("auth.R73")
async def test_an_agent_sees_its_own_requests_and_no_other_agent_s(relay: Relay, shared: Shared) -> None:
    made = await (await shared.ada.owner.post("/api/v1/api-keys", {"agent_name": "second"})).json()
    second = Party(relay.client, made["api_key"], made["agent_id"])
    asked = shared.ada.ids["request"]
    for operation in OPERATIONS:
        if kinds_of(operation) == {"id": "request"} and "/mobile/" not in operation.path:
            reply = await shared.ada.call(operation, second, json={"answer": "Yes"})
            assert reply.status in {403, 404}, name_of(operation)
    assert (await (await second.get("/api/v1/requests")).json())["requests"] == []
    assert [agent["id"] for agent in await (await second.get("/api/v1/agents")).json()] == [second.id]
    assert asked in await (await shared.ada.agent.get("/api/v1/requests")).text()


async def on_socket(relay: Relay, world: World) -> Device:
    """Say hello on the device of this world's owner."""
    ws = await relay.client.ws_connect(SOCKET, protocols=("hitl.v1",))
    device = await Device(ws, world.ids["device"], world.owner.token).hello()
    await device.next("welcome")
    return device


async def inbox(device: Device) -> list[dict[str, str]]:
    frame = await device.next("inbox")
    cards: list[dict[str, str]] = frame["requests"]
    return cards


async def first_status(who: Party, path: str) -> int:
    """Return the status of a reply that may never end."""
    async with who.client.get(path, headers=who.headers) as reply:
        return reply.status


@pytest.mark.proves("org.removal")
async def test_a_device_is_not_shown_again_what_was_put_to_it_in_an_organization_its_human_left(
    relay: Relay, shared: Shared
) -> None:
    phone = await on_socket(relay, shared.eve)
    asked = (await put(shared.ada.agent, "For Eve?", audience=shared.eve.owner.id))["request_id"]
    before = (await phone.next("request.created", request_id=asked))["seq"] - 1
    assert (await shared.eve.owner.post(f"/api/v1/orgs/{shared.ada.ids['org']}/leave")).status == 204
    gone = await phone.next("request.resolved", request_id=asked)
    assert (gone["status"], gone["answered_by"]) == ("cancelled", None)
    ws = await relay.client.ws_connect(SOCKET, protocols=("hitl.v1",))
    again = await Device(ws, shared.eve.ids["device"], shared.eve.owner.token).hello(before)
    assert (await again.next("request.created", request_id=asked))["request"] is None
    await again.next("member.left")


@pytest.mark.proves("auth.R71")
def test_a_route_of_which_nobody_said_what_its_id_names_fails_the_walk() -> None:
    new = replace(OPERATIONS[0], path="/api/v1/unheard-of/{id}")
    with pytest.raises(LookupError, match="unheard-of"):
        kinds_of(new)
