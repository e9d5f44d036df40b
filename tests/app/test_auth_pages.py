"""The pages, as a browser without scripts uses them."""

import re

import pytest

from auth.keys import FIRST_OWNER
from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.pages import OWN, Page, read, send
from tests.people import EMAIL, PASSWORD, Client, MakeClient, Person, a_relay, an_owner, bearer, sign_in


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def own_form(person: Person, path: str, page: str = "/owner") -> dict[str, str]:
    return (await read(person.client, page, **person.cookie)).forms[path]


async def test_a_new_relay_leads_from_its_front_door_to_the_owner_s_page(client: Client) -> None:
    async with client.get("/", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/setup")
    code = await client.app[FIRST_OWNER].new_code()
    form = (await read(client, f"/setup?code={code}")).forms["/setup"]
    assert form["code"] == code
    form |= {"email": EMAIL, "name": "Ada <script>", "password": PASSWORD}
    async with client.post("/setup", data=form, headers=OWN, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/app/")
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    page = await read(client, "/owner", Cookie=cookie)
    assert "Ada <script>" in page.words
    assert "script" not in page.tags


async def test_a_refused_setup_keeps_what_was_typed_but_no_password(client: Client) -> None:
    code = await client.app[FIRST_OWNER].new_code() or ""
    typed = {"code": code, "email": "ada", "name": "Ada", "password": PASSWORD}
    status, _, text = await send(client, "/setup", typed, OWN)
    page = Page(text)
    assert status == 400
    assert page.forms["/setup"] == typed | {"password": ""}
    assert 'role="alert"' in text
    assert 'aria-invalid="true"' in text
    assert PASSWORD not in text


async def test_signing_in_by_form_and_out_again(client: Client, owner: Person) -> None:
    form = (await read(client, "/sign-in")).forms["/sign-in"] | {"email": EMAIL, "password": PASSWORD}
    async with client.post("/sign-in", data=form, headers=OWN, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/app/")
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    person = Person(client, cookie.partition("=")[2], "", "")
    status, to, _ = await send(client, "/sign-out", await own_form(person, "/sign-out", "/account"), person.cookie)
    assert (status, to) == (303, "/sign-in")
    async with client.get("/owner", headers=person.cookie, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/sign-in?next=/owner")


async def test_a_wrong_password_shows_the_form_again(client: Client, owner: Person) -> None:
    typed = {"email": EMAIL, "password": "wrong horse"}
    status, _, text = await send(client, "/sign-in", typed, OWN)
    assert status == 401
    assert Page(text).forms["/sign-in"] == {"next": "", "email": EMAIL, "password": ""}
    assert "the e-mail address or the password is wrong" in text


@pytest.mark.proves("auth.R49")
async def test_a_key_made_on_the_page_is_shown_once_and_works(client: Client, owner: Person) -> None:
    form = await own_form(owner, "/owner/keys") | {"agent_name": "deploy-bot", "expires_in_days": "90"}
    status, _, text = await send(client, "/owner/keys", form, owner.cookie)
    assert status == 201
    (key,) = set(re.findall(r"mcp_pk_[0-9A-Za-z]{49}", text))
    async with client.get("/api/v1/agents", headers=bearer(key)) as response:
        assert response.status == 200
    page = await read(client, "/owner", **owner.cookie)
    assert key not in page.words
    assert f"{key[:8]}…{key[-4:]}" in page.words


async def test_a_key_is_replaced_and_revoked_on_the_page(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    rotate, revoke = (f"/owner/keys/{key['id']}/{verb}" for verb in ("rotate", "revoke"))
    status, _, text = await send(client, rotate, await own_form(owner, rotate) | {"grace_hours": "24"}, owner.cookie)
    assert status == 201
    assert key["api_key"] not in text
    status, to, _ = await send(client, revoke, await own_form(owner, revoke), owner.cookie)
    assert (status, to) == (303, "/owner")
    async with client.get("/api/v1/agents", headers=bearer(key["api_key"])) as response:
        assert response.status == 401


@pytest.mark.proves("auth.R62")
async def test_a_form_of_another_session_or_without_its_token_is_refused(client: Client, owner: Person) -> None:
    other = await sign_in(client)
    key = await owner.a_key()
    foreign = await own_form(other, "/owner/keys")
    for path in ("/owner/keys", f"/owner/keys/{key['id']}/rotate", f"/owner/keys/{key['id']}/revoke", "/sign-out"):
        for token in (foreign, {}, {"form_token": "ü"}):
            fields = {"agent_name": "x", "grace_hours": "0", **token}
            status, _, text = await send(client, path, fields, owner.cookie)
            assert status == 403, path
            assert "another session" in text
    assert len(await owner.get("/api/v1/api-keys")) == 1


@pytest.mark.proves("auth.R62")
async def test_another_site_s_form_is_refused(client: Client, owner: Person) -> None:
    typed = {"email": EMAIL, "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {}):
        assert (await send(client, "/sign-in", typed, headers))[0] == 403
        assert (await send(client, "/setup", typed, headers))[0] == 403


async def test_a_page_refuses_people_in_html(client: Client, owner: Person) -> None:
    form = await own_form(owner, "/owner/keys")
    unknown = "/owner/keys/019b0000-0000-7000-8000-000000000000/revoke"
    assert (await send(client, unknown, form, owner.cookie))[0] == 404
    status, _, text = await send(client, "/owner/keys", form | {"expires_in_days": "0"}, owner.cookie)
    assert status == 400
    assert "<h1>That did not work</h1>" in text
    for body in (b"\xff", b"a=%ff", b"&".join(b"a=%d" % n for n in range(30)), b"a=1&a=2"):
        headers = owner.cookie | {"Content-Type": "application/x-www-form-urlencoded"}
        async with client.post("/owner/keys", data=body, headers=headers) as response:
            assert response.status in {400, 403}
    async with client.post("/owner/keys", json={}, headers=owner.cookie) as response:
        assert response.status == 400


@pytest.mark.proves("auth.pages")
async def test_who_goes_astray_gets_a_page_and_a_program_a_problem(client: Client, owner: Person) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert "there is nothing at this address" in (await read(client, "/nowhere", status=404, **browser)).words
    for path, headers in (("/nowhere", {}), ("/api/v1/nowhere", browser), ("/.well-known/nowhere", browser)):
        async with client.get(path, headers=headers) as response:
            assert (response.status, response.content_type) == (404, "application/problem+json"), path


async def test_an_agent_s_key_opens_no_page(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    async with client.get("/owner", headers=bearer(key["api_key"])) as response:
        assert response.status == 403


@pytest.mark.proves("auth.next")
async def test_signing_in_leads_back_to_the_page_that_was_asked_for(client: Client, owner: Person) -> None:
    async with client.get("/account/sessions?a=%26&b=1", allow_redirects=False) as response:
        assert response.status == 303
        to = response.headers["Location"]
    form = (await read(client, to)).forms["/sign-in"] | {"email": EMAIL, "password": "wrong horse"}
    assert form["next"] == "/account/sessions?a=%26&b=1"
    # A wrong password does not lose it.
    _, _, text = await send(client, "/sign-in", form, OWN)
    form = Page(text).forms["/sign-in"] | {"password": PASSWORD}
    status, to, _ = await send(client, "/sign-in", form, OWN)
    assert (status, to) == (303, "/account/sessions?a=%26&b=1")


@pytest.mark.proves("auth.next")
@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"])
async def test_signing_in_never_leads_elsewhere(client: Client, owner: Person, evil: str) -> None:
    async with client.get("/sign-in", params={"next": evil}) as response:
        assert Page(await response.text()).forms["/sign-in"]["next"] == ""
    typed = {"email": EMAIL, "password": PASSWORD, "next": evil}
    assert (await send(client, "/sign-in", typed, OWN))[:2] == (303, "/app/")


@pytest.mark.proves("auth.pages")
async def test_every_field_has_a_label_and_every_id_is_unique(client: Client, owner: Person) -> None:
    await owner.a_key("one")
    await owner.a_key("two")
    for path in ("/sign-in", "/owner", "/account", "/account/sessions", "/account/passkeys"):
        page = await read(client, path, **owner.cookie)
        assert page.inputs <= page.labelled
        assert len(page.ids) == len(set(page.ids))
        assert page.tags.count("h1") == 1
        assert page.tags.count("main") == 1


async def test_names_from_strangers_stay_words_on_the_page(client: Client, owner: Person) -> None:
    await owner.a_key('"><img src=x onerror=alert(1)>', description="<b>bold</b>")
    page = await read(client, "/owner", **owner.cookie)
    assert '"><img src=x onerror=alert(1)>' in page.words
    assert not {"img", "b"} & set(page.tags)
