"""The published client, hitl-cli 1.2.1, unmodified and in an environment of its own (`make test` installs it)."""

import asyncio
import fcntl
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from relay.services.keys import DATABASE
from tests.conformance.browser import installed_browser
from tests.conformance.conftest import RunningRelay
from tests.people import EMAIL, PASSWORD

PUBLISHED = Path(sys.prefix) / "published-client/bin/hitl-cli"

pytestmark = pytest.mark.skipif(not PUBLISHED.exists(), reason="`make test` installs the published client")


@pytest.fixture
def callback_port() -> Iterator[None]:
    """Be the only one here who runs a client that listens on port 8080, which is fixed in it."""
    with (Path(tempfile.gettempdir()) / "hitl-published-client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def published(running_relay: RunningRelay, tmp_path: Path, callback_port: None) -> "Published":
    return Published(running_relay, tmp_path)


class Published:
    def __init__(self, relay: RunningRelay, home: Path) -> None:
        self.relay = relay
        self.home = home

    async def run(self, *arguments: str) -> tuple[int | None, str]:
        environ = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "HITL_SERVER_URL": self.relay.url,
            "BROWSER": str(installed_browser(self.home, EMAIL, PASSWORD)),
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
async def test_it_logs_in_and_its_agent_has_a_key(published: Published) -> None:
    status, output = await published.run("login", "--name", "My Box")
    assert status == 0, output
    assert "OAuth 2.1 dynamic authentication successful" in output
    tokens = published.kept("oauth_token.json")
    agent_id = jwt.decode(tokens["access_token"], options={"verify_signature": False})["agent_id"]
    agents = await published.relay.owner.get("/api/v1/agents")
    assert [(agent["id"], agent["name"]) for agent in agents] == [(agent_id, "My Box")]
    keys = await published.relay.client.app[DATABASE].fetch("SELECT agent_id FROM agent_key")
    assert [str(key["agent_id"]) for key in keys] == [agent_id]
