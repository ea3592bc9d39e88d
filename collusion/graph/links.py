"""Which reviewers show which values of a linking column, such as a device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.graph.log import Names
from collusion.kernels.columns import take
from collusion.kernels.csr import group_by

__all__ = ["Link"]


@dataclass(frozen=True, eq=False)
class Link:
    """Which reviewers show which values of one linking column. Arrays are read-only.

    Accepted rows that are not counted, since they repeat or copy another, show values too.

    Parameters
    ----------
    name : str
        The column of the log.
    reviewer : int32[m]
        Codes as in ``Log.graph``, ascending.
    value : int32[m]
        Codes of the values; each (reviewer, value) once, sorted.
    row : int64[m]
        First source row that shows it.
    values : Names
        The values as text, by code.
    """

    name: str
    reviewer: NDArray[np.int32]
    value: NDArray[np.int32]
    row: NDArray[np.int64]
    values: Names

    def __post_init__(self) -> None:
        for array in (self.reviewer, self.value, self.row):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.reviewer)

    def renumbered(self, rank: NDArray[np.int32]) -> Link:
        """Return the same link with reviewer ``rank[u]`` for what was u. O(m + reviewers)."""
        reviewer = take(rank, self.reviewer)
        order = group_by(reviewer, len(rank))[1]  # stable, so that the values of a reviewer stay sorted
        return Link(self.name, take(reviewer, order), take(self.value, order), take(self.row, order), self.values)
