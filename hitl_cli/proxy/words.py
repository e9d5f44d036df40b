"""What the tools are called and say.

The descriptions are ours, not the relay's: they steer a model, and a relay that is not to be trusted with the questions
is not to be trusted with that either.
"""

import json
from typing import Final

from hitl_cli.errors import HitlError
from hitl_cli.proxy.waits import Question
from hitl_cli.wire import Answer

INSTRUCTIONS: Final = (
    "Puts your questions before a human and brings back the answer; both are sealed on this machine, so that the relay "
    "between cannot read them. Ask with request_human_input, tell with notify_human, report with "
    "notify_human_completion. Answers may take minutes; a question stays open for 15 at most. Never invent an answer "
    "the human has not given."
)

PENDING: Final = (
    " A human may need minutes. If the result says that there is no answer yet, call get_human_response with its "
    "request_id; never go on as if the human had agreed."
)

ASK: Final = (
    "Ask your human a question and wait for the answer. Use it when you need a decision, a preference, or permission "
    "that only they can give, and before anything you could not undo. One thing at a time, complete in itself: it is "
    "read on a phone. Offer 'choices' when the answers are few. The text of the result is the answer itself." + PENDING
)

TELL: Final = "Send your human a short message and go on; nothing is awaited."

COMPLETE: Final = (
    "Call this when the task is done, or you can do no more: it tells your human what you did and waits for what they "
    "want next. The text of the result is their reply; treat it as your next instruction." + PENDING
)

APPROVE: Final = (
    "Ask your human whether you may run one tool call. They see the tool's name and its exact arguments. The result is "
    'JSON: {"behavior": "allow", "updatedInput": ...} or {"behavior": "deny", "message": ...}; without a decision it '
    "is always deny. Works as Claude Code's --permission-prompt-tool." + PENDING
)

WAIT: Final = (
    "Wait for the answer to a question you asked earlier, by the request_id you were given. Without request_id it "
    "lists what is open." + PENDING
)

ONLY: Final = """\
I am away from this screen. From now on, and until I say otherwise, talk to me only through the HITL tools:

- Ask every question with `request_human_input`, one thing at a time, with `choices` where the answers are few. Make \
it complete in itself: I read it on a phone and do not see this conversation.
- Tell me what I should know, without waiting, with `notify_human`.
- When you are done, or can do no more, call `notify_human_completion` with what you did and what is open, and take my \
reply as your next instruction. Do not end your turn without it.
- If a result says that there is no answer yet, call `get_human_response` with its request_id until there is one. \
Never assume an answer I have not given."""

YES: Final = "Approve"
NO: Final = "Deny"


def said(question: Question) -> str:
    """Return what came of a question: the answer as text, a decision as Claude Code reads it, or that none is there.

    Raises `HitlError` when there is no answer and never will be; an approval is denied instead.
    """
    if question.body.get("kind") == "approval":
        return _decision(question)
    reply = question.reply
    return pending(question) if reply is None else _as_text(reply.answer)


def _decision(question: Question) -> str:
    """Anything but a yes is a no."""
    try:
        reply = question.reply
    except HitlError as error:
        return denied(failure(error))
    if reply is None:
        return denied(pending(question))
    if reply.answer == YES:
        arguments = question.body["action"]["arguments"]
        return json.dumps({"behavior": "allow", "updatedInput": arguments}, ensure_ascii=False)
    return denied(f"the human denied this: {reply.comment or 'no reason given'}")


def pending(question: Question) -> str:
    return (
        f'No answer yet; the question stays open. Call get_human_response with request_id "{question.id}" to keep '
        "waiting. Do not ask again, and do not act as if the human had answered."
    )


def failure(error: HitlError) -> str:
    return f"No answer: {error}. Nobody decided."


def denied(why: str) -> str:
    return json.dumps({"behavior": "deny", "message": why}, ensure_ascii=False)


def _as_text(answer: Answer) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
