"""What somebody at a terminal sees on stderr while a question is open. A pipe sees nothing."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from hitl_cli.asking import CEILING_S
from hitl_cli.safe_text import one_line


class Watched:
    """Keeps the id that a later Ctrl-C needs."""

    request_id: str | None = None

    def reached(self, request_id: str, delivery: str) -> None:  # noqa: ARG002 - a Watcher; only a screen shows it
        self.request_id = request_id

    def troubled(self, reason: str) -> None: ...


class OnScreen(Watched):
    def __init__(self, progress: Progress, wait_s: float) -> None:
        self._progress = progress
        self._task = progress.add_task("asking", total=wait_s)

    def reached(self, request_id: str, delivery: str) -> None:
        super().reached(request_id, delivery)
        self._say(
            "waiting; no device was connected when it was asked" if delivery == "none" else "waiting for an answer"
        )

    def troubled(self, reason: str) -> None:
        self._say(f"{reason}; trying again")

    def _say(self, what: str) -> None:
        self._progress.update(self._task, description=one_line(what))


class Remaining(ProgressColumn):
    def render(self, task: Task) -> Text:
        left_s = max(0, int((task.total or 0) - (task.elapsed or 0)))
        return Text(f"{left_s // 60}:{left_s % 60:02d}", style="bold")


@contextmanager
def watching(body: Mapping[str, Any]) -> Iterator[Watched]:
    """Show a spinner and the time left, if stderr is a terminal; leave no trace of it."""
    if not sys.stderr.isatty():
        yield Watched()
        return
    wait_s = min(float(body.get("timeout_seconds") or CEILING_S), CEILING_S)
    columns = (SpinnerColumn(), Remaining(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield OnScreen(progress, wait_s)
