"""The report: an index and one page a ring, which open offline and hold no script, and the explorers of the first rings, which hold one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from collusion.errors import OutputError
from collusion.report import words
from collusion.report.canvas import DARK, LIGHT
from collusion.report.explorer.page import explorer_page
from collusion.report.ring_page import ring_page, shown_rows
from collusion.report.visible import elide, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from collusion.model import Case, Context, Lookup, Ring
    from collusion.report.ring_page import Row

__all__ = ["PICTURES", "environment", "write_report"]

PICTURES = 20
"""Pages with pictures, unless told otherwise: five pictures take about half a second."""

REASONS, SOURCES, CONFIG = 20, 200, 20_000
"""Most reasons, most sources, and most characters of the configuration on the index."""

_RING_ID = re.compile(r"R-[0-9a-f]{12}")

SECTIONS = (
    (
        "flagged",
        "Flagged",
        "At most the false-discovery rate asked for is expected to be chance among these, and no tested innocent explanation holds.",
        "None. No group stands out from what chance or a tested innocent explanation brings forth; that does not show that none is a ring.",
        "None. No null replicate was run, so nothing was compared with chance and nothing can be flagged.",
    ),
    (
        "candidate",
        "Candidates",
        "Groups that stand out, but not enough to tell them from chance, or from honest habits that no test here knows.",
        "None.",
        "None.",
    ),
    (
        "explained",
        "Explained",
        "Groups that look like rings, and whose pattern a tested innocent explanation accounts for.",
        "None.",
        "None.",
    ),
)
"""Status, title, what it means, and what is said where no ring has it: with null replicates, and without."""


@dataclass
class _Once:
    """A lookup that remembers the context of the ring asked for last: a page needs it six times."""

    lookup: Lookup
    last: list[tuple[str, Context]] = field(default_factory=list)

    def context(self, ring: Ring) -> Context:
        if not self.last or self.last[0][0] != ring.id:
            self.last[:] = [(ring.id, self.lookup.context(ring))]
        return self.last[0][1]

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        return self.lookup.rows(rows)

    def problems(self) -> Sequence[Mapping[str, object]]:
        return self.lookup.problems()


def write_report(case: Case, directory: Path, *, pictures: int = PICTURES) -> None:
    """Write ``index.html``, ``rings/<ring id>.html``, and ``rings/<ring id>-explore.html`` for rings that get pictures.

    The pages hold no script and ask for nothing: a Content-Security-Policy allows their own style sheet by its hash, and images inside the
    page; an explorer's also its own script. The same case gives the same bytes.

    Parameters
    ----------
    case : Case
    directory : Path
        Made when it is not there; its parent must be.
    pictures : int, default 20
        How many rings, in the order of their ranks, get pictures and an explorer; of those not flagged at most a quarter. The index says
        which.

    Raises
    ------
    OutputError
        When a page cannot be written, or a ring's id is none that `collusion.model.ring_id` makes.
    """
    wrong = [ring.id for ring in case.rings if not _RING_ID.fullmatch(ring.id)]
    if wrong:
        raise OutputError(f"{len(wrong)} rings have ids that are no file names, such as {visible(wrong[0])!r}; make them with ring_id")
    case = replace(case, lookup=_Once(case.lookup))
    pages = environment()
    rows = _rows(case)
    try:
        directory.mkdir(exist_ok=True)
        (directory / "rings").mkdir(exist_ok=True)
        pictured = _pictured(case, pictures)
        _write(directory / "index.html", pages.get_template("index.html.j2").render(_index(case, pictured)))
        page = pages.get_template("ring.html.j2")
        for ring in case.rings:
            _write(directory / "rings" / f"{ring.id}.html", page.render(ring_page(case, ring, rows, pictures=ring.id in pictured)))
            if ring.id in pictured:
                _write(directory / "rings" / f"{ring.id}-explore.html", explorer_page(pages, case, ring, rows))
    except OSError as error:
        raise OutputError(f"{directory}: the report cannot be written ({error})") from error


def _pictured(case: Case, pictures: int) -> set[str]:
    """Return the ids of the rings that get pictures: the report of a log where nobody is accused must not take as long as its scan."""
    first = case.rings[:pictures]
    others = [ring.id for ring in first if not ring.flagged]
    return {ring.id for ring in first} - set(others[pictures // 4 :])


def _write(path: Path, page: str) -> None:
    # Two rings of one id would be one page: "x" refuses the second.
    with path.open("xb") as stream:
        stream.write(page.encode())


def environment() -> jinja2.Environment:
    """Return templates that escape every value, and fail on any that is missing."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("collusion.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = environment.get_template("style.css.j2").render(light=LIGHT, dark=DARK)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {"style": Markup(style), "style_hash": f"sha256-{digest}"}  # noqa: S704  # our own style sheet
    return environment


def _rows(case: Case) -> dict[int, Row]:
    """Read the rows of all pages in one pass over the source."""
    wanted = sorted({row for ring in case.rings for row in shown_rows(case, ring)})
    if not wanted:
        return {}
    frame = case.lookup.rows(wanted)
    kept = [column for column in ("row", "source", "source_row", "text") if column in frame]
    cells = zip(*(frame[column].tolist() for column in kept), strict=True)
    return {int(values[0]): dict(zip(kept, values, strict=True)) for values in cells}


def _index(case: Case, pictured: set[str]) -> dict[str, Any]:
    provenance = case.provenance
    rungs = sorted({rung for ring in case.rings for rung in ring.q_values})
    problems = _problems(case)
    sources = [{**asdict(one), "name": words.name(one.name), "rows": words.count(one.rows)} for one in provenance.sources[:SOURCES]]
    flagged, others = len(case.flagged), len(case.rings) - len(case.flagged)
    return {
        "headline": f"{words.count(flagged, 'ring') + ' flagged' if flagged else 'No ring is flagged'}, "
        f"{words.count(others, 'other group')} listed, in {words.count(case.accounting.counted, 'review')}.",
        "rungs": rungs,
        "sections": [
            {
                "title": title,
                "count": words.count(sum(ring.status == status for ring in case.rings)),
                "meaning": meaning if any(ring.status == status for ring in case.rings) else none if provenance.replicates else untested,
                "explanations": status == "explained",
                "rings": [_line(ring, rungs, pictures=ring.id in pictured) for ring in case.rings if ring.status == status],
            }
            for status, title, meaning, none, untested in SECTIONS
        ],
        "without_pictures": words.without_pictures(case, pictured),
        "accounting": {name: words.count(number) for name, number in asdict(case.accounting).items()},
        "problems": problems[:REASONS],
        "more_problems": f"{len(problems) - REASONS:,} more reasons are in problems.csv." if len(problems) > REASONS else "",
        "notes": [visible(note, prose=True) for note in case.notes],
        "sources": sources,
        "more_sources": f"{len(provenance.sources) - SOURCES:,} more sources are in case.json."
        if len(provenance.sources) > SOURCES
        else "",
        "seed": provenance.seed,
        "replicates": words.count(provenance.replicates),
        "versions": ", ".join(f"{name} {version}" for name, version in sorted(provenance.versions.items())),
        "config": elide(visible(json.dumps(dict(provenance.config), indent=1, sort_keys=True, default=str), prose=True), CONFIG),
    }


def _line(ring: Ring, rungs: Sequence[str], *, pictures: bool) -> dict[str, Any]:
    return {
        "id": ring.id,
        "rank": words.count(ring.rank),
        "q_values": [words.figure(ring.q_values.get(rung)) for rung in rungs],
        "score": words.score(ring.score),
        "strongest": words.strongest(ring),
        "n_reviewers": words.count(len(ring.reviewers)),
        "n_products": words.count(len(ring.products)),
        "n_reviews": words.count(ring.n_reviews),
        "density": f"{ring.density:.2f}",
        "first_review": ring.first_review or "",
        "last_review": ring.last_review or "",
        "detectors": ", ".join(ring.detectors),
        "explained_by": ring.explained_by or "",
        "pictures": pictures,
    }


def _problems(case: Case) -> list[dict[str, str]]:
    """Return the reasons for which rows were set aside, the most common first."""
    reasons = Counter((str(one.get("reason") or ""), str(one.get("column") or "")) for one in case.lookup.problems())
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return [{"count": words.count(n), "reason": words.name(reason), "column": words.name(column)} for (reason, column), n in ordered]
