"""What somebody at a terminal sees on stderr while a question is open. A pipe sees nothing, and does not pay for it."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hitl_cli.asking import CEILING_S


class Watched:
    """Keeps the id that a later Ctrl-C needs."""

    request_id: str | None = None

    def reached(self, request_id: str, delivery: str) -> None:  # noqa: ARG002 - a Watcher; only a screen shows it
        self.request_id = request_id

    def troubled(self, reason: str) -> None: ...


@contextmanager
def watching(body: Mapping[str, Any]) -> Iterator[Watched]:
    """Show a spinner and the time left, if stderr is a terminal; leave no trace of it."""
    if not sys.stderr.isatty():
        yield Watched()
        return
    from hitl_cli.commands.on_screen import shown  # noqa: PLC0415 - rich, only for a terminal

    with shown(min(float(body.get("timeout_seconds") or CEILING_S), CEILING_S)) as watcher:
        yield watcher
