"""Sealed questions that a device must refuse."""

from typing import Any

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from hitl_cli.sealed.canon import b64, canon, read, unb64
from hitl_cli.sealed.envelope import seal
from hitl_cli.sealed.keys import BoxKey
from hitl_cli.sealed.padding import pad
from hitl_cli.sealed.question import seal_question
from tests.sealing import MESSAGE, NOW, OTHER_REQUEST_ID, REQUEST_ID, Account, Draw

OTHER = {**MESSAGE, "prompt": "Lunch?"}


def sealed(account: Account, label: str, message: Any = MESSAGE, **changes: Any) -> str:
    """A question with any header."""
    header = header_of(account, label) | changes
    return seal(header, message, account.agent, account.known.recipients, Draw(label))


def header_of(account: Account, label: str) -> dict[str, Any]:
    log = account.known
    return {
        "v": 2,
        "kind": "request",
        "id": Draw(f"{label} id")(16).hex(),
        "from": account.agent.public,
        "root": log.root,
        "head": log.head,
        "seq": log.seq,
        "iat": NOW,
        "exp": NOW + 600,
    }


def refused_questions(account: Account) -> list[dict[str, Any]]:
    return [*_changed(account), *_untimely(account), *_misdirected(account)]


def _case(what: str, wrong: str, payload: str, **over: Any) -> dict[str, Any]:
    usual = {"device": "phone", "kind": MESSAGE["kind"], "request_id": REQUEST_ID, "now": NOW + 5, "seen": []}
    return {"what": what, "wrong": wrong, "payload": payload, **usual, **over}


def _changed(account: Account) -> list[dict[str, Any]]:
    envelope, other = read(sealed(account, "question")), read(sealed(account, "another", OTHER))
    longer = {**read(unb64(envelope["h"])), "exp": NOW + 900}

    def mixed(**changes: Any) -> str:
        return canon({**envelope, **changes}).decode()

    body = bytearray(unb64(envelope["c"]))
    body[-1] ^= 1
    return [
        _case("a header changed on its way", "changed", mixed(h=b64(canon(longer)))),
        _case("the body of another question", "changed", mixed(c=other["c"])),
        _case("the wraps of another question", "changed", mixed(w=other["w"])),
        _case("header and wraps of another question", "changed", mixed(h=other["h"], w=other["w"])),
        _case("one bit of the body changed", "changed", mixed(c=b64(bytes(body)))),
        _case("header and body anew, by another recipient, who knows the key", "changed", _by_a_recipient(envelope)),
        _case("no wrap for this device", "not_for_us", mixed(w={account.browser.box.public: "AAAA"})),
        _case("a wrap that is no base64", "unreadable", mixed(w={account.phone.box.public: "-"})),
        _case("a version that does not exist", "unreadable", mixed(v=3)),
        _case("no body", "unreadable", canon({name: envelope[name] for name in ("v", "h", "w")}).decode()),
        _case("no JSON", "unreadable", "{"),
        _case("a header that is no JSON", "unreadable", mixed(h=b64(b"header"))),
    ]


def _by_a_recipient(envelope: dict[str, Any]) -> str:
    """What a device can make of a question that was sealed for it too: all but the boxes of the others."""
    content_key, nonce = Draw("question")(32), bytes(24)  # the first that is drawn for an envelope
    header = canon({**read(unb64(envelope["h"])), "exp": NOW + 900})
    body = crypto_aead_xchacha20poly1305_ietf_encrypt(pad(canon(OTHER)), header, nonce, content_key)
    return canon({**envelope, "h": b64(header), "c": b64(nonce + body)}).decode()


def _untimely(account: Account) -> list[dict[str, Any]]:
    payload = sealed(account, "question")
    seen = [account.agent.public, read(unb64(read(payload)["h"]))["id"], OTHER_REQUEST_ID]
    return [
        _case("after its end", "expired", payload, now=NOW + 601),
        _case("from the future", "too_early", payload, now=NOW - 121),
        _case("open for longer than 15 minutes", "too_long", sealed(account, "long", exp=NOW + 901)),
        _case("no end", "unreadable", sealed(account, "endless", exp=None)),
        _case("shown before as another request", "replayed", payload, seen=[seen]),
    ]


def _misdirected(account: Account) -> list[dict[str, Any]]:
    stranger = BoxKey.make(Draw("stranger"))
    unapproved = seal_question(
        MESSAGE, agent=stranger, log=account.known, now=NOW, open_s=600, chance=Draw("unapproved")
    )
    elsewhere = b64(Draw("another root")(32))
    pretending = read(unapproved.payload)
    claimed = {**read(unb64(pretending["h"])), "from": account.agent.public}
    return [
        _case("an agent that nobody approved", "unknown_agent", unapproved.payload),
        _case(
            "an agent that claims to be an approved one",
            "changed",
            canon({**pretending, "h": b64(canon(claimed))}).decode(),
        ),
        _case("another account", "other_log", sealed(account, "elsewhere", root=elsewhere)),
        _case("a list of devices that never was", "other_log", sealed(account, "never", head=elsewhere)),
        _case("a newer list of devices", "other_log", sealed(account, "newer", seq=account.known.seq + 1)),
        _case("an answer in place of a question", "other_kind", sealed(account, "reflected", kind="response")),
        _case("an approval shown as a note", "other_kind", sealed(account, "question"), kind="notification"),
        _case("a message that is no object", "unreadable", sealed(account, "list", ["Pay?"])),
    ]
