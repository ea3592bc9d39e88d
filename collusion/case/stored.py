"""The lookup of a case that was read from a file or a pickle: what was stored, and the log itself where that is not enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from collusion.base.errors import CollusionError
from collusion.base.model import NO_TIME, Context
from collusion.export.surroundings import surroundings, written_reviews

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from collusion.base.model import Source
    from collusion.case.case import Case
    from collusion.case.lookup import Lookup, Readable, Reader, Replicates
    from collusion.case.ring import Ring

__all__ = ["StoredLookup"]


@dataclass(frozen=True, eq=False, repr=False)
class StoredLookup:
    """The way from a ring back to the log, without the log (`collusion.case.Lookup`).

    Parameters
    ----------
    around : mapping or None
        The reviews around the rings (`collusion.export.surroundings.surroundings`).
    written : mapping or None
        What the source says of the rings' own reviews (`collusion.export.surroundings.written_reviews`).
    sources : tuple of Source
    aside : tuple of mappings
        Rows set aside.
    log : callable or None
        Returns the lookup of the log itself, or raises CollusionError where the log is not to be had. Takes another place of the log.
    log_first : bool
        Whether rows are read from the log even where they are stored: it has all of its columns.
    """

    around: Mapping[str, Any] | None
    written: Mapping[str, Any] | None
    sources: tuple[Source, ...]
    aside: tuple[Mapping[str, object], ...]
    log: Callable[..., Lookup] | None = None
    log_first: bool = False

    @classmethod
    def of(cls, case: Case) -> StoredLookup:
        """Return all that a case needs of its log."""
        aside = tuple(dict(one) for one in case.lookup.problems())
        again = getattr(case.lookup, "again", None)
        return cls(surroundings(case), written_reviews(case), case.provenance.sources, aside, None if again is None else again(case))

    def again(self, case: Case) -> Callable[..., Lookup] | None:  # noqa: ARG002  # as of other lookups
        """Return what reads the log again."""
        return self.log

    def context(self, ring: Ring) -> Context:
        """Return the reviews around a ring."""
        stored = self.around
        if stored is None or ring.id not in stored["targets"]:
            return self._log(f"the reviews around ring {ring.id}").context(ring)
        of_member, of_target = (np.zeros(len(stored[name]), dtype=bool) for name in ("reviewers", "products"))
        of_member[:] = np.isin(stored["reviewers"], ring.reviewers) if len(of_member) else False
        of_target[stored["targets"][ring.id]] = True
        row, reviewer, product = (np.array(stored[name], dtype=np.int64) for name in ("row", "reviewer", "product"))
        day = rating = None
        if stored["day"] is not None:
            day = np.array([NO_TIME if one is None else one for one in stored["day"]], dtype=np.int32)
        if stored["rating"] is not None:
            rating = np.array([np.nan if one is None else one for one in stored["rating"]], dtype=np.float32)
        at = np.flatnonzero(of_member[reviewer] | of_target[product])
        if day is not None:
            at = at[np.lexsort((row[at], day[at]))]
        return Context(
            row=row[at],
            reviewer=np.array(stored["reviewers"], dtype=object)[reviewer[at]],
            product=np.array(stored["products"], dtype=object)[product[at]],
            member=of_member[reviewer[at]],
            target=of_target[product[at]],
            time=None if day is None else day[at],
            rating=None if rating is None else rating[at],
        )

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return source rows, in the order asked for."""
        asked = np.asarray(rows, dtype=np.int64)
        stored = np.array([] if self.written is None else self.written["row"], dtype=np.int64)
        if self.log_first or self.written is None or not np.isin(asked, stored).all():
            return self._log("these rows of the source").rows(rows)
        import pandas as pd  # noqa: PLC0415  # only for who asks for rows

        at = np.searchsorted(stored, asked)
        first = np.array([source.first_row for source in self.sources], dtype=np.int64)
        of = np.searchsorted(first, asked, side="right") - 1
        columns: dict[str, Any] = {
            "row": asked,
            "source": [self.sources[k].name for k in of],
            "source_row": asked - first[of] + 1,
        }
        for name, cells in zip(self.written["columns"], self.written["cells"], strict=True):
            columns[name] = pd.Series([cells[k] for k in at.tolist()], dtype=object)
        return pd.DataFrame(columns)

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return the rows set aside."""
        return self.aside

    def null_case(self) -> Case:
        """Return the strongest group of the shuffled logs (`collusion.case.Replicates`).

        Raises
        ------
        CollusionError
            When the log is not to be had, no shuffled log was searched, or an earlier version wrote the case.
        """
        if self.around is None:
            raise CollusionError("an earlier version wrote this case without noting which shuffled log to compare with; scan the log again")
        log = self._log("the shuffled logs")
        if not hasattr(log, "null_case"):
            raise CollusionError("the case does not lead back to its log, so the log cannot be shuffled again; scan the log again")
        return cast("Replicates", log).null_case()

    def reader(self, case: Case, log: Any = None) -> Reader:  # noqa: ANN401  # as scan
        """Return the log of the case (`collusion.case.lookup.Readable`).

        Raises
        ------
        InputError
            When ``log`` is another log.
        CollusionError
            When the log is not to be had, or the case does not lead back to one.
        """
        found = self._log("what the log says", log)
        if not hasattr(found, "reader"):
            raise CollusionError("the case does not lead back to its log; scan the log again")
        return cast("Readable", found).reader(case)

    def _log(self, what: str, log: Any = None) -> Lookup:  # noqa: ANN401  # as scan
        if self.log is None:
            raise CollusionError(f"{what} is not in the case folder; read the case with its log: collusion.read_case(folder, log=...)")
        return self.log() if log is None else self.log(log)
