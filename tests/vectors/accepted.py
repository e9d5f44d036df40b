"""Examples that hold."""

from typing import Any

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.answer import seal_answer
from hitl_cli.sealed.box_v1 import Reply, answer_v1, seal_v1
from hitl_cli.sealed.canon import b64, canon, digest_of, read
from hitl_cli.sealed.inbox_key import wraps_of
from hitl_cli.sealed.keys import BoxKey, DeviceKey, boxing_key, opening_key
from hitl_cli.sealed.padding import padded_length
from hitl_cli.sealed.pairing import Joining, Link, commit_to, digits_of, mac_of
from hitl_cli.sealed.question import Sent, read_question, seal_question
from hitl_cli.sealed.receipt import ASKED, Decision, Said, asked_of, asked_v1, sign_decision
from hitl_cli.sealed.recovery import printed
from hitl_cli.sealed.safety import safety_number
from tests.sealing import (
    ACCOUNT,
    MESSAGE,
    NOW,
    REQUEST_ID,
    Account,
    Draw,
    SeenList,
    an_account,
    both_halves,
)
from tests.vectors.canonical import CANONICAL, NOT_CANONICAL

SAID = (
    Said(value=True, comment="but soon"),
    Said(value=False),
    Said(["a", "\u00e9"], ""),
    Said(7.5, ""),
    Said(9007199254740993, "\u2028"),
)

PLAINTEXTS: tuple[dict[str, Any], ...] = (
    {"prompt": "Deploy?", "choices": ["Yes", "No"], "placeholder_text": "or why not"},
    {"prompt": "Deploy \u00fc?", "choices": [], "placeholder_text": ""},
    {"prompt": "Which branch?"},
    {"prompt": "Go?", "choices": None, "placeholder_text": None},
    {"message": "Backup done"},
    {"summary": "All tests pass"},
)


def accepted() -> dict[str, Any]:
    account = an_account()
    return {
        "keys": keys(account),
        "ed25519": converted(),
        "canon": [{"json": given, "canon": written} for given, written in CANONICAL],
        "no_canon": list(NOT_CANONICAL),
        "padding": [
            {"length": length, "padded": padded_length(length)}
            for length in (0, 1, 254, 255, 256, 4094, 4095, 4096, 5000, 8191, 8192, 70_000)
        ],
        "log": whole_log(account),
        "request": request(account),
        "answers": answers(account),
        "receipts": receipts(account),
        "proofs": proofs(account),
        "v1": version_1(account),
        "inbox_wraps": wraps_of(account.inbox, by=account.phone, to=account.known.recipients, chance=Draw("wraps")),
        "safety_number": {
            "root": account.known.root,
            "agent": account.agent.public,
            "number": safety_number(account.known.root, account.agent.public),
        },
        "pairing": pairing(account),
        "recovery": {
            "secret": b64(account.recovery_secret),
            "root": account.known.root,
            "printed": printed(account.recovery_secret, account.known.root),
            **both_halves(account.recovery),
        },
    }


def keys(account: Account) -> dict[str, Any]:
    devices = {"phone": account.phone, "browser": account.browser, "recovery": account.recovery}
    boxes = {"agent": account.agent, "inbox": account.inbox}
    return {name: both_halves(device) for name, device in devices.items()} | {
        name: {"private": b64(key.private), "public": key.public} for name, key in boxes.items()
    }


def converted() -> list[dict[str, str]]:
    found = []
    for label in ("ed25519 a", "ed25519 b"):
        device = DeviceKey.make(Draw(label))
        opening = opening_key(device.seed)
        assert boxing_key(device.sign, "ed25519") == opening.public
        found.append(
            {
                "seed": b64(device.seed),
                "public": device.sign,
                "x25519_private": b64(opening.private),
                "x25519_public": opening.public,
            }
        )
    return found


def whole_log(account: Account) -> dict[str, Any]:
    """All five types: the account's log, and then a browser and an agent that leave."""
    longer = an_account()
    longer.append(log_entries.revoke(longer.browser.sign, by=longer.phone, **longer.state()))
    fresh = BoxKey.make(Draw("inbox after"))
    longer.append(log_entries.renew_inbox(fresh.public, by=longer.phone, **longer.state()))
    longer.append(log_entries.disapprove(longer.agent.public, by=longer.phone, **longer.state()))
    return {"account": said_by(account), "after": said_by(longer)}


def said_by(account: Account) -> dict[str, Any]:
    log = account.known
    return {
        "entries": account.entries,
        "root": log.root,
        "head": log.head,
        "seq": log.seq,
        "hashes": list(log.hashes),
        "devices": sorted(log.devices),
        "agents": sorted(log.agents),
        "inbox": log.inbox,
        "recipients": sorted(log.recipients),
    }


def asked(account: Account) -> Sent:
    return seal_question(MESSAGE, agent=account.agent, log=account.known, now=NOW, open_s=600, chance=Draw("question"))


def request(account: Account) -> dict[str, Any]:
    sent = asked(account)
    return {
        "payload": sent.payload,
        "id": sent.id,
        "req": sent.name,
        "exp": sent.expires,
        "now": NOW + 5,
        "request_id": REQUEST_ID,
        "kind": MESSAGE["kind"],
        "message": canon(MESSAGE).decode(),
    }


def decided(account: Account, device: DeviceKey, said: Said, sent: Sent, label: str) -> tuple[Decision, str]:
    """The decision of a device and the envelope it sends."""
    question = read_question(
        sent.payload,
        device=device,
        log=account.known,
        kind=MESSAGE["kind"],
        request_id=REQUEST_ID,
        now=NOW,
        seen=SeenList(),
    )
    decision = sign_decision(
        said,
        device=device,
        request_id=REQUEST_ID,
        asked=sent.name,
        account=ACCOUNT,
        log=account.known,
        now=NOW + 30,
        chance=Draw(f"{label} salt"),
    )
    payload = seal_answer(said, decision, question=question, device=device, now=NOW + 30, chance=Draw(label))
    return decision, payload


def answers(account: Account) -> list[dict[str, Any]]:
    sent = asked(account)
    found = []
    for number, said in enumerate(SAID):
        device = (account.phone, account.browser, account.recovery)[number % 3]
        decision, payload = decided(account, device, said, sent, f"answer {number}")
        found.append(
            {
                "payload": payload,
                "request_id": REQUEST_ID,
                "id": sent.id,
                "req": sent.name,
                "device": device.sign,
                "said": canon({"comment": said.comment, "value": said.value}).decode(),
                "receipt": decision.receipt,
                "sig": decision.sig,
                "salt": decision.salt,
            }
        )
    return found


def plain_decision(account: Account, said: Said) -> Decision:
    return sign_decision(
        said,
        device=account.phone,
        request_id=REQUEST_ID,
        asked=asked_of(MESSAGE, "deploy-bot"),
        account=ACCOUNT,
        log=account.known,
        now=NOW + 40,
        chance=Draw("plain receipt"),
    )


def receipts(account: Account) -> list[dict[str, Any]]:
    """What `asked` is made of, for each kind of request."""
    payload = seal_v1(PLAINTEXTS[0], agent=account.agent, inbox=account.inbox.public, chance=Draw("v1 receipt"))
    plain = {**{name: MESSAGE[name] for name in ASKED}, "agent": "deploy-bot"}
    signed = plain_decision(account, SAID[0])
    alone = sign_decision(
        SAID[0],
        device=account.phone,
        request_id=REQUEST_ID,
        asked=asked_v1(payload),
        account=ACCOUNT,
        log=None,
        now=NOW + 50,
        chance=Draw("v1 decision"),
    )
    said = canon({"comment": SAID[0].comment, "value": SAID[0].value}).decode()
    return [
        {
            "what": "plain",
            "question": canon(plain).decode(),
            "asked": digest_of(plain),
            "said": said,
            "receipt": signed.receipt,
            "sig": signed.sig,
            "salt": signed.salt,
        },
        {
            "what": "version 1, of an account without a log",
            "payload": payload,
            "asked": asked_v1(payload),
            "said": said,
            "receipt": alone.receipt,
            "sig": alone.sig,
            "salt": alone.salt,
        },
    ]


def proofs(account: Account) -> list[dict[str, Any]]:
    plain = plain_decision(account, SAID[0])
    sealed, _ = decided(account, account.browser, SAID[0], asked(account), "proof")
    said = {"comment": SAID[0].comment, "value": SAID[0].value}
    question = {**{name: MESSAGE[name] for name in ASKED}, "agent": "deploy-bot"}
    return [
        {"what": "plain", "root": account.known.root, "proof": proof(account, plain, answer=said, asked=question)},
        {
            "what": "sealed, opened by the agent",
            "root": account.known.root,
            "proof": proof(account, sealed, answer=said),
        },
        {
            "what": "sealed, as the relay has it",
            "root": account.known.root,
            "proof": {"receipt": sealed.receipt, "sig": sealed.sig, "log": account.entries},
        },
    ]


def proof(account: Account, decision: Decision, **more: Any) -> dict[str, Any]:
    kept = {"receipt": decision.receipt, "sig": decision.sig, "salt": decision.salt, "log": account.entries}
    return {**kept, **more}


def version_1(account: Account) -> dict[str, Any]:
    converted_agent = opening_key(DeviceKey.make(Draw("ed25519 a")).seed)
    questions = []
    for number, plaintext in enumerate(PLAINTEXTS):
        agent = converted_agent if number == 1 else account.agent
        payload = seal_v1(plaintext, agent=agent, inbox=account.inbox.public, chance=Draw(f"v1 question {number}"))
        questions.append({"payload": payload, "sender": agent.public, "plaintext": plaintext})
    said: list[tuple[Any, Reply]] = [
        ("Yes", "json"),
        (["a", "b"], "json"),
        ("Y\u00e9s", "text"),
        (True, "text"),
        (7, "text"),
    ]
    found = []
    for number, (value, reply) in enumerate(said):
        chance = Draw(f"v1 answer {number}")
        payload = answer_v1(value, reply, inbox=account.inbox, agent=account.agent.public, chance=chance)
        text = value if reply == "text" and isinstance(value, str) else canon(value).decode()
        opened = read(text) if reply == "json" else text
        found.append({"payload": payload, "reply": reply, "value": value, "opened": opened})
    return {"questions": questions, "answers": found}


def pairing(account: Account) -> dict[str, Any]:
    code, secret, root = "7K2MPQ4R", Draw("pairing secret")(16), account.known.root
    joining = Joining.of(DeviceKey.make(Draw("tablet")), kind="phone", name="Tablet", chance=Draw("nb"))
    old_nonce = Draw("na")(16)
    return {
        "code": code,
        "secret": b64(secret),
        "root": root,
        "link": Link(code, root, secret).written("https://relay.example/app/"),
        "joining": joining.members(),
        "mac": mac_of(secret, code, joining),
        "old_nonce": b64(old_nonce),
        "commit": commit_to(old_nonce),
        "digits": digits_of(code=code, root=root, old_nonce=b64(old_nonce), joining=joining),
    }
