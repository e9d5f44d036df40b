"""`hitl-cli proxy`: an MCP server on stdin and stdout that seals what an agent asks before it leaves this machine.

`waits` keeps questions open while calls come and go, `words` says what came of them, `server` is the MCP side.
"""
