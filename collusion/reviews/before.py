"""The sources of a log that were read before, so that the next ones are read as if all were read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.hints import hint
from collusion.base.model import NO_TIME
from collusion.kernels.coding import Coder
from collusion.reviews.assemble import Part
from collusion.reviews.coded import CODED, IDS
from collusion.reviews.owners import ByProduct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.reviews.facts import Facts
    from collusion.reviews.table import Names, Problem

__all__ = ["Before", "read_otherwise"]

ABSENT: dict[str, dict[str, np.generic]] = {
    "rating": {"rating": np.float32(np.nan)},
    "timestamp": {"time": np.int32(NO_TIME), "second": np.int32(0)},
    "text": {"text": np.uint64(0)},
    "verified": {"verified": np.int8(-1)},
    "helpful_votes": {"helpful_votes": np.int32(-1)},
}
"""What `SourceCoder.end` returns for canonical columns that a source lacks and another has."""


@dataclass(frozen=True, eq=False)
class Before:
    """What was kept of the sources read before: as `Reading`, with the coded columns of all their rows, and which of these are accepted.

    A column that has one value throughout may be that value.
    """

    facts: Sequence[Facts]
    names: Mapping[str, Names | None]
    of_products: Mapping[str, ByProduct]
    columns: Mapping[str, NDArray[Any] | np.generic] = field(default_factory=dict)
    ok: NDArray[np.bool_] = field(default_factory=lambda: np.ones(0, bool))
    problems: Sequence[Problem] = ()
    not_votes: int = 0
    unread: Sequence[str] = ()

    @classmethod
    def nothing(cls, coded: Sequence[str]) -> Before:
        """Return that no source was read before; ``coded`` are the columns whose values become codes."""
        return cls((), dict.fromkeys(coded), {name: ByProduct() for name in CODED if name not in IDS})

    def coders(self) -> dict[str, Coder]:
        """Return for each column that is coded what gives its values the codes that they had."""
        return {name: _coder(names) for name, names in self.names.items()}

    def parts(self, wanted: set[str], links: Sequence[str]) -> list[Part]:
        """Return the rows as one part, with the columns that further sources brought, of which they have none."""
        if not self.facts:
            return []
        new = [column for name, columns in ABSENT.items() if name in wanted for column in columns.items()]
        names = [*IDS, *links, *(name for name, _ in new)]
        return [Part(None, None, {name: {**dict(new), **self.columns}[name] for name in names}, self.ok)]


def _coder(names: Names | None) -> Coder:
    coder = Coder()
    if names is not None and len(names):
        coder.code(names.offsets, names.data, np.ones(len(names), bool))
    return coder


def read_otherwise(one: Facts, chosen: Mapping[str, str]) -> list[str]:
    """Return why a source that was read before would now be read in another way: by the columns ``chosen`` for the time and the rating."""
    problems = []
    for canonical in ("timestamp", "rating"):
        if canonical in one.named:
            continue
        then, now = one.found.get(canonical), chosen.get(canonical)
        now = now if now is None or now in one.header or one.format == "jsonl" else None
        # A column that JSON could bring later was waited for where none was chosen.
        if then != now and not (now is None and then not in one.header):
            column = now or then
            said = f"{column!r} was recognised as its {canonical}, and with the new files it would not be"
            if now:
                said = f"with the new files its column {now!r} would be recognised as the {canonical}, and without them it was not"
            problems.append(f"{one.name}: {said}; encode all files again, and name the column, as in {hint('map', {canonical: column})}")
    return problems
