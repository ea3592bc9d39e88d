"""What a case asks of its log about one account, product or seller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.inference.search import Search
from collusion.questions import Target, ask_log, close_ids, find_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from collusion.base.answer import Findings, Role
    from collusion.case import Ring
    from collusion.detect import Detector
    from collusion.graph.log import Log

    Codes = Mapping[str, tuple[NDArray[np.int32], NDArray[np.int32]]]

__all__ = ["Reader"]


@dataclass(frozen=True, eq=False)
class Reader:
    """The log of a case, to be asked about one account, product or seller (`collusion.case.Reader`).

    Parameters
    ----------
    log : Log
    codes : mapping of str to pair of int32 arrays
        Members and products of each ring, by its id.
    detectors : sequence of Detector
        Of the scan: one of them says in which windows co-reviews count.
    seed, threads : int
    """

    log: Log
    codes: Codes
    detectors: Sequence[Detector]
    seed: int
    threads: int

    def roles(self, name: str) -> tuple[Role, ...]:
        """Return what the id is in the log."""
        return tuple(one.role for one in find_id(self.log, name))

    def close(self, name: str, role: Role | None = None) -> list[tuple[str, Role]]:
        """Return the ids that are most like one that there is not."""
        return close_ids(self.log, name, role)

    def ask(self, name: str, role: Role, rings: Sequence[Ring]) -> Findings:
        """Return what the log says; ``rings`` are those of the case."""
        asked = next(one for one in find_id(self.log, name) if one.role == role)
        search = Search.of(self.log.graph, self.detectors, self.seed, self.threads)
        return ask_log(self.log, search.by_window, [self._target(ring, search) for ring in rings], asked)

    def _target(self, ring: Ring, search: Search) -> Target:
        """Return a ring with the co-reviews that it was scored by; of files that do not say which, the longest window."""
        parts = ring.breakdown
        by_window = {co_reviews.window: co_reviews for co_reviews in search.by_window}
        co_reviews = search.by_window[-1] if parts is None else by_window.get(parts.window, search.by_window[-1])
        if parts is not None and parts.window in by_window:
            # One part for each local degree that counts, and the penalty of the search.
            co_reviews = co_reviews.rarer(max(len(parts.parts) - 2, 0))
        return Target(ring.id, *self.codes[ring.id], co_reviews, ring.status in {"flagged", "coordinated"})
