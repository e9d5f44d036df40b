"""An organization's audit: everything that concerns it, and no words."""

import datetime as dt
import json

import pytest

from auth.routes.audit_page import DONE, NOT_HERE
from auth.routes.audit_wire import AUDITED, KINDS
from relay.domain.log_entry import EntryType
from relay.kernel.settings import Secret
from relay.services.keys import SEAL
from tests.app.test_orgs import KEYS, ORGS, a_team, enter, join
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, another


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def ada(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def eve(client: Client, ada: Person) -> Person:
    return await another(client)


async def audit(person: Person, org: str, query: str = "") -> list[JSON]:
    entries: list[JSON] = (await person.get(f"{ORGS}/{org}/audit?{query}"))["entries"]
    return entries


async def export(person: Person, org: str, query: str = "") -> list[JSON]:
    async with person.client.get(f"{ORGS}/{org}/audit/export?{query}", headers=person.bearer) as response:
        assert response.status == 200
        assert response.content_type == "application/x-ndjson"
        assert response.headers["Content-Disposition"] == f'attachment; filename="audit-{org}.jsonl"'
        return [json.loads(line) for line in (await response.text()).splitlines()]


def types(entries: list[JSON]) -> list[str]:
    """Return the types, oldest first."""
    return [entry["type"] for entry in reversed(entries)]


@pytest.mark.proves("org.audit")
@pytest.mark.proves("auth.R79")
async def test_everything_that_concerns_an_organization_is_found_by_it(
    ada: Person, eve: Person, clock: FakeClock
) -> None:
    team = await a_team(ada)
    await enter(ada, team)
    await join(team, ada, eve, "admin")
    clock.forward(dt.timedelta(seconds=1))
    key = await eve.a_key("bot")
    await eve.post("/api/v1/mobile/devices", {"name": "secret words", "kind": "phone"})
    clock.forward(dt.timedelta(seconds=1))
    await eve.patch(f"/api/v1/agents/{key['agent_id']}", {"status": "paused"})
    await ada.patch(f"{ORGS}/{team}/members/{eve.account_id}", {"role": "operator"}, expect=204)
    clock.forward(dt.timedelta(seconds=1))
    await ada.delete(f"{ORGS}/{team}/members/{eve.account_id}")
    entries = await audit(ada, team)
    assert sorted(types(entries)) == sorted(
        [
            "org.created",
            "org.entered",
            "invite.created",
            "member.joined",
            "member.made_admin",
            "org.entered",
            "agent.created",
            "key.created",
            "device.registered",
            "agent.paused",
            "member.made_operator",
            "member.removed",
        ]
    )
    removed = entries[0]
    assert (removed["type"], removed["actor"], removed["subject"]) == ("member.removed", ada.account_id, eve.account_id)
    assert (removed["actor_name"], removed["subject_name"]) == ("Ada", "Eve")
    # What Eve did stays, though she is gone; nothing of it is in her own organization's.
    assert {entry["type"] for entry in entries if entry["actor"] == eve.account_id} >= {"key.created", "member.joined"}
    assert types(await audit(eve, eve.org_id)) == ["session.created"]
    assert "secret words" not in json.dumps(entries)


@pytest.mark.proves("org.audit")
async def test_it_is_filtered_by_time_actor_and_kind_and_comes_in_pages(
    client: Client, ada: Person, eve: Person, clock: FakeClock
) -> None:
    team = await a_team(ada)
    await join(team, ada, eve, "admin")
    start = clock.now()
    for n in range(5):
        clock.forward(dt.timedelta(seconds=1))
        await eve.a_key("bot", description=f"note {n}")
    whole = await audit(ada, team)
    assert [e for e in whole if e["type"].startswith("key.")] == await audit(ada, team, "kind=key")
    assert await audit(ada, team, "kind=key.created") == await audit(ada, team, "kind=key")
    assert await audit(ada, team, "kind=device") == []
    assert {e["actor"] for e in await audit(ada, team, f"actor={eve.account_id}")} == {eve.account_id}
    second = (start + dt.timedelta(seconds=2)).isoformat().replace("+00:00", "Z")
    third = (start + dt.timedelta(seconds=3)).isoformat().replace("+00:00", "Z")
    assert len(await audit(ada, team, f"kind=key&since={second}&until={third}")) == 1
    paged: list[JSON] = []
    before = ""
    while True:
        page = await ada.get(f"{ORGS}/{team}/audit?limit=3{before}")
        paged += page["entries"]
        if page["next_before"] is None:
            break
        before = f"&before={page['next_before']}"
    assert paged == whole


@pytest.mark.proves("org.audit")
@pytest.mark.proves("auth.R79")
async def test_an_export_is_everything_line_by_line_and_is_noted_itself(
    ada: Person, eve: Person, clock: FakeClock
) -> None:
    team = await a_team(ada)
    await join(team, ada, eve)
    clock.forward(dt.timedelta(seconds=1))
    lines = await export(ada, team)
    whole = await audit(ada, team)
    assert lines[0]["type"] == "audit.exported"
    assert lines == [{k: v for k, v in entry.items() if not k.endswith("_name")} for entry in whole]
    assert [line["type"] for line in await export(ada, team, "kind=invite")] == ["invite.created"]


@pytest.mark.proves("org.audit")
async def test_an_entry_moved_to_another_organization_breaks_the_seal(client: Client, ada: Person) -> None:
    from relay.services.keys import DATABASE, JOURNAL_STORE

    team = await a_team(ada)
    (account,) = await client.app[JOURNAL_STORE].accounts()
    await client.app[SEAL].seal()
    assert (await client.app[SEAL].verify(account))[1] is None
    await client.app[DATABASE].execute("UPDATE account_log SET org_id = $1 WHERE org_id = $2", ada.org_id, team)
    assert (await client.app[SEAL].verify(account))[1] is not None


@pytest.mark.proves("auth.R79")
async def test_every_kind_of_thing_that_is_audited_can_be_asked_for(ada: Person) -> None:
    await ada.post(KEYS, {"kind": "org"})
    for kind in (*KINDS, *AUDITED):
        for entry in await audit(ada, ada.org_id, f"kind={kind}"):
            assert entry["type"] == kind or entry["type"].startswith(f"{kind}.")
    assert not [kind for kind in AUDITED if kind.startswith("request")]


async def test_a_place_that_is_none_is_refused(ada: Person) -> None:
    for wrong in ("1-2-3", "9" * 18 + "-" + "f" * 32 + "-1", "-", "x"):
        async with ada.client.get(f"{ORGS}/{ada.org_id}/audit?before={wrong}", headers=ada.bearer) as response:
            assert (response.status, (await response.json()).get("pointer")) == (400, "/before"), wrong


@pytest.mark.proves("org.audit")
def test_every_entry_of_an_audit_is_said_in_words() -> None:
    assert DONE.keys() | NOT_HERE == set(EntryType)
    assert not DONE.keys() & NOT_HERE
