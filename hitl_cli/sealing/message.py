"""A plain question's body, taken apart: the words, which are sealed, and the rest, which the relay needs."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from hitl_cli.errors import CannotSeal

MAX_TEXT: Final = 10_000
APPROVAL: Final = ("Approve", "Deny")
OPEN: Final = ("timeout_seconds", "priority", "audience", "wait")
"""What the relay goes by. A default stays here: the relay could not tell it from an answer."""

_FORMS: Final = ("choices", "boolean", "number", "rating", "text")


def message_of(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the human is shown, as the relay would have made it of the same body."""
    action = body.get("action")
    return {
        "kind": kind,
        "prompt": body.get("prompt") or body.get("message") or body.get("summary") or "",
        "context": body.get("context") or "",
        "form": None if kind == "notification" else form_of(kind, body),
        "danger": bool(body.get("danger")),
        "action": {"tool": action["tool"], "arguments": action.get("arguments") or {}} if action else None,
    }


def open_parts(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in OPEN if body.get(name) is not None}


def form_of(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    wanted = [name for name in _FORMS if body.get(name) or body.get(name) == {}]
    if len(wanted) > 1:
        raise CannotSeal(f"{' and '.join(wanted)}: a question has one kind of answer")
    number, rating, text = (body.get(name) or {} for name in ("number", "rating", "text"))
    match wanted:
        case ["choices"]:
            return _choice(body["choices"], multiple=bool(body.get("multiple")))
        case ["boolean"]:
            return {"type": "boolean"}
        case ["number"]:
            bounds = {name: number.get(name) for name in ("minimum", "maximum")}
            return {"type": "number", **bounds, "integer": bool(number.get("integer"))}
        case ["rating"]:
            return {"type": "rating", "minimum": rating.get("minimum", 1), "maximum": rating.get("maximum", 5)}
        case _:
            if body.get("multiple"):
                raise CannotSeal("several choices need choices")
            return _choice(APPROVAL) if kind == "approval" and not wanted else _text(text, body)


def _choice(options: Any, *, multiple: bool = False) -> dict[str, Any]:
    return {"type": "choice", "options": list(options), "multiple": multiple}


def _text(text: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "text",
        "min_length": text.get("min_length", 0),
        "max_length": text.get("max_length", MAX_TEXT),
        "placeholder": body.get("placeholder_text") or "",
    }


def fits(form: Mapping[str, Any], value: Any) -> bool:
    """Say whether an answer is one that its question allows."""
    match form["type"]:
        case "choice" if form["multiple"]:
            return isinstance(value, list) and bool(value) and all(one in form["options"] for one in value)
        case "choice":
            return value in form["options"]
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return _within(form, value) and (not form["integer"] or value == int(value))
        case "rating":
            return isinstance(value, int) and _within(form, value)
        case _:
            return isinstance(value, str)  # the device has counted, and counts an emoji otherwise than Python


def _within(form: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        return False
    low, high = form["minimum"], form["maximum"]
    return (low is None or value >= low) and (high is None or value <= high)
