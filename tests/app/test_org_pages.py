"""Organizations, invitations, agents and the audit in a browser without scripts."""

from urllib.parse import quote

import pytest

from auth.entities import RECENT
from relay.domain.log_entry import EntryType
from relay.kernel.settings import Secret
from tests.app.test_orgs import AGENTS, ORGS, a_team, enter, join, roles
from tests.fakes.clock import FakeClock
from tests.pages import OWN, Page, fill, read, send
from tests.people import PASSWORD, Client, MakeClient, Person, a_relay, an_owner, another


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def ada(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def eve(client: Client, ada: Person) -> Person:
    return await another(client)


async def made(person: Person, page: str, action: str, **fields: str) -> str:
    """Send a form that leads on; return where to."""
    status, location, answer = await fill(person, page, action, **fields)
    assert status == 303, answer.words
    return location


async def opened(person: Person, path: str, *, status: int = 200) -> Page:
    return await read(person.client, path, status=status, **person.cookie)


async def text_of(person: Person, path: str) -> str:
    async with person.client.get(path, headers=person.cookie) as response:
        return await response.text()


@pytest.mark.proves("org.invites")
async def test_somebody_is_invited_and_joins_without_a_script(client: Client, ada: Person, eve: Person) -> None:
    team = await made(ada, "/orgs", "/orgs", name="Team <b>")
    assert "Team <b>" in (await opened(ada, team)).words
    status, _, shown = await fill(ada, team, f"{team}/invites", role="admin", email="eve@example.org")
    assert status == 201
    link = next(line for line in shown.words.splitlines() if line.startswith("http://localhost:8000/invite/"))
    path = link.removeprefix("http://localhost:8000")
    # A stranger sees what it is and the way to sign in and back; a scanner that opens it changes nothing.
    for _ in range(2):
        page = await read(client, path)
        assert "Ada invites you to Team <b>" in " ".join(page.words.split())
        assert f"/sign-in?next={quote(path)}" in page.links
        assert list(page.forms) == []
    signed_in = (await read(client, f"/sign-in?next={quote(path)}")).forms["/sign-in"]
    fields = signed_in | {"email": "eve@example.org", "password": PASSWORD}
    assert (await send(client, "/sign-in", fields, OWN))[:2] == (303, path)
    assert await made(eve, path, path) == "/orgs"
    assert "You are in it now." in (await opened(eve, "/orgs")).words
    assert await roles(ada, team.removeprefix("/orgs/")) == {ada.account_id: "owner", eve.account_id: "admin"}
    gone = await opened(eve, path, status=404)
    assert "No such invitation" in gone.words


@pytest.mark.proves("org.invites")
async def test_a_code_is_typed_as_it_was_read_out(client: Client, ada: Person, eve: Person) -> None:
    team = await a_team(ada)
    code = (await ada.post(f"{ORGS}/{team}/invites"))["code"].lower().replace("-", " ")
    form = (await read(client, "/invite")).forms["/invite"]
    status, location, _ = await send(client, "/invite", form | {"code": code}, OWN)
    assert (status, location) == (303, f"/invite/{quote(code)}")
    await made(eve, location, location)
    assert eve.account_id in await roles(ada, team)


async def test_accepting_from_another_site_is_refused(client: Client, ada: Person, eve: Person) -> None:
    team = await a_team(ada)
    path = f"/invite/{(await ada.post(f'{ORGS}/{team}/invites'))['code']}"
    fields = (await opened(eve, path)).forms[path]
    foreign = eve.cookie | {"Sec-Fetch-Site": "cross-site"}
    assert (await send(client, path, fields, foreign))[0] == 403
    assert (await send(client, path, {}, eve.cookie))[0] == 403
    assert eve.account_id not in await roles(ada, team)


@pytest.mark.proves("org.roles")
async def test_members_are_changed_and_removed_from_the_page(ada: Person, eve: Person) -> None:
    org = await a_team(ada)
    team, hers = f"/orgs/{org}", f"/orgs/{org}/members/{eve.account_id}"
    await join(org, ada, eve)
    assert await made(ada, team, f"{hers}/role", role="admin") == team
    assert (await roles(ada, org))[eve.account_id] == "admin"
    # An admin is offered nothing that concerns an owner.
    page = await opened(eve, team)
    assert not [action for action in page.forms if ada.account_id in action or action.endswith("/delete")]
    assert await made(ada, team, f"{team}/rename", name="New name") == team
    assert await made(ada, team, f"{hers}/remove") == team
    assert list(await roles(ada, org)) == [ada.account_id]
    assert "Organizations" in (await opened(eve, "/orgs")).words
    await opened(eve, team, status=404)
    assert await made(ada, team, f"{team}/delete") == "/orgs"
    await opened(ada, team, status=404)


@pytest.mark.proves("org.roles")
async def test_an_operator_s_pages_offer_what_an_operator_may(ada: Person, eve: Person) -> None:
    org = await a_team(ada)
    await enter(ada, org)
    key = await ada.a_key("team-bot")
    await join(org, ada, eve)
    home = await opened(eve, "/owner")
    assert "team-bot" in home.words
    assert key["prefix"] not in home.words
    assert list(home.forms) == []
    team = await opened(eve, f"/orgs/{org}")
    assert set(team.forms) == {f"/orgs/{org}/leave"}
    assert list((await opened(eve, f"/owner/agents/{key['agent_id']}")).forms) == []
    assert "audit:read" not in team.words
    await opened(eve, f"/orgs/{org}/audit", status=403)
    assert await made(eve, f"/orgs/{org}", f"/orgs/{org}/leave") == "/orgs"


@pytest.mark.proves("org.active")
async def test_one_switches_between_organizations(ada: Person) -> None:
    await ada.a_key("home-bot")
    org = await a_team(ada)
    assert await made(ada, "/orgs", f"/orgs/{org}/activate") == "/owner"
    home = await opened(ada, "/owner")
    assert "in Team as owner" in " ".join(home.words.split())
    assert "home-bot" not in home.words


@pytest.mark.proves("org.agents")
async def test_an_agent_is_changed_and_deleted_from_its_page(ada: Person) -> None:
    key = await ada.a_key("deploy-bot")
    path = f"/owner/agents/{key['agent_id']}"
    fields = {"name": "release-bot", "account_id": ada.account_id, "status": "paused"}
    assert await made(ada, path, path, **fields) == "/owner"
    (agent,) = await ada.get(AGENTS)
    assert (agent["name"], agent["status"]) == ("release-bot", "paused")
    assert "It is paused." in (await opened(ada, "/owner")).words
    await made(ada, path, path, **fields | {"status": "archived"})
    home = await opened(ada, "/owner")
    assert ("Archived agents" in home.words, path in home.links) == (True, True)
    assert await made(ada, path, f"{path}/delete") == "/owner"
    await opened(ada, path, status=404)


@pytest.mark.proves("org.tokens")
async def test_a_token_of_the_organization_is_made_on_the_owner_s_page(ada: Person) -> None:
    status, _, shown = await fill(ada, "/owner", "/owner/tokens", description="intake", expires_in_days="30")
    assert status == 201
    assert "htk_" in shown.words
    assert "/api/v1/auth/whoami" in shown.words
    home = await opened(ada, "/owner")
    # What was made without choosing does end.
    assert "selected" not in await text_of(ada, "/owner")
    assert "intake" in home.words
    assert "tasks:create" in home.words


@pytest.mark.proves("org.audit")
async def test_the_audit_is_read_on_a_page(ada: Person, eve: Person, clock: FakeClock) -> None:
    org = await a_team(ada)
    await join(org, ada, eve, "admin")
    await enter(ada, org)
    await ada.a_key("<i>bot")
    page = await opened(ada, f"/orgs/{org}/audit")
    words = " ".join(page.words.split())
    for sentence in ("Eve joined", "Ada made an invitation", "Ada made an agent (<i>bot)", "Eve made an admin of"):
        assert sentence in words
    assert f"/api/v1/orgs/{org}/audit/export" in page.links
    keys = " ".join((await opened(ada, f"/orgs/{org}/audit?kind=key")).words.split())
    assert ("made an API key" in keys, "joined" in keys) == (True, False)
    first = await opened(ada, f"/orgs/{org}/audit?limit=2")
    (older,) = [link for link in first.links if "before=" in link]
    assert (await opened(ada, older)).words != first.words
    await opened(ada, f"/orgs/{org}/audit?kind=nonsense", status=400)
    clock.forward(RECENT)
    late = await opened(ada, f"/orgs/{org}/audit")
    assert f"/confirm?next={quote(f'/orgs/{org}/audit')}" in late.links
    assert f"/api/v1/orgs/{org}/audit/export" not in late.links


async def test_what_needs_a_proof_is_asked_for_before_a_form_is_filled_in(
    ada: Person, eve: Person, clock: FakeClock
) -> None:
    org = await a_team(ada)
    await join(org, ada, eve)
    clock.forward(RECENT)
    page = await opened(ada, f"/orgs/{org}")
    assert f"/confirm?next=/orgs/{org}" in page.links
    assert set(page.forms) == {f"/orgs/{org}/rename", f"/orgs/{org}/leave", f"/orgs/{org}/activate"}


@pytest.mark.proves("auth.pages")
async def test_every_page_of_an_organization_is_labelled_throughout(ada: Person, eve: Person) -> None:
    org = await a_team(ada)
    await join(org, ada, eve)
    await enter(ada, org)
    key = await ada.a_key("bot")
    code = (await ada.post(f"{ORGS}/{org}/invites"))["code"]
    pages = ("/orgs", f"/orgs/{org}", f"/orgs/{org}/audit", "/owner", f"/owner/agents/{key['agent_id']}", "/invite")
    for path in (*pages, f"/invite/{code}"):
        page = await opened(ada, path)
        assert page.inputs <= page.labelled, path
        assert len(page.ids) == len(set(page.ids)), path
        assert "script" not in page.tags


def test_the_words_of_the_audit_are_about_what_is_audited() -> None:
    from auth.routes.audit_page import DONE
    from auth.routes.audit_wire import AUDITED

    assert DONE.keys() <= {EntryType(kind) for kind in AUDITED}
