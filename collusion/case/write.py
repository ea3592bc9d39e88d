"""The door from a case to its directory: the formats of the export room and the report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError
from collusion.export import FORMATS, check_formats, check_free, write_files

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from collusion.case import Case
    from collusion.export import Seen

__all__ = ["DEFAULT_FORMATS", "check_output", "check_pdf", "write_case"]

DEFAULT_FORMATS = ("csv", "json", "report")


BESIDE = ("report", "pdf", "csv-excel")
"""Formats that the export room does not have, or has under the names of others: ``csv-excel`` writes the files of ``csv``."""


def check_output(out: str | os.PathLike[str], formats: Sequence[str] = DEFAULT_FORMATS, *, overwrite: bool = False) -> Seen:
    """Raise before any work is done where `write_case` would fail; return which directory is there now, as `write_case` takes it.

    An unknown format, a format that needs a missing package, a directory that exists, a place that cannot be written to.
    """
    check_formats(formats, (*FORMATS, *BESIDE))
    if "pdf" in formats:
        check_pdf()
    return check_free(Path(out), overwrite=overwrite)


def write_case(
    case: Case,
    out: str | os.PathLike[str],
    formats: Sequence[str] = DEFAULT_FORMATS,
    *,
    overwrite: bool = False,
    seen: Seen | None = None,
    flagged_only: bool = False,
    pdf_rings: str | Sequence[str] = "flagged",
) -> None:
    """Write a case into a directory that appears whole or not at all.

    Parameters
    ----------
    case : Case
    out : path
    formats : sequence of str, default ("csv", "json", "report")
        Also ``csv-excel`` (the CSV files with a UTF-8 mark, in place of ``csv``), ``parquet``, ``jsonl``, ``graphml``,
        ``gexf``, and ``pdf``: the report as ``report.pdf``, which needs WeasyPrint and Pango.
    overwrite : bool, default False
        Replace a directory that is there, as a whole.
    seen : tuple of int, optional
        What `check_output` returned before the work began: a directory that appeared since is not replaced.
    flagged_only : bool, default False
        Tables and networks (CSV, Parquet, JSON lines, GraphML, GEXF) have flagged rings only. ``case.json`` and the report always have all
        rings.

    pdf_rings : {"flagged", "all"} or sequence of str, default "flagged"
        Rings that get pages in ``report.pdf``: the flagged ones, all, or those of these ids.

    Raises
    ------
    ConfigError
        When a format is unknown or needs what is not installed, the case lacks an id, or the directory exists and may not be overwritten.
    OutputError
        When it cannot be written; nothing is left behind.
    """
    if not hasattr(case, "provenance"):
        raise ConfigError(f"case is of type {type(case).__name__}; write a whole case, as in write_case(case, 'folder')")
    if "pdf" in formats:
        check_pdf()
    if "csv-excel" in formats:
        formats = [name for name in formats if name != "csv"]
    _bring_decisions(case, Path(out))
    writers: dict[str, Callable[[Case, Path], None]] = {"report": _report, "pdf": partial(_pdf, rings=pdf_rings), "csv-excel": _csv_excel}
    write_files(case, Path(out), formats, overwrite=overwrite, seen=seen, writers=writers, flagged_only=flagged_only)


def _bring_decisions(case: Case, out: Path) -> None:
    """Copy the decisions of earlier cases into the journal beside the folder, before the folder appears: it is never without them."""
    if not case.earlier_journals:
        return
    from collusion.decisions.journal import Journal, journal_beside  # noqa: PLC0415  # only where there are any

    own = journal_beside(out)
    for path in map(Path, case.earlier_journals):
        if path != own:
            Journal(own).adopt(Journal(path).read()[0])


def _csv_excel(case: Case, folder: Path) -> None:
    from collusion.export.files import write_csv_excel  # noqa: PLC0415  # pyarrow, which `--help` must not load

    write_csv_excel(case, folder)


def _report(case: Case, folder: Path) -> None:
    from collusion.report.pages import write_report  # noqa: PLC0415  # templates, only where a report is asked for

    (folder / "report").mkdir()
    write_report(case, folder / "report")


def _pdf(case: Case, folder: Path, *, rings: str | Sequence[str]) -> None:
    from collusion.report.pdf import write_pdf  # noqa: PLC0415  # WeasyPrint, only where a PDF is asked for

    write_pdf(case, folder / "report.pdf", rings=rings)


def check_pdf() -> None:
    """Raise ConfigError where a PDF cannot be made."""
    try:
        import collusion.report.pdf  # noqa: F401, PLC0415  # whether what it needs can be loaded
    except ModuleNotFoundError as error:
        if error.name != "weasyprint":
            raise
        raise ConfigError("format pdf: WeasyPrint is not installed; `pip install weasyprint`") from error
    except OSError as error:  # as its loader of system libraries raises
        raise ConfigError(
            f"format pdf: WeasyPrint is installed, but not the libraries it needs ({error}); install Pango, on Debian by "
            "`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`"
        ) from error
