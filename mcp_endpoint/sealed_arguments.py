"""What the sealed twins of the tools take: a ciphertext, and what cannot be inside it."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from mcp_endpoint.arguments import FAR_S, MAX_TIMEOUT_S, AgentName, Arguments, Key, PriorityName, Waiting
from mcp_endpoint.call import Call, check_label
from relay.domain.request import Kind, Priority
from relay.domain.sealed import MAX_SEALED, Reply, Sealed
from relay.services.ask import Question

Payload = Annotated[
    str,
    Field(min_length=1, max_length=MAX_SEALED, description="What is asked or told, as docs/protocol/sealed.md has it."),
]


class _SealedAsking(Waiting):
    encrypted_payload: Payload
    dedupe_key: Annotated[
        str, Field(max_length=200, description="The same one again is the same question, sealed anew.")
    ] = ""
    reply: Annotated[
        Literal["json", "text"], Field(description="What a version 1 answer holds: the bare text, or a JSON object.")
    ] = "text"
    priority: PriorityName = "normal"
    timeout_seconds: Annotated[
        int, Field(ge=0, le=FAR_S, description=f"How long it stays open; 0 or more than {MAX_TIMEOUT_S} is 900.")
    ] = 0

    def asks(self, call: Call, kind: Kind) -> Question:
        name = call.agent_name(check_label(self.agent_name, "/agent_name"))
        return Question(
            content=Sealed.of(self.encrypted_payload, reply=Reply(self.reply), agent_name=name),
            kind=kind,
            priority=Priority[self.priority.upper()],
            wait=dt.timedelta(seconds=self.timeout_seconds) if self.timeout_seconds else None,
            # Who says what makes two questions one names with the other key the call, not the question.
            idempotency_key=None if self.dedupe_key else self.idempotency_key or None,
            dedupe_key=self.dedupe_key or None,
            call_id=self.idempotency_key or call.call_id if self.dedupe_key else call.call_id,
        )


class SealedAskArguments(_SealedAsking):
    kind: Literal["input", "approval"] = "input"

    def question(self, call: Call) -> Question:
        return self.asks(call, Kind(self.kind))


class SealedCompleteArguments(_SealedAsking):
    def question(self, call: Call) -> Question:
        return self.asks(call, Kind.COMPLETION)


class SealedNotifyArguments(Arguments):
    encrypted_payload: Payload
    priority: PriorityName = "normal"
    agent_name: AgentName = ""
    idempotency_key: Key = ""

    def question(self, call: Call) -> Question:
        name = call.agent_name(check_label(self.agent_name, "/agent_name"))
        return Question(
            content=Sealed.of(self.encrypted_payload, reply=Reply.TEXT, agent_name=name),
            kind=Kind.NOTIFICATION,
            priority=Priority[self.priority.upper()],
            idempotency_key=self.idempotency_key or call.call_id,
        )
