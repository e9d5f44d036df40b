"""W1: agents ask and wait, devices answer. Closed loop (everybody asks again at once) or open (Poisson arrivals)."""

import asyncio
import random
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from benchmarks.load import connect, content
from benchmarks.load.wire import DeviceSocket, HttpConnection, post
from benchmarks.proc import Reading, spent

DRAIN_S = 10.0


class RoundTrips:
    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.rate: float | None = job.get("rate")
        self.asking = True
        self.in_flight = 0
        self.latencies: list[float] = []
        self.errors = 0
        self.free: deque[Agent] = deque()
        self.overdue: deque[float] = deque()
        self.idle = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        sockets = await connect.devices(self.job, self.job["devices"], on_text)
        agents = [Agent(self, given["key"]) for given in self.job["agents"]]
        for agent in agents:
            agent.connection = await connect.agent(self.job, agent.replied)
        if self.rate:
            self.free.extend(agents)
            self.arrive(time.perf_counter())
        else:
            for agent in agents:
                agent.ask(time.perf_counter())
        result = await self.window()
        self.asking = False
        self.overdue.clear()
        if self.in_flight:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.idle.wait(), DRAIN_S)
        lost = [socket.close_code for socket in sockets if socket.close_code is not None]
        return result | {"errors": self.errors + self.in_flight + len(lost)}

    async def window(self) -> dict[str, Any]:
        await asyncio.sleep(self.job["warm_up_s"])
        before = Reading.take(self.job["server"], self.job["postgres"])
        self.latencies.clear()
        await asyncio.sleep(self.job["seconds"])
        latencies = sorted(self.latencies)
        after = Reading.take(self.job["server"], self.job["postgres"])
        return spent(before, after) | {"operations": len(latencies)} | percentiles(latencies)

    def arrive(self, due: float) -> None:
        """Ask now and set the clock for the next arrival; `due` counts, not the moment an agent is free."""
        assert self.rate
        if not self.asking:
            return
        if self.free:
            self.free.popleft().ask(due)
        else:
            self.overdue.append(due)
        after = due + random.expovariate(self.rate)
        asyncio.get_running_loop().call_later(max(0.0, after - time.perf_counter()), self.arrive, after)

    def finished(self, agent: "Agent", status: int, *, right: bool) -> None:
        self.in_flight -= 1
        self.latencies.append(time.perf_counter() - agent.due)
        if status != HTTPStatus.OK or not right:
            self.errors += 1
        if self.asking and self.rate is None:
            agent.ask(time.perf_counter())
        elif self.overdue:
            agent.ask(self.overdue.popleft())
        else:
            self.free.append(agent)
        if not self.in_flight and not self.asking:
            self.idle.set()


class Agent:
    connection: HttpConnection

    def __init__(self, load: RoundTrips, key: str) -> None:
        self.load = load
        self.key = key
        self.due = 0.0
        self.expected = b""

    def ask(self, due: float) -> None:
        self.due = due
        self.load.in_flight += 1
        body, self.expected = content.question()
        self.connection.send(post("/api/v1/hitl/request", self.key, body))

    def replied(self, status: int, body: bytes) -> None:
        self.load.finished(self, status, right=self.expected in body)


def on_text(socket: DeviceSocket, text: bytes) -> None:
    reply = content.answer(text)
    if reply:
        socket.say(reply)


def percentiles(latencies: list[float]) -> dict[str, float]:
    if not latencies:
        return {"p50_ms": 0.0, "p99_ms": 0.0, "max_ms": 0.0}
    return {
        name: latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000
        for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99), ("max_ms", 1.0))
    }
