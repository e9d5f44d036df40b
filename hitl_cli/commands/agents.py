"""`agents`: who may ask. The list is what the credential may see; making one needs a signed-in human."""

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hitl_cli.config import agent_endpoint, load_login, server_url
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import Refused
from hitl_cli.http import opened
from hitl_cli.safe_text import one_line

COLUMNS = ("id", "name", "status", "last_seen_at")


async def show(server: str | None, *, as_json: bool) -> None:
    async with opened(_owner(server) or _asker(server)) as relay:
        agents = await relay.call("GET", "/api/v1/agents")
    if as_json:
        click.echo(json.dumps(agents, ensure_ascii=False, indent=2))
    else:
        Console().print(_table(agents) if agents else "There are no agents yet.")


async def create(server: str | None, name: str, *, as_json: bool) -> None:
    owner = _owner(server)
    if owner is None:
        raise Refused(
            401,
            "unauthenticated",
            "only a human makes agents: sign in with `hitl-cli login --password`, or use the app",
        )
    async with opened(owner) as relay:
        agent = await relay.call("POST", "/api/v1/agents", {"name": name})
    click.echo(json.dumps(agent, ensure_ascii=False, indent=2) if as_json else agent["id"])


def _owner(server: str | None) -> Endpoint | None:
    login = load_login()
    url = server_url(server, stored=login)
    return Endpoint(url, login.token) if login and login.server_url == url else None


def _asker(server: str | None) -> Endpoint:
    endpoint = agent_endpoint(server)
    if not endpoint.credential:
        raise Refused(401, "unauthenticated", "no credential: set HITL_API_KEY, or sign in with `hitl-cli login`")
    return endpoint


def _table(agents: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "status", "last seen"):
        table.add_column(column)
    for agent in agents:
        table.add_row(*(Text(one_line(str(agent.get(column) or "-"))) for column in COLUMNS))
    return table
