"""Debian's Firefox without a screen, driven over WebDriver BiDi with aiohttp alone."""

import asyncio
import itertools
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp

BINARY: Final = shutil.which("firefox-esr") or shutil.which("firefox")

QUIET: Final[dict[str, Any]] = {
    # Without the desktop's own notifications: there is no desktop.
    "alerts.useSystemBackend": False,
    "app.update.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}


def push_preferences(port: int) -> dict[str, Any]:
    """Return what makes Firefox use the push service on this port, and allow notifications."""
    return QUIET | {
        "dom.push.alwaysConnect": True,
        "dom.push.connection.enabled": True,
        "dom.push.enabled": True,
        "dom.push.serverURL": f"ws://127.0.0.1:{port}/",
        "dom.push.testing.allowInsecureServerURL": True,
        "permissions.default.desktop-notification": 1,
    }


class Firefox:
    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def read(self) -> None:
        async for message in self._ws:
            said = json.loads(message.data)
            if (reply := self._replies.pop(said.get("id", 0), None)) and not reply.done():
                reply.set_result(said)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self._ws.send_json({"id": number, "method": method, "params": parameters})
        said = await asyncio.wait_for(self._replies[number], 60)
        assert said["type"] == "success", f"{method}: {said.get('error')}: {said.get('message')}"
        result: dict[str, Any] = said["result"]
        return result

    async def run(self, context: str, script: str, *, by_hand: bool = False) -> Any:
        """Run a script in a page; `by_hand` as if its human had just clicked."""
        said = await self.call(
            "script.evaluate",
            expression=script,
            target={"context": context},
            awaitPromise=True,
            userActivation=by_hand,
            resultOwnership="none",
        )
        assert said["type"] == "success", said["exceptionDetails"]["text"]
        return said["result"].get("value")

    async def open(self, url: str) -> str:
        """Show a page in the first tab; return its context."""
        context: str = (await self.call("browsingContext.getTree"))["contexts"][0]["context"]
        await self.call("browsingContext.navigate", context=context, url=url, wait="complete")
        return context

    async def chrome(self) -> str:
        """Return the context of the browser's own window."""
        found = await self.call("browsingContext.getTree", **{"moz:scope": "chrome"})
        return next(each["context"] for each in found["contexts"] if "browser.xhtml" in each["url"])


@asynccontextmanager
async def firefox(profile: Path, preferences: dict[str, Any]) -> AsyncIterator[Firefox]:
    """Start Firefox, and end it with everything it started."""
    assert BINARY
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        BINARY,
        *("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"),
        *("--remote-allow-system-access", "about:blank"),
        env=os.environ | {"MOZ_HEADLESS": "1", "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    tasks: list[asyncio.Task[Any]] = []
    try:
        async with asyncio.timeout(60):
            address = await _address(process.stdout)
        tasks.append(asyncio.create_task(_drain(process.stdout)))
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}/session", max_msg_size=0) as ws:
            driven = Firefox(ws)
            tasks.append(asyncio.create_task(driven.read()))
            await driven.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            yield driven
            with suppress(AssertionError, TimeoutError):
                await asyncio.wait_for(driven.call("browser.close"), 10)
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _address(output: asyncio.StreamReader) -> str:
    while line := (await output.readline()).decode():
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
            return found.group(1)
    raise RuntimeError("Firefox ended before it could be driven")


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.readline():
        pass
