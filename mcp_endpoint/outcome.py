"""What a tool says: the answer as text, the same with its facts as data, and a plain sentence where there is none.

The text of an answered question is the answer and nothing else: the published client compares it with `"Yes"`.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from relay.domain.form import Value
from relay.domain.request import MAX_WAIT, Content, Kind, Request, State
from relay.kernel.body import Json, id_text, iso

MINUTES: Final = int(MAX_WAIT.total_seconds() // 60)

APPROVE: Final = "Approve"
DENY: Final = "Deny"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`texts` become text blocks, `facts` the structured content."""

    texts: list[str]
    facts: Json | None = None
    is_error: bool = False

    def as_result(self) -> Json:
        """Return the members of a `CallToolResult` that say it."""
        result: Json = {"content": [{"type": "text", "text": text} for text in self.texts], "isError": self.is_error}
        return result if self.facts is None else result | {"structuredContent": self.facts}


def outcome_of(request: Request, delivery: str, *, reattached: bool = False) -> Outcome:
    """Say how a request stands, in the words of the tool that asked it."""
    is_decision = request.kind is Kind.APPROVAL and isinstance(request.content, Content)
    texts, is_error = _approval(request) if is_decision else _answer(request)
    return Outcome(texts, facts_of(request, delivery) | {"reattached": reattached}, is_error)


def facts_of(request: Request, delivery: str) -> Json:
    answer = request.answer
    value, defaulted = _value(request)
    return {
        "request_id": id_text(request.id),
        "status": request.state.value,
        "answer": value,
        "comment": answer.comment if answer else "",
        "answered_by": answer.by_name if answer else None,
        "answered_at": iso(answer.at) if answer else None,
        "default_applied": defaulted,
        "delivery": delivery,
        "expires_at": iso(request.expires_at),
        "encrypted_response": answer.sealed if answer else None,
        "receipt": answer.receipt if answer else None,
    }


def _answer(request: Request) -> tuple[list[str], bool]:
    if request.answer and request.answer.sealed is not None:
        return [request.answer.sealed], False
    value, defaulted = _value(request)
    if value is None:
        return [no_answer(request)], request.state is not State.PENDING
    texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
    if defaulted:
        texts.append("Nobody answered in time: this is the default the question named, not a human's answer.")
    elif request.answer and request.answer.comment:
        texts.append(f"Comment: {request.answer.comment}")
    return texts, False


def _approval(request: Request) -> tuple[list[str], bool]:
    """Say it as Claude Code's `--permission-prompt-tool` reads it: one block, and anything but a yes is a no."""
    answer, content = request.answer, request.content
    action = content.action if isinstance(content, Content) else None
    decision: dict[str, Any]
    if answer and answer.value == APPROVE:
        decision = {"behavior": "allow", "updatedInput": dict(action.arguments) if action else {}}
    elif answer:
        reason = answer.comment or "no reason given"
        decision = {"behavior": "deny", "message": f"{answer.by_name} denied this: {reason}"}
    else:
        decision = {"behavior": "deny", "message": no_answer(request)}
    return [json.dumps(decision, ensure_ascii=False)], False


def no_answer(request: Request) -> str:
    """Say in a sentence why there is no answer, and what to do."""
    match request.state:
        case State.PENDING:
            return (
                f"No answer yet; the question stays open until {iso(request.expires_at)}. "
                f'Call get_human_response with request_id "{request.id}" to keep waiting. Do not ask again, '
                "and do not act as if the human had answered."
            )
        case State.CANCELLED:
            return "The question was cancelled; nobody decided."
        case _:
            return f"Nobody answered within the {MINUTES} minutes a question stays open at most; nobody decided."


def _value(request: Request) -> tuple[Value | None, bool]:
    """Return the answer, or the default the caller named for the case that nobody answers."""
    if request.answer:
        return request.answer.value, False
    if request.state is State.EXPIRED and request.default is not None:
        return request.default, True
    return None, False
