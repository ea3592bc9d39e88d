"""The leaderboard as one page that opens offline, holds no script and asks for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.bench.board.plots import PICTURES
from collusion.bench.board.record import code_digest
from collusion.bench.board.tables import kind_tables, leads, overview, remarks, summaries
from collusion.bench.machine import machine
from collusion.figures.canvas import house_style
from collusion.figures.svg import inline_svg
from collusion.report.environment import environment
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from collusion.bench.board.record import Row

__all__ = ["CAPTIONS", "provenance", "write_page"]

CAPTIONS = {
    "rings": "Average precision of the list of groups, a group a hit where its Jaccard with a ring not found before is at least one half. "
    "Dots are means over rings, bars 95 % intervals over rings; a cross: some cells did not end. Blue: this library.",
    "reviewers": "Average precision of reviewers ranked by suspicion. Bars are 95 % intervals by bootstrap over logs. Orange: baselines.",
    "ranks-rings": "Mean ranks of the methods that find groups. Logs of one data set share their background, which the test takes for "
    "independent: read narrow differences with care.",
    "ranks-reviewers": "Mean ranks of all methods by the reviewers that they rank first.",
    "density": "The same rings, planted at densities from sparse to complete.",
    "schedule": "The same rings, their reviews spread over more and more days.",
    "cost": "One thread; the reading of the log is not counted.",
}

MEANINGS = (
    "Rings are planted, so that the truth is known: no public log has verified rings. Simulated markets have honest look-alikes, too.",
    "Default parameters, unless a row says tuned: then so many settings were tried on other logs of the same kind, and the best taken.",
    "degree and minus-degree rank reviewers by how many reviews they wrote, and by how few: what does not beat them found nothing.",
)


def write_page(rows: Sequence[Row], folder: Path, provenance: Mapping[str, str]) -> None:
    """Write ``index.html`` with all tables and pictures.

    Parameters
    ----------
    rows : sequence of Row
    folder : Path
    provenance : mapping of str to str
        What the page says of how the rows came about.
    """
    told = summaries(rows)
    sections: list[dict[str, Any]] = []
    sections += [
        _section(overview(told, figure), [f"{lead}." for lead in leads(rows, figure)])
        for figure in ("ring_ap", "reviewers_ap")
        if any(figure in one.figures for one in told)
    ]
    for kind in dict.fromkeys(one.kind for one in told):
        sections += [_section(table, []) for table in kind_tables(told, kind)]
    said = [sanitize(line, prose=True) for line in remarks(told)]
    default = [row for row in rows if row.cell.column == "default"]
    pictures = []
    for name, draw in PICTURES.items():
        with house_style():
            picture = draw(default)
            if picture is not None:
                pictures.append({"svg": inline_svg(picture, name, CAPTIONS[name]), "caption": CAPTIONS[name]})
    methods, kinds = len({one.method for one in told}), len({one.kind for one in told})
    logs = len({(row.cell.data, row.cell.attack, row.cell.seed) for row in default})
    failed = sum(row.status != "done" for row in default)
    headline = f"{methods} methods on {logs} logs of {kinds} kinds; {failed} of {len(default):,} cells did not end well."
    page = environment().get_template("leaderboard.html.j2")
    text = page.render(headline=headline, remarks=MEANINGS, said=said, pictures=pictures, sections=sections, provenance=dict(provenance))
    (folder / "index.html").write_text(text, encoding="utf-8")


def _section(table: tuple[str, list[str], list[list[str]]], remarks: Sequence[str]) -> dict[str, Any]:
    head, header, rows = table
    # Names of methods are of plug-ins, and messages of whatever failed: hidden characters are written out.
    return {
        "title": head,
        "remarks": list(remarks),
        "header": header,
        "rows": [[sanitize(cell) for cell in row] for row in rows],
    }


def provenance(rows: Sequence[Row]) -> dict[str, str]:
    """Return what made the rows, as far as it is known now: versions, the machine, digests of the logs and of the code."""
    default = [row for row in rows if row.cell.column == "default"]
    seeds = sorted({row.cell.seed for row in default})
    limits = sorted({row.limits for row in default})
    told = {
        "seeds": f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0]) if seeds else "none",
        "limits": "; ".join(f"{seconds:,.0f} s and {memory:,.0f} MiB a cell" for seconds, memory in limits),
        "settings tried": str(max((row.budget for row in rows), default=0)),
        "code": code_digest(),
    }
    return told | machine()
