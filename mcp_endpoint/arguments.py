"""What the tools take, described for the models that call them. The input schemas are made from these classes.

`prompt`, `choices`, `placeholder_text`, `message`, `summary` and `agent_name` are the published client's; it sends
null, `""` and `[]` where it means nothing. Everything else is ours.
"""

import datetime as dt
import json
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from mcp_endpoint.call import MAX_NAME, Call, check_label
from mcp_endpoint.clients import LONGEST_S, SHORTEST_S
from mcp_endpoint.outcome import APPROVE, DENY
from relay.domain.errors import InvalidInput
from relay.domain.form import MAX_CHOICE, MAX_CHOICES, Choice, Form, Text, Value
from relay.domain.request import MAX_CONTEXT, MAX_PROMPT, MAX_WAIT, Action, Content, Kind, Priority
from relay.kernel.body import Json, WireModel
from relay.services.ask import Question

T = TypeVar("T")

MAX_TIMEOUT_S: Final = int(MAX_WAIT.total_seconds())
FAR_S: Final = 10**9
"""More seconds than anybody means; the ceiling cuts anything above 900 anyway."""

Sentence: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT, pattern=r"\S")]
PriorityName: TypeAlias = Literal["low", "normal", "high", "urgent"]
AgentName: TypeAlias = Annotated[
    str, Field(max_length=MAX_NAME, description="What to call yourself on the human's screen, if not your usual name.")
]
Key: TypeAlias = Annotated[
    str,
    Field(max_length=200, description="Any text of your own. The same key again is the same question, never a second."),
]
WaitSeconds: TypeAlias = Annotated[
    int,
    Field(
        ge=0,
        le=FAR_S,
        description=f"How long this call may wait before it returns 'pending', at most {LONGEST_S}. 0: what suits you.",
    ),
]


class Arguments(WireModel):
    """Fields that are null or `""` count as absent: many clients send all they know of."""

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value not in (None, "")}


def finite(arguments: T) -> T:
    """Refuse what JSON (RFC 8259 6) does not have."""
    try:
        json.dumps(arguments, allow_nan=False)
    except ValueError:
        raise ValueError("must hold finite numbers only") from None
    return arguments


class Waiting(Arguments):
    agent_name: AgentName = ""
    idempotency_key: Key = ""
    wait_seconds: WaitSeconds = 0


class _Asking(Waiting):
    choices: Annotated[
        list[Annotated[str, Field(max_length=MAX_CHOICE)]],
        Field(
            default_factory=list,
            max_length=MAX_CHOICES,
            description="Answers to choose from, each short enough for a button. Leave it out for a free answer.",
        ),
    ]
    multiple: Annotated[bool, Field(description="Whether several choices may be picked.")] = False
    placeholder_text: Annotated[
        str, Field(max_length=500, description="A hint shown in the empty answer field, e.g. the form you expect.")
    ] = ""
    context: Annotated[
        str,
        Field(
            max_length=MAX_CONTEXT,
            description="Markdown below the question: what was done, what the options mean, what you would do.",
        ),
    ] = ""
    priority: Annotated[PriorityName, Field(description="'urgent' interrupts the human; use it sparingly.")] = "normal"
    default_response: Annotated[
        str, Field(max_length=10_000, description="What to return, marked as a default, if nobody answers in time.")
    ] = ""
    timeout_seconds: Annotated[
        int,
        Field(ge=0, le=FAR_S, description=f"How long the question stays open; 0 or more than {MAX_TIMEOUT_S} is 900."),
    ] = 0

    def form(self) -> Form:
        if self.choices:
            return Choice(options=tuple(self.choices), multiple=self.multiple)
        if self.multiple:
            raise InvalidInput("needs choices", "/multiple")
        return Text(placeholder=self.placeholder_text)

    def asks(self, call: Call, prompt: str, kind: Kind) -> Question:
        form = self.form()
        default: Value | None = self.default_response or None
        if isinstance(form, Choice) and form.multiple and default is not None:
            default = [self.default_response]
        content = Content(
            prompt=prompt,
            form=form,
            agent_name=call.agent_name(check_label(self.agent_name, "/agent_name")),
            context=self.context,
            default=default,
        )
        return Question(
            content=content,
            kind=kind,
            priority=Priority[self.priority.upper()],
            wait=dt.timedelta(seconds=self.timeout_seconds) if self.timeout_seconds else None,
            idempotency_key=self.idempotency_key or None,
            call_id=call.call_id,
        )


class AskArguments(_Asking):
    prompt: Annotated[
        Sentence,
        Field(description="The question, complete in itself: the human sees it on a phone and not what came before."),
    ]

    def question(self, call: Call) -> Question:
        return self.asks(call, self.prompt, Kind.INPUT)


class CompleteArguments(_Asking):
    summary: Annotated[Sentence, Field(description="What you did, what you did not do, and what needs a look.")]

    def question(self, call: Call) -> Question:
        return self.asks(call, self.summary, Kind.COMPLETION)


class NotifyArguments(Arguments):
    message: Annotated[Sentence, Field(description="What the human should know. Nothing is awaited.")]
    context: Annotated[str, Field(max_length=MAX_CONTEXT, description="Markdown below the message.")] = ""
    priority: PriorityName = "normal"
    agent_name: AgentName = ""
    idempotency_key: Key = ""

    def question(self, call: Call) -> Question:
        name = call.agent_name(check_label(self.agent_name, "/agent_name"))
        content = Content(prompt=self.message, form=None, agent_name=name, context=self.context)
        return Question(
            content=content,
            kind=Kind.NOTIFICATION,
            priority=Priority[self.priority.upper()],
            idempotency_key=self.idempotency_key or call.call_id,
        )


class ApproveArguments(Waiting):
    """`tool_name`, `input` and `tool_use_id` are what Claude Code sends to a `--permission-prompt-tool`."""

    tool_name: Annotated[str, Field(min_length=1, max_length=200, description="The tool you want to use.")]
    input: Annotated[
        Json,
        Field(default_factory=dict, description="Its arguments, exactly as you would pass them: the human sees these."),
        AfterValidator(finite),
    ]
    tool_use_id: Annotated[str, Field(max_length=200, description="The id of the tool call, if it has one.")] = ""
    reason: Annotated[
        str, Field(max_length=MAX_CONTEXT, description="Why you want to do it, in Markdown; shown below.")
    ] = ""
    danger: Annotated[bool, Field(description="Whether it cannot be undone: the human then confirms twice.")] = False

    def question(self, call: Call) -> Question:
        content = Content(
            prompt=f"Allow {self.tool_name}?",
            form=Choice(options=(APPROVE, DENY)),
            agent_name=call.agent_name(check_label(self.agent_name, "/agent_name")),
            context=self.reason,
            action=Action(tool=self.tool_name, arguments=self.input),
            danger=self.danger,
        )
        return Question(
            content=content,
            kind=Kind.APPROVAL,
            priority=Priority.HIGH,
            idempotency_key=self.idempotency_key or None,
            call_id=call.call_id or self.tool_use_id or None,
        )


class ResponseArguments(Arguments):
    request_id: Annotated[
        UUID | None,
        Field(description="From the result of the call that asked. Leave it out to list what is open or uncollected."),
    ] = None
    wait_seconds: WaitSeconds = 0


def check_wait(seconds: int) -> int | None:
    """Return how long a call that names a time may wait; None when it leaves that to the relay."""
    return min(max(seconds, SHORTEST_S), LONGEST_S) if seconds else None
