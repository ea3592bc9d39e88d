"""Case to files: one format a function, and a directory that appears whole or not at all. `collusion.case.write` is the door."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING

from collusion.errors import ConfigError, did_you_mean
from collusion.export.directory import Seen, atomic_directory, check_free

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from collusion.case import Case

__all__ = ["FORMATS", "Seen", "atomic_directory", "check_formats", "check_free", "write_files"]

FORMATS: dict[str, str] = {
    "csv": "collusion.export.files:write_csv",
    "parquet": "collusion.export.files:write_parquet",
    "json": "collusion.export.files:write_json",
    "jsonl": "collusion.export.files:write_jsonl",
    "graphml": "collusion.export.networks:write_graphml",
    "gexf": "collusion.export.networks:write_gexf",
}
"""Name of each format and its writer, loaded on use."""


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
) -> None:
    """Write a case into a directory that appears whole or not at all.

    Besides the formats, ``run.json`` holds the seconds of each stage: it alone differs between two runs of the same command.

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
        for name in dict.fromkeys(formats):
            if name in extra:
                extra[name](case, folder)
            else:
                module, _, attribute = FORMATS[name].partition(":")
                getattr(importlib.import_module(module), attribute)(case, folder)
        seconds = {stage: round(value, 6) for stage, value in case.provenance.seconds.items()}
        (folder / "run.json").write_text(json.dumps({"seconds": seconds}, indent=1) + "\n", encoding="ascii")
