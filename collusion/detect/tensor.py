"""Peeling a sparse tensor of reviews, one value of one of its modes after another, to a dense block.

*Batches.* The values of a mode that tie for the least mass are removed at once, so that the course does not depend on names. A review has
one value per mode, so no review is lost twice, and the bound of the method (1 / modes of the optimum, arithmetic) holds as it does one by
one: when the first value of the optimum goes, every value left has at least the mass that it has in the optimum.
"""

from __future__ import annotations

from collusion.kernels.arrays import Bools, Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["ARITHMETIC", "GEOMETRIC", "SUSPICIOUSNESS", "densest_block", "density"]

ARITHMETIC, GEOMETRIC, SUSPICIOUSNESS = 0, 1, 2

EQUAL = 1e-9
"""Densities that differ by less, relative to themselves, are equal: the same sizes in other modes round otherwise."""


@kernel("tensor_density")
def density(kind: int, mass: int, size: Int64s, whole_mass: int, whole_size: Int64s) -> float:
    """Return the density of a block: its reviews and values per mode, and those of the tensor; minus infinity where it is empty.

    Parameters
    ----------
    kind : int
        `ARITHMETIC`, `GEOMETRIC` or `SUSPICIOUSNESS`.
    mass, whole_mass : int
        Reviews; those of the tensor at least 1.
    size, whole_size : int64[modes]
        Values; those of the tensor at least 1.
    """


@kernel("densest_tensor_block")
def densest_block(kind: int, value: Int32s, offset: Int64s, gone: Bools, whole: tuple[int, Int64s], most: int) -> Bools:
    """Return the values of the densest block on the way of the peel; of equally dense ones the largest. None where all are too large.

    Parameters
    ----------
    kind : int
        `ARITHMETIC`, `GEOMETRIC` or `SUSPICIOUSNESS`.
    value : int32[modes, m]
        The value of each review in each mode; those of mode n are ``offset[n]`` to ``offset[n + 1] - 1``.
    offset : int64[modes + 1]
        From 0. Each value is that of a review.
    gone : bool[m]
        Reviews that no longer count; at least one must be left.
    whole : (int, int64[modes])
        Reviews, and values per mode, of the tensor that suspiciousness compares with.
    most : int
        The largest number of values of the first mode in a block.

    Returns
    -------
    members : bool[offset[-1]]

    Notes
    -----
    O(modes * m): masses are counts, so a queue of buckets serves. About 4 bytes per review and mode, 40 a value.
    """
