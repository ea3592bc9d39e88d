"""Which of many groups, best first, overlap with one that was kept before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["first_overlaps"]


def first_overlaps(indptr: NDArray[np.int64], member: NDArray[np.int64], n_members: int, share: float, of: NDArray[np.int64]) -> None:
    """Fill ``of[g]`` with the first kept group that shares ``share`` of the smaller's members with group g; -1 where g is kept itself.

    Group g is ``member[indptr[g]:indptr[g + 1]]``, unique and below ``n_members``, of which there are no more than entries; groups
    before it were kept or not before it. O(for each group, the kept ones that contain each of its members).
    """
    call("first_overlaps", indptr, member, n_members, share, of)
