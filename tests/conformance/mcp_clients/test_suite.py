"""The official conformance suite, against a server of its liking on the relay's own transport."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.mcp_clients.clients import NODE, NODE_MODULES, ROOT, environ
from tests.conformance.mcp_clients.conftest import finished

SUITE = NODE_MODULES / ".bin/conformance"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not (SUITE.exists() and NODE.exists()), reason="`make test-conformance` installs it"),
]


@pytest.mark.proves("mcp.conformance")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
async def test_the_transport_conforms_but_for_what_is_explained(revision: str, tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.conformance.mcp_clients.fixture_server", stdout=subprocess.PIPE, cwd=ROOT
    )
    try:
        assert server.stdout
        async with asyncio.timeout(60):
            address = (await server.stdout.readline()).decode().strip()
        arguments = ["--url", address, "--requirements", revision, "--output-dir", str(tmp_path)]
        explained = ["--expected-failures", str(NODE_MODULES.parent / "not-applicable.yml")]
        suite = await asyncio.create_subprocess_exec(
            NODE,
            SUITE,
            "server",
            *arguments,
            *explained,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ(tmp_path),
            cwd=tmp_path,
        )
        said = await finished(suite, 200)
    finally:
        server.kill()
        await server.wait()
    assert "Total:" in said
