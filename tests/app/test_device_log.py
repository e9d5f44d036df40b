"""The device log: what its devices signed goes in, nothing else does, and everybody reads the same."""

import asyncio
import datetime as dt
import json
from base64 import b64decode
from typing import Any
from uuid import UUID

import pytest

from auth.keys import DELETION
from hitl_cli.sealed import log_entries
from hitl_cli.sealed.inbox_key import unwrapped, wraps_of
from hitl_cli.sealed.keys import BoxKey, DeviceKey
from hitl_cli.sealed.log import Entry, followed, signed_message, verified
from hitl_cli.sealed.recovery import recovery_keys
from relay.domain.ids import AccountId
from relay.services.keys import DATABASE, JOURNAL_STORE
from tests.app.conftest import Relay
from tests.sealed_home import CHANCE, LOG, Home, KeyedDevice


@pytest.fixture
async def home(relay: Relay) -> Home:
    return await Home.begin(relay)


async def refusal(reply: Any) -> tuple[int, str]:
    body = await reply.json(content_type=None)
    return reply.status, body.get("pointer") or body["code"]


async def served(home: Home, after: int = -1) -> dict[str, Any]:
    body: dict[str, Any] = await (await home.relay.agent.get(f"/api/v1/device-log?after={after}")).json()
    return body


@pytest.mark.proves("log.served")
async def test_the_log_is_served_as_it_was_signed_and_verifies(home: Home) -> None:
    for who in (home.relay.agent, home.phone.party):
        log = await (await who.get("/api/v1/device-log")).json()
        assert verified(log["entries"]).pin() == home.known.pin()
        assert (log["root"], log["head"], log["seq"]) == (home.known.root, home.known.head, home.known.seq)
    assert [entry["seq"] for entry in (await served(home, after=0))["entries"]] == [1, 2]
    assert (await served(home, after=2))["entries"] == []


async def test_an_account_without_a_log_has_an_empty_one(relay: Relay) -> None:
    log = await (await relay.agent.get("/api/v1/device-log")).json()
    assert log == {"entries": [], "root": "", "head": "", "seq": -1}


async def test_another_organizations_log_is_not_served(home: Home) -> None:
    _, stranger = await home.relay.another_owner()
    assert (await (await stranger.get("/api/v1/device-log")).json())["entries"] == []
    reply = await stranger.get(f"/api/v1/device-log?audience={home.relay.account_id}")
    assert await refusal(reply) == (400, "/audience")


@pytest.mark.proves("log.verified")
async def test_what_does_not_verify_is_refused_and_changes_nothing(home: Home) -> None:
    evil, phone = DeviceKey.make(CHANCE), home.phone
    new = await KeyedDevice.register(home.relay, "tablet")
    good = log_entries.add(new.key, device_id=new.id, name="tablet", by=phone.key, **home.end)
    by_itself = log_entries.add(new.key, device_id=new.id, name="tablet", by=new.key, **home.end)
    wrong: list[tuple[Entry, str]] = [
        ({**good, "sig": by_itself["sig"]}, "/entries/0/sig"),
        ({**good, "name": "other"}, "/entries/0/sig"),
        (by_itself, "/entries/0/by"),
        (log_entries.approve(home.agent.public, agent_id=new.id, name="x", by=evil, **home.end), "/entries/0/by"),
        (signed(phone, {**bare(good), "pop": good["sig"]}), "/entries/0/pop"),
        (signed(phone, {**bare(good), "extra": 1}), "/entries/0/extra"),
        (signed(phone, {k: v for k, v in bare(good).items() if k != "box"}), "/entries/0/box"),
        (signed(phone, {**bare(good), "type": "remove"}), "/entries/0/type"),
        (signed(phone, {**bare(good), "type": ["add"]}), "/entries/0/type"),
        (signed(phone, {**bare(good), "kind": ["device"]}), "/entries/0/kind"),
        (signed(phone, {**bare(good), "at": 1.5}), "/entries/0/at"),
        (signed(phone, {**bare(good), "at": -1}), "/entries/0/at"),
        (signed(phone, {**bare(good), "name": ""}), "/entries/0/name"),
        (signed(phone, {**bare(good), "device_id": "phone"}), "/entries/0/device_id"),
        (signed(phone, {**bare(good), "device_id": phone.id}), "/entries/0/device_id"),
        (signed(phone, {**bare(good), "device_id": home.relay.account_id}), "/entries/0/device_id"),
        (log_entries.add(phone.key, device_id=new.id, name="x", by=phone.key, **home.end), "/entries/0/sign"),
        (log_entries.revoke(evil.sign, by=phone.key, **home.end), "/entries/0/sign"),
        (log_entries.revoke(phone.key.sign, by=phone.key, **home.end), "/entries/0/sign"),
        (log_entries.disapprove(new.key.box.public, by=phone.key, **home.end), "/entries/0/box"),
        (log_entries.renew_inbox(home.inbox.public, by=phone.key, **home.end), "/entries/0/box"),
        (log_entries.renew_inbox("A" * 43 + "B", by=phone.key, **home.end), "/entries/0/box"),
        ({}, "/entries/0/type"),
    ]
    for entry, pointer in wrong:
        assert await refusal(await home.post(entry, wraps=home.wraps(new))) == (400, pointer), entry
    assert (await served(home))["seq"] == home.known.seq


def bare(entry: Entry) -> dict[str, Any]:
    return {name: of for name, of in entry.items() if name != "sig"}


def signed(by: KeyedDevice, entry: dict[str, Any]) -> Entry:
    return {**entry, "sig": by.key.signature(signed_message(entry))}


@pytest.mark.proves("log.compare_and_set")
async def test_of_two_appends_for_one_end_the_second_is_told_that_the_log_moved(home: Home) -> None:
    entries = [
        log_entries.approve(
            BoxKey.make(CHANCE).public, agent_id=home.relay.agent.id, name="x", by=home.phone.key, **home.end
        )
        for _ in range(4)
    ]
    replies = await asyncio.gather(*(home.post(entry) for entry in entries))
    assert sorted([reply.status for reply in replies]) == [200, 409, 409, 409]
    for reply in replies:
        if reply.status == 409:
            assert await refusal(reply) == (409, "log_moved")
    log = await served(home)
    assert (verified(log["entries"]).seq, log["seq"]) == (home.known.seq + 1, home.known.seq + 1)


async def test_an_entry_that_follows_another_past_is_told_that_the_log_moved(home: Home) -> None:
    other = log_entries.add(
        home.phone.key, device_id=home.phone.id, name="x", by=home.phone.key, log=None, at=home.now + 1
    )
    assert await refusal(await home.post(other)) == (409, "log_moved")


@pytest.mark.proves("log.inbox_key")
async def test_a_new_device_is_added_with_the_inbox_key_and_only_with_it(home: Home) -> None:
    new = await KeyedDevice.register(home.relay, "tablet")
    entry = log_entries.add(new.key, device_id=new.id, name="tablet", by=home.phone.key, **home.end)
    stranger = wraps_of(home.inbox, by=DeviceKey.make(CHANCE), to=[new.key.box.public], chance=CHANCE)
    other_key = wraps_of(BoxKey.make(CHANCE), by=home.phone.key, to=[new.key.box.public], chance=CHANCE)
    for wraps, pointer in (((), "/wraps"), (stranger, "/wraps/0/from"), (other_key, "/wraps/0/inbox")):
        assert await refusal(await home.post(entry, wraps=wraps)) == (400, pointer)
    assert (await new.party.get("/api/v1/mobile/inbox-key")).status == 404
    await home.append(entry, wraps=home.wraps(new))
    wrap = await (await new.party.get("/api/v1/mobile/inbox-key")).json()
    assert unwrapped(wrap, device=new.key, log=home.known) == home.inbox


@pytest.mark.proves("log.inbox_key")
async def test_the_inbox_key_is_the_first_that_callers_are_told_to_seal_to(home: Home) -> None:
    home.relay.clock.forward(dt.timedelta(seconds=1))  # ids of one instant are in no order
    new = await home.join()
    keys = await (await home.relay.agent.get("/api/v1/keys/user")).json()
    wanted = [home.inbox.public, new.key.box.public, home.phone.key.box.public]
    assert [key["public_key"] for key in keys] == wanted
    assert [key["device_id"] for key in keys] == [None, new.id, home.phone.id]
    bare_list = await (await home.relay.agent.get("/api/v1/devices/public-keys")).json()
    assert bare_list["public_keys"] == wanted


async def test_a_device_that_is_not_in_the_log_is_nobody_to_seal_to(home: Home) -> None:
    await KeyedDevice.register(home.relay, "not yet")
    keys = await (await home.relay.agent.get("/api/v1/keys/user")).json()
    assert [key["device_id"] for key in keys] == [None, home.phone.id]


@pytest.mark.proves("log.revoke")
async def test_a_revoked_device_takes_the_inbox_key_with_it_and_its_sessions_end(home: Home) -> None:
    lost = await home.join("lost phone")
    revoke, renew = home.revocation(lost)
    assert await refusal(await home.post(revoke)) == (400, "/entries")
    await home.append(revoke, renew, wraps=home.wraps(home.phone))
    assert (await lost.party.get("/api/v1/mobile/inbox")).status == 401
    devices = await (await home.phone.party.get("/api/v1/mobile/devices")).json()
    assert lost.id not in {device["device_id"] for device in devices}
    keys = await (await home.relay.agent.get("/api/v1/keys/user")).json()
    assert [key["public_key"] for key in keys] == [home.inbox.public, home.phone.key.box.public]
    wrap = await (await home.phone.party.get("/api/v1/mobile/inbox-key")).json()
    assert unwrapped(wrap, device=home.phone.key, log=home.known) == home.inbox


@pytest.mark.proves("log.revoke")
async def test_a_device_revoked_by_its_human_signs_nothing_more_and_its_key_is_served_no_more(home: Home) -> None:
    lost = await home.join("lost phone")
    entry = log_entries.disapprove(home.agent.public, by=lost.key, **home.end)
    assert (await home.phone.party.delete(f"/api/v1/mobile/devices/{lost.id}")).status == 204
    keys = await (await home.relay.agent.get("/api/v1/keys/user")).json()
    assert lost.id not in {key["device_id"] for key in keys}
    assert await refusal(await home.post(entry)) == (400, "/entries/0/by")
    revoke, renew = home.revocation(lost)
    await home.append(revoke, renew, wraps=home.wraps(home.phone))


async def test_a_recovery_key_adds_a_device_when_all_others_are_lost(home: Home) -> None:
    paper = recovery_keys(CHANCE(16))
    entry = log_entries.add_recovery(paper, name="paper", by=home.phone.key, **home.end)
    await home.append(entry, wraps=wraps_of(home.inbox, by=home.phone.key, to=[paper.box.public], chance=CHANCE))
    new = await KeyedDevice.register(home.relay, "new phone")
    joins = log_entries.add(new.key, device_id=new.id, name=new.name, by=paper, **home.end)
    home.inbox = BoxKey.make(CHANCE)
    renew = log_entries.renew_inbox(home.inbox.public, by=paper, log=followed(home.known, joins), at=home.now)
    boxes = [new.key.box.public, paper.box.public, home.phone.key.box.public]
    await home.append(joins, renew, wraps=wraps_of(home.inbox, by=paper, to=boxes, chance=CHANCE), by=new)


@pytest.mark.proves("log.anew")
async def test_a_log_is_given_up_only_by_its_head_and_by_who_just_proved_who_they_are(home: Home) -> None:
    old = await served(home)
    new = await KeyedDevice.register(home.relay, "new phone")
    first = log_entries.add(new.key, device_id=new.id, name=new.name, by=new.key, log=None, at=home.now)
    assert await refusal(await home.post(first, by=new, replaces=old["root"])) == (409, "log_moved")
    home.relay.clock.forward(dt.timedelta(minutes=11))
    assert await refusal(await home.post(first, by=new, replaces=old["head"])) == (403, "step_up_required")
    confirmed = await new.party.post("/api/v1/auth/confirm", {"password": "correct horse battery staple"})
    new.party.token = (await confirmed.json())["token"]
    reply = await home.post(first, by=new, replaces=old["head"])
    assert (reply.status, (await reply.json())["seq"]) == (200, 0)
    log = await served(home)
    assert (log["entries"], log["root"] != old["root"]) == ([first], True)
    assert (await home.phone.party.get("/api/v1/mobile/inbox")).status == 200


async def test_a_log_begins_once(home: Home) -> None:
    again = await KeyedDevice.register(home.relay, "again")
    first = log_entries.add(again.key, device_id=again.id, name="again", by=again.key, log=None, at=home.now)
    assert await refusal(await home.post(first, by=again)) == (409, "log_moved")


async def test_a_session_without_a_device_appends_nothing(home: Home) -> None:
    body = {"entries": [home.approval()], "wraps": []}
    assert (await home.relay.owner.post(LOG, body)).status == 403


async def test_an_append_is_in_the_accounts_log_with_the_head_it_led_to(home: Home) -> None:
    entries = await home.relay.app[JOURNAL_STORE].after(AccountId(UUID(home.relay.account_id)), 0, 1_000)
    appended = [entry for entry in entries if entry.type == "device_log.appended"]
    assert [entry.digest for entry in appended][-1] == b64decode(home.known.head)
    assert str(appended[-1].device) == home.phone.id


async def test_the_owner_is_shown_every_agents_key_to_approve(home: Home) -> None:
    owner, _ = await home.relay.another_owner()
    keys = await (await home.phone.party.get("/api/v1/mobile/agent-keys")).json()
    assert [(key["agent_name"], key["public_key"]) for key in keys] == [("deploy-bot", home.agent.public)]
    assert await (await owner.get("/api/v1/mobile/agent-keys")).json() == []


async def test_the_log_is_taken_along_by_its_human_and_goes_with_the_account(home: Home) -> None:
    app, phone = home.relay.app, home.phone.party
    lines = [json.loads(line) for line in (await (await phone.get("/api/v1/account/export")).text()).splitlines()]
    kept = [line["data"]["entry"] for line in lines if line["kind"] == "device_log_entry"]
    assert [json.loads(entry) for entry in kept] == home.entries
    assert (await phone.post("/api/v1/account/deletion")).status == 202
    home.relay.clock.forward(dt.timedelta(days=8))
    await app[DELETION].sweep()
    for table in ("device_log", "device_log_entry", "inbox_wrap", "pairing", "device"):
        assert await app[DATABASE].value(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608 - the names are here
