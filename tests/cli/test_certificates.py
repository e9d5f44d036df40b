"""Whom a command trusts that has its certificates read beside its imports."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from tests.cli.relay_double import RelayDouble, answering
from tests.emulators.certificates import Authority, make_authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path)


@pytest.fixture
async def https(authority: Authority) -> AsyncIterator[str]:
    """The address of a relay whose certificate the authority signed."""
    server = TestServer(RelayDouble(answering(status="posted")).app(), scheme="https")
    await server.start_server(ssl=authority.server_tls())
    yield f"https://127.0.0.1:{server.port}"
    await server.close()


async def notify(url: str, **env: str) -> tuple[int | None, str]:
    """Run `hitl-cli notify` with these certificates; return its exit code and what it said."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("HITL_", "SSL_CERT_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hitl_cli", "notify", "--message", "done", stderr=asyncio.subprocess.PIPE,
        env={**ours, "HITL_SERVER_URL": url, "HITL_API_KEY": "mcp_pk_x", **env},
    )  # fmt: skip
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    return process.returncode, said.decode()


@pytest.mark.proves("client.certificates")
async def test_the_authorities_of_the_environment_are_trusted(https: str, authority: Authority) -> None:
    assert await notify(https, SSL_CERT_FILE=str(authority.ca)) == (0, "")


@pytest.mark.proves("client.certificates")
@pytest.mark.parametrize("file", [None, "/nowhere", __file__], ids=["the system's", "none", "no certificates"])
async def test_nobody_else_is(https: str, file: str | None) -> None:
    code, said = await notify(https, **({"SSL_CERT_FILE": file, "SSL_CERT_DIR": "/nowhere"} if file else {}))
    assert code == 5
    assert said == f"hitl-cli: the certificate of {https} cannot be trusted\n"


ENVIRONMENT = """
import os
before = dict(os.environ)
from hitl_cli.commands.quickly import asking
from hitl_cli.certificates import trusted
import aiohttp, ssl
assert dict(os.environ) == before
print(trusted().cert_store_stats() == ssl.create_default_context().cert_store_stats())
"""


@pytest.mark.proves("client.certificates")
@pytest.mark.parametrize("env", [{}, {"SSL_CERT_DIR": "/etc/ssl/certs"}], ids=["untouched", "a folder"])
def test_the_start_leaves_the_environment_and_the_system_s_authorities_as_they_were(env: dict[str, str]) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}
    command = [sys.executable, "-c", ENVIRONMENT]
    done = subprocess.run(command, env=ours | env, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert (done.stdout, done.stderr) == ("True\n", "")
