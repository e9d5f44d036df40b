"""The tools as models read them: names, descriptions, schemas. What they do is in `actions`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types

from mcp_endpoint import actions
from mcp_endpoint.arguments import (
    ApproveArguments,
    Arguments,
    AskArguments,
    CompleteArguments,
    NotifyArguments,
    ResponseArguments,
)
from mcp_endpoint.call import Call
from mcp_endpoint.outcome import Outcome
from mcp_endpoint.sealed_arguments import SealedAskArguments, SealedCompleteArguments, SealedNotifyArguments
from relay.kernel.body import Json, parse_value

Act = Callable[[Call, Any], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class ToolSet:
    """A tool with the class of its arguments and what it does."""

    tool: types.Tool
    arguments: type[Arguments]
    act: Act


_TEXT: Final = {"type": "string"}
_MAYBE_TEXT: Final = {"type": ["string", "null"]}

_ANSWER_SCHEMA: Final[Json] = {
    "type": "object",
    "properties": {
        "request_id": _TEXT | {"description": "Names the question, e.g. for get_human_response."},
        "status": {
            "type": "string",
            "enum": ["pending", "answered", "cancelled", "expired", "posted"],
            "description": "Only 'answered' is a human's decision.",
        },
        "answer": {"description": "What the human said; null when nobody did."},
        "comment": _TEXT | {"description": "What the human added to the answer."},
        "answered_by": _MAYBE_TEXT,
        "answered_at": _MAYBE_TEXT,
        "default_applied": {"type": "boolean", "description": "Nobody answered; 'answer' is the caller's default."},
        "delivery": {
            "type": "string",
            "enum": ["live", "push", "none"],
            "description": "Whether a device is connected now, can be woken by a push, or neither.",
        },
        "expires_at": _TEXT,
        "encrypted_response": _MAYBE_TEXT | {"description": "The sealed answer to a sealed question."},
        "receipt": {"type": ["object", "null"], "description": "What the answering device signed."},
        "reattached": {"type": "boolean", "description": "An earlier call had asked the same."},
    },
    "required": ["request_id", "status"],
}

_SENT_SCHEMA: Final[Json] = {
    "type": "object",
    "properties": {
        "request_id": _TEXT,
        "status": {"type": "string", "enum": ["sent"]},
        "delivery": {"type": "string", "enum": ["live", "push", "none"]},
    },
    "required": ["request_id", "status"],
}

_RESPONSE_SCHEMA: Final[Json] = {
    "type": "object",
    "properties": _ANSWER_SCHEMA["properties"]
    | {
        "requests": {
            "type": "array",
            "description": "Without a request_id: what is open, and what was answered and not collected.",
            "items": {"type": "object"},
        }
    },
}

_PENDING: Final = (
    " A human may need minutes. If the result says that there is no answer yet (status 'pending'), call "
    "get_human_response with its request_id; never go on as if the human had agreed."
)


def _schema(model: type[Arguments]) -> Json:
    """Return the model's schema without the titles pydantic adds: they cost every model tokens and say nothing."""
    schema: Json = _untitled(model.model_json_schema())
    schema.pop("description", None)
    return schema


def _untitled(node: Any, *, names: bool = False) -> Any:
    """Drop `title` wherever it is a keyword; under `properties` it would be a field's name."""
    match node:
        case list():
            return [_untitled(item) for item in node]
        case dict():
            kept = {name: of for name, of in node.items() if names or name != "title"}
            return {name: _untitled(of, names=name == "properties" and not names) for name, of in kept.items()}
        case _:
            return node


def _tool(
    name: str,
    title: str,
    description: str,
    *,
    takes: type[Arguments],
    act: Act,
    gives: Json,
    reads: bool = False,
) -> ToolSet:
    tool = types.Tool(
        name=name,
        title=title,
        description=description,
        input_schema=_schema(takes),
        output_schema=gives,
        annotations=types.ToolAnnotations(
            title=title, read_only_hint=reads, destructive_hint=False, idempotent_hint=reads, open_world_hint=True
        ),
    )
    return ToolSet(tool, takes, act)


_ALL: Final = (
    _tool(
        "request_human_input",
        "Ask the human",
        "Ask your human a question and wait for the answer. Use it when you need a decision, a preference, a secret "
        "fact, or permission that only they can give, and before anything you could not undo. Ask one thing at a "
        "time, say what you would do, and offer 'choices' when the answers are few: they become buttons on a phone. "
        "The text of the result is the answer itself." + _PENDING,
        takes=AskArguments,
        act=actions.ask,
        gives=_ANSWER_SCHEMA,
    ),
    _tool(
        "notify_human",
        "Tell the human",
        "Send your human a short message and go on; nothing is awaited. Use it for progress worth knowing, a finding, "
        "or a warning. To ask something, use request_human_input.",
        takes=NotifyArguments,
        act=actions.notify,
        gives=_SENT_SCHEMA,
    ),
    _tool(
        "notify_human_completion",
        "Report completion and ask what is next",
        "Call this when the task is done, or you can do no more: it tells your human what you did and waits for what "
        "they want next. The text of the result is their reply; treat it as your next instruction." + _PENDING,
        takes=CompleteArguments,
        act=actions.ask,
        gives=_ANSWER_SCHEMA,
    ),
    _tool(
        "get_human_response",
        "Wait on for an answer",
        "Wait for the answer to a question you asked earlier, by the request_id you were given. Without request_id it "
        "lists your open questions and the answers you have not collected." + _PENDING,
        takes=ResponseArguments,
        act=actions.get_response,
        gives=_RESPONSE_SCHEMA,
        reads=True,
    ),
    _tool(
        "request_approval",
        "Ask permission to use a tool",
        "Ask your human whether you may run one tool call. They see the tool's name and its exact arguments. The "
        'result is JSON: {"behavior": "allow", "updatedInput": …} or {"behavior": "deny", "message": …}; without a '
        "decision it is always deny. Works as Claude Code's --permission-prompt-tool." + _PENDING,
        takes=ApproveArguments,
        act=actions.ask,
        gives=_ANSWER_SCHEMA,
    ),
    _tool(
        "request_human_input_e2ee",
        "Ask the human, sealed",
        "For programs that encrypt, not for models: request_human_input with a ciphertext. The text of the result is "
        "the encrypted answer.",
        takes=SealedAskArguments,
        act=actions.ask,
        gives=_ANSWER_SCHEMA,
    ),
    _tool(
        "notify_human_e2ee",
        "Tell the human, sealed",
        "For programs that encrypt, not for models: notify_human with a ciphertext.",
        takes=SealedNotifyArguments,
        act=actions.notify,
        gives=_SENT_SCHEMA,
    ),
    _tool(
        "notify_human_completion_e2ee",
        "Report completion, sealed",
        "For programs that encrypt, not for models: notify_human_completion with a ciphertext. The text of the result "
        "is the encrypted answer.",
        takes=SealedCompleteArguments,
        act=actions.ask,
        gives=_ANSWER_SCHEMA,
    ),
)

TOOLS: Final = {each.tool.name: each for each in _ALL}


async def run(call: Call, name: str, arguments: Json) -> Outcome:
    """Check the arguments and run a tool that exists."""
    of = TOOLS[name]
    return await of.act(call, parse_value(arguments, of.arguments))
