"""Structured logs on the standard library: a constant event name and plain fields.

    log = get_logger(__name__)
    log.info("request_settled", request_id=str(request.id), state=request.state)

Fields are scalars, never objects, so a prompt or a key cannot slip in by `repr`. `docs/reference/log-events.md` lists
every event.
"""

import json
import logging
import sys
from typing import TextIO, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None


class EventLogger:
    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def is_on(self, level: int) -> bool:
        """Return whether an event of this level would be written, to save making its fields."""
        return self._logger.isEnabledFor(level)

    def debug(self, event: str, **fields: Scalar) -> None:
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Scalar) -> None:
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Scalar) -> None:
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Scalar) -> None:
        self._log(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: Scalar) -> None:
        """Log with the traceback of the exception being handled."""
        self._log(logging.ERROR, event, fields, exc_info=True)

    def _log(self, level: int, event: str, fields: dict[str, Scalar], *, exc_info: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, exc_info=exc_info, extra={"fields": fields})


def get_logger(name: str) -> EventLogger:
    return EventLogger(logging.getLogger(name))


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Scalar] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """One readable line an event, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in getattr(record, "fields", {}).items())
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {record.getMessage()} {fields}"
        return line.rstrip() + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


def start_logging(*, level: str, form: str, stream: TextIO | None = None) -> None:
    """Send every record to `stream` (standard error). `form` is `json` or `text`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # aiohttp's own error log would repeat, with less sense, what the problem middleware says.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
