"""Case to files: one function per format, and a directory that appears whole or not at all. `collusion.case.write` is the door."""

from __future__ import annotations

import importlib
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.export.directory import Seen, atomic_directory, check_free, put_back
from collusion.export.run import write_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from collusion.case import Case

__all__ = ["COMPLETE", "FORMATS", "Seen", "atomic_directory", "check_formats", "check_free", "put_back", "write_files"]

FORMATS: dict[str, str] = {
    "csv": "collusion.export.files:write_csv",
    "parquet": "collusion.export.files:write_parquet",
    "json": "collusion.export.files:write_json",
    "jsonl": "collusion.export.files:write_jsonl",
    "graphml": "collusion.export.networks:write_graphml",
    "gexf": "collusion.export.networks:write_gexf",
}
"""Name of each format and its writer, loaded on use."""

COMPLETE = ("json", "report", "pdf")
"""Formats that always have all rings: decisions and other programs read ``case.json``, and a report without the other groups would not show
what the flagged ones are compared with."""

logger = logging.getLogger(__name__)


def check_formats(formats: Sequence[str], known: Sequence[str] = tuple(FORMATS)) -> None:
    """Raise ConfigError naming every format that is unknown."""
    wrong = [f"no format is called {name!r}; {did_you_mean(name, known)}" for name in formats if name not in known]
    if wrong:
        raise ConfigError("\n".join(wrong))


def write_files(
    case: Case,
    out: Path,
    formats: Sequence[str] = ("csv", "json"),
    *,
    overwrite: bool = False,
    seen: Seen | None = None,
    writers: Mapping[str, Callable[[Case, Path], None]] | None = None,
    flagged_only: bool = False,
) -> None:
    """Write a case into a directory that appears whole or not at all.

    Besides the formats, ``run.json`` has the seconds of each stage and the peak memory (`collusion.export.run`): only this file differs
    between two runs of the same command.

    Parameters
    ----------
    case : Case
    out : Path
    formats : sequence of str
        Of `FORMATS` and ``writers``.
    overwrite : bool, default False
        Replace a directory that is there.
    seen : tuple of int, optional
        What `check_free` returned before the work began.
    writers : mapping of str to callable, optional
        Further formats, such as the report: called with the case and the directory.
    flagged_only : bool, default False
        Tables and networks have flagged rings only. The formats in `COMPLETE` always have all rings.

    Raises
    ------
    ConfigError
        When a format is unknown, or the directory exists and may not be overwritten.
    OutputError
        When it cannot be written; nothing is left behind.
    """
    extra = dict(writers or {})
    check_formats(formats, (*FORMATS, *extra))
    with atomic_directory(out, overwrite=overwrite, seen=seen) as folder:
        start = time.perf_counter()
        flagged = replace(case, rings=tuple(ring for ring in case.rings if ring.flagged)) if flagged_only else case
        for name in dict.fromkeys(formats):
            write = extra[name] if name in extra else _writer(name)
            write(case if name in COMPLETE else flagged, folder)
        write_run(case, folder, time.perf_counter() - start, flagged_only=flagged_only)
    logger.info("wrote %s: %s", out, ", ".join(dict.fromkeys(formats)))


def _writer(name: str) -> Callable[[Case, Path], None]:
    module, _, attribute = FORMATS[name].partition(":")
    writer: Callable[[Case, Path], None] = getattr(importlib.import_module(module), attribute)
    return writer
