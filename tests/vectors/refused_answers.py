"""Sealed answers that an agent must refuse, and proofs that nobody must believe."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hitl_cli.sealed.answer import seal_answer
from hitl_cli.sealed.canon import b64, canon, read, unb64
from hitl_cli.sealed.keys import DeviceKey
from hitl_cli.sealed.question import Question, Sent, read_question, seal_question
from hitl_cli.sealed.receipt import RECEIPT_TAG, Decision, Receipt, Said, sign_decision
from tests.sealing import ACCOUNT, MESSAGE, NOW, OTHER_REQUEST_ID, REQUEST_ID, Account, Draw, SeenList

YES, NO = Said(value=True, comment="fine"), Said(value=False, comment="no")


def refused_answers(account: Account) -> list[dict[str, Any]]:
    sent, other = _sent(account, "question"), _sent(account, "other")
    phone, thief = account.phone, DeviceKey.make(Draw("thief"))
    question = _opened(account, sent)

    def answer(label: str, decision: Decision, said: Said = YES, by: DeviceKey = phone, to: Question = question) -> str:
        return seal_answer(said, decision, question=to, device=by, now=NOW + 30, chance=Draw(f"refused {label}"))

    honest = _decision(account, sent)
    other_answer = answer("other", _decision(account, other), to=_opened(account, other))
    own_question = sent.payload
    signed_by = _resigned(honest, phone)
    envelope = read(answer("honest", honest))
    mixed = canon({**envelope, "w": read(answer("mixed", honest))["w"]}).decode()
    impostor = canon(
        {**envelope, "h": b64(canon({**read(unb64(envelope["h"])), "dev": account.browser.sign}))}
    ).decode()
    cases = [
        ("the answer to another question", "other_question", other_answer),
        ("a question handed back as its own answer", "unknown_device", own_question),
        ("an answer of a device that never joined", "unknown_device", answer("thief", honest, by=thief)),
        ("an answer in the name of another device", "unknown_device", impostor),
        ("the wraps of another answer", "changed", mixed),
        (
            "a receipt whose signature is another's",
            "receipt_signature",
            answer("sig", replace(honest, sig=thief.signature(b""))),
        ),
        ("a receipt for another answer", "receipt_other", answer("no", honest, said=NO)),
        ("a receipt for another comment", "receipt_other", answer("comment", honest, said=Said(value=True))),
        ("a receipt with another salt", "receipt_other", answer("salt", replace(honest, salt=b64(bytes(16))))),
        ("a receipt for another request", "receipt_other", answer("request", signed_by(request=OTHER_REQUEST_ID))),
        ("a receipt for another question", "receipt_other", answer("asked", signed_by(asked=other.name))),
        ("a receipt for another account", "receipt_other", answer("root", signed_by(root=b64(Draw("root")(32))))),
        ("a receipt of another device", "receipt_other", answer("device", _decision(account, sent, account.browser))),
        ("a device that knows a newer log", "log_rolled_back", answer("newer", signed_by(seq=account.known.seq + 1))),
        ("no receipt", "unreadable", answer("none", replace(honest, receipt={}))),
        ("no JSON", "unreadable", "{"),
    ]
    expected = {"request_id": REQUEST_ID, "id": sent.id, "req": sent.name}
    return [{"what": what, "wrong": wrong, "payload": payload, **expected} for what, wrong, payload in cases]


def refused_proofs(account: Account) -> list[dict[str, Any]]:
    sent, thief = _sent(account, "question"), DeviceKey.make(Draw("thief"))
    honest = _decision(account, sent)
    said = {"comment": YES.comment, "value": YES.value}
    whole = {"receipt": honest.receipt, "sig": honest.sig, "salt": honest.salt, "answer": said, "log": account.entries}
    forged = _resigned(honest, thief)(device=thief.sign)
    early = _resigned(honest, account.browser)(device=account.browser.sign, seq=1)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("another answer", "receipt_other", {**whole, "answer": {**said, "value": False}}),
        ("another question", "receipt_other", {**whole, "asked": dict(MESSAGE)}),
        ("another time", "receipt_signature", {**whole, "receipt": {**honest.receipt, "at": NOW}}),
        ("a device that never joined", "unknown_device", {**whole, "receipt": forged.receipt, "sig": forged.sig}),
        ("a device that had not joined yet", "unknown_device", {**whole, "receipt": early.receipt, "sig": early.sig}),
        ("a log that ends too soon", "log_rolled_back", {**whole, "log": account.entries[:2]}),
        ("a log with an entry changed", "log_signature", {**whole, "log": [{**account.entries[0], "name": "x"}]}),
        ("no receipt", "no_receipt", {**whole, "receipt": None}),
    ]
    cases[6][2]["log"] = [*cases[6][2]["log"], *account.entries[1:]]
    found = [{"what": what, "wrong": wrong, "root": None, "proof": proof} for what, wrong, proof in cases]
    found.append({"what": "another account", "wrong": "other_root", "root": b64(Draw("root")(32)), "proof": whole})
    return found


def _sent(account: Account, label: str) -> Sent:
    return seal_question(MESSAGE, agent=account.agent, log=account.known, now=NOW, open_s=600, chance=Draw(label))


def _opened(account: Account, sent: Sent) -> Question:
    return read_question(
        sent.payload,
        device=account.phone,
        log=account.known,
        kind=MESSAGE["kind"],
        request_id=REQUEST_ID,
        now=NOW,
        seen=SeenList(),
    )


def _decision(account: Account, sent: Sent, device: DeviceKey | None = None) -> Decision:
    return sign_decision(
        YES,
        device=device or account.phone,
        request_id=REQUEST_ID,
        asked=sent.name,
        account=ACCOUNT,
        log=account.known,
        now=NOW + 30,
        chance=Draw("decision"),
    )


def _resigned(honest: Decision, by: DeviceKey) -> Callable[..., Decision]:
    def resigned(**changes: Any) -> Decision:
        receipt: Receipt = {**honest.receipt, **changes}
        return Decision(receipt, by.signature(RECEIPT_TAG + canon(receipt)), honest.salt)

    return resigned
