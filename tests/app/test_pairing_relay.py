"""Pairing: a new device joins by a code, an old one vouches for it, and the relay can do neither."""

import asyncio
import datetime as dt
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.inbox_key import unwrapped, wraps_of
from hitl_cli.sealed.keys import DeviceKey
from hitl_cli.sealed.log import verified
from hitl_cli.sealed.pairing import Joining, check_commit, check_mac, commit_to, digits_of, mac_of
from relay.domain.pairing import CLAIM_LIFE, PAIRING_LIFE
from relay.services.keys import DATABASE, PAIRING
from tests.app.conftest import Party, Relay
from tests.sealed_home import CHANCE, Home

PAIRINGS = "/api/v1/mobile/pairings"


@pytest.fixture
async def home(relay: Relay) -> Home:
    return await Home.begin(relay)


class Newcomer:
    """A new device that knows a code and perhaps a secret."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.key = DeviceKey.make(CHANCE)
        self.ticket = ""

    def joining(self) -> Joining:
        key = self.key
        facts = {"kind": "browser", "name": "New browser", "sign": key.sign, "box": key.box.public}
        return Joining.parse({**facts, "pop": key.consent(), "nonce": "AAAAAAAAAAAAAAAAAAAAAA=="})

    async def join(self, code: str, *, secret: bytes = b"", **over: Any) -> aiohttp.ClientResponse:
        mac = mac_of(secret, code, self.joining()) if secret else ""
        body = {**self.joining().members(), "code": code, "mac": mac, **over}
        reply = await self.relay.client.post("/api/v1/pairings/join", json=body)
        if reply.status == 200:
            self.ticket = (await reply.json())["ticket"]
        return reply

    async def claim(self) -> tuple[int, dict[str, Any]]:
        reply = await self.relay.client.post("/api/v1/pairings/claim", json={"ticket": self.ticket})
        body: dict[str, Any] = await reply.json(content_type=None)
        self.relay.client.session.cookie_jar.clear()
        return reply.status, body


async def begun(home: Home, nonce: bytes = bytes(16)) -> dict[str, Any]:
    reply = await home.phone.party.post(PAIRINGS, {"commit": commit_to(nonce)})
    assert reply.status == 201, await reply.text()
    body: dict[str, Any] = await reply.json()
    return body


async def seen(home: Home, pairing: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    reply = await home.phone.party.get(f"{PAIRINGS}/{pairing['pairing_id']}")
    return reply.status, await reply.json(content_type=None)


async def accept(home: Home, pairing: dict[str, Any], new: dict[str, Any], **over: Any) -> aiohttp.ClientResponse:
    entry = log_entries.admit(new, device_id=new["device_id"], by=home.phone.key, **home.end)
    wraps = wraps_of(home.inbox, by=home.phone.key, to=[new["box"]], chance=CHANCE)
    body = {"device_id": new["device_id"], "entries": [entry], "wraps": wraps, **over}
    return await home.phone.party.post(f"{PAIRINGS}/{pairing['pairing_id']}/accept", body)


@pytest.mark.proves("pairing.by_code")
async def test_a_scanned_device_joins_gets_a_session_and_finds_the_log_it_scanned(home: Home) -> None:
    phone = await home.relay.device()
    secret, new = CHANCE(16), Newcomer(home.relay)
    pairing = await begun(home)
    assert (await seen(home, pairing))[1]["state"] == "open"
    assert (await new.join(pairing["code"], secret=secret)).status == 200
    assert (await phone.next("pairing.joined"))["subject"] == pairing["pairing_id"]
    assert await new.claim() == (200, {"state": "waiting"})
    _, joined = await seen(home, pairing)
    check_mac(joined["mac"], secret, pairing["code"], Joining.parse(joined))
    reply = await accept(home, pairing, joined)
    assert (reply.status, (await reply.json())["state"]) == (200, "accepted")
    _, claimed = await new.claim()
    log = verified(claimed["entries"])
    assert (claimed["state"], claimed["device_id"], log.root) == ("accepted", joined["device_id"], home.known.root)
    party = Party(home.relay.client, claimed["token"])
    me = await (await party.get("/api/v1/auth/me")).json()
    assert (me["account"]["name"], me["device_id"]) == ("Ada", joined["device_id"])
    wrap = await (await party.get("/api/v1/mobile/inbox-key")).json()
    assert unwrapped(wrap, device=new.key, log=log) == home.inbox
    devices = await (await party.get("/api/v1/mobile/devices")).json()
    assert [d["name"] for d in devices if d["current"]] == ["New browser"]


@pytest.mark.proves("pairing.by_code")
async def test_without_a_camera_both_sides_come_to_the_same_six_digits(home: Home) -> None:
    nonce, new = CHANCE(16), Newcomer(home.relay)
    pairing = await begun(home, nonce)
    joined = await (await new.join(pairing["code"].lower())).json()
    path = f"{PAIRINGS}/{pairing['pairing_id']}/reveal"
    wrong = await home.phone.party.post(path, {"nonce": b64(CHANCE(16)), "root": home.known.root})
    assert (wrong.status, (await wrong.json(content_type=None))["pointer"]) == (400, "/nonce")
    assert (await home.phone.party.post(path, {"nonce": b64(nonce), "root": home.known.root})).status == 200
    _, revealed = await new.claim()
    check_commit(joined["commit"], revealed["nonce"])
    _, other_side = await seen(home, pairing)
    facts = {"code": pairing["code"], "root": home.known.root, "old_nonce": b64(nonce)}
    here = digits_of(**facts, joining=Joining.parse(other_side))
    there = digits_of(**{**facts, "root": revealed["root"], "old_nonce": revealed["nonce"]}, joining=new.joining())
    assert (revealed["state"], other_side["state"], here) == ("revealed", "revealed", there)
    assert (await home.phone.party.post(path, {"nonce": b64(nonce), "root": home.known.root})).status == 404


@pytest.mark.proves("pairing.once")
async def test_a_code_works_once_and_not_for_long(home: Home) -> None:
    first, second, late = Newcomer(home.relay), Newcomer(home.relay), Newcomer(home.relay)
    pairing, other = await begun(home), await begun(home)
    assert (await first.join(pairing["code"])).status == 200
    assert (await second.join(pairing["code"])).status == 404
    assert (await second.join("00000000")).status == 404
    home.relay.clock.forward(PAIRING_LIFE)
    assert (await late.join(other["code"])).status == 404
    assert (await seen(home, pairing))[0] == 404
    assert (await first.claim())[0] == 404


@pytest.mark.proves("pairing.once")
async def test_of_two_devices_that_join_at_once_one_does(home: Home) -> None:
    pairing, racers = await begun(home), [Newcomer(home.relay) for _ in range(4)]
    replies = await asyncio.gather(*(racer.join(pairing["code"]) for racer in racers))
    assert sorted(reply.status for reply in replies) == [200, 404, 404, 404]


@pytest.mark.proves("pairing.once")
async def test_a_session_is_handed_over_once_though_two_ask_at_once(home: Home) -> None:
    new, pairing = Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    _, joined = await seen(home, pairing)
    assert (await accept(home, pairing, joined)).status == 200
    statuses = [status for status, _ in await asyncio.gather(*(new.claim() for _ in range(4)))]
    assert sorted(statuses) == [200, 404, 404, 404]


async def test_a_device_accepted_at_the_last_moment_still_hears_of_it(home: Home) -> None:
    new, pairing = Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    home.relay.clock.forward(PAIRING_LIFE - dt.timedelta(seconds=1))
    _, joined = await seen(home, pairing)
    assert (await accept(home, pairing, joined)).status == 200
    home.relay.clock.forward(CLAIM_LIFE - dt.timedelta(seconds=1))
    assert (await new.claim())[0] == 200


@pytest.mark.proves("pairing.swapped")
async def test_only_the_very_device_that_joined_is_accepted(home: Home) -> None:
    evil, new, pairing = DeviceKey.make(CHANCE), Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    _, joined = await seen(home, pairing)
    swapped = {**joined, "sign": evil.sign, "box": evil.box.public, "pop": evil.consent()}
    approval = home.approval()
    tries: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        (swapped, {}, "/entries"),
        ({**joined, "device_id": str(uuid4())}, {}, "/device_id"),
        (joined, {"device_id": "nonsense"}, "/device_id"),
        (joined, {"entries": [approval]}, "/entries"),
        (joined, {"wraps": []}, "/wraps"),
    ]
    for shown, over, pointer in tries:
        reply = await accept(home, pairing, shown, **over)
        assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, pointer)
    assert await new.claim() == (200, {"state": "waiting"})
    devices = await (await home.phone.party.get("/api/v1/mobile/devices")).json()
    assert joined["device_id"] not in {device["device_id"] for device in devices}


@pytest.mark.proves("pairing.swapped")
async def test_keys_that_do_not_agree_with_each_other_do_not_join(home: Home) -> None:
    new, other, pairing = Newcomer(home.relay), DeviceKey.make(CHANCE), await begun(home)
    for over in ({"box": other.box.public}, {"sign": other.sign}, {"pop": other.consent()}):
        reply = await new.join(pairing["code"], **over)
        assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, "/pop")
    assert (await new.join(pairing["code"])).status == 200


async def test_a_refused_device_gets_nothing(home: Home) -> None:
    new, pairing = Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    _, joined = await seen(home, pairing)
    assert (await home.phone.party.delete(f"{PAIRINGS}/{pairing['pairing_id']}")).status == 204
    assert ((await new.claim())[0], (await accept(home, pairing, joined)).status) == (404, 404)


async def test_a_pairing_that_was_refused_while_it_was_accepted_is_one_or_the_other(home: Home) -> None:
    new, pairing = Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    _, joined = await seen(home, pairing)
    path = f"{PAIRINGS}/{pairing['pairing_id']}"
    accepted, refused = await asyncio.gather(accept(home, pairing, joined), home.phone.party.delete(path))
    assert sorted([accepted.status, refused.status]) in ([200, 404], [204, 404])
    log = await (await home.phone.party.get("/api/v1/device-log")).json()
    assert (log["seq"] == home.known.seq + 1) is (accepted.status == 200)


async def test_another_accounts_pairing_is_not_there(home: Home) -> None:
    owner, _ = await home.relay.another_owner()
    new, pairing = Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    path = f"{PAIRINGS}/{pairing['pairing_id']}"
    assert ((await owner.get(path)).status, (await owner.delete(path)).status) == (404, 404)
    assert (await seen(home, pairing))[1]["state"] == "joined"


async def test_a_code_is_given_only_to_who_just_proved_who_they_are(home: Home) -> None:
    home.relay.clock.forward(dt.timedelta(minutes=11))
    reply = await home.phone.party.post(PAIRINGS, {"commit": commit_to(bytes(16))})
    assert (reply.status, (await reply.json(content_type=None))["code"]) == (403, "step_up_required")


@pytest.mark.proves("pairing.fresh_proof")
async def test_a_paired_session_must_prove_who_it_is_before_it_adds_others(home: Home) -> None:
    new, pairing = Newcomer(home.relay), await begun(home)
    await new.join(pairing["code"])
    await accept(home, pairing, (await seen(home, pairing))[1])
    _, claimed = await new.claim()
    reply = await Party(home.relay.client, claimed["token"]).post(PAIRINGS, {"commit": commit_to(bytes(16))})
    assert (reply.status, (await reply.json(content_type=None))["code"]) == (403, "step_up_required")


@pytest.mark.proves("pairing.limited")
async def test_codes_cannot_be_tried_for_long(home: Home) -> None:
    new = Newcomer(home.relay)
    statuses = [(await new.join(f"{n:08}")).status for n in range(31)]
    assert (set(statuses[:30]), statuses[30]) == ({404}, 429)


async def test_old_pairings_are_forgotten(home: Home) -> None:
    await begun(home)
    home.relay.clock.forward(PAIRING_LIFE)
    home.relay.clock.forward(dt.timedelta(seconds=1))
    await home.relay.app[PAIRING].forget_old()
    assert await home.relay.app[DATABASE].value("SELECT count(*) FROM pairing") == 0
