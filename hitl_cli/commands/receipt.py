"""`receipt verify`: who decided, by a file alone."""

import datetime as dt
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hitl_cli.errors import HitlError
from hitl_cli.safe_text import one_line
from hitl_cli.sealed.canon import canon, read
from hitl_cli.sealed.proof import Verdict, check_proof
from hitl_cli.sealed.wrong import Wrong, refused
from hitl_cli.sealing.pins import Pins


async def verify(file: Path, root: str | None, *, as_json: bool) -> None:
    """Say what the proof shows; what it does not show is not left out silently."""
    verdict = check_proof(read(_content(file)), root)
    known = root is not None or Pins(os.environ).knows(str(verdict.receipt["root"]))
    if as_json:
        click.echo(json.dumps(_whole(verdict, known=known), ensure_ascii=False, indent=2))
    else:
        for name, value in _lines(verdict, known=known):
            click.echo(f"{name:<9} {one_line(value)}")
    if not known or verdict.device is None:
        # Anybody can make an account that proves anything.
        raise refused(Wrong.UNKNOWN_DEVICE, "whose account it is was not shown: give its root with --root")


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise HitlError(f"{file} cannot be read: {error.strerror}") from error


def _lines(verdict: Verdict, *, known: bool) -> list[tuple[str, str]]:
    receipt, device, said = verdict.receipt, verdict.device, verdict.said
    by = f"{device.name} ({device.kind})" if device else f"an unknown device with the key {receipt['device']}"
    seen = "seen before on this machine, or given" if known else "NOT seen before on this machine"
    return [
        ("decided", dt.datetime.fromtimestamp(receipt["at"], dt.UTC).isoformat()),
        ("by", by),
        ("account", f"{receipt['root'] or 'it keeps no list of devices'}; {seen}"),
        ("request", receipt["request"]),
        ("asked", _asked(verdict.asked)),
        ("answer", _value(said.value) if said else "not in the file, so not checked"),
        *([("comment", said.comment)] if said and said.comment else []),
    ]


def _asked(asked: Mapping[str, Any] | None) -> str:
    if asked is None:
        return "sealed: only its agent and its devices know"
    action = asked.get("action")
    return f"{asked.get('prompt')} {_value(action) if action else ''} [{asked.get('agent')}]"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else canon(value).decode()


def _whole(verdict: Verdict, *, known: bool) -> dict[str, Any]:
    device, said = verdict.device, verdict.said
    return {
        "receipt": verdict.receipt,
        "device": {"name": device.name, "kind": device.kind, "device_id": device.device_id} if device else None,
        "account_known": known,
        "asked": verdict.asked,
        "answer": {"value": said.value, "comment": said.comment} if said else None,
    }
