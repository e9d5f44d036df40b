"""`status`: is the relay there, who are we to it, and whom would a question reach."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hitl_cli.config import agent_endpoint, load_login
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import ExitCode, Refused
from hitl_cli.http import RelayHttp, opened
from hitl_cli.safe_text import one_line

Report: TypeAlias = dict[str, Any]


async def show(server: str | None, *, as_json: bool) -> None:
    """Print the report; a bad credential is exit code 6, an absent relay 5."""
    endpoint = agent_endpoint(server)
    report: Report = {"server": endpoint.server_url}
    async with opened(endpoint) as agent:
        health = await agent.call("GET", "/api/v1/health") or {}
        report |= {"version": health.get("version"), "agent": await _agent(agent)}
        report["device"] = await _device(agent)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        Console().print(_table(report))
    if any(part and not part["good"] for part in (report["agent"], report["device"])):
        raise SystemExit(ExitCode.REFUSED)


async def _agent(relay: RelayHttp) -> Report | None:
    if not relay.endpoint.credential:
        return None
    try:
        agents = await relay.call("GET", "/api/v1/agents")
    except Refused as refused:
        return {"good": False, "detail": refused.detail}
    return {"good": True, "name": agents[0]["name"] if agents else None}


async def _device(relay: RelayHttp) -> Report | None:
    login = load_login()
    if login is None or login.server_url != relay.endpoint.server_url:
        return None
    owner = RelayHttp(Endpoint(login.server_url, login.token), relay.session)
    try:
        me = await owner.call("GET", "/api/v1/auth/me")
        devices = await owner.call("GET", "/api/v1/mobile/devices")
    except Refused as refused:
        return {"good": False, "detail": refused.detail}
    kept = ("device_id", "name", "kind", "connected", "last_seen_at")
    return {
        "good": True,
        "account": me["account"],
        "devices": [{name: device.get(name) for name in kept} for device in devices],
    }


def _table(report: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_row("relay", Text(f"{report['server']} is up, version {report['version'] or 'unknown'}"))
    table.add_row("asks as", _agent_line(report["agent"]))
    table.add_row("answers as", _account_line(report["device"]))
    for device in (report["device"] or {}).get("devices", []):
        table.add_row("", _device_line(device))
    return table


def _agent_line(agent: Mapping[str, Any] | None) -> Text:
    if agent is None:
        return Text("nobody: set HITL_API_KEY, or run `hitl-cli login`", style="yellow")
    if not agent["good"]:
        return Text(f"nobody: {one_line(agent['detail'])}", style="red")
    return Text(one_line(agent["name"] or "an agent without a name"), style="green")


def _account_line(device: Mapping[str, Any] | None) -> Text:
    if device is None:
        return Text("nobody: run `hitl-cli login`", style="yellow")
    if not device["good"]:
        return Text(f"nobody: {one_line(device['detail'])}", style="red")
    account = device["account"]
    connected = sum(1 for other in device["devices"] if other["connected"])
    return Text(one_line(f"{account['name']} <{account['email']}>, {connected} connected"), style="green")


def _device_line(device: Mapping[str, Any]) -> Text:
    mark = "●" if device["connected"] else "○"
    return Text(one_line(f"{mark} {device['name']} ({device['kind']})"), style="" if device["connected"] else "dim")
