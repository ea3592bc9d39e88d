"""How often two reviews are expected to be a co-review, estimated without the reviews of the group that is judged.

A group that fills much of a stratum makes the stratum's rate itself, and would explain its own co-reviews. As many of them as are at one
unit stay in the rate, though: a crowd at one product or seller is what a launch or a promotion makes, and permutations keep it.

Rates are symmetric, so those of a stratum and a later one are enough: a month earlier or later, never both.
"""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.spans import BITS, LARGEST, words_of

__all__ = [
    "add_expected",
    "clear_strata",
    "group_rates",
    "in_units",
    "in_window",
    "mark_strata",
    "share_left_out",
    "weigh_pairs",
    "word_kind",
    "word_until",
]


@bare
def word_kind(word):
    """Return the local-degree bin of a review's window."""
    return np.int64(word >> np.uint32(2 * BITS))


@bare
def word_until(own, word, i):
    """Return the slot after the last that lies within the window of ``own[i]``."""
    return own[i] + np.int64((word[i] >> np.uint32(BITS)) & np.uint32(LARGEST))


@jit
def in_window(slots, window, limit):
    """Return which of some slots are of bin ``limit`` or rarer (positions), those slots and their words; ``window`` as `words_of` takes."""
    n = len(slots)
    word = np.empty(n, np.uint32)
    words_of(slots, *window, word)
    at, own = np.empty(n, np.int64), np.empty(n, np.int64)
    kept = 0
    for i in range(n):
        at[kept], own[kept], word[kept] = i, slots[i], word[i]
        kept += word_kind(word[i]) <= limit
    return at[:kept], own[:kept], word[:kept]


@jit
def in_units(unit):
    """Return the order in which reviews of one unit lie side by side, and where those of each unit begin, and the end. Stable."""
    order = np.argsort(unit, kind="mergesort")
    start = np.empty(len(unit) + 1, np.int64)
    n = 0
    for i in range(len(unit)):
        if i == 0 or unit[order[i]] != unit[order[i - 1]]:
            start[n] = i
            n += 1
    start[n] = len(unit)
    return order, start[: n + 1]


@bare
def share_left_out(own, word, order, start):
    """Return the share of a group's wedges that is left out: that of all units but the one with the most (`in_units`).

    A wedge is two of the slots ``own``, ascending, within the window of each other.
    """
    every, most = np.int64(0), np.int64(0)
    for r in range(len(start) - 1):
        here = np.int64(0)
        for i in range(start[r], start[r + 1]):
            a = order[i]
            until = word_until(own, word, a)
            b = a + 1
            while b < len(own) and own[b] < until:
                b += 1
            here += b - a - 1
        every += here
        most = max(most, here)
    return 1.0 - most / every if every > 0 else 0.0


@bare
def mark_strata(rows, act_indptr, act_strata, act_counts, position, touched, n_own):
    """List the strata of a group's reviews in ``touched`` and their numbers in ``n_own``; return how many strata there are.

    The members are ``rows`` of activity. ``position[s]`` becomes 1 + the position of stratum s in the list. It holds zeros before;
    `clear_strata` restores them.
    """
    n = np.int64(0)
    for u in rows:
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
def _count_wedges(own, word, stratum, position, wedges, some):
    """Add the group's wedges to ``wedges[i, d, k]``, as ordered pairs: those within one stratum are seen from both ends.

    ``some[i, d]`` becomes true where there are any.
    """
    for a in range(len(own)):
        until = word_until(own, word, a)
        b = a + 1
        while b < len(own) and own[b] < until:
            # The later of two has the later month.
            d = np.int64(stratum[own[b]]) - np.int64(stratum[own[a]])
            i = position[stratum[own[a]]] - 1
            wedges[i, d, max(word_kind(word[a]), word_kind(word[b]))] += 2.0 if d == 0 else 1.0
            some[i, d] = True
            b += 1


@bare
def _other(touched, i, d, position):
    """Return the position of the stratum d months after that at position i, -1 where the group has no review in it."""
    t = touched[i] + d
    return position[t] - 1 if t < len(position) else -1


@bare
def _own_pairs(n_own, i, j):
    """Return the ordered pairs of distinct reviews of a group in two of its strata."""
    return n_own[i] * (n_own[j] - (1.0 if i == j else 0.0))


@bare
def _add_up(touched, n, n_own, position, span, some, wedges, own_pairs, own_wedges):
    """Make ``wedges`` those of bin k or rarer; sum the group's pairs and wedges over the months of each category."""
    for i in range(n):
        c = touched[i] // span
        for d in range(wedges.shape[1]):
            j = _other(touched, i, d, position)
            if j >= 0:
                own_pairs[c, d] += _own_pairs(n_own, i, j)
            if some[i, d]:
                sum_here = 0.0
                for k in range(wedges.shape[2]):
                    sum_here += wedges[i, d, k]
                    wedges[i, d, k] = sum_here
                    own_wedges[c, d, k] += sum_here


@bare
def _to_usual(touched, n, share, reach, span, parent, parent_pairs, own_pairs, own_wedges):
    """Turn ``own_wedges`` into the rates of the categories without the group's co-reviews (`group_rates`)."""
    for i in range(n):
        c = touched[i] // span
        for d in range(reach + 1):
            # None in a category that is done.
            if own_pairs[c, d] > 0.0:
                left_out = share / parent_pairs[c, reach + d]
                for k in range(own_wedges.shape[2]):
                    usual = parent[c, reach + d, k]
                    own_wedges[c, d, k] = max(usual - left_out * (own_wedges[c, d, k] - own_pairs[c, d] * usual), 0.0)
                own_pairs[c, d] = 0.0


@bare
def _to_rates(touched, n, n_own, share, position, rate, size, reach, span, usual, some, wedges):
    """Turn ``wedges`` into the rates of the strata without the group's co-reviews (`group_rates`)."""
    for i in range(n):
        s = touched[i]
        c = s // span
        for d in range(reach + 1):
            j = _other(touched, i, d, position)
            if j < 0:
                continue
            own = _own_pairs(n_own, i, j)
            # At least one, for a stratum of one review.
            left_out = share / max(float(size[s]) * (float(size[s + d]) - (1.0 if d == 0 else 0.0)), 1.0)
            if some[i, d]:
                for k in range(wedges.shape[2]):
                    wedges[i, d, k] = max(rate[s, reach + d, k] - left_out * (wedges[i, d, k] - own * usual[c, d, k]), 0.0)
            else:
                # As above without wedges, which nearly all are.
                for k in range(wedges.shape[2]):
                    wedges[i, d, k] = rate[s, reach + d, k] + left_out * own * usual[c, d, k]


@jit
def group_rates(own, word, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges):
    """Return rates ``[n, reach + 1, kinds]`` for the strata that a group touches and so many months later, without its own co-reviews.

    They are those of `Meetings.rate`, except that the pairs of two reviews of the group count as the parent's rate gives: the category's
    over all its months, in which the group's pairs count as the category's rate gives. So a group that is a small part of a stratum leaves
    the rate as it is, one that fills its stratum is compared with other months, and one that fills its category with itself, since there
    is nothing else to compare it with. This holds for ``share`` of the group's pairs and co-reviews; the rest stay as they are.

    Parameters
    ----------
    own, word : int64[m], uint32[m]
        The group's reviews that may be co-reviews of each other, ascending, and their windows.
    share : float
        Of `share_left_out`.
    stratum : int[n_reviews]
    touched, n, n_own, position
        As `mark_strata` fills them.
    known : tuple
        ``Meetings.known``.
    own_pairs, own_wedges : float64[n_categories, reach + 1], float64[n_categories, reach + 1, kinds]
        Zeros, before and after.

    Notes
    -----
    O(wedges of the group + n * reach * kinds). Only rates of two strata that both hold reviews of the group are filled.
    """
    rate, size, reach, span, parent, parent_pairs = known
    wedges, some = np.zeros((n, reach + 1, rate.shape[2])), np.zeros((n, reach + 1), np.bool_)
    _count_wedges(own, word, stratum, position, wedges, some)
    _add_up(touched, n, n_own, position, span, some, wedges, own_pairs, own_wedges)
    _to_usual(touched, n, share, reach, span, parent, parent_pairs, own_pairs, own_wedges)
    _to_rates(touched, n, n_own, share, position, rate, size, reach, span, own_wedges, some, wedges)
    for i in range(n):
        own_wedges[touched[i] // span] = 0.0
    return wedges


@jit
def weigh_pairs(rows, act_indptr, act_codes, act_counts, bits, position, touched, n, reach):
    """Return the pairs of reviews of different members ``[n, reach + 1, 2**(bits + 1) - 1]``: by stratum of the earlier, months and class.

    The members are ``rows`` of activity by stratum and class of ``bits`` bits, ascending: ``stratum << bits | class``. The class of a pair
    is the sum of those of its reviews.
    """
    classes = 1 << bits
    weights, both = np.zeros((n, reach + 1, 2 * classes - 1)), np.zeros((n, classes))
    for u in rows:
        for e in range(act_indptr[u], act_indptr[u + 1]):
            s, c = np.int64(act_codes[e]) >> bits, np.int64(act_codes[e]) & (classes - 1)
            i = position[s] - 1
            both[i, c] += act_counts[e]
            # A reviewer has no co-review with themselves.
            for f in range(e, act_indptr[u + 1]):
                d = (np.int64(act_codes[f]) >> bits) - s
                if d > reach:
                    break
                pairs = float(act_counts[e]) * float(act_counts[f]) * (0.5 if e == f else 1.0)
                weights[i, d, c + (np.int64(act_codes[f]) & (classes - 1))] -= pairs
    for i in range(n):
        for d in range(reach + 1):
            j = _other(touched, i, d, position)
            if j >= 0:
                for c in range(classes):
                    for e in range(classes):
                        weights[i, d, c + e] += both[i, c] * both[j, e] * (0.5 if d == 0 else 1.0)
    return weights


@bare
def add_expected(weights, rates, expected):
    """Add to ``expected[c, k]`` the co-reviews of bin k or rarer that pairs of class c (`weigh_pairs`) are expected to be."""
    for i in range(weights.shape[0]):
        for d in range(weights.shape[1]):
            for c in range(weights.shape[2]):
                # Nothing where the group has no pairs.
                if weights[i, d, c] != 0.0:
                    for k in range(rates.shape[2]):
                        expected[c, k] += weights[i, d, c] * rates[i, d, k]
