"""What a report is made of, whether as pages or as a PDF: which rings get pictures, and the source rows of what is listed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from collusion.base.errors import OutputError
from collusion.report.ring_page import shown_rows
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from collusion.base.model import Context
    from collusion.case import Case, Lookup, Ring
    from collusion.report.listings import Row

__all__ = ["PICTURES", "pictured", "prepared", "source_rows"]

PICTURES = 20
"""Rings with pictures by default: five pictures take about half a second."""

_RING_ID = re.compile(r"R-[0-9a-f]{12}")


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


def prepared(case: Case) -> Case:
    """Return the case with a lookup for the writing of a report.

    Raises
    ------
    OutputError
        When a ring's id is none that `collusion.base.model.ring_id` makes: ids become file names and anchors.
    """
    wrong = [ring.id for ring in case.rings if not _RING_ID.fullmatch(ring.id)]
    if wrong:
        raise OutputError(f"{len(wrong)} rings have ids that cannot be file names, such as {sanitize(wrong[0])!r}; make them with ring_id")
    return replace(case, lookup=_Once(case.lookup))


def pictured(rings: Iterable[Ring], pictures: int) -> set[str]:
    """Return the ids of the rings that get pictures, flagged ones first, then coordinated ones, then the others by rank.

    At most a quarter are of rings that are not flagged: the report of a log where nobody is accused must not take as long as its scan.
    """
    rings = list(rings)
    flagged = [ring.id for ring in rings if ring.flagged][:pictures]
    others = sorted((ring for ring in rings if not ring.flagged), key=lambda ring: ring.status != "coordinated")
    return {*flagged, *(ring.id for ring in others[: min(pictures // 4, pictures - len(flagged))])}


def source_rows(case: Case, rings: Iterable[Ring]) -> dict[int, Row]:
    """Read the rows that are listed for some rings in one pass over the source."""
    wanted = sorted({row for ring in rings for row in shown_rows(case, ring)})
    if not wanted:
        return {}
    frame = case.lookup.rows(wanted)
    kept = [column for column in ("row", "source", "source_row", "text") if column in frame]
    cells = zip(*(frame[column].tolist() for column in kept), strict=True)
    return {int(values[0]): dict(zip(kept, values, strict=True)) for values in cells}
