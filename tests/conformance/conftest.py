"""A relay on a real port, with the real time: what programs that know nothing of our tests talk to."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer

from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from tests.people import Client, Person, an_owner


@dataclass(frozen=True)
class RunningRelay:
    url: str
    client: Client
    owner: Person


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
async def running_relay(database_url: Secret) -> AsyncIterator[RunningRelay]:
    port = a_free_port()
    url = f"http://localhost:{port}"
    app = create_app(Settings(public_url=url), database_url, loops=False)
    client: Client = TestClient(TestServer(app, host="localhost", port=port), cookie_jar=DummyCookieJar())
    await client.start_server()
    yield RunningRelay(url, client, await an_owner(client))
    await client.close()
