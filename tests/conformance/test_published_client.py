"""The published client, hitl-cli 1.2.1, unmodified and in an environment of its own (`make test` installs it)."""

import asyncio
import fcntl
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import jwt
import pytest

from relay.services.keys import DATABASE
from tests.conformance.browser import installed_browser
from tests.conformance.conftest import RunningRelay
from tests.people import EMAIL, PASSWORD
from tests.waiting import until

PUBLISHED = Path(sys.prefix) / "published-client/bin/hitl-cli"

pytestmark = pytest.mark.skipif(not PUBLISHED.exists(), reason="`make test` installs the published client")


@pytest.fixture
async def callback_port() -> AsyncIterator[None]:
    """Be the only one here who runs a client that listens on port 8080, which is fixed in it.

    It binds without SO_REUSEADDR, so for a minute after a login another one finds the port taken.
    """

    async def is_free() -> bool:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("localhost", 8080))
            return True
        return False

    with (Path(tempfile.gettempdir()) / "hitl-published-client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        await until(is_free, within_s=75)
        yield


@pytest.fixture
def published(running_relay: RunningRelay, tmp_path: Path) -> "Published":
    return Published(running_relay, tmp_path)


class Published:
    def __init__(self, relay: RunningRelay, home: Path) -> None:
        self.relay = relay
        self.home = home

    async def run(self, *arguments: str, **more: str) -> tuple[int | None, str]:
        environ = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "HITL_SERVER_URL": self.relay.url,
            "BROWSER": str(installed_browser(self.home, EMAIL, PASSWORD)),
            **more,
        }
        process = await asyncio.create_subprocess_exec(
            PUBLISHED, *arguments, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
        return process.returncode, output.decode()

    def kept(self, name: str) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / ".config/hitl-cli" / name).read_text())
        return found


@pytest.mark.proves("auth.R42")
async def test_it_logs_in_and_its_agent_has_a_key(published: Published, callback_port: None) -> None:
    status, output = await published.run("login", "--name", "My Box")
    assert status == 0, output
    assert "OAuth 2.1 dynamic authentication successful" in output
    tokens = published.kept("oauth_token.json")
    agent_id = jwt.decode(tokens["access_token"], options={"verify_signature": False})["agent_id"]
    agents = await published.relay.owner.get("/api/v1/agents")
    assert [(agent["id"], agent["name"]) for agent in agents] == [(agent_id, "My Box")]
    keys = await published.relay.client.app[DATABASE].fetch("SELECT agent_id FROM agent_key")
    assert [str(key["agent_id"]) for key in keys] == [agent_id]
    # Its commands for agents look for the token in a file that its login does not write, so nothing reaches the relay.
    for command in (["list"], ["create", "--name", "Builder"]):
        status, output = await published.run("agents", *command)
        assert (status, "Not logged in" in output, "HTTP Request" in output) == (1, True, False), output


@pytest.mark.proves("oauth.clients")
async def test_with_an_agents_key_it_lists_that_agent_and_makes_none(published: Published) -> None:
    owner = published.relay.owner
    key = (await owner.a_key("deploy-bot"))["api_key"]
    await owner.a_key("other-bot")
    status, output = await published.run("agents", "list", HITL_API_KEY=key)
    assert (status, "deploy-bot" in output, "other-bot" in output) == (0, True, False), output
    status, output = await published.run("agents", "create", "--name", "Builder", HITL_API_KEY=key)
    assert (status, "API Error: this needs a signed-in human" in output) == (1, True), output


@pytest.mark.proves("oauth.clients")
async def test_with_a_humans_token_it_makes_and_lists_agents(published: Published) -> None:
    owner = published.relay.owner
    status, output = await published.run("agents", "create", "--name", "Builder", HITL_API_KEY=owner.token)
    assert (status, "Name: Builder" in output) == (0, True), output
    (agent,) = await owner.get("/api/v1/agents")
    status, output = await published.run("agents", "list", HITL_API_KEY=owner.token)
    assert (status, f"{agent['id']:<36} Builder" in output) == (0, True), output
