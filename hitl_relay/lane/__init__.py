"""The fast lane: the calls agents make most, carried past aiohttp's machinery for a connection.

    bytes ──> LaneConnection ── one whole request to a hot route? ──yes──> edge(request, handler) ──> reply ──┐
                   ^   │                                                                                      │
                   │   └─ anything else ──> aiohttp's own connection, with every byte so far, for good        │
                   └──────────────────────────── next request ────────────────────────────────────────────────┘

The lane decides nothing about a request. aiohttp's own parser reads it, aiohttp's own `Request` holds it, and the same
guard, handler and replies serve it; what is left out is a task, a parser, queues and timers for each connection. What
is not plainly a whole request to an operation marked `hot` is aiohttp's: it sees the same bytes it would have seen.
"""

from hitl_relay.lane.server import LaneRunner

__all__ = ("LaneRunner",)
