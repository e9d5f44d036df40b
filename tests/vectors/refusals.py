"""Examples that must be refused, each with what is wrong with it (`hitl_cli.sealed.wrong`)."""

import json
from typing import Any

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.box_v1 import seal_v1
from hitl_cli.sealed.canon import b64, unb64
from hitl_cli.sealed.inbox_key import wraps_of
from hitl_cli.sealed.keys import BoxKey, DeviceKey
from hitl_cli.sealed.log import Entry, signed_message
from hitl_cli.sealed.pairing import Joining, mac_of
from tests.sealing import BROWSER_ID, PHONE_ID, Account, Draw, an_account
from tests.vectors.refused_answers import refused_answers, refused_proofs
from tests.vectors.refused_questions import refused_questions


def refusals() -> dict[str, Any]:
    account = an_account()
    return {
        "logs": refused_logs(),
        "requests": refused_questions(account),
        "answers": refused_answers(account),
        "proofs": refused_proofs(account),
        "v1": refused_v1(account),
        "inbox_wraps": refused_wraps(account),
        "pairing": refused_pairing(account),
    }


def again(entry: Entry, signer: DeviceKey, /, **changes: Any) -> Entry:
    """An entry with something else in it, signed anew."""
    unsigned = {name: value for name, value in {**entry, **changes}.items() if name != "sig"}
    return {**unsigned, "sig": signer.signature(signed_message(unsigned))}


def refused_logs() -> list[dict[str, Any]]:
    account, thief = an_account(), DeviceKey.make(Draw("thief"))
    entries, phone, state = account.entries, account.phone, account.state()
    cases = _unlinked(account, thief) + _unfounded(account, thief)
    ours = {"root": account.known.root, "seq": account.known.seq, "head": account.known.head}
    begun = log_entries.add(thief, device_id=PHONE_ID, name="Phone", by=thief, log=None, at=account.at)
    fork = log_entries.approve(thief.box.public, agent_id="x", name="x", by=phone, **_before_last(account))
    cases += [
        ("a log that begins anew, pinned to another", "other_root", [begun], ours),
        ("a log without its last entry, pinned with it", "log_rolled_back", entries[:-1], ours),
        ("a log with another last entry than the pinned one", "log_rewritten", [*entries[:-1], fork], ours),
        (
            "a log that went on from a fork before the pinned entry",
            "log_rewritten",
            [*entries[:-1], fork, _after(account, fork, phone)],
            ours,
        ),
        ("no log at all", "unreadable", [], None),
        (
            "an entry of an unknown type",
            "log_type",
            [*entries, again(entries[-1], phone, **_next(account), type="x")],
            None,
        ),
        (
            "a device of an unknown kind",
            "log_type",
            [*entries, again(log_entries.add(thief, device_id="", name="x", by=phone, **state), phone, kind="x")],
            None,
        ),
    ]
    return [{"what": what, "wrong": wrong, "entries": log, "pin": pin} for what, wrong, log, pin in cases]


def _unlinked(account: Account, thief: DeviceKey) -> list[tuple[str, str, list[Entry], Any]]:
    """Logs whose entries do not follow each other, or are not what was signed."""
    entries, phone, state = account.entries, account.phone, account.state()
    renamed = {**entries[2], "name": "Another"}
    number_skipped = again(log_entries.renew_inbox(thief.box.public, by=phone, **state), phone, seq=6)
    cut = {name: value for name, value in entries[-1].items() if name != "agent_id"}
    return [
        ("an entry left out", "log_link", [*entries[:2], *entries[3:]], None),
        ("two entries swapped", "log_link", [*entries[:3], entries[4], entries[3]], None),
        ("a number skipped", "log_link", [*entries, number_skipped], None),
        ("an entry changed after it was signed", "log_signature", [*entries[:2], renamed], None),
        (
            "a signature from another entry",
            "log_signature",
            [*entries[:4], {**entries[4], "sig": entries[3]["sig"]}],
            None,
        ),
        ("an entry without one of its members", "unreadable", [*entries[:4], cut], None),
        ("a number that is a text", "unreadable", [{**entries[0], "seq": "0"}], None),
        ("a time that is no whole number", "unreadable", [again(entries[0], phone, at=1.5)], None),
        ("a key of 31 bytes", "unreadable", [*entries, _short_inbox(account)], None),
    ]


def _unfounded(account: Account, thief: DeviceKey) -> list[tuple[str, str, list[Entry], Any]]:
    """Logs whose entries are signed well, by or for somebody who may not."""
    entries, phone, browser, state = account.entries, account.phone, account.browser, account.state()
    stranger = {"device_id": BROWSER_ID, "name": "Tablet"}
    injected = log_entries.add(thief, by=thief, **stranger, **state)
    unwilling = log_entries.add(thief, by=phone, **stranger, **state)
    taken_over = again(unwilling, phone, sign=browser.sign, pop=browser.consent())
    revoked = an_account()
    revoked.append(log_entries.revoke(browser.sign, by=phone, **revoked.state()))
    by_revoked = log_entries.add(thief, by=browser, **stranger, **revoked.state())
    alone = [entries[0], *_rest_of(phone)]
    return [
        ("a device that the relay adds", "log_signer", [*entries, injected], None),
        ("a signature of a revoked device", "log_signer", [*revoked.entries, by_revoked], None),
        ("a device without its consent", "log_consent", [*entries, again(unwilling, phone, pop=phone.consent())], None),
        (
            "a device with another box key than it agreed to",
            "log_consent",
            [*entries, again(unwilling, phone, box=BoxKey.make(Draw("other")).public)],
            None,
        ),
        ("a device added twice", "log_twice", [*entries, taken_over], None),
        ("a device revoked twice", "log_absent", [*revoked.entries, _revoked_again(revoked)], None),
        ("the last device revoked", "log_last_device", alone, None),
        (
            "an agent taken back that was never approved",
            "log_absent",
            [*entries, log_entries.disapprove(thief.box.public, by=phone, **state)],
            None,
        ),
        ("a first entry signed by another", "log_genesis", [again(entries[0], thief, by=thief.sign)], None),
        ("a recovery key as the first entry", "log_genesis", [again(entries[0], phone, kind="recovery")], None),
    ]


def _rest_of(phone: DeviceKey) -> list[Entry]:
    """A recovery key joins, and the only device leaves."""
    account = Account(phone=phone)
    account.append(log_entries.add(phone, device_id=PHONE_ID, name="Phone", by=phone, log=None, at=account.at))
    account.append(log_entries.add_recovery(account.recovery, name="Paper", by=phone, **account.state()))
    return [account.entries[1], log_entries.revoke(phone.sign, by=phone, **account.state())]


def _revoked_again(account: Account) -> Entry:
    return log_entries.revoke(account.browser.sign, by=account.phone, **account.state())


def _short_inbox(account: Account) -> Entry:
    entry = log_entries.renew_inbox(account.inbox.public, by=account.phone, **account.state())
    return again(entry, account.phone, box=b64(bytes(31)))


def _next(account: Account) -> dict[str, Any]:
    return {"seq": account.known.seq + 1, "prev": account.known.head, "by": account.phone.sign}


def _before_last(account: Account) -> dict[str, Any]:
    earlier = Account()
    for entry in account.entries[:-1]:
        earlier.append(entry)
    return earlier.state()


def _after(account: Account, fork: Entry, by: DeviceKey) -> Entry:
    forked = Account()
    for entry in [*account.entries[:-1], fork]:
        forked.append(entry)
    return log_entries.renew_inbox(account.inbox.public, by=by, **forked.state())


def refused_v1(account: Account) -> list[dict[str, Any]]:
    stranger = BoxKey.make(Draw("stranger"))
    inbox, senders = account.inbox.public, [account.agent.public]

    def boxed(plaintext: Any, agent: BoxKey = account.agent) -> str:
        return seal_v1(plaintext, agent=agent, inbox=inbox, chance=Draw(f"refused {json.dumps(plaintext)}"))

    changed = bytearray(unb64(boxed({"prompt": "Go?"})))
    changed[30] ^= 1
    cases = [
        ("boxed by an agent nobody approved", "unknown_agent", boxed({"prompt": "Go?"}, stranger)),
        ("one bit changed", "unknown_agent", b64(bytes(changed))),
        ("none of the three shapes", "unreadable", boxed({"question": "Go?"})),
        ("choices that are no list", "unreadable", boxed({"prompt": "Go?", "choices": "Yes"})),
        ("a choice that is no text", "unreadable", boxed({"prompt": "Go?", "choices": [1]})),
        ("a plaintext that is no object", "unreadable", boxed(["Go?"])),
        ("no base64", "unreadable", "Go?"),
    ]
    return [{"what": what, "wrong": wrong, "payload": payload, "senders": senders} for what, wrong, payload in cases]


def refused_wraps(account: Account) -> list[dict[str, Any]]:
    other, device = BoxKey.make(Draw("another inbox")), account.browser.box.public
    mine = wraps_of(account.inbox, by=account.phone, to=[device], chance=Draw("wrap"))[0]
    swapped = wraps_of(other, by=account.phone, to=[device], chance=Draw("swapped"))[0]
    for_phone = wraps_of(account.inbox, by=account.phone, to=[account.phone.box.public], chance=Draw("phone"))[0]
    cases = [
        ("another inbox key than the log names", "other_log", swapped),
        ("another key in a wrap that claims the right one", "changed", {**swapped, "inbox": account.inbox.public}),
        ("the wrap of another device", "changed", {**for_phone, "to": device}),
        ("a maker that is none", "unreadable", {**mine, "from": "AAAA"}),
    ]
    return [{"what": what, "wrong": wrong, "device": "browser", "wrap": wrap} for what, wrong, wrap in cases]


def refused_pairing(account: Account) -> list[dict[str, Any]]:
    """The relay knows the code: it can send other keys, and cannot make their MAC."""
    code, secret = "7K2MPQ4R", Draw("pairing secret")(16)
    honest = Joining.of(DeviceKey.make(Draw("tablet")), kind="phone", name="Tablet", chance=Draw("nb"))
    thief = Joining.of(DeviceKey.make(Draw("thief")), kind="phone", name="Tablet", chance=Draw("nb"))
    mixed = Joining(**{**honest.members(), "box": thief.box})
    cases: list[tuple[str, str, Joining, str, str]] = [
        ("other keys under the MAC of the scanned ones", "mac", thief, code, mac_of(secret, code, honest)),
        ("a MAC without the secret", "mac", thief, code, mac_of(bytes(16), code, thief)),
        ("the MAC of an earlier code", "mac", honest, "22222222", mac_of(secret, code, honest)),
        ("another box key than the device agreed to", "log_consent", mixed, code, mac_of(secret, code, mixed)),
    ]
    return [
        {"what": what, "wrong": wrong, "code": used, "secret": b64(secret), "joining": joining.members(), "mac": mac}
        for what, wrong, joining, used, mac in cases
    ]
