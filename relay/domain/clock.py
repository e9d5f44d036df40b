"""Time is an argument: production passes `SystemClock`, tests a clock they move by hand."""

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """Return the server's time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that only go forward, from no particular moment: for intervals, and cheap."""


class SystemClock:
    """The one place that reads the machine's clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)  # noqa: TID251 - everybody else is handed this object

    def monotonic(self) -> float:
        return time.monotonic()
