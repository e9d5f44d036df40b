"""Sign-up: closed, by invitation, open; with and without e-mail."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from auth.mail import Smtp
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.emulators.mailbox import Mailbox, mailbox, text_of
from tests.fakes.clock import FakeClock
from tests.pages import OWN, Page, read, send
from tests.people import EMAIL, JSON, PASSWORD, Client, MakeClient, Person, a_relay, an_owner, person, sign_in

SIGN_UP = "/api/v1/auth/sign-up"
BODY = {"email": "eve@example.org", "name": "Eve", "password": PASSWORD}


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as box:
        yield box


@pytest.fixture
def make(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> MakeClient:
    async def made(**settings: object) -> Client:
        return await a_relay(aiohttp_client, database_url, clock, **settings)

    return made


async def sign_up(client: Client, cookie: str = "", **over: str) -> tuple[int, JSON, str]:
    headers = {"Cookie": cookie} if cookie else {}
    async with client.post(SIGN_UP, json=BODY | over, headers=headers) as response:
        flow = response.cookies.get("hitl_flow")
        return response.status, await response.json(), f"hitl_flow={flow.value}" if flow else ""


async def finish(client: Client, code: str, cookie: str) -> tuple[int, JSON]:
    async with client.post(f"{SIGN_UP}/finish", json={"code": code}, headers={"Cookie": cookie}) as response:
        return response.status, await response.json()


async def an_invite(owner: Person) -> str:
    made = await owner.post(f"/api/v1/orgs/{owner.org_id}/invites", {"role": "operator"})
    return str(made["code"])


@pytest.mark.proves("auth.sign_up")
async def test_it_is_closed_unless_it_is_opened(make: MakeClient) -> None:
    client = await make()
    await an_owner(client)
    assert (await sign_up(client))[0] == 403
    page = await read(client, "/sign-up", status=403)
    assert "/sign-up" not in page.forms
    assert not [link for link in (await read(client, "/sign-in")).links if "sign-up" in link]
    assert (await send(client, "/sign-up", BODY, OWN))[0] == 403
    assert await client.app[DATABASE].value("SELECT count(*) FROM account") == 1


@pytest.mark.proves("auth.sign_up")
async def test_an_account_gets_an_organization_of_its_own(make: MakeClient) -> None:
    client = await make(sign_up="open")
    owner = await an_owner(client)
    status, reply, _ = await sign_up(client)
    assert status == 201
    eve = person(client, reply)
    assert eve.org_id != owner.org_id
    await eve.a_key()
    (org,) = await eve.get("/api/v1/orgs")
    assert (org["name"], org["role"]) == ("Eve", "owner")
    await sign_in(client, email="EVE@example.org")


@pytest.mark.proves("auth.sign_up")
async def test_of_many_with_one_address_one_gets_an_account(make: MakeClient) -> None:
    client = await make(sign_up="open")
    await an_owner(client)
    tried = await asyncio.gather(*(sign_up(client, email=f"{'E' * (n % 2) or 'e'}ve@example.org") for n in range(4)))
    assert sorted(status for status, _, _ in tried) == [201, 409, 409, 409]
    rows = await client.app[DATABASE].row("SELECT (SELECT count(*) FROM account) a, (SELECT count(*) FROM org) o")
    assert rows
    assert (rows["a"], rows["o"]) == (2, 2)


@pytest.mark.proves("auth.sign_up")
async def test_by_invitation_it_takes_one_that_is_good(make: MakeClient) -> None:
    client = await make(sign_up="invited")
    owner = await an_owner(client)
    assert (await sign_up(client))[0] == 403
    assert (await sign_up(client, invite="0000-0000"))[0] == 404
    code = await an_invite(owner)
    await read(client, "/sign-up", status=403)
    await read(client, "/sign-up?next=/invite/0000", status=404)
    form = (await read(client, f"/sign-up?next=/invite/{code}")).forms["/sign-up"]
    async with client.post("/sign-up", data=form | BODY, headers=OWN, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, f"/invite/{code}")
        eve = Person(client, response.cookies["hitl_sid"].value, "", "")
    async with client.post(f"/api/v1/invites/{code}/accept", headers=eve.bearer) as response:
        assert response.status == 200
    # The invitation is spent, and lets nobody else in.
    assert (await sign_up(client, email="mallory@example.org", invite=code))[0] == 404


@pytest.mark.proves("auth.sign_up")
async def test_with_e_mail_the_address_is_proved_first(make: MakeClient, box: Mailbox, clock: FakeClock) -> None:
    client = await make(sign_up="open", smtp_url=Smtp.parse(box.url))
    await an_owner(client)
    status, reply, cookie = await sign_up(client)
    assert (status, reply) == (202, {"letter_sent": True})
    assert await client.app[DATABASE].value("SELECT count(*) FROM account") == 1
    code = await box.code()
    assert (await finish(client, code, "hitl_flow=" + "A" * 43))[0] == 400
    assert (await finish(client, "0000-0000", cookie))[0] == 400
    status, reply = await finish(client, code, cookie)
    assert (status, reply["account"]["email"]) == (201, "eve@example.org")
    assert (await finish(client, code, cookie))[0] == 400
    _, _, cookie = await sign_up(client, email="late@example.org")
    code = await box.code()
    clock.forward(dt.timedelta(minutes=10))
    assert (await finish(client, code, cookie))[0] == 400


@pytest.mark.proves("auth.R57")
async def test_with_e_mail_the_answer_does_not_tell_whether_there_is_an_account(make: MakeClient, box: Mailbox) -> None:
    client = await make(sign_up="open", smtp_url=Smtp.parse(box.url))
    await an_owner(client)
    answers = [(await sign_up(client, email=email))[:2] for email in (EMAIL, "nobody@example.org")]
    assert answers[0] == answers[1]
    letters = sorted([await box.next() for _ in range(2)], key=lambda letter: letter["To"] != EMAIL)
    assert "There is one already" in text_of(letters[0])
    assert "There is one already" not in text_of(letters[1])


@pytest.mark.proves("auth.common_passwords")
async def test_a_bad_password_keeps_what_was_typed(make: MakeClient) -> None:
    client = await make(sign_up="open")
    await an_owner(client)
    assert "/sign-up?next=/account" in (await read(client, "/sign-in?next=/account")).links
    typed = {**BODY, "password": "eve@example.org", "next": "/account"}
    status, _, text = await send(client, "/sign-up", typed, OWN)
    assert (status, Page(text).forms["/sign-up"]) == (400, typed | {"password": ""})


async def test_the_page_asks_for_the_letter_s_code(make: MakeClient, box: Mailbox) -> None:
    client = await make(sign_up="open", smtp_url=Smtp.parse(box.url))
    await an_owner(client)
    form = (await read(client, "/sign-up?next=/account")).forms["/sign-up"] | BODY
    async with client.post("/sign-up", data=form, headers=OWN) as response:
        cookie = OWN | {"Cookie": f"hitl_flow={response.cookies['hitl_flow'].value}"}
        form = Page(await response.text()).forms["/sign-up/code"]
    status, _, text = await send(client, "/sign-up/code", form | {"code": "0000-0000"}, cookie)
    assert status == 400
    right = Page(text).forms["/sign-up/code"] | {"code": await box.code()}
    assert (await send(client, "/sign-up/code", right, cookie))[:2] == (303, "/account")
