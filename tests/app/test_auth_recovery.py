"""Another password, recovery codes, links of the administrator's: what they open, and what they must not."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest

from auth.keys import RECOVERY
from auth.mail import Smtp
from relay.domain.errors import NotFound
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.app.test_auth_passkeys import challenge, make, use
from tests.emulators.authenticator import Authenticator
from tests.emulators.mailbox import Mailbox, mailbox, text_of
from tests.fakes.clock import FakeClock
from tests.pages import OWN, Page, fill, read, send
from tests.people import EMAIL, JSON, PASSWORD, Client, MakeClient, Person, a_relay, an_owner, person, sign_in

NEW = "quite another sentence of mine"
CODES = "/api/v1/account/recovery-codes"


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


async def recover(client: Client, code: str, **over: str) -> tuple[int, JSON]:
    async with client.post("/api/v1/auth/recover", json={"email": EMAIL, "code": code} | over) as response:
        return response.status, await response.json()


async def is_signed_in(someone: Person) -> bool:
    async with someone.client.get("/api/v1/auth/me", headers=someone.bearer) as response:
        return response.status == 200


async def status_of_sign_in(client: Client, password: str) -> int:
    async with client.post("/api/v1/auth/sign-in", json={"email": EMAIL, "password": password}) as response:
        return response.status


async def demand_passkey(owner: Person) -> Authenticator:
    key = Authenticator()
    await make(owner, key)
    async with owner.client.post(
        "/api/v1/account/passkey-only", json={"passkey_only": True}, headers=owner.bearer
    ) as response:
        assert response.status == 204
    return key


async def link_of(client: Client) -> str:
    return (await client.app[RECOVERY].reset_link(EMAIL)).partition("localhost:8000")[2]


@pytest.mark.proves("auth.R60")
async def test_another_password_ends_every_other_session_and_is_told(
    client: Client, owner: Person, box: Mailbox
) -> None:
    other = await sign_in(client)
    status, to, _ = await fill(owner, "/account/password", "/account/password", password=NEW)
    assert (status, to) == (303, "/account")
    assert [await is_signed_in(someone) for someone in (owner, other)] == [True, False]
    assert [await status_of_sign_in(client, password) for password in (PASSWORD, NEW)] == [401, 200]
    letter = await box.next()
    assert (letter["To"], "password" in str(letter["Subject"])) == (EMAIL, True)
    assert NEW not in text_of(letter)


@pytest.mark.proves("auth.common_passwords")
async def test_a_common_password_is_refused_wherever_one_is_chosen(client: Client, owner: Person) -> None:
    status, _, page = await fill(owner, "/account/password", "/account/password", password="Password123!")
    assert status == 400
    assert "guessed first" in page.words
    problem = await owner.post("/api/v1/account/password", {"password": "Ada@example.org"}, expect=400)
    assert problem["pointer"] == "/password"
    fields = (await read(client, link := await link_of(client))).forms["/reset"] | {"password": "12345678"}
    assert (await send(client, "/reset", fields, OWN))[0] == 400
    # The link is still good.
    await read(client, link)


@pytest.mark.proves("auth.R70")
async def test_a_recovery_code_signs_in_once_and_ends_every_session(
    client: Client, owner: Person, box: Mailbox
) -> None:
    codes = (await owner.post(CODES))["codes"]
    assert len(set(codes)) == 10
    status, reply = await recover(client, codes[3].lower().replace("-", ""))
    assert status == 200
    assert not await is_signed_in(owner)
    back = person(client, reply)
    assert await back.get(CODES) == {"left": 9}
    assert "recovery code" in str((await box.next())["Subject"])
    assert (await recover(client, codes[3]))[0] == 401
    # It is a proof of this moment: another password may be chosen at once.
    async with client.post("/api/v1/account/password", json={"password": NEW}, headers=back.bearer) as response:
        assert response.status == 204


@pytest.mark.proves("auth.R70")
async def test_a_recovery_code_used_by_many_at_once_signs_in_one(client: Client, owner: Person) -> None:
    code = (await owner.post(CODES))["codes"][0]
    statuses = [status for status, _ in await asyncio.gather(*(recover(client, code) for _ in range(4)))]
    assert sorted(statuses) == [200, 401, 401, 401]


async def test_new_codes_replace_the_old_also_when_made_twice_at_once(client: Client, owner: Person) -> None:
    old = (await owner.post(CODES))["codes"][0]
    await asyncio.gather(*(owner.post(CODES) for _ in range(3)))
    assert await owner.get(CODES) == {"left": 10}
    assert (await recover(client, old))[0] == 401


@pytest.mark.proves("auth.R58")
async def test_guessed_codes_are_slowed_down(client: Client, owner: Person) -> None:
    code = (await owner.post(CODES))["codes"][0]
    for email in (EMAIL, "nobody@example.org"):
        answers = [await recover(client, "0000-0000-0000-0000", email=email) for _ in range(11)]
        assert [status for status, _ in answers] == [401] * 10 + [429]
    assert (await recover(client, code))[0] == 429


@pytest.mark.proves("auth.R70")
async def test_recovery_does_not_skip_a_demanded_passkey(client: Client, owner: Person, box: Mailbox) -> None:
    codes = (await owner.post(CODES))["codes"]
    key = await demand_passkey(owner)
    assert await status_of_sign_in(client, PASSWORD) == 403
    # The code stands in for the passkey, beside the password and not instead of it.
    assert (await recover(client, codes[0]))[0] == 401
    assert (await recover(client, codes[0], password="wrong horse"))[0] == 401
    assert (await recover(client, codes[0], password=PASSWORD))[0] == 200
    # A reset changes the password and opens nothing.
    fields = (await read(client, await link_of(client))).forms["/reset"] | {"password": NEW}
    async with client.post("/reset", data=fields, headers=OWN, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/sign-in")
        assert "hitl_sid" not in response.cookies
    assert await status_of_sign_in(client, NEW) == 403
    assert (await use(client, key.use(await challenge(client))))[0] == 200


@pytest.mark.proves("auth.R70")
async def test_a_demanded_passkey_is_not_skipped_by_a_letter(client: Client, owner: Person, box: Mailbox) -> None:
    await demand_passkey(owner)
    async with client.post("/api/v1/auth/letters", json={"email": EMAIL}) as response:
        cookie = {"Cookie": f"hitl_flow={response.cookies['hitl_flow'].value}"}
    body = {"code": await box.code()}
    async with client.post("/api/v1/auth/letters/sign-in", json=body, headers=cookie) as response:
        assert response.status == 403


@pytest.mark.proves("auth.last_way_in")
async def test_the_last_passkey_of_an_account_that_demands_one_stays(client: Client, owner: Person) -> None:
    await demand_passkey(owner)
    (last,) = await owner.get("/api/v1/auth/passkeys")
    async with client.delete(f"/api/v1/auth/passkeys/{last['id']}", headers=owner.bearer) as response:
        assert response.status == 409
        assert "this is its last" in (await response.json())["detail"]
    status, _, page = await fill(owner, "/account/passkeys", f"/account/passkeys/{last['id']}/remove")
    assert status == 409
    assert "this is its last" in page.words
    # With another it goes, and so does the other once passkeys are not demanded any more.
    await make(owner, Authenticator())
    await owner.delete(f"/api/v1/auth/passkeys/{last['id']}")
    (other,) = await owner.get("/api/v1/auth/passkeys")
    await owner.delete(f"/api/v1/auth/passkeys/{other['id']}", expect=409)
    await owner.post("/api/v1/account/passkey-only", {"passkey_only": False}, expect=204)
    await owner.delete(f"/api/v1/auth/passkeys/{other['id']}")
    assert await status_of_sign_in(client, PASSWORD) == 200


async def test_a_passkey_is_demanded_and_not_on_the_page(client: Client, owner: Person) -> None:
    page, action = "/account/passkeys", "/account/passkeys/demand"
    assert action not in (await read(client, page, **owner.cookie)).forms
    await owner.post("/api/v1/account/passkey-only", {"passkey_only": True}, expect=409)
    await make(owner, Authenticator())
    assert await owner.get("/api/v1/account/passkey-only") == {"passkey_only": False}
    assert (await fill(owner, page, action))[0] == 303
    assert await owner.get("/api/v1/account/passkey-only") == {"passkey_only": True}
    assert await status_of_sign_in(client, PASSWORD) == 403
    assert (await fill(owner, page, action))[0] == 303
    assert await status_of_sign_in(client, PASSWORD) == 200


@pytest.mark.proves("auth.R70")
async def test_a_link_sets_a_password_once_within_an_hour(client: Client, owner: Person, clock: FakeClock) -> None:
    link = await link_of(client)
    for _ in range(2):
        fields = (await read(client, link)).forms["/reset"] | {"password": NEW}
    answers = await asyncio.gather(*(send(client, "/reset", fields, OWN) for _ in range(3)))
    assert sorted(status for status, _, _ in answers) == [303, 400, 400]
    assert not await is_signed_in(owner)
    assert [await status_of_sign_in(client, password) for password in (PASSWORD, NEW)] == [401, 200]
    await read(client, link, status=410)
    late = await link_of(client)
    clock.forward(dt.timedelta(hours=1))
    await read(client, late, status=410)


async def test_there_is_no_link_for_nobody(client: Client, owner: Person) -> None:
    with pytest.raises(NotFound, match="no account"):
        await client.app[RECOVERY].reset_link("nobody@example.org")


@pytest.mark.proves("auth.pages")
async def test_codes_are_shown_once_on_the_page_and_lead_to_another_password(client: Client, owner: Person) -> None:
    status, _, page = await fill(owner, "/account/recovery-codes", "/account/recovery-codes")
    assert status == 201
    code = next(word for word in page.words.split() if re.fullmatch(r"(?:\w{4}-){3}\w{4}", word))
    assert code not in (await read(client, "/account/recovery-codes", **owner.cookie)).words
    assert "/sign-in/recover?next=/account" in (await read(client, "/sign-in?next=/account")).links
    form = (await read(client, "/sign-in/recover")).forms["/sign-in/recover"]
    wrong = form | {"email": EMAIL, "code": "0000"}
    status, _, text = await send(client, "/sign-in/recover", wrong, OWN)
    assert (status, Page(text).forms["/sign-in/recover"]["email"]) == (401, EMAIL)
    right = form | {"email": EMAIL, "code": code}
    assert (await send(client, "/sign-in/recover", right, OWN))[:2] == (303, "/account/password")


@pytest.mark.proves("auth.R79")
async def test_recovery_is_in_the_log_and_its_secrets_are_nowhere(client: Client, owner: Person) -> None:
    codes = (await owner.post(CODES))["codes"]
    await recover(client, codes[0])
    link = (await link_of(client)).partition("=")[2]
    rows = await client.app[DATABASE].fetch("SELECT type FROM account_log WHERE type LIKE 'recovery.%' ORDER BY seq")
    assert [row["type"] for row in rows] == ["recovery.codes_made", "recovery.used", "recovery.link_made"]
    for table in ("recovery_code", "flow"):
        text = await client.app[DATABASE].value(f"SELECT string_agg(t::text, ' ') FROM {table} t")  # noqa: S608
        assert not [secret for secret in (*codes, link) if secret in text or secret.replace("-", "") in text]
