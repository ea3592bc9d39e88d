"""Bursts and drops of each product's reviews in bins of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HEIGHT", "UNIT", "bursts_and_drops"]

UNIT = 1024
"""What 1.0 is in the integers returned."""

HEIGHT = 0.5
"""Share of the highest bin that the peak of a further burst must reach."""


@bare
def _sag(place, counts, first, last, peak):
    """Return the bin that lies deepest below the line from (first, its count) to (last, its count); of equals that next to the peak."""
    width = place[last] - place[first]
    best, at = np.int64(-1), first
    for i in range(first, last + 1):
        below = counts[first] * width + (counts[last] - counts[first]) * (place[i] - place[first]) - counts[i] * width
        if below > best or (below == best and abs(i - peak) < abs(at - peak)):
            best, at = below, i
    if at == peak:
        # The line has no sag: all that lies between is on it or above it.
        at = first if peak == last else last
    return at


@jit
def _bursts(place, counts, begin, end, weight):
    """Fill the first and last bin and the weight of each burst; return their number and the weight of the drop after the highest."""
    stack = np.empty((len(counts) + 2, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, len(counts) - 1
    top = 1
    found = 0
    highest = counts.max()
    drop = 0.0
    whole = True
    while top > 0:
        top -= 1
        left, right = stack[top, 0], stack[top, 1]
        peak = left
        for i in range(left, right + 1):
            if counts[i] > counts[peak]:
                peak = i
        if counts[peak] == 0 or counts[peak] < HEIGHT * highest:
            continue
        wakes = _sag(place, counts, left, peak, peak) if peak > left else peak
        dies = _sag(place, counts, peak, right, peak) if peak < right else peak
        rise = counts[peak] - counts[wakes]
        if rise > 0:
            begin[found], end[found] = wakes, peak
            weight[found] = np.int64(np.rint(UNIT * rise * rise / (place[peak] - place[wakes])))
            found += 1
        if whole and dies > peak:
            fall = counts[peak] - counts[dies]
            drop = fall * fall / (place[dies] - place[peak])
        whole = False
        # A part must be smaller than what it is a part of.
        if wakes > left and wakes < peak:
            stack[top, 0], stack[top, 1] = left, wakes
            top += 1
        if dies < right and dies > peak:
            stack[top, 0], stack[top, 1] = dies, right
            top += 1
    return found, drop


@jit
def _fill(indptr, bins, last, of_slot, drops):
    for p in range(len(indptr) - 1):
        start, stop = indptr[p], indptr[p + 1]
        while start < stop and bins[start] < 0:
            start += 1
        if start == stop:
            continue
        # Of each run of empty bins the first and the last: a line between two bins is furthest above the run at one of these. One before
        # the first review is empty, and one after the last where the log goes on.
        place, counts = np.empty(3 * (stop - start) + 2, np.int64), np.zeros(3 * (stop - start) + 2, np.int64)
        point = np.empty(stop - start, np.int64)
        place[0] = bins[start] - 1
        n = 1
        for s in range(start, stop):
            if bins[s] > place[n - 1]:
                for empty in (place[n - 1] + 1, bins[s] - 1):
                    if empty > place[n - 1] and empty < bins[s]:
                        place[n] = empty
                        n += 1
                place[n] = bins[s]
                n += 1
            counts[n - 1] += 1
            point[s - start] = n - 1
        if bins[stop - 1] < last:
            place[n] = bins[stop - 1] + 1
            n += 1
        begin, end, weight = np.empty(n + 1, np.int64), np.empty(n + 1, np.int64), np.empty(n + 1, np.int64)
        found, drops[p] = _bursts(place[:n], counts[:n], begin, end, weight)
        held = np.zeros(n, np.int64)
        for k in range(found):
            for b in range(begin[k], end[k] + 1):
                held[b] += weight[k]
        for s in range(start, stop):
            of_slot[s] = held[point[s - start]]


def bursts_and_drops(product_indptr: NDArray[np.int64], bins: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the weight of the bursts around each review, and that of the drop after each product's highest bin.

    A burst rises from its awakening, the bin that lies deepest below the line to the peak, to the peak, and weighs its rise times its
    slope; a drop falls to the dying bin, found the same way. Before and behind a burst others are looked for, until their peaks are below
    `HEIGHT` of the highest.

    Parameters
    ----------
    product_indptr : int64[n_products + 1]
    bins : int64[m]
        Bin of each review from 0, ascending within a product; -1 for none.

    Returns
    -------
    weight : int64[m]
        In units of `UNIT`.
    drop : float64[n_products]

    Notes
    -----
    O(reviews of a product x its bursts), however long the gaps between them.
    """
    of_slot, drops = np.zeros(len(bins), np.int64), np.zeros(len(product_indptr) - 1)
    if len(bins):
        _fill(product_indptr, bins, int(bins.max()), of_slot, drops)
    return of_slot, drops
