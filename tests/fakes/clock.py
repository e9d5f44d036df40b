"""A clock the test moves by hand."""

import datetime as dt


class FakeClock:
    def __init__(self, at: dt.datetime = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def forward(self, by: dt.timedelta) -> None:
        self.at += by
