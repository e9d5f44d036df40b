"""Step-up: what a session may do only shortly after its human proved who they are."""

import datetime as dt
import re

import pytest

from auth.entities import RECENT
from auth.next_path import with_next
from hitl_relay.app import operations
from relay.kernel.operation import Access, Operation
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.app.walk import EXAMPLES
from tests.fakes.clock import FakeClock
from tests.pages import fill, read, send
from tests.people import PASSWORD, Client, MakeClient, Person, a_relay, an_owner, bearer

UNKNOWN_ID = "019b0000-0000-7000-8000-000000000000"
CONFIRM = "/api/v1/auth/confirm"
KEYS = "/api/v1/api-keys"

NEEDS_PROOF = {
    "POST /api/v1/api-keys",
    "POST /api/v1/api-keys/{id}/rotate",
    "POST /api/v1/mobile/devices",
    "POST /api/v1/mobile/pairings",
    "DELETE /api/v1/orgs/{id}",
    "PATCH /api/v1/orgs/{id}/members/{account_id}",
    "DELETE /api/v1/orgs/{id}/members/{account_id}",
    "POST /api/v1/orgs/{id}/invites",
    "GET /api/v1/orgs/{id}/audit/export",
    "POST /api/v1/auth/passkeys/make/options",
    "POST /api/v1/auth/passkeys",
    "DELETE /api/v1/auth/passkeys/{id}",
    "GET /api/v1/account/export",
    "POST /api/v1/account/deletion",
    "GET /account/data",
    "POST /account/data/delete",
    "POST /api/v1/account/password",
    "POST /api/v1/account/passkey-only",
    "POST /api/v1/account/recovery-codes",
    "GET /account/password",
    "POST /account/password",
    "GET /account/recovery-codes",
    "POST /account/recovery-codes",
    "POST /account/passkeys/demand",
    "GET /account/passkeys",
    "DELETE /api/v1/auth/identities/{id}",
    "GET /account/identities",
    "GET /account/identities/link/{provider}",
    "POST /account/identities/{id}/unlink",
    "POST /account/passkeys/{id}/remove",
    "POST /owner/keys",
    "POST /owner/tokens",
    "POST /orgs/{id}/delete",
    "POST /orgs/{id}/members/{account_id}/role",
    "POST /orgs/{id}/members/{account_id}/remove",
    "POST /orgs/{id}/invites",
    "GET /api/v1/oauth/authorize",
    "POST /api/v1/oauth/authorize",
    "GET /device",
    "POST /device",
    "POST /device/decision",
    "POST /owner/keys/{id}/rotate",
}


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def stale(client: Client, clock: FakeClock) -> Person:
    """Return an owner who signed in ten minutes ago."""
    owner = await an_owner(client)
    clock.forward(RECENT)
    return owner


def recent() -> list[Operation]:
    return [operation for operation in operations() if operation.recent]


@pytest.mark.proves("auth.R64")
def test_what_needs_a_recent_proof_is_decided_here() -> None:
    assert {f"{o.method} {o.path}" for o in recent()} == NEEDS_PROOF
    # Nobody else has a proof that could be recent.
    assert {o.access for o in recent()} == {Access.OWNER}


@pytest.mark.proves("auth.R64")
async def test_a_session_of_ten_minutes_may_do_none_of_it(client: Client, stale: Person) -> None:
    for operation in recent():
        path = re.sub(r"{\w+}", UNKNOWN_ID, operation.path)
        example = EXAMPLES.get((operation.method, operation.path), {})
        if operation.media == "text/html":
            headers = stale.cookie | {"Referer": "http://localhost:8000/owner?a=1"}
            back = path if operation.method == "GET" else "/owner?a=1"
            async with client.request(operation.method, path, headers=headers, allow_redirects=False) as response:
                assert (response.status, response.headers["Location"]) == (303, with_next("/confirm", back)), path
            continue
        async with client.request(operation.method, path, json=example, headers=stale.bearer) as response:
            problem = await response.json()
            assert (response.status, problem["code"], problem["page"]) == (403, "step_up_required", "/confirm"), path
            assert "insufficient_user_authentication" in response.headers["WWW-Authenticate"]
    assert await client.app[DATABASE].value("SELECT count(*) FROM api_key") == 0


@pytest.mark.proves("auth.R64")
async def test_confirming_renews_the_session_for_ten_minutes(client: Client, stale: Person, clock: FakeClock) -> None:
    reply = await stale.post(CONFIRM, {"password": PASSWORD}, expect=200)
    assert dt.datetime.fromisoformat(reply["confirmed_until"]) == clock.now() + RECENT
    fresh = Person(client, reply["token"], stale.account_id, stale.org_id)
    await fresh.a_key()
    clock.forward(RECENT)
    await fresh.post(KEYS, {"agent_name": "x"}, expect=403)


@pytest.mark.proves("auth.R64")
async def test_a_copied_token_does_not_share_in_the_proof(client: Client, stale: Person) -> None:
    reply = await stale.post(CONFIRM, {"password": PASSWORD}, expect=200)
    async with client.get("/api/v1/auth/me", headers=stale.bearer) as response:
        assert response.status == 401
    (session,) = await Person(client, reply["token"], "", "").get("/api/v1/auth/sessions")
    assert session["current"]


async def test_confirming_keeps_the_session_s_device(client: Client, clock: FakeClock) -> None:
    owner = await an_owner(client)
    device = await owner.post("/api/v1/mobile/devices", {"name": "phone", "kind": "phone"})
    token = (await owner.post(CONFIRM, {"password": PASSWORD}, expect=200))["token"]
    me = await Person(client, token, "", "").get("/api/v1/auth/me")
    assert me["device_id"] == device["device_id"]


@pytest.mark.proves("auth.R64")
async def test_a_wrong_password_confirms_nothing_and_is_slowed_down(client: Client, stale: Person) -> None:
    for _ in range(10):
        problem = await stale.post(CONFIRM, {"password": "wrong horse"}, expect=400)
        assert problem["pointer"] == "/password"
    await stale.post(CONFIRM, {"password": PASSWORD}, expect=429)
    await stale.post(KEYS, {"agent_name": "x"}, expect=403)


async def test_a_browser_is_given_its_new_token_as_a_cookie_only(client: Client, stale: Person) -> None:
    async with client.post(CONFIRM, json={"password": PASSWORD}, headers=stale.cookie) as response:
        assert response.status == 200
        assert (await response.json())["token"] is None
        token = response.cookies["hitl_sid"].value
    async with client.get("/api/v1/auth/me", headers=bearer(token)) as response:
        assert response.status == 200


@pytest.mark.proves("auth.next")
async def test_the_page_leads_to_the_confirmation_and_back(client: Client, stale: Person) -> None:
    page = await read(client, "/owner", **stale.cookie)
    assert "/owner/keys" not in page.forms
    (to,) = [link for link in page.links if link.startswith("/confirm")]
    assert to == "/confirm?next=/owner"
    status, _, again = await fill(stale, to, "/confirm", password="wrong horse")
    assert (status, again.forms["/confirm"]["next"]) == (400, "/owner")
    async with client.post(
        "/confirm", data=again.forms["/confirm"] | {"password": PASSWORD}, headers=stale.cookie, allow_redirects=False
    ) as response:
        assert (response.status, response.headers["Location"]) == (303, "/owner")
        fresh = Person(client, response.cookies["hitl_sid"].value, "", "")
    assert "/owner/keys" in (await read(client, "/owner", **fresh.cookie)).forms
    async with client.get(to, headers=fresh.cookie, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/owner")


async def test_a_confirmation_needs_the_session_s_own_form(client: Client, stale: Person) -> None:
    fields = {"password": PASSWORD, "form_token": "0" * 64}
    assert (await send(client, "/confirm", fields, stale.cookie))[0] == 403
