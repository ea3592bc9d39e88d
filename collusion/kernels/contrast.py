"""Greedy shaving of a set of reviewers by HoloScope's contrast suspiciousness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.csr import group_by
from collusion.kernels.heap import sift_down, sift_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLASSES", "ONE", "shave"]

ONE = 2**20
"""What 1.0 is in the integers of a probability."""

CLASSES = 3
"""Classes of ratings: bad, middling, good."""


@bare
def _divergence(own, whole, p):
    """Return KL(own || others) of a product's ratings, each class with one more, times the balance of the two."""
    mine, others = 0, 0
    for c in range(CLASSES):
        mine += own[p, c] + 1
        others += whole[p, c] - own[p, c] + 1
    divergence = 0.0
    for c in range(CLASSES):
        share = (own[p, c] + 1) / mine
        divergence += share * np.log(share * others / (whole[p, c] - own[p, c] + 1))
    return divergence * min(mine / others, others / mine)


@bare
def _probability(p, base, topology, times, ratings, count, degree, burst, bursts, own, whole, most):
    """Return P(p | A) in units of `ONE`; 0 for a product that A did not review."""
    if count[p] == 0:
        return np.int64(0)
    exponent = 0.0
    if topology:
        exponent += count[p] / degree[p] - 1.0
    if times:
        exponent += (burst[p] / bursts[p] if bursts[p] > 0 else 0.0) - 1.0
    if ratings:
        exponent += (min(_divergence(own, whole, p) / most, 1.0) if most > 0.0 else 0.0) - 1.0
    return np.int64(np.rint(ONE * base**exponent))


@jit
def _shave(
    u_indptr, u_edges, p_indptr, p_edges, user, product, weight, level, worth, degree, bursts, whole, base, topology, times, ratings
):
    """Remove the least suspicious again and again, ties at once.

    Returns the batch in which each reviewer goes, the number of batches before the best set, its numerator and denominator.
    """
    users, products = len(u_indptr) - 1, len(p_indptr) - 1
    count = np.zeros(products, np.int64)
    burst = np.zeros(products, np.int64)
    own = np.zeros((products, CLASSES), np.int64)
    for e in range(len(user)):
        p = product[e]
        count[p] += 1
        burst[p] += weight[e]
        if level[e] >= 0:
            own[p, level[e]] += 1
    # The scale of the divergences is that of the set to start with.
    most = 0.0
    if ratings:
        for p in range(products):
            most = max(most, _divergence(own, whole, p))
    chance = np.zeros(products, np.int64)
    above, below = np.int64(0), np.int64(users) * ONE
    for p in range(products):
        chance[p] = _probability(p, base, topology, times, ratings, count, degree, burst, bursts, own, whole, most)
        above += worth[p] * count[p] * chance[p]
        below += chance[p]
    key = np.zeros(users, np.int64)
    heap = np.empty(users, np.int32)
    at = np.empty(users, np.int32)
    for u in range(users):
        for i in range(u_indptr[u], u_indptr[u + 1]):
            p = product[u_edges[i]]
            key[u] += worth[p] * chance[p]
        heap[u] = u
        at[u] = u
    for i in range(users // 2 - 1, -1, -1):
        sift_down(heap, at, key, i, users)
    batch = np.full(users, -1, np.int32)
    dirty = np.empty(products, np.int32)
    marked = np.zeros(products, np.bool_)
    best, best_above, best_below = 0, above, below
    size = users
    number = 0
    while size > 0:
        least = key[heap[0]]
        touched = 0
        while size > 0 and key[heap[0]] == least:
            u = heap[0]
            batch[u] = number
            size -= 1
            below -= ONE
            if size > 0:
                heap[0] = heap[size]
                at[heap[0]] = 0
                sift_down(heap, at, key, 0, size)
            for i in range(u_indptr[u], u_indptr[u + 1]):
                e = u_edges[i]
                p = product[e]
                if not marked[p]:
                    marked[p] = True
                    dirty[touched] = p
                    touched += 1
                    above -= worth[p] * count[p] * chance[p]
                count[p] -= 1
                burst[p] -= weight[e]
                if level[e] >= 0:
                    own[p, level[e]] -= 1
        number += 1
        for k in range(touched):
            p = dirty[k]
            marked[p] = False
            now = _probability(p, base, topology, times, ratings, count, degree, burst, bursts, own, whole, most)
            change = worth[p] * (now - chance[p])
            below += now - chance[p]
            chance[p] = now
            above += worth[p] * count[p] * now
            if change == 0:
                continue
            for i in range(p_indptr[p], p_indptr[p + 1]):
                u = user[p_edges[i]]
                if batch[u] < 0:
                    key[u] += change
                    if change < 0:
                        sift_up(heap, at, key, at[u])
                    else:
                        sift_down(heap, at, key, at[u], size)
        if size > 0 and above / below > best_above / best_below:
            best, best_above, best_below = number, above, below
    return batch, best, best_above, best_below


def shave(
    user: NDArray[np.int32],
    product: NDArray[np.int32],
    weight: NDArray[np.int64],
    level: NDArray[np.int64],
    worth: NDArray[np.int64],
    degree: NDArray[np.int64],
    bursts: NDArray[np.int64],
    whole: NDArray[np.int64],
    *,
    base: float,
    topology: bool,
    times: bool,
    ratings: bool,
) -> tuple[NDArray[np.bool_], float]:
    """Return the reviewers of the most suspicious set on the way, the largest of equals, and its suspiciousness in units of ``worth``.

    Parameters
    ----------
    user, product : int32[m]
        Reviews of the reviewers to start with; codes without gaps.
    weight, level : int64[m]
        Burst weight and class of rating of each (-1 for none).
    worth, degree, bursts : int64[products]
        Weight of a review, reviews and burst weight of each product, those by others included.
    whole : int64[products, CLASSES]
        Ratings of each product by class.
    base : float
        b of b**(x - 1).
    topology, times, ratings : bool
        Signals.

    Notes
    -----
    O(sum over products of d**2 log n) at worst, d a product's reviews among those to start with: whenever one of its reviewers goes,
    the others' keys change.
    """
    users, products = int(user.max(initial=-1)) + 1, len(worth)
    if not users:
        return np.zeros(0, np.bool_), 0.0
    batch, best, above, below = _shave(
        *group_by(user, users),
        *group_by(product, products),
        user,
        product,
        weight,
        level,
        worth,
        degree,
        bursts,
        whole,
        base,
        topology,
        times,
        ratings,
    )
    kept: NDArray[np.bool_] = batch >= best
    return kept, float(above / below)
