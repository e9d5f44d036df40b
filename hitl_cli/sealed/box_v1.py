"""Version 1, the published client's format: one box, to the inbox key of the account.

It keeps words from the relay. It does not tie an answer to its question: whoever carries two answers can swap them,
and can hand a question back as its own answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hitl_cli.errors import Untrusted
from hitl_cli.sealed.canon import b64, canon, read, unb64
from hitl_cli.sealed.keys import BoxKey, Chance
from hitl_cli.sealed.wrong import Wrong, must, refused

Reply: TypeAlias = Literal["json", "text"]
WORDS = {"prompt": "input", "message": "notification", "summary": "completion"}


@dataclass(frozen=True, slots=True)
class QuestionV1:
    """What one of the three shapes says. `sender` is the agent key that boxed it."""

    sender: str
    kind: str
    prompt: str
    choices: tuple[str, ...]
    placeholder_text: str


def seal_v1(plaintext: Mapping[str, Any], *, agent: BoxKey, inbox: str, chance: Chance) -> str:
    return b64(agent.seal(inbox, canon(plaintext), chance))


def open_v1(payload: str, *, inbox: BoxKey, senders: Iterable[str]) -> QuestionV1:
    """Open a question with the first of these agent keys that fits: the payload does not say who sent it."""
    box = unb64(payload)
    for sender in senders:
        try:
            plaintext = inbox.open(sender, box)
        except Untrusted:
            continue
        return _shaped(read(plaintext), sender)
    raise refused(Wrong.UNKNOWN_AGENT, "no known agent boxed this for the account")


def answer_v1(value: Any, reply: Reply, *, inbox: BoxKey, agent: str, chance: Chance) -> str:
    if reply == "text":
        plain = value.encode() if isinstance(value, str) else canon(value)
    else:
        plain = canon({"response": value})
    return b64(inbox.seal(agent, plain, chance))


def read_answer_v1(payload: str, reply: Reply, *, agent: BoxKey, inbox: str) -> Any:
    """Open an answer. That it answers this question, nothing says."""
    plaintext = agent.open(inbox, unb64(payload))
    if reply == "text":
        try:
            return plaintext.decode()
        except UnicodeDecodeError as error:
            raise refused(Wrong.UNREADABLE, "the answer is no text") from error
    answer = read(plaintext)
    must(isinstance(answer, dict) and "response" in answer, Wrong.UNREADABLE, "the answer is not of its form")
    return answer["response"]


def _shaped(plaintext: Any, sender: str) -> QuestionV1:
    shape = next((name for name in WORDS if isinstance(plaintext, dict) and plaintext.get(name)), None)
    if shape is None:
        raise refused(Wrong.UNREADABLE, "it is none of the three shapes")
    choices, placeholder = plaintext.get("choices") or [], plaintext.get("placeholder_text") or ""
    readable = isinstance(plaintext[shape], str) and isinstance(choices, list) and isinstance(placeholder, str)
    must(readable, Wrong.UNREADABLE, "it is none of the three shapes")
    must(all(isinstance(choice, str) for choice in choices), Wrong.UNREADABLE, "a choice is no text")
    return QuestionV1(sender, WORDS[shape], plaintext[shape], tuple(choices), placeholder)
