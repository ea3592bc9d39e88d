"""How often two reviews are expected to be a co-review, estimated without the reviews of the group that is judged.

A group that fills much of a stratum makes the stratum's rate itself, and would explain its own co-reviews. As many of them as are at one
unit stay in the rate, though: a crowd at one product or seller is what a launch or a promotion makes, and permutations keep it.
"""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.spans import BITS, LARGEST

__all__ = ["clear_strata", "group_rates", "mark_strata", "share_of_rows", "share_of_units", "word_kind", "word_until"]


@bare
def word_kind(word):
    """Return the local-degree bin of a review's window."""
    return np.int64(word >> np.uint32(2 * BITS))


@bare
def word_until(own, word, i):
    """Return the slot after the last that lies within the window of ``own[i]``."""
    return own[i] + np.int64((word[i] >> np.uint32(BITS)) & np.uint32(LARGEST))


@bare
def mark_strata(members, act_indptr, act_strata, act_counts, position, touched, n_own):
    """List the strata of a group's reviews in ``touched`` and their numbers in ``n_own``; return how many strata there are.

    ``position[s]`` becomes 1 + the position of stratum s in the list. It holds zeros before; `clear_strata` restores them.
    """
    n = np.int64(0)
    for u in members:
        for e in range(act_indptr[u], act_indptr[u + 1]):
            s = act_strata[e]
            if position[s] == 0:
                touched[n] = s
                n_own[n] = 0
                n += 1
                position[s] = n
            n_own[position[s] - 1] += act_counts[e]
    return n


@bare
def clear_strata(touched, n, position):
    """Undo `mark_strata`."""
    for i in range(n):
        position[touched[i]] = 0


@bare
def _opened(own, word, a, end):
    """Return how many of the slots ``own[a + 1:end]`` lie within the window of ``own[a]``."""
    until = word_until(own, word, a)
    b = a + 1
    while b < end and own[b] < until:
        b += 1
    return b - a - 1


@bare
def share_of_rows(own, word, start):
    """Return the share of a group's wedges that is left out: that of all units but the one with the most; row r is a unit."""
    every, most = np.int64(0), np.int64(0)
    for r in range(len(start) - 1):
        here = np.int64(0)
        for a in range(start[r], start[r + 1]):
            here += _opened(own, word, a, start[r + 1])
        every += here
        most = max(most, here)
    return 1.0 - most / every if every > 0 else 0.0


@jit
def share_of_units(own, word, unit):
    """Return what `share_of_rows` returns, for ``own`` in the order of slots and the unit of each."""
    by = np.argsort(unit, kind="mergesort")
    every, most, here = np.int64(0), np.int64(0), np.int64(0)
    for i in range(len(by)):
        if i == 0 or unit[by[i]] != unit[by[i - 1]]:
            here = np.int64(0)
        opened = _opened(own, word, by[i], len(own))
        here += opened
        every += opened
        most = max(most, here)
    return 1.0 - most / every if every > 0 else 0.0


@bare
def _count_wedges(own, word, start, stratum, position, reach, wedges):
    """Add the group's wedges to ``wedges[i, reach + d, k]``: pairs of its reviews within the window, seen from both ends.

    Rows ``start[r]:start[r + 1]`` of ``own`` hold ascending slots; a window does not reach into another row.
    """
    for r in range(len(start) - 1):
        for a in range(start[r], start[r + 1]):
            until = word_until(own, word, a)
            b = a + 1
            while b < start[r + 1] and own[b] < until:
                one, other = np.int64(stratum[own[a]]), np.int64(stratum[own[b]])
                k = max(word_kind(word[a]), word_kind(word[b]))
                d = other - one
                wedges[position[one] - 1, reach + d, k] += 1.0
                wedges[position[other] - 1, reach - d, k] += 1.0
                b += 1


@bare
def _own_pairs(n_own, i, j):
    """Return the ordered pairs of distinct reviews of a group in two of its strata."""
    return n_own[i] * (n_own[j] - (1.0 if i == j else 0.0))


@bare
def _add_up(touched, n, n_own, position, reach, span, wedges, own_pairs, own_wedges):
    """Make ``wedges`` those of bin k or rarer; sum the group's pairs and wedges over the months of each category."""
    kinds = wedges.shape[2]
    for i in range(n):
        c = touched[i] // span
        for d in range(2 * reach + 1):
            t = touched[i] + d - reach
            if 0 <= t < len(position) and position[t] > 0:
                own_pairs[c, d] += _own_pairs(n_own, i, position[t] - 1)
                sum_here = 0.0
                for k in range(kinds):
                    sum_here += wedges[i, d, k]
                    wedges[i, d, k] = sum_here
                    own_wedges[c, d, k] += sum_here


@bare
def _to_usual(touched, n, share, span, parent, parent_pairs, own_pairs, own_wedges):
    """Turn ``own_wedges`` into the rates of the categories without the group's co-reviews (`group_rates`)."""
    for i in range(n):
        c = touched[i] // span
        for d in range(own_pairs.shape[1]):
            # None in a category that is done.
            if own_pairs[c, d] > 0.0:
                for k in range(own_wedges.shape[2]):
                    usual = parent[c, d, k]
                    own_wedges[c, d, k] = max(usual - share * (own_wedges[c, d, k] - own_pairs[c, d] * usual) / parent_pairs[c, d], 0.0)
                own_pairs[c, d] = 0.0


@bare
def _to_rates(touched, n, n_own, share, position, rate, size, reach, span, usual, wedges):
    """Turn ``wedges`` into the rates of the strata without the group's co-reviews (`group_rates`)."""
    for i in range(n):
        s = touched[i]
        for d in range(2 * reach + 1):
            t = s + d - reach
            if not 0 <= t < len(position) or position[t] == 0:
                continue
            own = _own_pairs(n_own, i, position[t] - 1)
            # At least one, for a stratum of one review.
            every = max(float(size[s]) * (float(size[t]) - (1.0 if s == t else 0.0)), 1.0)
            for k in range(wedges.shape[2]):
                wedges[i, d, k] = max(rate[s, d, k] - share * (wedges[i, d, k] - own * usual[s // span, d, k]) / every, 0.0)


@jit
def group_rates(own, word, start, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges):
    """Return rates ``[n, 2 * reach + 1, kinds]`` like `Meetings.rate`, for the strata that a group touches, without its own co-reviews.

    The pairs of two reviews of the group count as the parent's rate gives: the category's over all its months, in which the group's pairs
    count as the category's rate gives. So a group that is a small part of a stratum leaves the rate as it is, one that fills its
    stratum is compared with other months, and one that fills its category with itself, since there is nothing else to compare it with.
    This holds for ``share`` of the group's pairs and co-reviews; the rest stay as they are.

    Parameters
    ----------
    own, word : int64[m], uint32[m]
        The group's reviews that may be co-reviews of each other, and their windows.
    start : int64[n_rows + 1]
        Rows of ``own``, in which slots ascend; a window does not reach into another row.
    share : float
        Of `share_of_rows`.
    stratum : int[n_reviews]
    touched, n, n_own, position
        As `mark_strata` fills them.
    known : tuple
        ``Meetings.known``.
    own_pairs, own_wedges : float64[n_categories, 2 * reach + 1], float64[n_categories, 2 * reach + 1, kinds]
        Zeros, before and after.

    Notes
    -----
    O(wedges of the group + n * reach * kinds). Only rates of two strata that both hold reviews of the group are filled.
    """
    rate, size, reach, span, parent, parent_pairs = known
    wedges = np.zeros((n, 2 * reach + 1, rate.shape[2]))
    _count_wedges(own, word, start, stratum, position, reach, wedges)
    _add_up(touched, n, n_own, position, reach, span, wedges, own_pairs, own_wedges)
    _to_usual(touched, n, share, span, parent, parent_pairs, own_pairs, own_wedges)
    _to_rates(touched, n, n_own, share, position, rate, size, reach, span, own_wedges, wedges)
    for i in range(n):
        own_wedges[touched[i] // span] = 0.0
    return wedges
