"""The durable toy: the relay's round trip on plain aiohttp, with group commit and without a single feature.

It is the reference (b) of every table: what a request costs before anybody is authenticated, checked, limited,
logged, numbered or expired. It speaks just enough of the relay's wire for one load generator to drive both. A
credential is the number of a user. `python -m benchmarks.toy DSN` prints its port and serves until it is killed.
"""

import asyncio
import gc
import json
import random
import sys
import time
from collections import defaultdict
from uuid import UUID

import asyncpg
import uvloop
from aiohttp import WSMsgType, web

from benchmarks.commit import GroupCommit

SCHEMA = """
CREATE TABLE IF NOT EXISTS question (
  id uuid PRIMARY KEY, account int NOT NULL, body text NOT NULL,
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, answer text, answered_at timestamptz)
"""
ASK = """
INSERT INTO question (id, account, body, created_at, expires_at)
SELECT *, now(), now() + interval '15 minutes' FROM unnest($1::uuid[], $2::int[], $3::text[]) RETURNING id
"""
ANSWER = """
UPDATE question q SET answer = a.answer, answered_at = now() FROM unnest($1::uuid[], $2::text[]) a (id, answer)
WHERE q.id = a.id AND q.answered_at IS NULL AND q.expires_at > now() RETURNING q.id
"""


def uuid7() -> UUID:
    return UUID(int=time.time_ns() // 1_000_000 << 80 | 0x7 << 76 | 0x2 << 62 | random.getrandbits(62))


class Toy:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.asks = GroupCommit(dsn, ASK)
        self.answers = GroupCommit(dsn, ANSWER)
        self.devices: defaultdict[int, set[web.WebSocketResponse]] = defaultdict(set)
        self.waiting: dict[UUID, asyncio.Future[str]] = {}
        self.settling: set[asyncio.Task[None]] = set()
        self.events = 0

    async def ask(self, http: web.Request) -> web.Response:
        user, text = int(http.headers["X-API-Key"]), await http.text()
        asked, question = json.loads(text), uuid7()
        future = self.waiting[question] = asyncio.get_running_loop().create_future()
        try:
            await self.asks.put(question, user, text)
            card = {
                "id": str(question),
                "prompt": asked["prompt"],
                "form": {"type": "choice", "options": asked["choices"]},
            }
            await self.tell(user, "request.created", card)
            if asked.get("wait") == 0:
                return web.json_response({"request_id": str(question), "status": "pending"}, status=202)
            answer = await future
        finally:
            del self.waiting[question]
        return web.json_response({"request_id": str(question), "status": "answered", "response": answer})

    async def notify(self, http: web.Request) -> web.Response:
        user, text = int(http.headers["X-API-Key"]), await http.text()
        message = uuid7()
        await self.asks.put(message, user, text)
        await self.tell(user, "notification", {"id": str(message), "prompt": json.loads(text)["message"]})
        return web.json_response({"status": "sent", "request_id": str(message)})

    async def tell(self, user: int, kind: str, card: dict[str, object]) -> None:
        self.events += 1
        frame = json.dumps({"t": "event", "seq": self.events, "type": kind, "request": card})
        for device in tuple(self.devices[user]):
            await device.send_str(frame)

    async def device(self, http: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, protocols=("hitl.v1",))
        await socket.prepare(http)
        hello = await socket.receive_json()
        user = int(hello["token"])
        self.devices[user].add(socket)
        try:
            await socket.send_str('{"t":"welcome","resync":false}')
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    # A task each: the device's next answer must not wait for this one's commit.
                    task = asyncio.create_task(self.settle(socket, json.loads(message.data)))
                    self.settling.add(task)
                    task.add_done_callback(self.settling.discard)
        finally:
            self.devices[user].discard(socket)
        return socket

    async def settle(self, socket: web.WebSocketResponse, said: dict[str, str]) -> None:
        question = UUID(said["request_id"])
        won = await self.answers.put(question, said["answer"])
        future = self.waiting.get(question)
        if won and future and not future.done():
            future.set_result(said["answer"])
        await socket.send_str(json.dumps({"t": "accepted" if won else "refused", "request_id": said["request_id"]}))

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            connection = await asyncpg.connect(self.dsn)
            await connection.execute(SCHEMA)
            await connection.close()
            group.create_task(self.asks.run())
            group.create_task(self.answers.run())
            app = web.Application()
            app.router.add_post("/api/v1/hitl/request", self.ask)
            app.router.add_post("/api/v1/hitl/notify", self.notify)
            app.router.add_get("/api/v1/mobile/ws", self.device)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
            gc.freeze()
            gc.set_threshold(50_000, 20, 50)  # as any server with ten thousand connections would
            print(runner.addresses[0][1], flush=True)


if __name__ == "__main__":
    uvloop.run(Toy(sys.argv[1]).serve())
