"""Whatever a relay may try, somebody refuses it: the agent what it is told, the device what it is shown."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from hitl_cli.errors import Untrusted
from hitl_cli.sealed import log_entries
from hitl_cli.sealed.answer import Answered, read_answer
from hitl_cli.sealed.inbox_key import unwrapped
from hitl_cli.sealed.log import DeviceLog, verified
from hitl_cli.sealed.question import Sent
from hitl_cli.sealed.wrong import Wrong
from tests.app.conftest import Party
from tests.emulators import lies
from tests.emulators.lying_relay import Lie, LyingRelay
from tests.sealed_home import Home

ASK = "/api/v1/hitl/request/e2ee"


@dataclass
class Outside:
    """Those who have the lying relay's address only."""

    home: Home
    liar: LyingRelay
    http: aiohttp.ClientSession

    async def get(self, who: Party, path: str) -> Any:
        async with self.http.get(f"{self.liar.url}{path}", headers=who.headers) as reply:
            return await reply.json()

    async def log(self) -> list[Any]:
        entries: list[Any] = (await self.get(self.home.relay.agent, lies.LOG))["entries"]
        return entries

    async def ask(self, sent: Sent) -> Any:
        body = {"encrypted_payload": sent.payload}
        headers = self.home.relay.agent.headers
        async with self.http.post(f"{self.liar.url}{ASK}", json=body, headers=headers) as reply:
            return await reply.json()

    async def answered(self, prompt: str = "Deploy?", value: str = "No") -> tuple[Sent, Any]:
        """Ask sealed, have the phone answer, and return what the agent is told."""
        sent = self.home.seal(prompt)
        call = asyncio.create_task(self.ask(sent))
        await self.home.answer(await self.home.relay.open_request(), value)
        return sent, await call

    def read(self, sent: Sent, reply: Any, log: DeviceLog | None = None) -> Answered:
        return read_answer(
            reply["encrypted_response"],
            agent=self.home.agent,
            log=log or self.home.known,
            id=sent.id,
            name=sent.name,
            request_id=reply["request_id"],
        )


@pytest.fixture
async def outside(home: Home, liar: LyingRelay) -> AsyncIterator[Outside]:
    async with aiohttp.ClientSession() as http:
        yield Outside(home, liar, http)


async def test_without_lies_everything_arrives_as_it_was_sent(outside: Outside) -> None:
    assert verified(await outside.log(), outside.home.known.pin()).pin() == outside.home.known.pin()
    sent, reply = await outside.answered(value="Yes")
    assert outside.read(sent, reply).said.value == "Yes"
    assert [exchange.path for exchange in outside.liar.seen] == [lies.LOG, ASK]


@pytest.mark.proves("sealed.malicious_relay")
@pytest.mark.parametrize(
    ("lie", "wrong"),
    [
        (lies.of_another_root(), Wrong.OTHER_ROOT),
        (lies.with_an_injected_device(), Wrong.LOG_SIGNATURE),
        (lies.with_an_injected_device(signed_by_itself=True), Wrong.LOG_SIGNER),
        (lies.with_an_injected_agent_key(), Wrong.LOG_SIGNER),
        (lies.with_a_changed_name(), Wrong.LOG_SIGNATURE),
        (lies.rolled_back(1), Wrong.LOG_ROLLED_BACK),
    ],
)
async def test_a_log_that_the_accounts_devices_did_not_sign_is_refused(
    outside: Outside, lie: Lie, wrong: Wrong
) -> None:
    outside.liar.lies.append(lie)
    with pytest.raises(Untrusted) as refusal:
        verified(await outside.log(), outside.home.known.pin())
    assert refusal.value.reason == wrong


@pytest.mark.proves("sealed.malicious_relay")
async def test_a_log_with_another_past_is_refused_though_devices_signed_it(outside: Outside) -> None:
    home = outside.home
    other = log_entries.disapprove(home.agent.public, by=home.phone.key, log=home.known, at=home.now)
    fork = [*home.entries, other]
    await home.join()
    outside.liar.lies.append(lies.with_another_past(fork))
    with pytest.raises(Untrusted) as refusal:
        verified(await outside.log(), home.known.pin())
    assert refusal.value.reason == Wrong.LOG_REWRITTEN


@pytest.mark.proves("sealed.malicious_relay")
@pytest.mark.parametrize(
    ("lie", "wrong"),
    [
        (lambda _, sent: lies.reflected(sent.payload), Wrong.UNKNOWN_DEVICE),
        (lambda o, _: lies.from_its_own_device(o.home.agent.public), Wrong.UNKNOWN_DEVICE),
        (lambda *_: lies.changed("c"), Wrong.CHANGED),
        (lambda *_: lies.changed("h"), Wrong.UNREADABLE),
    ],
)
async def test_an_answer_that_no_device_of_the_account_gave_is_refused(
    outside: Outside, lie: Callable[[Outside, Sent], Lie], wrong: Wrong
) -> None:
    sent = outside.home.seal("Deploy?")
    outside.liar.lies.append(lie(outside, sent))
    call = asyncio.create_task(outside.ask(sent))
    await outside.home.answer(await outside.home.relay.open_request(), "No")
    reply = await call
    with pytest.raises(Untrusted) as refusal:
        outside.read(sent, reply)
    assert refusal.value.reason == wrong


@pytest.mark.proves("sealed.malicious_relay")
async def test_the_answer_to_another_question_is_refused(outside: Outside) -> None:
    _, harmless = await outside.answered("Drink coffee?", "Yes")
    outside.liar.lies.append(lies.swapped_with(harmless["encrypted_response"]))
    sent, reply = await outside.answered("Delete everything?", "No")
    with pytest.raises(Untrusted) as refusal:
        outside.read(sent, reply)
    assert refusal.value.reason == Wrong.OTHER_QUESTION


@pytest.mark.proves("sealed.malicious_relay")
async def test_an_answer_by_a_revoked_device_is_refused(outside: Outside) -> None:
    home = outside.home
    tablet = await home.join()
    sent = home.seal("Deploy?")
    call = asyncio.create_task(outside.ask(sent))
    card = await home.relay.open_request()
    await home.answer(card, "Yes", tablet)
    reply = await call
    revoke, renew = home.revocation(tablet)
    await home.append(revoke, renew, wraps=home.wraps(home.phone))
    with pytest.raises(Untrusted) as refusal:
        outside.read(sent, reply, verified(await outside.log()))
    assert refusal.value.reason == Wrong.UNKNOWN_DEVICE


@pytest.mark.proves("sealed.malicious_relay")
async def test_a_device_refuses_questions_that_are_shown_twice_or_as_something_else(outside: Outside) -> None:
    home = outside.home
    await home.relay.agent.post(ASK, {"encrypted_payload": home.seal("Deploy?").payload, "wait": 0})
    path = f"/api/v1/mobile/requests/{(await home.relay.open_request())['id']}"
    first = await outside.get(home.phone.party, path)
    home.open(first)
    told: list[tuple[Any, Wrong]] = [
        (lies.shown_as("approval"), Wrong.OTHER_KIND),
        (lies.cards(lambda card: {**card, "id": home.relay.account_id}), Wrong.REPLAYED),
    ]
    for lie, wrong in told:
        outside.liar.lies[:] = [lie]
        with pytest.raises(Untrusted) as refusal:
            home.open(await outside.get(home.phone.party, path))
        assert refusal.value.reason == wrong


@pytest.mark.proves("sealed.malicious_relay")
async def test_a_device_refuses_a_question_that_the_relay_asks(outside: Outside) -> None:
    home = outside.home
    sent = home.seal("Deploy?")
    await home.relay.agent.post(ASK, {"encrypted_payload": sent.payload, "wait": 0})
    facts = {"v": 2, "kind": "request", "id": "0" * 32, "root": home.known.root, "head": home.known.head}
    header = {**facts, "seq": home.known.seq, "iat": home.now, "exp": home.now + 900}
    outside.liar.lies.append(lies.asked_by_itself({"kind": "input", "prompt": "?"}, home.known.recipients, header))
    path = f"/api/v1/mobile/requests/{(await home.relay.open_request())['id']}"
    with pytest.raises(Untrusted) as refusal:
        home.open(await outside.get(home.phone.party, path))
    assert refusal.value.reason == Wrong.UNKNOWN_AGENT


@pytest.mark.proves("sealed.malicious_relay")
async def test_a_device_refuses_an_inbox_key_that_no_device_signed_for(outside: Outside) -> None:
    home = outside.home
    outside.liar.lies.append(lies.with_a_wrap_of_its_own(home.phone.key.box.public))
    wrap = await outside.get(home.phone.party, "/api/v1/mobile/inbox-key")
    with pytest.raises(Untrusted):
        unwrapped(wrap, device=home.phone.key, log=home.known)


async def test_the_keys_a_client_of_version_1_is_given_can_be_swapped(outside: Outside) -> None:
    """What that format cannot prevent, and why the app calls it not verified."""
    outside.liar.lies.append(lies.with_its_own_inbox_key())
    keys = await outside.get(outside.home.relay.agent, lies.KEYS)
    assert keys[0]["public_key"] == lies.EVIL.box.public != outside.home.inbox.public


async def test_frames_of_a_socket_are_changed_on_their_way(outside: Outside) -> None:
    home = outside.home
    outside.liar.frame_lies.append(lies.shown_as("approval"))
    async with outside.http.ws_connect(f"{outside.liar.url}/api/v1/mobile/ws", protocols=("hitl.v1",)) as socket:
        await socket.send_json({"t": "hello", "token": home.phone.party.token, "device_id": home.phone.id})
        assert (await socket.receive_json())["t"] == "welcome"
        await socket.receive_json()
        await home.relay.agent.post(ASK, {"encrypted_payload": home.seal("Deploy?").payload, "wait": 0})
        with pytest.raises(Untrusted) as refusal:
            home.open((await socket.receive_json())["request"])
        assert refusal.value.reason == Wrong.OTHER_KIND
