"""Seal what a program asks, and open what a human answered. Nothing leaves unless it was sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hitl_cli.errors import CannotSeal
from hitl_cli.http import RelayHttp
from hitl_cli.sealed.answer import Answered, claimed_id, read_answer
from hitl_cli.sealed.box_v1 import read_answer_v1, seal_v1
from hitl_cli.sealed.keys import BoxKey
from hitl_cli.sealed.log import Entry
from hitl_cli.sealed.question import CEILING_S, seal_question
from hitl_cli.sealed.wrong import Wrong, must
from hitl_cli.sealing.identity import Identity, fingerprint, introduced, veiled
from hitl_cli.sealing.message import fits, message_of, open_parts
from hitl_cli.sealing.pins import account_name
from hitl_cli.sealing.sent import Record, Ticket
from hitl_cli.wire import Outcome, Reply, body_of

PATHS: Final[Mapping[str, str]] = {
    "input": "/api/v1/hitl/request/e2ee",
    "approval": "/api/v1/hitl/request/e2ee",
    "completion": "/api/v1/hitl/complete/e2ee",
    "notification": "/api/v1/hitl/notify/e2ee",
}
UNANSWERED: Final = "notification"
_V1_WORDS: Final[Mapping[str, str]] = {"input": "prompt", "completion": "summary", "notification": "message"}


@dataclass(frozen=True)
class Sealed:
    """A question that is sealed and noted, to be sent as often as it takes."""

    sealer: "Sealer" = field(repr=False)
    path: str
    body: Mapping[str, Any]
    form: Mapping[str, Any] | None
    audience: str | None
    default: Any
    agent: BoxKey
    ticket: Ticket | None
    """None where no answer is awaited, and for version 1, which ties none to its question."""

    inbox: str = ""
    safety_number: str = ""
    """To be compared and approved in the app before the question can be read there; empty when that was done."""

    async def reply(self, outcome: Outcome) -> Reply:
        return await self.sealer.opened(self, outcome)


class Sealer:
    """Seals for the account behind one relay."""

    def __init__(self, relay: RelayHttp, identity: Identity, *, allow_v1: bool = False) -> None:
        self._relay = relay
        self._identity = identity
        self._allow_v1 = allow_v1

    async def seal(self, kind: str, body: Mapping[str, Any]) -> Sealed:
        """Seal the body of a plain call, or refuse: this sends nothing of what it says."""
        audience = body.get("audience")
        log = await self._identity.log(self._relay, audience)
        key = self._identity.key()
        if log is None:
            return await self._seal_v1(kind, body, key)
        number = ""
        if key.public not in log.agents:
            await introduced(self._relay, key)
            number = fingerprint(key, log)
        message = message_of(kind, body)
        open_s = int(body.get("timeout_seconds") or CEILING_S)
        now, chance = int(self._identity.now()), self._identity.chance
        sent = seal_question(message, agent=key, log=log, now=now, open_s=open_s, chance=chance)
        account = account_name(self._relay.endpoint.server_url, audience)
        named = body.get("idempotency_key")
        record = Record(
            account=account,
            agent=key.public,
            asked=veiled(key, [account, log.root, message, named]),
            key=veiled(key, named) if named else "",
            name=sent.name,
            root=log.root,
            expires=sent.expires,
        )
        ticket = None if kind == UNANSWERED else self._identity.records.begin(sent, record)
        return Sealed(
            sealer=self,
            path=PATHS[kind],
            body=_body(kind, body, sent.payload, record, record.key or chance(16).hex()),
            form=message["form"],
            audience=audience,
            default=body.get("default_response"),
            agent=key,
            ticket=ticket,
            safety_number=number,
        )

    async def opened(self, sealed: Sealed, outcome: Outcome) -> Reply:
        """Return what a human said, or raise why there is nothing or why it is not believed."""
        payload = outcome.raw.get("encrypted_response")
        if outcome.status != "answered" or not isinstance(payload, str):
            if outcome.status == "expired" and sealed.default is not None:
                return Reply(sealed.default, request_id=outcome.request_id, default_applied=True, sealed=True)
            must(outcome.status != "answered", Wrong.UNREADABLE, "the relay shows an answer that is not sealed")
            outcome.answer()
        if sealed.ticket is None:
            value = read_answer_v1(str(payload), "json", agent=sealed.agent, inbox=sealed.inbox)
            _check_fits(sealed, value)
            return Reply(value, request_id=outcome.request_id, sealed=True)
        answered, entries = await self._read(sealed, sealed.ticket, str(payload), str(outcome.request_id))
        said, decision = answered.said, answered.decision
        return Reply(
            said.value,
            request_id=outcome.request_id,
            comment=said.comment,
            device=answered.device.name,
            sealed=True,
            verified=True,
            proof={
                "receipt": decision.receipt,
                "sig": decision.sig,
                "salt": decision.salt,
                "answer": {"comment": said.comment, "value": said.value},
                "log": list(entries),
            },
        )

    async def _read(
        self, sealed: Sealed, ticket: Ticket, payload: str, request_id: str
    ) -> tuple[Answered, "list[Entry]"]:
        # The answering device may have joined, or approved this very key, after the question was sealed.
        entries = await self._identity.entries(self._relay, sealed.audience)
        log = self._identity.pins.checked(ticket.record.account, entries)
        question = claimed_id(payload)
        with self._identity.records.answering(ticket, question) as record:
            answered = read_answer(
                payload, agent=sealed.agent, log=log, id=question, name=record.name, request_id=request_id
            )
            _check_fits(sealed, answered.said.value)
        return answered, list(entries)

    async def _seal_v1(self, kind: str, body: Mapping[str, Any], key: BoxKey) -> Sealed:
        if not self._allow_v1:
            raise CannotSeal(
                "no device of the account has keys that can be checked: open the app there, or allow version 1 of the"
                " encryption; nothing was sent"
            )
        if body.get("audience"):
            raise CannotSeal("version 1 of the encryption asks the agent's own account only; nothing was sent")
        inbox = await self._inbox()
        await introduced(self._relay, key)
        payload = seal_v1(_plaintext_v1(kind, body), agent=key, inbox=inbox, chance=self._identity.chance)
        named = body.get("idempotency_key")
        return Sealed(
            sealer=self,
            path=PATHS[kind],
            body=body_of(
                **open_parts(body),
                encrypted_payload=payload,
                reply=None if kind == UNANSWERED else "json",
                idempotency_key=veiled(key, named) if named else self._identity.chance(16).hex(),
            ),
            form=message_of(kind, body)["form"],
            audience=None,
            default=body.get("default_response"),
            agent=key,
            ticket=None,
            inbox=inbox,
        )

    async def _inbox(self) -> str:
        shown = await self._relay.call("GET", "/api/v1/devices/public-keys")
        keys = shown.get("public_keys") if isinstance(shown, dict) else None
        if not keys:
            raise CannotSeal("no device of the account has a key: open the app there first; nothing was sent")
        return str(keys[0])


def _check_fits(sealed: Sealed, value: Any) -> None:
    allowed = sealed.form is None or fits(sealed.form, value)
    must(allowed, Wrong.UNREADABLE, "it is no answer that the question allows")


def _body(kind: str, body: Mapping[str, Any], payload: str, record: Record, call: str) -> dict[str, Any]:
    """Write what the relay gets. A caller's own key may say what it is about, so it goes veiled."""
    return body_of(
        **open_parts(body),
        encrypted_payload=payload,
        kind=kind if kind in {"input", "approval"} else None,
        dedupe_key=None if kind == UNANSWERED else record.asked,
        idempotency_key=call,
    )


def _plaintext_v1(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Write what the published client would, and refuse what its format cannot say."""
    word = _V1_WORDS.get(kind)
    message = message_of(kind, body)
    form = message["form"] or {"type": "text"}
    plain = form["type"] == "text" or (form["type"] == "choice" and not form["multiple"])
    if word is None or not plain or message["danger"] or message["action"] or message["context"]:
        raise CannotSeal("version 1 of the encryption carries a prompt and choices, and nothing else; nothing was sent")
    if kind != "input":
        return {word: message["prompt"]}
    return {
        word: message["prompt"],
        "choices": form.get("options", []),
        "placeholder_text": form.get("placeholder", ""),
    }
