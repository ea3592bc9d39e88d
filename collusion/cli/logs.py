"""Log records as lines for a person or as JSON objects for a machine; the only module that configures logging."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collusion.cli.neutral import neutral

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LOG_FORMATS", "configure", "json_line"]

LOG_FORMATS = ("text", "json")

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
"""By how often ``-v`` is given."""

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes of every record; what else a record holds was given as ``extra``."""


def configure(verbose: int, log_format: str, *, quiet: bool = False) -> None:
    """Send the library's log to stderr.

    If ``verbose`` is 0: warnings, and with JSON also information; 1: information; 2: everything. If quiet: warnings and errors only.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if log_format == "json" else _TextFormatter(bare=not verbose))
    log = logging.getLogger("collusion")
    log.handlers = [handler]
    log.setLevel(logging.WARNING if quiet else LEVELS[min(max(verbose, int(log_format == "json")), 2)])
    log.propagate = False


def json_line(level: str, logger: str, message: str, fields: Mapping[str, object] | None = None, seconds: float | None = None) -> str:
    """Return a record as one JSON object on one line, ASCII: ``time``, ``level``, ``logger``, ``message`` and further fields.

    ``seconds`` is when it was logged (Unix time); now by default.
    """
    record = {"time": _iso(seconds), "level": level, "logger": logger, "message": message, **(fields or {})}
    return json.dumps(record, ensure_ascii=True, default=str)


def _iso(seconds: float | None = None) -> str:
    """Return a time in UTC as ISO 8601, to the millisecond."""
    when = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _TextFormatter(logging.Formatter):
    """``2026-03-01T02:00:07.120Z INFO collusion.pipeline.progress: ...``, or ``warning: ...`` where no log was asked for."""

    def __init__(self, *, bare: bool) -> None:
        super().__init__()
        self.bare = bare

    def format(self, record: logging.LogRecord) -> str:
        if self.bare:
            return neutral(f"{record.levelname.lower()}: {super().format(record)}")
        return neutral(f"{_iso(record.created)} {record.levelname} {record.name}: {super().format(record)}")


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in STANDARD}
        return json_line(record.levelname, record.name, super().format(record), fields, record.created)
