"""Reviewers who agree: what lists of them have in common, and who came to two places within a window of each other at both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["agreeing", "in_common", "sharing"]


@jit
def _sharing(u_indptr, lists, l_indptr, users, least, a, b, common):
    n_lists = len(l_indptr) - 1
    count, touched = np.zeros(n_lists, np.int32), np.empty(n_lists, np.int32)
    found = 0
    for one in range(n_lists):
        n = 0
        for e in range(l_indptr[one], l_indptr[one + 1]):
            # From the last list down to this one: those before were paired with it in their turn.
            k = u_indptr[users[e] + 1] - 1
            while lists[k] > one:
                other = lists[k]
                if count[other] == 0:
                    touched[n] = other
                    n += 1
                count[other] += 1
                k -= 1
        for i in range(n):
            other = touched[i]
            if count[other] >= least:
                if found == len(a):
                    a, b = np.concatenate((a, np.empty_like(a))), np.concatenate((b, np.empty_like(b)))
                    common = np.concatenate((common, np.empty_like(common)))
                a[found], b[found], common[found] = one, other, count[other]
                found += 1
            count[other] = 0
    return a[:found], b[:found], common[:found]


def sharing(
    u_indptr: NDArray[np.int64], lists: NDArray[np.int32], l_indptr: NDArray[np.int64], users: NDArray[np.int32], least: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the pairs of lists that have at least ``least`` users in common, the lower one first, and how many they have.

    Parameters
    ----------
    u_indptr, lists : int64[n_users + 1], int32[m]
        Lists of each user, ascending.
    l_indptr, users : int64[n_lists + 1], int32[m]
        Users of each list.
    least : int
        At least 1.

    Notes
    -----
    O(sum over users of squared lists + pairs); memory O(n_lists + pairs).
    """
    start = (np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32))
    a, b, common = _sharing(u_indptr, lists, l_indptr, users, least, *start)
    return a, b, common


@jit
def _in_common(indptr, users, a, b, ends, out):
    for pair in range(len(a)):
        i, j, n = indptr[a[pair]], indptr[b[pair]], ends[pair]
        while n < ends[pair + 1]:
            if users[i] == users[j]:
                out[n] = users[i]
                n += 1
            # Equal ones move both.
            first = users[i]
            i += users[i] <= users[j]
            j += users[j] <= first


def in_common(
    indptr: NDArray[np.int64], users: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32], common: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the users that both lists of each pair hold, as lists: int64[n_pairs + 1], int32 array.

    Parameters
    ----------
    indptr, users : int64[n_lists + 1], int32[m]
        Users of each list, ascending.
    a, b, common : int32[n_pairs]
        Pairs of lists and how many users they have in common, as `sharing` returns them.
    """
    ends = np.concatenate(([0], np.cumsum(common, dtype=np.int64)))
    out = np.empty(int(ends[-1]), np.int32)
    _in_common(indptr, users, a, b, ends, out)
    return ends, out


@bare
def _with_company(n, both, x, y, window, least):
    """Leave out, once, whoever has fewer than ``least - 1`` others within the window; return how many are left."""
    for i in range(n):
        near = 0
        for j in range(n):
            near += abs(x[i] - x[j]) <= window and abs(y[i] - y[j]) <= window
        if near < least:
            both[i] = -1
    left = 0
    for i in range(n):
        if both[i] >= 0:
            both[left], x[left], y[left] = both[i], x[i], y[i]
            left += 1
    return left


@bare
def _sort(order, n, x):
    """Put the first n numbers into the order of values, equal ones as they come: by insertion, since lists are short."""
    for i in range(n):
        k = i
        while k > 0 and x[order[k - 1]] > x[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i


@bare
def _is_largest(first, by_x, chosen, begin, end, x, y, window):
    """Whether nobody who came before the first of a set in one direction is within the window of all of it in both."""
    last = x[by_x[first]]
    for k in range(begin, end):
        last = max(last, x[chosen[k]])
    low, high = y[chosen[begin]], y[chosen[end - 1]]
    for k in range(first - 1, -1, -1):
        j = by_x[k]
        if last - x[j] > window:
            break
        if max(high, y[j]) - min(low, y[j]) <= window:
            return False
    return True


@jit
def _append(ends, who, sets, both, chosen, begin, end):
    """Append a set, its users ascending; return the arrays, which may have grown."""
    if sets + 1 == len(ends):
        ends = np.concatenate((ends, np.empty_like(ends)))
    while ends[sets] + end - begin > len(who):
        who = np.concatenate((who, np.empty_like(who)))
    filled = ends[sets]
    for j in np.sort(chosen[begin:end]):
        who[filled] = both[j]
        filled += 1
    ends[sets + 1] = filled
    return ends, who


@bare
def _leave_smallest(first, sets, ends, who, most):
    """Keep of the sets from ``first`` on the largest, ``most`` of them or all of the largest size; return how many sets are left."""
    least = np.int64(0)
    while True:
        more, smallest, largest = 0, np.int64(len(who)), np.int64(0)
        for s in range(first, sets):
            size = ends[s + 1] - ends[s]
            if size > least:
                more += 1
                smallest, largest = min(smallest, size), max(largest, size)
        if more <= most or smallest == largest:
            break
        least = smallest
    left = first
    for s in range(first, sets):
        begin, end = ends[s], ends[s + 1]
        if end - begin > least:
            filled = ends[left]
            for e in range(begin, end):
                who[filled] = who[e]
                filled += 1
            left += 1
            # Sets before are moved already: nothing that is still read is overwritten, as the next begin is not before.
            ends[left] = filled
    return left


@jit
def _agreeing(a, b, indptr, users, day, window, least, most, longest):
    pair_of, ends, who = np.empty(1024, np.int64), np.zeros(1024, np.int64), np.empty(4096, np.int32)
    both, x, y = np.empty(longest, np.int32), np.empty(longest, np.int64), np.empty(longest, np.int64)
    by_x, by_y, rank, chosen = (
        np.empty(longest, np.int64),
        np.empty(longest, np.int64),
        np.empty(longest, np.int64),
        np.empty(longest, np.int64),
    )
    sets = 0
    for pair in range(len(a)):
        n, i, j = 0, indptr[a[pair]], indptr[b[pair]]
        while i < indptr[a[pair] + 1] and j < indptr[b[pair] + 1]:
            if users[i] == users[j]:
                both[n], x[n], y[n] = users[i], day[i], day[j]
                n += 1
                i += 1
                j += 1
            elif users[i] < users[j]:
                i += 1
            else:
                j += 1
        n = _with_company(n, both, x, y, window, least)
        if n < least:
            continue
        before = sets
        _sort(by_x, n, x)
        _sort(by_y, n, y)
        for k in range(n):
            rank[by_x[k]] = k
        last = 0
        for first in range(n):
            # Whoever is within the window of the first in one direction, in the order of the other.
            while last < n and x[by_x[last]] <= x[by_x[first]] + window:
                last += 1
            m = 0
            for k in range(n):
                if first <= rank[by_y[k]] < last:
                    chosen[m] = by_y[k]
                    m += 1
            own = 0
            while chosen[own] != by_x[first]:
                own += 1
            end = 0
            for begin in range(own + 1):
                grown = end
                while end < m and y[chosen[end]] <= y[chosen[begin]] + window:
                    end += 1
                # A window that ends where the one before did is part of it.
                if end > grown and end > own and end - begin >= least and _is_largest(first, by_x, chosen, begin, end, x, y, window):
                    ends, who = _append(ends, who, sets, both, chosen, begin, end)
                    sets += 1
        sets = _leave_smallest(before, sets, ends, who, most)
        while sets > len(pair_of):
            pair_of = np.concatenate((pair_of, np.empty_like(pair_of)))
        pair_of[before:sets] = pair
    return pair_of[:sets], ends[: sets + 1], who[: ends[sets]]


def agreeing(
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    indptr: NDArray[np.int64],
    users: NDArray[np.int32],
    day: NDArray[np.int64],
    window: int,
    least: int,
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Return the largest sets of users who are in both lists of a pair, any two of them within the window of each other in both.

    Parameters
    ----------
    a, b : int32[n_pairs]
        Pairs of lists.
    indptr, users : int64[n_lists + 1], int32[m]
        Users of each list, ascending.
    day : int64[m]
        When each user came into each list.
    window : int
        In the unit of ``day``.
    least : int
        Users of a set, at least 1.
    most : int
        Sets of a pair. Of more, the smallest are left out, all of one size together; those of the largest size stay.

    Returns
    -------
    (pair of each set, indptr, users), the users of a set ascending. A pair may have several sets, which may overlap; none holds another.

    Notes
    -----
    Any two within the window in both directions means that all are: a set is a box, told by who comes first in one direction and a window
    in the other. O(length of both lists) a pair, and O(n**2 + sets x n) where n users are in both.
    """
    longest = int(np.diff(indptr).max(initial=0))
    pair_of, ends, who = _agreeing(a, b, indptr, users, day, window, least, most, longest)
    return pair_of, ends, who
