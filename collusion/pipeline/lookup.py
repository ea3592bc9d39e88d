"""The way from a ring back to the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.graph.graph import NO_TIME
from collusion.pipeline.again import Again, null_case
from collusion.pipeline.context import context_of
from collusion.pipeline.describe import iso, own_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.graph.log import Log
    from collusion.model import Case, Context, Ring

__all__ = ["Lookup"]


@dataclass(frozen=True, eq=False)
class Lookup:
    """Leads from a ring back to the log (`collusion.model.Lookup`)."""

    log: Log
    reread: Callable[[Sequence[int]], pd.DataFrame] | None
    codes: Mapping[str, tuple[NDArray[np.int32], NDArray[np.int32]]]
    again: Again
    read: dict[str, pd.DataFrame] = field(default_factory=dict)
    drawn: dict[str, Case] = field(default_factory=dict)

    def context(self, ring: Ring) -> Context:
        """Return the ring's reviews and all others of its reviewers and of its products, in the order of time."""
        return context_of(self.log, *self.codes[ring.id])

    def null_case(self) -> Case:
        """Return the strongest group of the null replicates (`collusion.model.Replicates`); drawn and searched for once."""
        if "strongest" not in self.drawn:
            self.drawn["strongest"] = null_case(self.log, self.again)
        return self.drawn["strongest"]

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return rows of the source, as it has them."""
        asked = np.asarray(rows, dtype=np.int64)
        if self.reread is None:
            return self._rows_of_store(asked)
        # The source is read again once for all rings, not once for each of them.
        known = self.read.get("rows")
        if known is None or not np.isin(asked, known["row"]).all():
            cited = [self._slots(reviewers, products) for reviewers, products in self.codes.values()]
            every = np.unique(np.concatenate([asked, *(self.log.graph.row[slots] for slots in cited)]))
            known = self.read["rows"] = self.reread(every.tolist())
        found: pd.DataFrame = known.iloc[np.searchsorted(known["row"], asked)].reset_index(drop=True)
        return found

    def _slots(self, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int64]:
        return own_slots(self.log.graph, reviewers, products)

    def _rows_of_store(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415  # only for who asks for rows

        graph = self.log.graph
        order = np.argsort(graph.row, kind="stable")
        slots = order[np.searchsorted(graph.row, rows, sorter=order)]
        first = np.array([source.first_row for source in self.log.sources])
        source = np.searchsorted(first, rows, side="right") - 1
        columns: dict[str, Any] = {
            "row": rows,
            "source": [self.log.sources[k].name for k in source],
            "source_row": rows - first[source] + 1,
            "reviewer_id": self.log.reviewers.take(graph.reviewer[slots]),
            "product_id": self.log.products.take(self.log.variant[slots]),
        }
        if graph.rating is not None:
            columns["rating"] = ["" if np.isnan(r) else f"{r:g}" for r in graph.rating[slots]]
        if graph.time is not None:
            columns["timestamp"] = ["" if t == NO_TIME else iso(t) for t in graph.time[slots]]
        return pd.DataFrame(columns)

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return the rows set aside."""
        return self.log.problems
