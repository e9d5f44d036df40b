"""Send pushes with one provider, as the worker does, to a push service in another process."""

import asyncio
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import aiohttp

from benchmarks import proc
from benchmarks.server import process
from push.apns import Apns, ApnsServer
from push.fcm import Fcm
from push.provider import Provider, Vendor
from push.results import Verdict
from push.settings import ApnsSettings
from push.turnstile import Turnstile
from push.vapid import Vapid, from_base64url, new_secret
from push.webpush import WebPush
from relay.domain.clock import SystemClock
from relay.kernel.network import networks
from relay.kernel.outbound import OutboundRules, outbound
from tests.emulators.apns import KEY_ID, TEAM_ID, TOPIC
from tests.emulators.certificates import Authority, make_apple_key, make_authority
from tests.push.providers import APNS_TOKEN, a_message, a_target

TICK_S = 0.001
MESSAGES = 256
"""Made before, and sent in turns: to make one is the worker's job, and costs what the provider is not to be charged."""


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """`job`: vendor, folder for keys, under_way, seconds, warm_up_s."""
    return await {Vendor.WEBPUSH: _webpush, Vendor.APNS: _apns, Vendor.FCM: _fcm}[Vendor(job["vendor"])](job)


async def _webpush(job: dict[str, Any]) -> dict[str, Any]:
    clock = SystemClock()
    vapid = Vapid.of(new_secret(), "mailto:bench@example.org", clock)
    async with _emulator("webpush", vapid.public) as told, outbound(OutboundRules(allow=networks("127.0.0.1"))) as way:
        keys = json.loads(told.line)
        target = a_target(
            Vendor.WEBPUSH,
            keys["endpoint"],
            p256dh=from_base64url(keys["p256dh"]),
            auth=from_base64url(keys["auth"]),
        )
        provider = WebPush(way, vapid, public_url="https://relay.example.org", clock=clock, chance=os.urandom)
        return await _measure(job, provider, target)


async def _apns(job: dict[str, Any]) -> dict[str, Any]:
    folder, key = Path(job["folder"]), make_apple_key()
    authority: Authority = make_authority(folder)
    (folder / "public.pem").write_text(key.public, encoding="utf-8")
    async with _emulator("apns", str(folder), str(folder / "public.pem")) as told:
        here = ApnsServer("localhost", int(told.line))
        settings = ApnsSettings(key_id=KEY_ID, team_id=TEAM_ID, topic=TOPIC)
        provider = Apns(settings, key.private, SystemClock(), production=here, sandbox=here, tls=authority.client_tls())
        found = await _measure(job, provider, a_target(Vendor.APNS, APNS_TOKEN))
        await provider.close()
        return found


async def _fcm(job: dict[str, Any]) -> dict[str, Any]:
    file = Path(job["folder"]) / "account.json"
    async with _emulator("fcm", str(file)) as told, _session() as session:
        provider = Fcm(file, session, SystemClock(), base=f"{told.line.strip()}/v1/projects")
        return await _measure(job, provider, a_target(Vendor.FCM, "T"))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())


class _emulator:  # noqa: N801 - reads like the function it is used as
    """The push service, as a program of its own; `line` is the first it printed."""

    def __init__(self, name: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"tests.emulators.{name}", *arguments]
        self._process = process(command, stdout=asyncio.subprocess.PIPE)
        self.line = ""

    async def __aenter__(self) -> Self:
        started = await self._process.__aenter__()
        assert started.stdout
        self.line = (await asyncio.wait_for(started.stdout.readline(), 30)).decode()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._process.__aexit__(*error)  # type: ignore[arg-type]


async def _measure(job: dict[str, Any], provider: Provider, target: Any) -> dict[str, Any]:
    turnstile = Turnstile()
    messages = itertools.cycle([a_message(id=uuid4()) for _ in range(MESSAGES)])
    sent, stall_s, ends = 0, 0.0, time.perf_counter() + job["warm_up_s"]

    async def sender() -> None:
        nonlocal sent
        while time.perf_counter() < ends:
            await turnstile.enter()
            result = await provider.send(target, next(messages))
            assert result.verdict is Verdict.SENT, result
            sent += 1

    async def watch() -> None:
        nonlocal stall_s
        while True:
            # CPU of this thread, not time: what other processes take on a busy machine is no stall of ours.
            before = time.thread_time()
            await asyncio.sleep(TICK_S)
            stall_s = max(stall_s, time.thread_time() - before)

    async def burst() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(job["under_way"]):
                group.create_task(sender())

    await burst()
    watcher = asyncio.create_task(watch())
    sent, stall_s, begun, cpu = 0, 0.0, time.perf_counter(), proc.cpu_s(os.getpid())
    ends = begun + job["seconds"]
    await burst()
    seconds, cpu = time.perf_counter() - begun, proc.cpu_s(os.getpid()) - cpu
    watcher.cancel()
    return {"operations": sent, "seconds": seconds, "cpu_us": cpu / sent * 1e6, "stall_ms": stall_s * 1e3}
