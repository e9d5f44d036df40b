"""`keys`: what a human does about the keys of this machine and of an account's devices."""

import json
import os
import secrets
import sys
from contextlib import AbstractAsyncContextManager

import click

from hitl_cli.config import agent_endpoint
from hitl_cli.errors import CannotSeal, HitlError, Refused, Untrusted
from hitl_cli.http import RelayHttp, opened
from hitl_cli.safe_text import one_line
from hitl_cli.sealed.keys import BoxKey
from hitl_cli.sealed.log import DeviceLog, Member, verified
from hitl_cli.sealed.safety import safety_number
from hitl_cli.sealing.agent_key import agent_key, key_path
from hitl_cli.sealing.identity import Identity, introduced
from hitl_cli.sealing.pins import account_name


async def fingerprint(server: str | None, *, as_json: bool) -> None:
    identity = Identity()
    async with _as_agent(server) as relay:
        log = await identity.log(relay)
        if log is None:
            raise CannotSeal("no device of the account has keys yet: open the app there first")
        key = identity.key()
        approved = key.public in log.agents
        if not approved:
            await introduced(relay, key)
        pinned = identity.pins.of(account_name(relay.endpoint.server_url))
    compared = bool(pinned and pinned.compared)
    if as_json:
        known = {"safety_number": safety_number(log.root, key.public), "approved": approved, "compared": compared}
        devices = [{"name": device.name, "kind": device.kind} for device in log.devices.values()]
        click.echo(json.dumps({**known, "public_key": key.public, "root": log.root, "devices": devices}, indent=2))
        return
    click.echo(safety_number(log.root, key.public))
    if not compared:
        click.echo("Nobody has compared it yet: `hitl-cli keys verify NUMBER` with the one in the app.", err=True)
    if not approved:
        click.echo("The app has not approved this key yet.", err=True)


async def verify(server: str | None, number: str) -> None:
    identity = Identity()
    async with _as_agent(server) as relay:
        entries = await identity.entries(relay)
        account = account_name(relay.endpoint.server_url)
        log = identity.pins.checked(account, entries)
    _must_be(number, log, identity.key())
    identity.pins.trust(account, entries)
    click.echo("It is the same number: no one stands between this machine and the account's devices.", err=True)


def export(*, as_json: bool) -> None:
    key = agent_key(os.environ, secrets.token_bytes)
    known = {"public_key": key.public, "key_type": "x25519"}
    click.echo(json.dumps(known, indent=2) if as_json else key.public)
    click.echo(f"The private half stays in {key_path(os.environ)}.", err=True)


async def trust(server: str | None, number: str | None) -> None:
    identity = Identity()
    async with _as_agent(server) as relay:
        entries = await identity.entries(relay)
        account = account_name(relay.endpoint.server_url)
    log, key, before = verified(entries), identity.key(), identity.pins.of(account)
    if before and before.pin.root == log.root:
        identity.pins.checked(account, entries)  # the same account: a log that was rolled back is not to be trusted
    if number is not None:
        _must_be(number, log, key)
    else:
        _ask_human(log, key, begins_anew=bool(before and before.pin.root != log.root))
    identity.pins.trust(account, entries)
    click.echo("Trusted.", err=True)


def _ask_human(log: DeviceLog, key: BoxKey, *, begins_anew: bool) -> None:
    if not sys.stdin.isatty():
        raise HitlError("a human has to compare: run it in a terminal, or give the app's number with --number")
    if begins_anew:
        click.echo("The list of devices begins anew: what was trusted before is given up.", err=True)
    for device in log.devices.values():
        click.echo(f"  {_described(device)}", err=True)
    click.echo(f"Safety number:\n  {safety_number(log.root, key.public)}", err=True)
    if not click.confirm("Does the app show the same number?", err=True):
        raise Untrusted("not_compared", "the numbers differ, or were not compared: nothing has changed")


def _described(device: Member) -> str:
    return one_line(f"{device.name} ({device.kind})")


def _must_be(number: str, log: DeviceLog, key: BoxKey) -> None:
    if _digits(number) != _digits(safety_number(log.root, key.public)):
        raise Untrusted("other_number", "it is another number: somebody may stand between this machine and the account")


def _digits(number: str) -> str:
    return "".join(number.split())


def _as_agent(server: str | None) -> AbstractAsyncContextManager[RelayHttp]:
    endpoint = agent_endpoint(server)
    if not endpoint.credential:
        raise Refused(401, "unauthenticated", "no credential: set HITL_API_KEY, or sign in with `hitl-cli login`")
    return opened(endpoint)
