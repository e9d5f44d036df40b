"""Signing in by e-mail, with a real SMTP server on the other side."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from auth.entities import RECENT
from auth.mail import Smtp
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.emulators.mailbox import Mailbox, link_in, mailbox, text_of
from tests.fakes.clock import FakeClock
from tests.pages import OWN, Page, fill, read, send
from tests.people import EMAIL, Client, MakeClient, Person, a_relay, an_owner, person
from tests.waiting import until

LETTERS = "/api/v1/auth/letters"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as box:
        yield box


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock, box: Mailbox) -> Client:
    return await a_relay(aiohttp_client, database_url, clock, smtp_url=Smtp.parse(box.url))


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def ask(client: Client, email: str = EMAIL, *, cookie: str = "", expect: int = 204) -> str:
    """Ask for a letter; return the cookie of the browser that asked."""
    headers = {"Cookie": cookie} if cookie else {}
    async with client.post(LETTERS, json={"email": email}, headers=headers) as response:
        assert response.status == expect, await response.text()
        return f"hitl_flow={response.cookies['hitl_flow'].value}" if expect == 204 else ""


async def answer(client: Client, code: str, cookie: str, path: str = "sign-in") -> tuple[int, dict[str, object]]:
    async with client.post(f"{LETTERS}/{path}", json={"code": code}, headers={"Cookie": cookie}) as response:
        return response.status, await response.json()


@pytest.mark.proves("auth.R65")
async def test_a_code_signs_in_once_however_it_is_typed(client: Client, owner: Person, box: Mailbox) -> None:
    cookie = await ask(client)
    letter = await box.next()
    assert (letter["To"], letter["From"]) == (EMAIL, "hitl-relay@localhost")
    code = next(line.strip() for line in text_of(letter).splitlines() if line.startswith("    ") and "-" in line)
    status, reply = await answer(client, code.lower().replace("-", " "), cookie)
    assert status == 200
    assert person(client, reply).account_id == owner.account_id
    assert (await answer(client, code, cookie))[0] == 400


@pytest.mark.proves("auth.R65")
async def test_a_code_used_by_many_at_once_signs_in_one(client: Client, owner: Person, box: Mailbox) -> None:
    cookie = await ask(client)
    code = await box.code()
    statuses = [status for status, _ in await asyncio.gather(*(answer(client, code, cookie) for _ in range(4)))]
    assert sorted(statuses) == [200, 400, 400, 400]


@pytest.mark.proves("auth.R65")
async def test_a_code_of_ten_minutes_is_too_old(client: Client, owner: Person, box: Mailbox, clock: FakeClock) -> None:
    cookie = await ask(client)
    code = await box.code()
    clock.forward(dt.timedelta(minutes=10))
    assert (await answer(client, code, cookie))[0] == 400


@pytest.mark.proves("auth.R65")
async def test_another_browser_has_no_use_for_the_code_or_the_link(client: Client, owner: Person, box: Mailbox) -> None:
    cookie = await ask(client)
    text = text_of(await box.next())
    code = next(line.strip() for line in text.splitlines() if line.startswith("    ") and "-" in line)
    other = await ask(client, "nobody@example.org")
    assert (await answer(client, code, other))[0] == 400
    await read(client, link_in(text), status=410, Cookie=other)
    letter = {"letter": link_in(text).partition("=")[2]}
    for headers in (OWN | {"Cookie": other}, OWN):
        assert (await send(client, "/sign-in/code", letter, headers))[0] == 400
    # Nor did they use it up.
    assert (await answer(client, code, cookie))[0] == 200


@pytest.mark.proves("auth.R65")
async def test_a_link_that_is_fetched_consumes_nothing_and_its_button_signs_in(
    client: Client, owner: Person, box: Mailbox
) -> None:
    form = (await read(client, "/sign-in/letter?next=/account/sessions")).forms["/sign-in/letter"]
    async with client.post("/sign-in/letter", data=form | {"email": EMAIL}, headers=OWN) as response:
        cookie = f"hitl_flow={response.cookies['hitl_flow'].value}"
    link = link_in(text_of(await box.next()))
    for _ in range(3):
        await read(client, link, status=410)
        page = await read(client, link, Cookie=cookie)
    status, to, _ = await send(client, "/sign-in/code", page.forms["/sign-in/code"], OWN | {"Cookie": cookie})
    assert (status, to) == (303, "/account/sessions")
    assert (await send(client, "/sign-in/code", page.forms["/sign-in/code"], OWN | {"Cookie": cookie}))[0] == 400


@pytest.mark.proves("auth.R65")
async def test_five_wrong_codes_end_the_letter(client: Client, owner: Person, box: Mailbox) -> None:
    cookie = await ask(client)
    code = await box.code()
    for _ in range(5):
        status, problem = await answer(client, "0000-0000", cookie)
        assert (status, problem["pointer"]) == (400, "/code")
    assert (await answer(client, code, cookie))[0] == 400


@pytest.mark.proves("auth.R57")
async def test_known_and_unknown_addresses_get_the_same_answer(client: Client, owner: Person, box: Mailbox) -> None:
    answers = []
    for email in (EMAIL, "nobody@example.org"):
        async with client.post("/sign-in/letter", data={"email": email, "next": ""}, headers=OWN) as response:
            answers.append((response.status, await response.text()))
            cookie = f"hitl_flow={response.cookies['hitl_flow'].value}"
        answers[-1] += await answer(client, "0000-0000", cookie)
    assert answers[0] == answers[1]
    await box.next()
    assert box.letters == []


@pytest.mark.proves("auth.R65")
async def test_letters_are_few(client: Client, owner: Person, box: Mailbox, clock: FakeClock) -> None:
    for _ in range(5):
        await ask(client)
    await ask(client, expect=429)
    clock.forward(dt.timedelta(minutes=15))
    await ask(client)


async def test_either_of_two_letters_works_in_the_browser_that_asked_for_both(
    client: Client, owner: Person, box: Mailbox
) -> None:
    cookie = await ask(client)
    first = await box.code()
    assert await ask(client, cookie=cookie) == cookie
    await box.code()
    assert (await answer(client, first, cookie))[0] == 200


@pytest.mark.proves("auth.R64")
async def test_a_letter_confirms_on_the_page(client: Client, owner: Person, box: Mailbox, clock: FakeClock) -> None:
    clock.forward(RECENT)
    form = (await read(client, "/confirm?next=/account/passkeys", **owner.cookie)).forms["/confirm/letter"]
    async with client.post("/confirm/letter", data=form, headers=owner.cookie) as response:
        page = Page(await response.text())
        flow = response.cookies["hitl_flow"].value
    cookies = owner.cookie | {"Cookie": f"hitl_sid={owner.token}; hitl_flow={flow}"}
    wrong = page.forms["/confirm/code"] | {"code": "0000-0000"}
    status, _, text = await send(client, "/confirm/code", wrong, cookies)
    assert status == 400
    right = Page(text).forms["/confirm/code"] | {"code": await box.code()}
    assert (await send(client, "/confirm/code", right, cookies))[:2] == (303, "/account/passkeys")


@pytest.mark.proves("auth.R64")
async def test_another_account_s_letter_confirms_nothing(client: Client, owner: Person, box: Mailbox) -> None:
    from tests.strangers import add_stranger

    await add_stranger(client.app, "eve@example.org", "another long sentence")
    cookie = await ask(client, "eve@example.org")
    body = {"code": await box.code()}
    headers = owner.bearer | {"Cookie": cookie}
    async with client.post(f"{LETTERS}/confirm", json=body, headers=headers) as response:
        assert response.status == 400


async def test_a_letter_that_cannot_be_sent_is_logged_and_shown(
    client: Client, owner: Person, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "auth.mail")
    box.refuses = True
    await ask(client)
    await until(lambda: [record for record in caplog.records if record.message == "letter_not_sent"])
    assert EMAIL.lower() not in caplog.text.lower()
    assert "could not be sent" in (await read(client, "/account", **owner.cookie)).words
    box.refuses = False
    await ask(client)
    await box.next()
    await until(lambda: [record for record in caplog.records if record.message == "letter_sent"])
    assert "could not be sent" not in (await read(client, "/account", **owner.cookie)).words


async def test_without_a_server_nothing_is_offered(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock
) -> None:
    client = await a_relay(aiohttp_client, database_url, clock)
    owner = await an_owner(client)
    await ask(client, expect=409)
    assert not [link for link in (await read(client, "/sign-in")).links if "letter" in link]
    clock.forward(RECENT)
    assert list((await read(client, "/confirm", **owner.cookie)).forms) == ["/confirm", ""]


@pytest.mark.proves("auth.R77")
async def test_the_database_knows_no_code_and_no_link(client: Client, owner: Person, box: Mailbox) -> None:
    cookie = await ask(client)
    text = text_of(await box.next())
    code = next(line.strip() for line in text.splitlines() if line.startswith("    ") and "-" in line)
    row = await client.app[DATABASE].value("SELECT f::text FROM flow f")
    for secret in (code, code.replace("-", ""), link_in(text).partition("=")[2], cookie.partition("=")[2]):
        assert secret not in row


async def test_the_way_by_e_mail_is_on_the_sign_in_page(client: Client, owner: Person) -> None:
    assert "/sign-in/letter?next=/account" in (await read(client, "/sign-in?next=/account")).links
    assert (await fill(owner, "/account", "/sign-out"))[0] == 303
