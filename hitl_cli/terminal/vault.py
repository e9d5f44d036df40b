"""Opens sealed questions and writes sealed or signed answers. Pure but for what was seen before.

A question that cannot be opened, or should not be believed, stays closed: it is shown as that, and takes no answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hitl_cli.errors import Untrusted
from hitl_cli.sealed.answer import seal_answer
from hitl_cli.sealed.box_v1 import QuestionV1, answer_v1, open_v1
from hitl_cli.sealed.keys import BoxKey, Chance, DeviceKey
from hitl_cli.sealed.log import DeviceLog
from hitl_cli.sealed.question import Question, Seen, read_question
from hitl_cli.sealed.receipt import Decision, Said, asked_of, asked_v1, sign_decision
from hitl_cli.sealed.wrong import Wrong, refused

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What the relay shows of the account, after it was checked."""

    account_id: str
    log: DeviceLog | None
    inbox: BoxKey | None
    senders: Sequence[str]
    """Box keys of the agents that may ask the account; version 1 does not say which of them did."""


class Vault:
    def __init__(self, key: DeviceKey, seen: Seen, *, now: Callable[[], float], chance: Chance) -> None:
        self._key = key
        self._seen = seen
        self._now = now
        self._chance = chance
        self._opened: dict[str, tuple[Card, Question | QuestionV1 | None]] = {}

    def opened(self, card: Card, household: Household) -> Card:
        """Return the card with its words; raises `Untrusted` when it cannot be read or must not be believed."""
        sealed = card.get("sealed")
        if not sealed:
            self._opened[card["id"]] = (card, None)
            return card
        question = self._question(card, sealed, household)
        self._opened[card["id"]] = (card, question)
        return {**card, **_words_of(question)}

    def answered(self, frame: Mapping[str, Any], household: Household) -> Mapping[str, Any]:
        """Return an answer's frame as it leaves: sealed if the question was, and signed."""
        card, question = self._opened[frame["request_id"]]
        said = Said(frame["answer"], frame.get("comment", ""))
        decision = sign_decision(
            said, device=self._key, request_id=card["id"], asked=_asked(card, question), account=household.account_id,
            log=household.log, now=int(self._now()), chance=self._chance,
        )  # fmt: skip
        if question is None:
            return {**frame, "receipt": {"receipt": decision.receipt, "sig": decision.sig, "salt": decision.salt}}
        bare = {name: frame[name] for name in ("t", "request_id", "answer_id")}
        sealed = self._sealed(said, decision, card, question, household)
        return {**bare, "sealed": sealed, "receipt": {"receipt": decision.receipt, "sig": decision.sig}}

    def _question(self, card: Card, sealed: Mapping[str, Any], household: Household) -> Question | QuestionV1:
        if sealed["version"] == 1:
            if household.inbox is None:
                raise refused(Wrong.NOT_FOR_US, "this terminal has not been given the account's inbox key")
            return open_v1(sealed["payload"], inbox=household.inbox, senders=household.senders)
        if household.log is None:
            raise refused(Wrong.OTHER_LOG, "the account has no list of devices")
        return read_question(
            sealed["payload"], device=self._key, log=household.log, kind=card["kind"], request_id=card["id"],
            now=self._now(), seen=self._seen,
        )  # fmt: skip

    def _sealed(
        self, said: Said, decision: Decision, card: Card, question: Question | QuestionV1, household: Household
    ) -> str:
        if isinstance(question, Question):
            now = int(self._now())
            return seal_answer(said, decision, question=question, device=self._key, now=now, chance=self._chance)
        if household.inbox is None:
            raise refused(Wrong.NOT_FOR_US, "this terminal has not been given the account's inbox key")
        reply = card["sealed"]["reply"]
        return answer_v1(said.value, reply, inbox=household.inbox, agent=question.sender, chance=self._chance)


def _words_of(question: Question | QuestionV1) -> dict[str, Any]:
    if isinstance(question, Question):
        names = ("prompt", "context", "form", "danger", "action")
        return {name: question.message.get(name) for name in names} | {"trust": "encrypted, verified"}
    form: dict[str, Any] = {"type": "text", "placeholder": question.placeholder_text}
    if question.choices:
        form = {"type": "choice", "options": list(question.choices), "multiple": False}
    return {"prompt": question.prompt, "form": form, "trust": "encrypted, not verified"}


def _asked(card: Card, question: Question | QuestionV1 | None) -> str:
    if question is None:
        return asked_of(card, card["agent"]["name"])
    return question.name if isinstance(question, Question) else asked_v1(card["sealed"]["payload"])


def why_closed(error: Untrusted) -> str:
    """Say why a question is not shown, as people read it."""
    return f"a sealed question that is not shown here: {error}"
