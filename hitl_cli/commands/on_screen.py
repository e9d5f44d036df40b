"""The line that shows a waiting human how a question stands. Imported only if there is a terminal to show it on."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from hitl_cli.commands.watching import Watched
from hitl_cli.safe_text import one_line


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
def shown(wait_s: float) -> Iterator[OnScreen]:
    columns = (SpinnerColumn(), Remaining(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield OnScreen(progress, wait_s)
