"""The leaderboard as one page that opens offline, without scripts or requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.bench.board.plots import PICTURES
from collusion.bench.board.record import code_digest
from collusion.bench.board.summaries import summaries
from collusion.bench.board.tables import COLUMN_MEANINGS, completed, remarks, sections
from collusion.bench.machine import machine
from collusion.report.environment import environment
from collusion.report.figures.canvas import house_style
from collusion.report.figures.svg import inline_svg
from collusion.report.sanitize import sanitize
from collusion.reviews.wording import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from collusion.bench.board.record import Row
    from collusion.bench.formats import Table

__all__ = ["CAPTIONS", "provenance", "write_page"]

CAPTIONS = {
    "rings": "Average precision of the list of groups. Dots are means over rings, bars 95 % intervals over rings; a cross: some runs did "
    "not complete. Blue: this library.",
    "reviewers": "Average precision of reviewers ranked by suspicion. Bars are 95 % intervals over logs. Orange: baselines.",
    "ranks-rings": "Mean ranks of the methods that find groups. The test takes logs for independent, but those of one data set share "
    "their background: read narrow differences with care.",
    "ranks-reviewers": "Mean ranks of all methods by the average precision of reviewers.",
    "density": "The same rings, planted at densities from sparse to complete.",
    "schedule": "The same rings, their reviews spread over more and more days.",
    "cost": "On one thread, without the time for reading the log.",
}

MEANINGS = (
    "Rings are planted, so that the truth is known. Simulated markets also have honest groups that look like rings.",
    "Parameters are the defaults, except in rows marked 'tuned': the number in brackets is how many settings were tried on other logs.",
    "degree and minus-degree rank reviewers by how many reviews they wrote, and by how few: baselines that a method has to beat.",
)


def write_page(rows: Sequence[Row], folder: Path, provenance: Mapping[str, str]) -> None:
    """Write ``index.html`` with all tables and pictures, and with the provenance of the rows."""
    summed = summaries(rows)
    tables = [_section(*section) for section in sections(rows)]
    said = [sanitize(line, prose=True) for line in remarks(summed)]
    default = [row for row in rows if row.cell.column == "default"]
    pictures = []
    for name, draw in PICTURES.items():
        with house_style():
            picture = draw(default)
            if picture is not None:
                pictures.append({"svg": inline_svg(picture, name, CAPTIONS[name]), "caption": CAPTIONS[name]})
    methods, kinds = len({one.method for one in summed}), len({one.kind for one in summed})
    logs = len({(row.cell.data, row.cell.attack, row.cell.seed) for row in default})
    counts = f"{plural(methods, 'method')} on {plural(logs, 'log')} of {plural(kinds, 'kind')}"
    headline = f"{counts}. {completed(default)}."
    names = {name for table in tables for name in table["header"]}
    meanings = {name: meaning for name, meaning in COLUMN_MEANINGS.items() if name in names}
    page = environment().get_template("leaderboard.html.j2")
    text = page.render(
        headline=headline,
        remarks=MEANINGS,
        meanings=meanings,
        said=said,
        pictures=pictures,
        sections=tables,
        provenance=dict(provenance),
    )
    (folder / "index.html").write_text(text, encoding="utf-8")


def _section(table: Table, remarks: Sequence[str]) -> dict[str, Any]:
    head, header, rows = table
    # Names of methods are of plug-ins, and messages of whatever failed: hidden characters are written out.
    return {"title": head, "remarks": list(remarks), "header": header, "rows": [[sanitize(cell) for cell in row] for row in rows]}


def provenance(rows: Sequence[Row]) -> dict[str, str]:
    """Return how the rows were made: seeds, limits, digest of the code, and the machine and versions of now."""
    default = [row for row in rows if row.cell.column == "default"]
    seeds = sorted({row.cell.seed for row in default})
    limits = sorted({row.limits for row in default})
    origin = {
        "seeds": f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0]) if seeds else "none",
        "limits": "; ".join(f"{seconds:,.0f} s and {memory:,.0f} MiB per run" for seconds, memory in limits),
        "settings tried": str(max((row.budget for row in rows), default=0)),
        "code": code_digest(),
    }
    return origin | machine()
