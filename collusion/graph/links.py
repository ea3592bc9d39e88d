"""Which reviewers show which values of a linking column, such as a device."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from collusion.base.model import Link
from collusion.kernels.columns import take
from collusion.kernels.csr import group_by

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Link", "renumbered"]


def renumbered(link: Link, rank: NDArray[np.int32]) -> Link:
    """Return the same link with reviewer ``rank[u]`` for what was u. O(m + reviewers)."""
    reviewer = take(rank, link.reviewer)
    order = group_by(reviewer, len(rank))[1]  # stable, so that the values of a reviewer stay sorted
    return replace(link, reviewer=take(reviewer, order), value=take(link.value, order), row=take(link.row, order))
