"""Peeling a sparse tensor of reviews, one value of one of its modes after another, to a dense block.

*Batches.* The values of a mode that tie for the least mass are removed at once, so that the course does not depend on names. A review holds
one value a mode, so no review is lost twice, and the bound of the method (1 / modes of the optimum, arithmetic) holds as it does one by
one: when the first value of the optimum goes, every value left has at least the mass that it has in the optimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.csr import group_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ARITHMETIC", "GEOMETRIC", "SUSPICIOUSNESS", "densest_block", "density"]

ARITHMETIC, GEOMETRIC, SUSPICIOUSNESS = 0, 1, 2

EQUAL = 1e-9
"""Densities that differ by less, relative to themselves, are equal: the same sizes in other modes round otherwise."""


@jit
def density(kind, mass, size, whole_mass, whole_size):
    """Return the density of a block: its reviews and values a mode, and those of the tensor; minus infinity where it is empty."""
    if mass <= 0:
        return -np.inf
    modes = len(size)
    if kind == ARITHMETIC:
        return mass * modes / size.sum()
    if kind == GEOMETRIC:
        volume = 1.0
        for n in range(modes):
            volume *= size[n]
        return mass / volume ** (1.0 / modes)
    share = 1.0
    logs = 0.0
    for n in range(modes):
        share *= size[n] / whole_size[n]
        logs += np.log(size[n] / whole_size[n])
    return mass * (np.log(mass / whole_mass) - 1.0) + whole_mass * share - mass * logs


@bare
def _denser(one, other):
    if other == -np.inf:
        return one > other
    return one > other + EQUAL * max(abs(other), 1.0)


@bare
def _unlink(v, bucket, head, after, before):
    if before[v] >= 0:
        after[before[v]] = after[v]
    else:
        head[bucket] = after[v]
    if after[v] >= 0:
        before[after[v]] = before[v]


@bare
def _link(v, bucket, head, after, before):
    before[v] = -1
    after[v] = head[bucket]
    if head[bucket] >= 0:
        before[head[bucket]] = v
    head[bucket] = v


@jit
def _peel(kind, value, offset, indptr, entries, gone, whole_mass, whole_size, most, taken):
    """Fill ``taken``, the batch in which each value goes, and return the number of batches before the densest rest."""
    modes, m = value.shape
    total = offset[modes]
    mass = np.zeros(total, np.int64)
    left = np.int64(0)
    for e in range(m):
        if not gone[e]:
            left += 1
            for n in range(modes):
                mass[value[n, e]] += 1
    size = np.zeros(modes, np.int64)
    base = np.zeros(modes + 1, np.int64)
    for n in range(modes):
        base[n + 1] = base[n] + mass[offset[n] : offset[n + 1]].max() + 1
    head = np.full(base[modes], -1, np.int32)
    after = np.full(total, -1, np.int32)
    before = np.full(total, -1, np.int32)
    low = np.zeros(modes, np.int64)
    for n in range(modes):
        for v in range(offset[n], offset[n + 1]):
            taken[v] = -1
            # What holds no review is not part of the tensor that is left.
            if mass[v] > 0:
                size[n] += 1
                taken[v] = m + 1
                _link(v, base[n] + mass[v], head, after, before)
    dead = gone.copy()
    step = 0
    best = density(kind, left, size, whole_mass, whole_size) if size[0] <= most else -np.inf
    best_step = 0 if size[0] <= most else -1
    while left > 0:
        chosen = -1
        highest = -np.inf
        for n in range(modes):
            while head[base[n] + low[n]] < 0:
                low[n] += 1
            size[n] -= 1
            rest = density(kind, left - low[n], size, whole_mass, whole_size)
            size[n] += 1
            if chosen < 0 or _denser(rest, highest):
                chosen, highest = n, rest
        bucket = base[chosen] + low[chosen]
        v = head[bucket]
        head[bucket] = -1
        while v >= 0:
            taken[v] = step
            size[chosen] -= 1
            for k in range(indptr[v], indptr[v + 1]):
                e = entries[k]
                if dead[e]:
                    continue
                dead[e] = True
                left -= 1
                for n in range(modes):
                    if n != chosen:
                        w = value[n, e]
                        _unlink(w, base[n] + mass[w], head, after, before)
                        mass[w] -= 1
                        _link(w, base[n] + mass[w], head, after, before)
                        low[n] = min(low[n], mass[w])
            v = after[v]
        step += 1
        if left > 0 and size[0] <= most:
            now = density(kind, left, size, whole_mass, whole_size)
            if _denser(now, best):
                best, best_step = now, step
    return best_step


def densest_block(
    kind: int,
    value: NDArray[np.int32],
    offset: NDArray[np.int64],
    gone: NDArray[np.bool_],
    whole: tuple[int, NDArray[np.int64]],
    most: int,
) -> NDArray[np.bool_]:
    """Return the values of the densest block on the way of the peel; of equally dense ones the largest. None where all are too large.

    Parameters
    ----------
    kind : int
        `ARITHMETIC`, `GEOMETRIC` or `SUSPICIOUSNESS`.
    value : int32[modes, m]
        The value of each review in each mode; those of mode n are ``offset[n]`` to ``offset[n + 1] - 1``.
    offset : int64[modes + 1]
    gone : bool[m]
        Reviews that no longer count; at least one must be left.
    whole : (int, int64[modes])
        Reviews, and values a mode, of the tensor that suspiciousness compares with.
    most : int
        The most values of the first mode that a block may hold.

    Returns
    -------
    members : bool[offset[-1]]

    Notes
    -----
    O(modes * m): masses are counts, so a queue of buckets serves. About 16 bytes a review and mode.
    """
    total = int(offset[-1])
    keys = value.ravel()
    indptr, at = group_by(keys, total)
    entries = (at % value.shape[1]).astype(np.int32)
    taken = np.empty(total, np.int64)
    best = _peel(kind, value, offset, indptr, entries, gone, whole[0], whole[1], most, taken)
    # Batches of more than `most` values may leave nothing small enough.
    members: NDArray[np.bool_] = taken >= best if best >= 0 else np.zeros(total, np.bool_)
    return members
