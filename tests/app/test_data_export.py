"""One's data to take along: all of it, none of anybody else's, and no secret."""

import json
from typing import Any

import pytest

from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import a_program
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, another

COLUMNS = {"account_id", "created_by", "accepted_by"}
LEFT_OUT = {
    "flow": "minutes old, and digests",
    "revocation": "what other processes are told, for a day; the log has it",
    "account_head": "where the log ends",
    "log_seal": "digests over the log, which is there",
    "device_log": "which of the lists of devices is the one in force; their entries are there",
    "pairing": "minutes old, and public keys",
}


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def exported(person: Person) -> list[JSON]:
    async with person.client.get("/api/v1/account/export", headers=person.bearer) as response:
        assert response.status == 200
        return [json.loads(line) for line in (await response.text()).splitlines()]


def of(kind: str, lines: list[JSON]) -> list[Any]:
    return [line["data"] for line in lines if line["kind"] == kind]


@pytest.mark.proves("auth.export")
async def test_agents_keys_and_connected_programs_are_taken_along_without_their_secrets(
    client: Client, owner: Person
) -> None:
    key = await owner.a_key()
    old = await owner.a_key("old-bot")
    await owner.delete(f"/api/v1/api-keys/{old['id']}")
    tokens = await (await a_program(client)).connect(owner)
    invite = await owner.post(f"/api/v1/orgs/{owner.org_id}/invites", {"email": "Eve@example.org"})
    eve = await another(client)
    hers = await eve.a_key("her-bot")
    lines = await exported(owner)
    assert {agent["name"] for agent in of("agent", lines)} == {"deploy-bot", "old-bot", "Probe"}
    # Both were made in one instant of this clock: either may come first.
    assert {(kept["id"], kept["revoked_at"] is None) for kept in of("api_key", lines)} == {
        (key["id"], True),
        (old["id"], False),
    }
    (grant,) = of("grant", lines)
    assert (grant["client_name"], grant["revoked_at"]) == ("Probe", None)
    (sent,) = of("invite", lines)
    assert sent["email"].lower() == "eve@example.org"
    text = json.dumps(lines)
    secrets = (key["api_key"], tokens["access_token"], tokens["refresh_token"], invite["code"], owner.token)
    for foreign in (*secrets, hers["id"], hers["api_key"], eve.account_id, "her-bot"):
        assert foreign not in text


@pytest.mark.proves("auth.export")
async def test_ways_in_and_devices_are_taken_along(client: Client, owner: Person) -> None:
    device = await owner.post("/api/v1/mobile/devices", {"name": "phone", "kind": "phone"})
    database = client.app[DATABASE]
    await database.execute(
        "INSERT INTO push_target (device_id, account_id, vendor, token, token_digest, registered_at)"
        " VALUES ($1, $2, 'fcm', 'the-address', sha256('x'), now())",
        device["device_id"],
        owner.account_id,
    )
    await database.execute(
        "INSERT INTO push_preference (account_id, show_words, reminders, time_zone) VALUES ($1, true, false, 'UTC')",
        owner.account_id,
    )
    await owner.post("/api/v1/account/recovery-codes")
    lines = await exported(owner)
    assert [kept["name"] for kept in of("device", lines)] == ["phone"]
    assert [kept["vendor"] for kept in of("push_target", lines)] == ["fcm"]
    assert [kept["show_words"] for kept in of("push_preference", lines)] == [True]
    assert {frozenset(kept) for kept in of("recovery_code", lines)} == {frozenset({"created_at"})}
    assert "the-address" not in json.dumps(lines)


EXPORTED = {
    "membership": "member",
    "session": "session",
    "passkey": "passkey",
    "identity": "identity",
    "recovery_code": "recovery_code",
    "api_key": "api_key",
    "oauth_grant": "grant",
    "invite": "invite",
    "device": "device",
    "push_target": "push_target",
    "push_preference": "push_preference",
    "agent": "agent",
    "request": "request",
    "account_log": "logentry",
    "device_log_entry": "device_log_entry",
    "inbox_wrap": "inbox_wrap",
}


@pytest.mark.proves("auth.export")
async def test_no_table_that_names_an_account_is_forgotten(client: Client) -> None:
    rows = await client.app[DATABASE].fetch(
        "SELECT DISTINCT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE a.attname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relnamespace = 'public'::regnamespace",
        sorted(COLUMNS),
    )
    assert {row["relname"] for row in rows} == {*EXPORTED, *LEFT_OUT}
