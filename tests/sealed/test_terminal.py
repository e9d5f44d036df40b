"""A terminal that has keys: how it gets them, and that it opens, answers and refuses as a device must."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hitl_cli.config import Login, save_login
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError, IdentityChanged, Untrusted
from hitl_cli.http import opened
from hitl_cli.sealed import log_entries
from hitl_cli.sealed.box_v1 import read_answer_v1, seal_v1
from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.inbox_key import wraps_of
from hitl_cli.sealed.log import verified
from hitl_cli.sealed.pairing import Joining, Link, check_mac, commit_to, digits_of, mac_of
from hitl_cli.terminal.device_key import save_device_key
from hitl_cli.terminal.joining import Paired, pair
from tests.app.conftest import Relay
from tests.cli.conftest import Shell, finished, shell
from tests.sealed.clients import Machine, a_moment, clock, machine
from tests.sealed_home import CHANCE, Home

__all__ = ["clock", "machine", "shell"]

SHORT_S = 0.01
Vouch = Callable[[dict[str, Any], Joining], Awaitable[None]]


class Old:
    """The device that vouches, from the code it shows to its human's yes."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.nonce = secrets.token_bytes(16)
        self.begun: dict[str, Any] = {}

    async def show(self) -> str:
        body = {"commit": commit_to(self.nonce)}
        reply = await self.home.phone.party.post("/api/v1/mobile/pairings", body)
        assert reply.status == 201, await reply.text()
        self.begun = await reply.json()
        return str(self.begun["code"])

    @property
    def path(self) -> str:
        return f"/api/v1/mobile/pairings/{self.begun['pairing_id']}"

    async def joined(self) -> tuple[dict[str, Any], Joining]:
        while True:
            said = await (await self.home.phone.party.get(self.path)).json()
            if said["state"] == "joined":
                return said, Joining.parse(said)

    async def reveal(self, root: str = "") -> None:
        body = {"nonce": b64(self.nonce), "root": root or self.home.known.root}
        assert (await self.home.phone.party.post(f"{self.path}/reveal", body)).status in {200, 204}

    async def accept(self, said: dict[str, Any], joining: Joining) -> None:
        home = self.home
        entry = log_entries.admit(joining.members(), device_id=said["device_id"], by=home.phone.key, **home.end)
        wraps = wraps_of(home.inbox, by=home.phone.key, to=[joining.box], chance=CHANCE)
        body = {"device_id": said["device_id"], "entries": [entry], "wraps": wraps}
        reply = await home.phone.party.post(f"{self.path}/accept", body)
        assert reply.status in {200, 204}, await reply.text()
        home.entries.append(entry)
        home.log = verified(home.entries)


def url_of(home: Home) -> str:
    return str(home.relay.client.make_url("")).rstrip("/")


async def rest(_seconds: float) -> None:
    await asyncio.sleep(0)  # noqa: TID251 - let the other device have its turn


async def joining(home: Home, said: str, shown: list[str], env: dict[str, str]) -> Paired:
    async with opened(Endpoint(url_of(home), None)) as relay:
        return await pair(
            relay, said, name="laptop", compare=shown.append, rest=rest, now=lambda: a_moment().timestamp(), env=env
        )


async def paired(machine: Machine) -> None:
    """Pair a terminal by a typed code, and sign the shell of this machine in with it."""
    old, shown = Old(machine.home), []
    env = {"XDG_CONFIG_HOME": str(machine.folder)}
    code = await old.show()
    new = asyncio.create_task(joining(machine.home, code, shown, env))
    said, keys = await old.joined()
    await old.reveal()
    while not shown:
        await rest(0)
    nonce = b64(old.nonce)
    assert shown == [digits_of(code=code, root=machine.home.known.root, old_nonce=nonce, joining=keys)]
    await old.accept(said, keys)
    got = await new
    save_device_key(env, got.device_id, got.key)
    save_login(Login(server_url=url_of(machine.home), token=got.token, device_id=got.device_id), env)


async def inbox(machine: Machine, typed: str) -> str:
    """Open the inbox in a shell, type this, and return what it said."""
    shell = machine.shell
    process = await shell.start("inbox", "--plain", "--once", HITL_SERVER_URL=url_of(machine.home))
    code, out, err = await finished(process, typed)
    assert code == 0, out + err
    return out


@pytest.mark.proves("sealed.terminal")
async def test_a_terminal_that_was_vouched_for_opens_and_answers(machine: Machine) -> None:
    await paired(machine)
    asking = asyncio.create_task(machine.hitl().ask("Deploy?", choices=["Yes", "No"]))
    await machine.home.relay.open_request()
    out = await inbox(machine, "1 2\n")
    assert "Deploy?" in out
    assert "(encrypted, verified)" in out
    reply = await asking
    assert (reply.answer, reply.sealed, reply.verified, reply.device) == ("No", True, True, "laptop")


@pytest.mark.proves("sealed.terminal")
async def test_the_published_clients_question_is_opened_and_marked(machine: Machine) -> None:
    await paired(machine)
    home = machine.home
    box = seal_v1(
        {"prompt": "Lunch?", "choices": ["Soup", "Salad"]}, agent=home.agent, inbox=home.inbox.public, chance=CHANCE
    )
    asked = asyncio.create_task(home.relay.agent.post("/api/v1/hitl/request/e2ee", {"encrypted_payload": box}))
    await home.relay.open_request()
    out = await inbox(machine, "1 1\n")
    assert "Lunch?" in out
    assert "(encrypted, not verified)" in out
    said = (await (await asked).json())["encrypted_response"]
    assert read_answer_v1(said, "json", agent=home.agent, inbox=home.inbox.public) == "Soup"


@pytest.mark.proves("sealed.terminal")
async def test_what_must_not_be_believed_stays_closed_and_takes_no_answer(machine: Machine) -> None:
    await paired(machine)
    home = machine.home
    sent = home.seal("Pay?", form={"type": "boolean"})
    for _ in range(2):  # the second is a replay: the same envelope as another request
        body = {"encrypted_payload": sent.payload, "wait": 0, "idempotency_key": secrets.token_hex(8)}
        assert (await home.relay.agent.post("/api/v1/hitl/request/e2ee", body)).status == 202
    shell = machine.shell
    process = await shell.start("inbox", "--plain", HITL_SERVER_URL=url_of(home))
    _, out, _ = await finished(process, "2 yes\n1 yes\nq\n")
    assert "not shown here" in out
    assert "use another device" in out
    pending = (await (await home.phone.party.get("/api/v1/mobile/inbox")).json())["requests"]
    assert len(pending) == 1


@pytest.mark.proves("sealed.terminal")
async def test_a_plain_answer_is_signed(machine: Machine) -> None:
    await paired(machine)
    asking = asyncio.create_task(machine.hitl(e2ee=False).ask("Deploy?", choices=["Yes", "No"]))
    await machine.home.relay.open_request()
    await inbox(machine, "1 1\n")
    reply = await asking
    assert (reply.answer, reply.verified, reply.device) == ("Yes", True, "laptop")


@pytest.mark.proves("sealed.terminal")
async def test_the_first_terminal_of_an_account_begins_its_list_of_devices(relay: Relay, shell: Shell) -> None:
    code, _, err = await shell.run("login", "--device-only", "--name", "desk", stdin="ada@example.org\n")
    assert code == 0, err
    shown = await (await relay.owner.get("/api/v1/device-log")).json()
    assert [entry["type"] for entry in shown["entries"]] == ["add", "inbox"]
    assert [device.name for device in verified(shown["entries"]).devices.values()] == ["desk"]
    _, _, err = await shell.run("login", "--device-only", "--name", "second", stdin="ada@example.org\n")
    assert "hitl-cli pair" in err, "a second one has to be vouched for"


@pytest.mark.proves("sealed.pairing_refused")
async def test_a_terminal_believes_the_code_it_scanned_and_no_other_account(home: Home, tmp_path: Any) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    for root, error in ((home.known.root, None), (b64(secrets.token_bytes(32)), IdentityChanged)):
        old, secret = Old(home), secrets.token_bytes(16)
        link = Link(await old.show(), root, secret)
        new = asyncio.create_task(joining(home, link.written(f"{url_of(home)}/app/"), [], env))
        said, keys = await old.joined()
        check_mac(said["mac"], secret, link.code, keys)
        with pytest.raises(Untrusted):
            check_mac(said["mac"], secrets.token_bytes(16), link.code, keys)
        assert said["mac"] == mac_of(secret, link.code, keys)
        await old.accept(said, keys)
        if error:
            with pytest.raises(error):
                await new
        else:
            assert (await new).key.sign == keys.sign


@pytest.mark.proves("sealed.pairing_refused")
async def test_a_relay_that_accepts_before_anything_was_compared_is_not_believed(home: Home, tmp_path: Any) -> None:
    old = Old(home)
    new = asyncio.create_task(joining(home, await old.show(), [], {"XDG_CONFIG_HOME": str(tmp_path)}))
    said, keys = await old.joined()
    await old.accept(said, keys)
    with pytest.raises(Untrusted, match="before anything was compared"):
        await new


@pytest.mark.proves("sealed.pairing_refused")
async def test_a_code_that_is_wrong_or_refused_ends_the_pairing(home: Home, tmp_path: Any) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    with pytest.raises(HitlError):
        await joining(home, "AAAAAAAA", [], env)
    old = Old(home)
    new = asyncio.create_task(joining(home, await old.show(), [], env))
    await old.joined()
    assert (await home.phone.party.delete(old.path)).status == 204
    with pytest.raises(HitlError, match="refused"):
        await new
