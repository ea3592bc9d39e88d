"""Leiden's search for communities, compiled (Traag, Waltman and van Eck 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels._prefetch import prefetch
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


BLOCK = 16
"""Nodes for which memory is asked ahead of need, so that the waits for it overlap; what they bring fits into the cache."""

LONG = 64
"""Arcs of a node for which it is asked, or arcs ahead where rows are read one after the other."""

LARGE = 2**16
"""Nodes of a graph for which that is worthwhile: what smaller ones need is in the cache."""


@bare
def _fetch(indptr, other, weight, of, cells, stride, nodes):
    """Ask for the rows of the nodes, for what ``of`` holds of their neighbours, and for the cells of those."""
    for v in nodes:
        prefetch(indptr, v)
    for v in nodes:
        prefetch(other, indptr[v])
        prefetch(weight, indptr[v])
    for v in nodes:
        for e in range(indptr[v], min(indptr[v + 1], indptr[v] + LONG)):
            prefetch(of, other[e])
    for v in nodes:
        for e in range(indptr[v], min(indptr[v + 1], indptr[v] + LONG)):
            prefetch(cells, stride * of[other[e]])


@bare
def _fetch_inside(indptr, other, community, part, cells, out, alone, first, last):
    """Ask for what merging the nodes from first to last looks up."""
    for v in range(first, last):
        if alone[v] and out[v] > 0.0:
            for e in range(indptr[v], min(indptr[v + 1], indptr[v] + LONG)):
                prefetch(community, other[e])
                prefetch(part, other[e])
    for v in range(first, last):
        if alone[v] and out[v] > 0.0:
            for e in range(indptr[v], min(indptr[v + 1], indptr[v] + LONG)):
                if community[other[e]] == community[v]:
                    prefetch(cells, 2 * part[other[e]])


@bare
def _draw(state):
    """Return the next of SplitMix64's words, as a float64 in [0, 1)."""
    state[0] += GOLDEN
    return np.float64(finalise(state[0]) >> np.uint64(11)) * 2.0**-53


@jit
def _move(indptr, other, weight, mass, gamma, community, cells, size, touched, queue, free, waiting, state):
    """Move nodes to the neighbouring community of largest gain until none gains; return how many moves that took.

    ``community``, ``cells`` and ``size`` hold the partition, and change. A row of ``cells``, for what is looked up together, holds the mass
    of a community and the weight toward it, which is 0 before and after.
    """
    n = len(mass)
    flat = cells.reshape(-1)
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
    head, count, moves, ahead = 0, n, 0, 0
    while count > 0:
        if ahead == 0:
            ahead = min(BLOCK, count, n - head)
            if n >= LARGE:
                _fetch(indptr, other, weight, community, flat, 2, queue[head : head + ahead])
        ahead -= 1
        v = queue[head]
        head = head + 1 if head + 1 < n else 0
        count -= 1
        waiting[v] = False
        own = community[v]
        k = 0
        for e in range(indptr[v], indptr[v + 1]):
            c = community[other[e]]
            seen = cells[c, 1]
            touched[k] = c  # without a branch, which would be mispredicted often; overwritten where c was met before
            k += seen == 0.0
            cells[c, 1] = seen + weight[e]
        pull = gamma * mass[v]
        best, most = own, cells[own, 1] - pull * (cells[own, 0] - mass[v])
        stay = most
        for j in range(k):
            c = touched[j]
            if c != own:
                gain = cells[c, 1] - pull * cells[c, 0]
                if gain > most:
                    best, most = c, gain
            cells[c, 1] = 0.0
        if most < 0.0 and size[own] > 1:
            best, most = free[n_free - 1], 0.0
        if best == own or most - stay <= ROUNDING * pull * (cells[own, 0] + cells[best, 0]):
            continue
        if size[best] == 0:
            n_free -= 1
        community[v] = best
        cells[own, 0] -= mass[v]
        size[own] -= 1
        cells[best, 0] += mass[v]
        size[best] += 1
        if size[own] == 0:
            cells[own, 0] = 0.0
            free[n_free] = own
            n_free += 1
        moves += 1
        for e in range(indptr[v], indptr[v + 1]):
            u = other[e]
            if community[u] != best and not waiting[u]:
                waiting[u] = True
                tail = head + count
                queue[tail if tail < n else tail - n] = u
                count += 1
    return moves


@jit
def _merge(indptr, other, weight, mass, gamma, theta, community, mass_of, part, cells, out, touched, alone, state):
    """Refine: merge single nodes within their communities into well-connected parts; return the number of parts, from 0 in ``part``.

    A row of ``cells`` holds the mass of a part, in the end too, and the weight toward it, which is 0 before and after. ``out`` and
    ``alone`` are scratch: weight from a part to the rest of its community, and whether a part still is the single node it began as.
    """
    n = len(mass)
    flat = cells.reshape(-1)
    end = indptr[n] - 1
    for v in range(n):
        part[v] = v
        cells[v, 0] = mass[v]
        alone[v] = True
        own, inside = community[v], 0.0
        for e in range(indptr[v], indptr[v + 1]):
            prefetch(community, other[min(e + LONG, end)])
            inside += weight[e] if community[other[e]] == own else 0.0  # without a branch
        out[v] = inside
    start = int(_draw(state) * n)
    for i in range(n):
        v = start + i if start + i < n else start + i - n
        if i % BLOCK == 0 and n >= LARGE:
            _fetch_inside(indptr, other, community, part, flat, out, alone, v, min(v + BLOCK, n))
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
                if cells[p, 1] == 0.0:
                    touched[k] = p
                    k += 1
                cells[p, 1] += weight[e]
        most = 0.0  # for staying alone
        kept = 0
        for j in range(k):
            p = touched[j]
            gain = cells[p, 1] - pull * cells[p, 0]
            if gain >= 0.0 and out[p] >= gamma * cells[p, 0] * (whole - cells[p, 0]):
                touched[kept] = p
                kept += 1
                most = max(most, gain)
            else:
                cells[p, 1] = 0.0
        total = np.exp(-most / theta) if most < FAR * theta else 0.0
        lone = total
        for j in range(kept):
            short = (most - (cells[touched[j], 1] - pull * cells[touched[j], 0])) / theta
            if short < FAR:
                total += np.exp(-short)
        drawn = _draw(state) * total - lone
        chosen, tie = -1, 0.0
        for j in range(kept):
            p = touched[j]
            short = (most - (cells[p, 1] - pull * cells[p, 0])) / theta
            if drawn >= 0.0 and short < FAR:
                drawn -= np.exp(-short)
                chosen, tie = p, cells[p, 1]
            cells[p, 1] = 0.0
        if chosen >= 0:
            part[v] = chosen
            cells[chosen, 0] += mass[v]
            out[chosen] += out[v] - 2.0 * tie
            alone[v] = False
            alone[chosen] = False
    # A part is called after the node it began with, and that node stays in it.
    parts = 0
    for v in range(n):
        if part[v] == v:
            out[v] = parts
            cells[parts, 0] = cells[v, 0]
            parts += 1
    for v in range(n):
        part[v] = np.uint32(out[part[v]])
    return parts


@bare
def _number(community, name):
    """Rename communities from 0 in the order in which nodes name them; return how many there are."""
    n = len(community)
    for c in range(n):
        name[c] = n
    count = 0
    for v in range(n):
        c = community[v]
        if name[c] == n:
            name[c] = count
            count += 1
        community[v] = name[c]
    return count


@bare
def _totals(community, mass, cells, size):
    for c in range(len(mass)):
        cells[c, 0] = 0.0
        size[c] = 0
    for v in range(len(mass)):
        cells[community[v], 0] += mass[v]
        size[community[v]] += 1


@bare
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
            if i % BLOCK == 0 and n >= LARGE:
                _fetch(indptr, other, weight, part, toward, 1, by_part[i : i + BLOCK])
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


@bare
def _lift(place, part, community, above):
    """Move to the graph of the parts: where each node of the log's graph went, and in which community each part lies."""
    for v in range(len(part)):
        above[part[v]] = community[v]
    for v in range(len(place)):
        place[v] = part[place[v]]


@bare
def _settle(place, above, community):
    for v in range(len(place)):
        community[v] = above[place[v]]


@bare
def _root(above, v):
    """Return the first node of the piece of v, shortening the way there by half."""
    while above[v] != v:
        above[v] = above[above[v]]
        v = above[v]
    return v


@bare
def _split(indptr, other, community, label):
    """Label the connected pieces of each community, from 0 in the order of their first nodes."""
    n = len(community)
    end = indptr[n] - 1
    for v in range(n):
        label[v] = v  # for a start each leads to an earlier node of its piece, if there is one
    for v in range(n):
        own, r = community[v], v
        for e in range(indptr[v], indptr[v + 1]):
            ahead = other[min(e + LONG, end)]
            prefetch(community, ahead)
            prefetch(label, ahead)
            u = other[e]
            if u < v and community[u] == own:
                s = _root(label, u)
                if s < r:
                    label[r] = s
                    r = s
                else:
                    label[s] = r
    count = 0
    for v in range(n):
        if label[v] == v:
            label[v] = count
            count += 1
        else:
            label[v] = label[label[v]]


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
    Ties go to the neighbour that comes first. Weights and masses are summed as float64: exact where they are whole numbers
    below 2**53. Beside the graph: at most 49 bytes a node, and for graphs of parts at most 8 bytes an arc between parts (12 where the
    weights outgrow 32 bits) and 20 a part; two are held at a time.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck: From Louvain to Leiden: guaranteeing well-connected communities. Scientific Reports 9, 2019.
    """
    n = len(mass)
    codes: NDArray[Any] = other.view(np.uint32)  # spares a test for negative numbers at each access
    total = int(weight.sum(dtype=np.int64))
    wide = np.int32 if total < 2**31 else np.int64
    theta = THETA * total / max(len(other), 1)
    state = np.array([seed % 2**64], dtype=np.uint64)
    cells, mass_of, flag = np.zeros((n, 2)), np.empty(n), np.empty(n, dtype=np.bool_)
    toward = cells.reshape(-1).view(wide)  # a zero is a zero in either type
    touched = np.empty(n + 1, dtype=np.uint32)  # one beyond, for the write without a branch
    # What moving needs and what merging needs in turn.
    queue, free = scratch = np.empty((2, n), dtype=np.uint32)
    out = scratch.reshape(-1).view(np.float64)
    size = part = np.empty(n, dtype=np.uint32)
    community = np.arange(n, dtype=np.uint32)
    while iterations:
        iterations -= 1
        place = np.arange(n, dtype=np.uint32)
        level, own, moved = (indptr, codes, weight, mass), community, 0
        while True:
            k = len(level[3])
            _totals(own, level[3], cells[:k], size[:k])
            moved += _move(*level, gamma, own, cells[:k], size[:k], touched, queue, free, flag, state)
            count = _number(own, queue[:k])
            if count == k:
                break
            _totals(own, level[3], cells[:k], size[:k])
            mass_of[:count] = cells[:count, 0]
            parts = _merge(*level, gamma, theta, own, mass_of, part[:k], cells, out, touched, flag, state)
            if parts == k:
                break
            above = np.empty(parts, dtype=np.uint32)
            _lift(place, part[:k], own, above)
            mass_in = cells[:parts, 0].copy()
            cells[:k, 0] = 0.0
            # Of what is allotted, only what is filled is ever touched and takes memory.
            rows = np.empty(parts + 1, dtype=np.int64)
            arcs = np.empty(len(level[1]), dtype=np.uint32), np.empty(len(level[1]), dtype=wide)
            filled = _aggregate(*level[:3], part[:k], parts, toward, touched, queue[:k], rows, *arcs)
            level, own = (rows, arcs[0][:filled], arcs[1][:filled], mass_in), above
        _settle(place, own, community)
        if not moved:
            break
    label = np.empty(n, dtype=np.uint32)
    _split(indptr, codes, community, label)
    return label.view(np.int32)
