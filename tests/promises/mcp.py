"""The MCP endpoint."""

from tests.promises.requirement import Requirement

PROMISES = {
    "mcp.tools": Requirement(source="issue 4.1, hitl-cli 1.2.1", says="the published tools, the answer as their text"),
    "mcp.approval": Requirement(source="issue 4.1", says="request_approval keeps Claude Code's contract"),
    "mcp.no_invention": Requirement(source="domain rule 4", says="no answer is said as such, a default as a default"),
    "mcp.get_response": Requirement(source="domain rule 5", says="an answer is found again by id or by listing"),
    "mcp.isolation": Requirement(source="domain", says="an agent reaches its own requests only"),
    "mcp.wrong_arguments": Requirement(source="issue 4", says="wrong arguments are a result that names the field"),
    "mcp.bad_messages": Requirement(source="issue 4", says="bad input is the right JSON-RPC error, never a hang"),
    "mcp.origin": Requirement(
        source="MCP transports", says="pages of other sites are refused, cookies count for nothing"
    ),
    "mcp.versions": Requirement(source="issue 4", says="2024-11-05 to 2026-07-28 are spoken at one address"),
    "mcp.headers": Requirement(source="MCP 2026-07-28", says="headers that contradict the body are refused"),
    "mcp.plain_calls": Requirement(source="quality W5", says="calls taken past the SDK are answered as by the SDK"),
    "mcp.batch": Requirement(source="MCP 2025-03-26", says="batches exist in that revision and in no other"),
    "mcp.sessions": Requirement(source="MCP 2025-11-25", says="a session that was ended is not found"),
    "mcp.addresses": Requirement(source="issue 4", says="all addresses are one endpoint, with either key header"),
    "mcp.stream": Requirement(source="issue 4.2", says="a wait begins its stream at once and is kept alive"),
    "mcp.slices": Requirement(source="issue 4.2", says="a wait ends before its client gives up, with a typed pending"),
    "mcp.one_question": Requirement(source="issue 4.2", says="a call that comes again is the same question"),
    "mcp.resume": Requirement(source="issue 4.2", says="a lost stream goes on from the database, also after a restart"),
    "mcp.away": Requirement(source="issue 4.2", says="an agent that hung up is said to be away; its question stays"),
    "mcp.cancel": Requirement(source="issue 4.2", says="a client can cancel its wait"),
    "mcp.tasks": Requirement(source="issue 4.2", says="clients that declare tasks get tasks"),
    "mcp.names": Requirement(source="issue 4.4", says="a caller may name itself, but cannot pass for another agent"),
    "mcp.clients": Requirement(source="issue 4", says="programs of others ask and are answered, also over a restart"),
    "mcp.long_waits": Requirement(source="issue 4", says="14 minutes of waiting pass with every client over a restart"),
    "mcp.conformance": Requirement(source="issue 4", says="the official suite passes but for what is explained"),
    "mcp.permission_hook": Requirement(
        source="issue 4.3", says="Claude Code's permission dialog is answered on a phone"
    ),
    "client.stop_hook": Requirement(source="issue 4.3", says="the Stop hook goes on with what the human wants next"),
    "client.codex_hook": Requirement(source="issue 4.3", says="a finished turn of Codex is told"),
}
