"""The door from a case to its directory: the formats of the export room and the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from collusion.export import FORMATS, check_formats, check_free, write_files

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from collusion.model import Case

__all__ = ["DEFAULT_FORMATS", "check_output", "write_case"]

DEFAULT_FORMATS = ("csv", "json", "report")


def check_output(out: str | os.PathLike[str], formats: Sequence[str] = DEFAULT_FORMATS, *, overwrite: bool = False) -> None:
    """Raise before any work is done where `write_case` would fail: an unknown format, a directory that is there, no place to write."""
    check_formats(formats, (*FORMATS, "report"))
    check_free(Path(out), overwrite=overwrite)


def write_case(case: Case, out: str | os.PathLike[str], formats: Sequence[str] = DEFAULT_FORMATS, *, overwrite: bool = False) -> None:
    """Write a case into a directory that appears whole or not at all.

    Parameters
    ----------
    case : Case
    out : path
    formats : sequence of str, default ("csv", "json", "report")
        Also ``parquet``, ``jsonl``, ``graphml``, ``gexf``.
    overwrite : bool, default False
        Replace a directory that is there, as a whole.

    Raises
    ------
    ConfigError
        When a format is unknown, or the directory exists and may not be overwritten.
    OutputError
        When it cannot be written; nothing is left behind.
    """
    write_files(case, Path(out), formats, overwrite=overwrite, writers={"report": _report})


def _report(case: Case, folder: Path) -> None:
    from collusion.report.pages import write_report  # noqa: PLC0415  # matplotlib, only where a report is asked for

    (folder / "report").mkdir()
    write_report(case, folder / "report")
