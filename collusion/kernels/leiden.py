"""Leiden's search for communities, compiled (Traag, Waltman and van Eck 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels._jit import jit
from collusion.kernels.hashing import GOLDEN, finalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["search"]

THETA = 0.01
"""Randomness of the refinement, in mean edge weights: merges are drawn in proportion to exp(gain / THETA), as in the paper."""

FAR = 40.0
"""Beyond this many thetas below the best, a merge has a chance of less than 1e-17 and is left out."""

ROUNDING = 1e-12
"""Share of the expectation by which a move must gain: less could be rounding, and rounding could move nodes in circles."""


@jit
def _draw(state):
    """Return the next of SplitMix64's words, as a float64 in [0, 1)."""
    state[0] += GOLDEN
    return np.float64(finalise(state[0]) >> np.uint64(11)) * 2.0**-53


@jit
def _move(indptr, other, weight, mass, gamma, community, mass_of, size, toward, touched, queue, free, waiting, state):
    """Move nodes to the neighbouring community of largest gain until none gains; return how many moves that took.

    ``community``, ``mass_of`` and ``size`` hold the partition, and change. ``toward`` is all 0 before and after.
    """
    n = len(mass)
    n_free = 0
    for c in range(n - 1, -1, -1):
        if size[c] == 0:
            free[n_free] = c
            n_free += 1
    start = int(_draw(state) * n)
    for i in range(n):
        v = start + i
        queue[i] = v if v < n else v - n
        waiting[i] = True
    head, count, moves = 0, n, 0
    while count > 0:
        v = queue[head]
        head = head + 1 if head + 1 < n else 0
        count -= 1
        waiting[v] = False
        own = community[v]
        k = 0
        for e in range(indptr[v], indptr[v + 1]):
            c = community[other[e]]
            seen = toward[c]
            touched[k] = c  # without a branch, which would be mispredicted often; overwritten where c was met before
            k += seen == 0
            toward[c] = seen + weight[e]
        pull = gamma * mass[v]
        best, most = own, toward[own] - pull * (mass_of[own] - mass[v])
        stay = most
        for j in range(k):
            c = touched[j]
            if c != own:
                gain = toward[c] - pull * mass_of[c]
                if gain > most:
                    best, most = c, gain
            toward[c] = 0
        if most < 0.0 and size[own] > 1:
            best, most = free[n_free - 1], 0.0
        if best == own or most - stay <= ROUNDING * pull * (mass_of[own] + mass_of[best]):
            continue
        if size[best] == 0:
            n_free -= 1
        community[v] = best
        mass_of[own] -= mass[v]
        size[own] -= 1
        mass_of[best] += mass[v]
        size[best] += 1
        if size[own] == 0:
            mass_of[own] = 0.0
            free[n_free] = own
            n_free += 1
        moves += 1
        for e in range(indptr[v], indptr[v + 1]):
            u = other[e]
            if not waiting[u] and community[u] != best:
                waiting[u] = True
                tail = head + count
                queue[tail if tail < n else tail - n] = u
                count += 1
    return moves


@jit
def _merge(indptr, other, weight, mass, gamma, theta, community, mass_of, part, mass_in, out, toward, touched, alone, state):
    """Refine: merge single nodes within their communities into well-connected parts; return the number of parts, from 0 in ``part``.

    ``mass_in`` becomes the mass of each part. ``out`` and ``alone`` are scratch: weight from a part to the rest of its community, and
    whether a part still is the single node it began as.
    """
    n = len(mass)
    for v in range(n):
        part[v] = v
        mass_in[v] = mass[v]
        alone[v] = True
        out[v] = 0
        for e in range(indptr[v], indptr[v + 1]):
            if community[other[e]] == community[v]:
                out[v] += weight[e]
    start = int(_draw(state) * n)
    for i in range(n):
        v = start + i if start + i < n else start + i - n
        own = community[v]
        whole = mass_of[own]
        pull = gamma * mass[v]
        if not alone[v] or out[v] == 0 or out[v] < pull * (whole - mass[v]):
            continue
        k = 0
        for e in range(indptr[v], indptr[v + 1]):
            u = other[e]
            if community[u] == own:
                p = part[u]
                if toward[p] == 0:
                    touched[k] = p
                    k += 1
                toward[p] += weight[e]
        most = 0.0  # for staying alone
        kept = 0
        for j in range(k):
            p = touched[j]
            gain = toward[p] - pull * mass_in[p]
            if gain >= 0.0 and out[p] >= gamma * mass_in[p] * (whole - mass_in[p]):
                touched[kept] = p
                kept += 1
                most = max(most, gain)
            else:
                toward[p] = 0
        total = np.exp(-most / theta) if most < FAR * theta else 0.0
        lone = total
        for j in range(kept):
            short = (most - (toward[touched[j]] - pull * mass_in[touched[j]])) / theta
            if short < FAR:
                total += np.exp(-short)
        drawn = _draw(state) * total - lone
        chosen, tie = -1, np.int64(0)
        for j in range(kept):
            p = touched[j]
            short = (most - (toward[p] - pull * mass_in[p])) / theta
            if drawn >= 0.0 and short < FAR:
                drawn -= np.exp(-short)
                chosen, tie = p, toward[p]
            toward[p] = 0
        if chosen >= 0:
            part[v] = chosen
            mass_in[chosen] += mass[v]
            out[chosen] += out[v] - 2 * tie
            alone[v] = False
            alone[chosen] = False
    # A part is called after the node it began with, and that node stays in it.
    parts = 0
    for v in range(n):
        if part[v] == v:
            touched[v] = parts
            mass_in[parts] = mass_in[v]
            parts += 1
    for v in range(n):
        part[v] = touched[part[v]]
    return parts


@jit
def _number(community, name):
    """Rename communities from 0 in the order in which nodes name them; return how many there are."""
    n = len(community)
    for c in range(n):
        name[c] = -1
    count = 0
    for v in range(n):
        c = community[v]
        if name[c] < 0:
            name[c] = count
            count += 1
        community[v] = name[c]
    return count


@jit
def _totals(community, mass, mass_of, size):
    for c in range(len(mass)):
        mass_of[c] = 0.0
        size[c] = 0
    for v in range(len(mass)):
        mass_of[community[v]] += mass[v]
        size[community[v]] += 1


@jit
def _aggregate(indptr, other, weight, part, parts, toward, touched, by_part, out_indptr, out_other, out_weight):
    """Fill the graph of the parts, without what is tied inside one; return the number of its arcs."""
    n = len(part)
    for p in range(parts + 1):
        out_indptr[p] = 0
    for v in range(n):
        out_indptr[part[v] + 1] += 1
    for p in range(parts):
        out_indptr[p + 1] += out_indptr[p]
    for v in range(n):
        by_part[out_indptr[part[v]]] = v
        out_indptr[part[v]] += 1
    # Now out_indptr[p] is where the nodes of part p end, and those before it need it no more.
    filled = np.int64(0)
    i = 0
    for p in range(parts):
        k = 0
        end = out_indptr[p]
        while i < end:
            v = by_part[i]
            i += 1
            for e in range(indptr[v], indptr[v + 1]):
                q = part[other[e]]
                if q != p:
                    seen = toward[q]
                    touched[k] = q
                    k += seen == 0
                    toward[q] = seen + weight[e]
        out_indptr[p] = filled
        for j in range(k):
            out_other[filled] = touched[j]
            out_weight[filled] = toward[touched[j]]
            toward[touched[j]] = 0
            filled += 1
    out_indptr[parts] = filled
    return filled


@jit
def _lift(place, part, community, above):
    """Move to the graph of the parts: where each node of the log's graph went, and in which community each part lies."""
    for v in range(len(part)):
        above[part[v]] = community[v]
    for v in range(len(place)):
        place[v] = part[place[v]]


@jit
def _settle(place, above, community):
    for v in range(len(place)):
        community[v] = above[place[v]]


@jit
def _split(indptr, other, community, stack, label):
    """Label the connected pieces of each community, from 0 in the order of their first nodes."""
    n = len(community)
    for v in range(n):
        label[v] = -1
    count = 0
    for s in range(n):
        if label[s] >= 0:
            continue
        label[s] = count
        stack[0] = s
        top = 1
        while top > 0:
            top -= 1
            v = stack[top]
            for e in range(indptr[v], indptr[v + 1]):
                u = other[e]
                if label[u] < 0 and community[u] == community[s]:
                    label[u] = count
                    stack[top] = u
                    top += 1
        count += 1


def search(
    indptr: NDArray[np.int64],
    other: NDArray[np.int32],
    weight: NDArray[Any],
    mass: NDArray[np.float64],
    gamma: float,
    seed: int,
    iterations: int = -1,
) -> NDArray[np.int32]:
    """Return connected communities that make large the sum over pairs inside of weight minus ``gamma`` times both masses.

    Parameters
    ----------
    indptr : int64[n + 1]
    other : int32[arcs]
        Row v holds the neighbours of node v; each edge is in two rows, none is a loop. Not checked.
    weight : integer[arcs]
        Of at least 1.
    mass : float64[n]
        At least 0. Strengths for modularity, with the resolution over their sum for ``gamma``; ones for the constant Potts model.
    gamma : float
    seed : int
    iterations : int, default -1
        Rounds, each of which moves, refines and aggregates until nothing merges; any below 0 until a round moves no node.

    Returns
    -------
    int32[n]
        Communities from 0 in the order of their first nodes. Each is connected: what a move cut in two is split, which only gains.

    Notes
    -----
    A few passes over the edges a round. Nodes are visited in their order, from a place drawn at random: hand them over in a random one.
    Ties go to the neighbour that comes first. Weights are summed as int64 and masses as float64: exact where they are whole numbers below
    2**53. Beside the graph: 65 bytes a node, and for graphs of parts at most 8 bytes an arc between parts (12 where the weights outgrow
    32 bits) and 36 a part; two are held at a time.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck: From Louvain to Leiden: guaranteeing well-connected communities. Scientific Reports 9, 2019.
    """
    n = len(mass)
    total = int(weight.sum(dtype=np.int64))
    wide = np.int32 if total < 2**31 else np.int64
    theta = THETA * total / max(len(other), 1)
    state = np.array([seed % 2**64], dtype=np.uint64)
    mass_of, mass_in = np.empty(n), np.empty(n)
    toward, out = np.zeros(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    size, touched, queue, free, part = (np.empty(n + 1, dtype=np.int32) for _ in range(5))  # one beyond, for the write without a branch
    flag = np.empty(n, dtype=np.bool_)
    community = np.arange(n, dtype=np.int32)
    while iterations:
        iterations -= 1
        place = np.arange(n, dtype=np.int32)
        level, own, moved = (indptr, other, weight, mass), community, 0
        while True:
            k = len(level[3])
            _totals(own, level[3], mass_of[:k], size[:k])
            moved += _move(*level, gamma, own, mass_of[:k], size[:k], toward, touched, queue, free, flag, state)
            count = _number(own, touched[:k])
            if count == k:
                break
            _totals(own, level[3], mass_of[:k], size[:k])
            parts = _merge(*level, gamma, theta, own, mass_of, part[:k], mass_in, out, toward, touched, flag, state)
            if parts == k:
                break
            above = np.empty(parts, dtype=np.int32)
            _lift(place, part[:k], own, above)
            # Of what is allotted, only what is filled is ever touched and takes memory.
            rows = np.empty(parts + 1, dtype=np.int64)
            arcs = np.empty(len(level[1]), dtype=np.int32), np.empty(len(level[1]), dtype=wide)
            filled = _aggregate(*level[:3], part[:k], parts, toward, touched, queue, rows, *arcs)
            level, own = (rows, arcs[0][:filled], arcs[1][:filled], mass_in[:parts].copy()), above
        _settle(place, own, community)
        if not moved:
            break
    label = np.empty(n, dtype=np.int32)
    _split(indptr, other, community, queue, label)
    return label
