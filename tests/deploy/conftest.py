"""The relay behind a real Caddy with TLS of its own authority, configured as `deploy/Caddyfile` says.

Skipped where there is no `caddy`; CI installs it.
"""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from auth.keys import FIRST_OWNER
from hitl_relay.serve import listening
from hitl_relay.settings import Settings
from relay.kernel.network import networks
from relay.kernel.settings import Secret
from tests.waiting import until

CADDY: Final = shutil.which("caddy")
CADDYFILE: Final = Path(__file__).parents[2] / "deploy/Caddyfile"
PASSWORD: Final = "correct horse battery staple"
OURS: Final = {"Sec-Fetch-Site": "same-origin"}
ADDRESS_LIMIT: Final = 40

Json = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if CADDY is None and item.path.is_relative_to(os.path.dirname(__file__)):  # noqa: PTH120 - a string is wanted
            item.add_marker(pytest.mark.skip(reason="no caddy on this machine"))


@dataclass
class Deployed:
    """The relay as the world sees it."""

    url: str
    tls: ssl.SSLContext
    code: str

    @asynccontextmanager
    async def visitor(self, address: str = "127.0.0.1") -> AsyncIterator[aiohttp.ClientSession]:
        """A browser with cookies of its own, at this address of the machine."""
        connector = aiohttp.TCPConnector(ssl=self.tls, local_addr=(address, 0), family=socket.AF_INET)
        async with aiohttp.ClientSession(self.url, connector=connector) as session:
            yield session


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def deployed(database_url: Secret, tmp_path: Path) -> AsyncIterator[Deployed]:
    url = f"https://localhost:{_free_port()}"
    settings = Settings(
        host="127.0.0.1",
        port=0,
        public_url=url,
        trusted_proxies=networks("127.0.0.1"),
        limits=(("address", ADDRESS_LIMIT),),
    )
    config = tmp_path / "Caddyfile"
    # Everything it keeps is in this test's folder, and nothing is asked of the machine's list of authorities.
    config.write_text(
        "{\n admin off\n skip_install_trust\n auto_https disable_redirects\n"
        f" storage file_system {tmp_path}/caddy\n}}\nimport {CADDYFILE}\n"
    )
    async with listening(settings, database_url) as (app, port):
        environ = {"HITL_PUBLIC_URL": url, "RELAY_ADDRESS": f"127.0.0.1:{port}", "HOME": str(tmp_path)}
        caddy = await asyncio.create_subprocess_exec(
            str(CADDY),
            *("run", "--adapter", "caddyfile", "--config", str(config)),
            env=environ,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            authority = tmp_path / "caddy/pki/authorities/local/root.crt"
            # Caddy makes the file before it writes it.
            await until(lambda: authority.exists() and "END CERT" in authority.read_text(), within_s=20)
            found = Deployed(
                url, ssl.create_default_context(cafile=str(authority)), await app[FIRST_OWNER].new_code() or ""
            )
            await until(lambda: _answers(found), within_s=20)
            yield found
        finally:
            caddy.terminate()
            await caddy.wait()


async def _answers(deployed: Deployed) -> bool:
    try:
        async with deployed.visitor() as session, session.get("/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def become_owner(session: aiohttp.ClientSession, deployed: Deployed) -> Json:
    body = {"code": deployed.code, "email": "ada@example.org", "name": "Ada", "password": PASSWORD}
    async with session.post("/api/v1/auth/setup", json=body, headers=OURS) as response:
        assert response.status == 201, await response.text()
        owner: Json = await response.json()
        return owner
