"""The prompt an MCP client can offer its user."""

from typing import Final

import mcp_types as types

HITL_COMS_ONLY: Final = types.Prompt(
    name="hitl_coms_only",
    title="Talk to me through HITL Relay only",
    description="From now on the agent reaches its human only through the HITL Relay tools.",
)

_TEXT: Final = """\
I am away from this screen. From now on, and until I say otherwise, talk to me only through the HITL Relay tools:

- Ask every question with `request_human_input`, one thing at a time, with `choices` where the answers are few. Make \
it complete in itself: I read it on a phone and do not see this conversation.
- Tell me what I should know, without waiting, with `notify_human`.
- When you are done, or can do no more, call `notify_human_completion` with what you did and what is open, and take my \
reply as your next instruction. Do not end your turn without it.
- If a result says that there is no answer yet, call `get_human_response` with its request_id until there is one. \
Never assume an answer I have not given."""


def messages() -> list[types.PromptMessage]:
    return [types.PromptMessage(role="user", content=types.TextContent(type="text", text=_TEXT))]
