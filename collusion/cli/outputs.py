"""What is written of a case: options of ``scan`` and of ``export``, and how their text is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from collusion.base.errors import ConfigError
from collusion.case.write import DEFAULT_FORMATS
from collusion.cli.options import words
from collusion.export import COMPLETE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Excel", "FlaggedOnly", "Formats", "PdfRings", "chosen_formats", "chosen_rings"]

Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="NAME[,...]", help=f"Formats to write.  [default: {','.join(DEFAULT_FORMATS)}]", show_default=False),
]
Excel = Annotated[bool, typer.Option("--excel", help="Start CSV files with a UTF-8 mark, so that Excel shows accents and other scripts.")]
FlaggedOnly = Annotated[
    bool,
    typer.Option(
        "--flagged-only", help="Write only flagged groups to tables and networks. case.json and the report always have all groups."
    ),
]
PdfRings = Annotated[
    list[str] | None,
    typer.Option(
        "--pdf-rings",
        metavar="flagged|all|RING[,...]",
        help="Groups with pages in the PDF: the flagged ones, all, or those of these ids.  [default: flagged]",
        show_default=False,
    ),
]


def chosen_formats(chosen: list[str], *, excel: bool, flagged_only: bool) -> list[str]:
    """Return the formats to write; ConfigError where an option has no effect on any of them."""
    wrong = []
    if excel and not {"csv", "csv-excel"} & {*chosen}:
        wrong.append("--excel: has no effect, since csv is not among the formats")
    if flagged_only and {*chosen} <= {*COMPLETE}:
        wrong.append(f"--flagged-only: has no effect, since {', '.join(chosen)} always have all groups; add csv or another format")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return ["csv-excel" if excel and name == "csv" else name for name in chosen]


def chosen_rings(given: Sequence[str] | None, formats: Sequence[str]) -> str | list[str]:
    """Return ``flagged``, ``all`` or the rings named by ``--pdf-rings``; ConfigError where there is no PDF."""
    pages = words(given) or ["flagged"]
    if given and "pdf" not in formats:
        raise ConfigError("--pdf-rings: has no effect, since pdf is not among the formats")
    if len(pages) > 1 and {"flagged", "all"} & {*pages}:
        raise ConfigError("--pdf-rings: give flagged, all, or ids of groups")
    return pages[0] if pages[0] in {"flagged", "all"} else pages
