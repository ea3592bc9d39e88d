"""Reviewers who agree: what lists of them have in common, and who reviewed two products within a window of each other at both."""

from __future__ import annotations

from collusion.kernels.arrays import Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["agreeing", "in_common", "sharing"]


@kernel("pairs_of_lists")
def sharing(u_indptr: Int64s, lists: Int32s, l_indptr: Int64s, users: Int32s, least: int) -> tuple[Int32s, Int32s, Int32s]:
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


@kernel("users_in_common")
def in_common(indptr: Int64s, users: Int32s, a: Int32s, b: Int32s) -> tuple[Int64s, Int32s]:
    """Return the users that both lists of each pair contain, as lists: int64[n_pairs + 1], int32 array.

    Parameters
    ----------
    indptr, users : int64[n_lists + 1], int32[m]
        Users of each list, ascending.
    a, b : int32[n_pairs]
        Pairs of lists.

    Notes
    -----
    O(length of both lists) a pair.
    """


@kernel("agreeing_sets")
def agreeing(
    a: Int32s, b: Int32s, indptr: Int64s, users: Int32s, day: Int64s, window: int, least: int, most: int
) -> tuple[Int64s, Int64s, Int32s]:
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
        In the unit of ``day``; below 2**61, as the days are.
    least : int
        Users of a set, at least 1.
    most : int
        The largest number of sets per pair. Beyond it the smallest are left out, all of one size together; those of the largest size stay.

    Returns
    -------
    (pair of each set, indptr, users), the users of a set ascending. A pair may have several sets, which may overlap; none contains another.

    Notes
    -----
    Any two within the window in both directions means that all are: a set is a box, given by who comes first in one direction and a window
    in the other. O(length of both lists) a pair, and O(n**2 + sets x n) where n users are in both.
    """
