"""W3 and W5: calls that return at once. Create a request without waiting, or notify; count what the devices get."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from benchmarks.load import connect, content
from benchmarks.load.idle import first_call
from benchmarks.load.wire import DeviceSocket, HttpConnection, handshake_post, mcp_post, post, session_in
from benchmarks.proc import Reading, spent

TELL_TOOL = "notify_human"
MCP_KINDS = {"mcp", "handshake"}

DRAIN_S = 10.0


class Posts:
    """Closed loop: each connection posts again as soon as it is answered."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.creates = job["what"] == "create"
        self.expected = HTTPStatus.ACCEPTED if self.creates else HTTPStatus.OK
        self.posting = True
        self.posted = 0
        self.delivered = 0
        self.errors = 0
        self.in_flight = 0
        self.idle = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        sockets = await connect.devices(self.job, self.job["devices"], self.on_text)
        if self.job["what"] in MCP_KINDS:
            await first_call(self.job)
        for given in self.job["agents"]:
            await Poster(self, given["key"]).start()
        await asyncio.sleep(self.job["warm_up_s"])
        before, posted, delivered = self.reading()
        await asyncio.sleep(self.job["seconds"])
        after, posted_then, delivered_then = self.reading()
        self.posting = False
        if self.in_flight:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.idle.wait(), DRAIN_S)
        lost = [socket.close_code for socket in sockets if socket.close_code is not None]
        return spent(before, after) | {
            "operations": posted_then - posted,
            "deliveries": delivered_then - delivered,
            "errors": self.errors + self.in_flight + len(lost),
        }

    def reading(self) -> tuple[Reading, int, int]:
        return Reading.take(self.job["server"], self.job["postgres"]), self.posted, self.delivered

    def on_text(self, socket: DeviceSocket, text: bytes) -> None:
        if b'"notification"' in text:
            self.delivered += 1
        elif reply := content.answer(text):
            socket.say(reply)


class Poster:
    connection: HttpConnection

    def __init__(self, load: Posts, key: str) -> None:
        self.load = load
        self.key = key

    async def start(self) -> None:
        self.connection = await connect.agent(self.load.job, self.replied)
        if self.load.job["what"] == "handshake":
            self.load.in_flight += 1
            self.connection.send(handshake_post(self.key, content.initialize()))
        else:
            self.post()

    def post(self) -> None:
        self.load.in_flight += 1
        if self.load.job["what"] == "mcp":
            self.connection.send(mcp_post(TELL_TOOL, self.key, content.tool_call(TELL_TOOL, content.message())))
        elif self.load.job["what"] == "handshake":
            call = content.handshake_call(TELL_TOOL, content.message())
            self.connection.send(handshake_post(self.key, call, session_in(self.connection.head)))
        elif self.load.creates:
            self.connection.send(post("/api/v1/hitl/request", self.key, content.question(wait=0)[0]))
        else:
            self.connection.send(post("/api/v1/hitl/notify", self.key, content.message()))

    def replied(self, status: int, _body: bytes) -> None:
        self.load.in_flight -= 1
        self.load.posted += 1
        self.load.errors += status != self.load.expected
        if self.load.posting:
            self.post()
        elif not self.load.in_flight:
            self.load.idle.set()
