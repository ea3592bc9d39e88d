"""What is left of a group's co-reviews when an innocent explanation is granted: counts and means for sessions, launches, variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.door import call, kernel

if TYPE_CHECKING:
    from collusion.kernels.activity import Activity
    from collusion.kernels.arrays import Float64s, Int32s, Int64s, Strata
    from collusion.kernels.groups import GroupEdges
    from collusion.kernels.leave_out import Rates
    from collusion.kernels.spans import Windows

__all__ = ["CLASSES", "Joined", "Launches", "Visits", "granted_counts", "granted_expectations", "list_visits"]

CLASSES = 3
"""Classes of a pair of reviews: none of the two at the launch of its product, one of them, both."""


class Joined(NamedTuple):
    """Products that are one unit where their labels are equal: those of group g are ``indptr[g]:indptr[g + 1]``, products ascending."""

    indptr: Int64s
    product: Int32s
    label: Int32s


class Launches(NamedTuple):
    """When products were launched, and how long a launch lasts."""

    launch: Int32s
    """The day of each product's launch."""
    never: int
    """The value where it is not known."""
    new_days: int
    """What is written up to so many days later is at the launch."""


class Visits(NamedTuple):
    """The visits of each row and the strata of their reviews, as nested compressed rows; a visit is all reviews of a row on one day.

    Row u has the visits ``visits[u]:visits[u + 1]``, in the order of ``days``; a visit has ``sizes`` reviews, in the entries
    ``entries[v]:entries[v + 1]`` of ``strata`` and ``counts``.
    """

    visits: Int64s
    days: Int64s
    sizes: Int64s
    entries: Int64s
    strata: Int64s
    counts: Int64s


@kernel("granted_counts")
def granted_counts(
    g_indptr: Int64s,
    near: GroupEdges,
    product: Int32s,
    time: Int32s,
    launches: Launches,
    window: Windows,
    limit: int,
    unit_of: Int32s,
    joined: Joined,
    into: tuple[Int64s, ...],
) -> None:
    """Fill the co-reviews of each group that are left, by local-degree bin or rarer, when an explanation is granted.

    ``into`` is ``observed``, ``sessions``, ``variants`` and ``classes``, int64. ``observed[g, k]``: all co-reviews.
    ``sessions[g, k]``: of each pair of members, the smaller of the numbers of days on which the one and the other wrote them (and no more
    than the units). ``variants[g, k]``: products that are ``joined`` count once for a pair. ``classes[g, c, k]``: pairs of reviews of
    class c (`CLASSES`). O(s log s + co-reviews of one member at a time, sorted) for a group with s edges in ``near``.
    """


@kernel("granted_expectations")
def granted_expectations(
    g_indptr: Int64s,
    members: Int32s,
    ends: Int64s,
    edges: Int64s,
    product: Int32s,
    window: Windows,
    limit: int,
    unit_of: Int32s,
    joined_products: Joined,
    activity: Activity,
    stratum: Strata,
    class_activity: Activity,
    class_size: Float64s,
    visits: Visits,
    days: int,
    known: Rates,
    into: tuple[Float64s, ...],
) -> None:
    """Fill what is expected of each group when an explanation is granted, at the group's own rates (`collusion.kernels.leave_out.Rates`).

    ``into`` is ``saved``, ``expected``, ``removed`` and ``joined``, float64. ``saved[g, k]``: by how much fewer co-reviews are expected
    when only one counts for a pair of visits: those of two visits are expected to be R, and at least one with a chance of 1 - exp(-R).
    Pairs of visits of one review each are left out, which errs towards the null.
    ``expected[g, c, k]``: the expected co-reviews by class of the two reviews (`CLASSES`); over the classes they add up to what
    `group_co_reviews` expects. ``removed[g, c, k]``: by how much fewer are expected of all pairs of the log at the group's own rates.
    ``joined[g, c, k]``: as ``expected``, where products that are joined (as in `granted_counts`) are one unit.
    ``class_activity`` contains the reviews of each of ``members`` by ``stratum << 1 | class``; ``class_size[s, c]`` counts the edges of
    stratum s at the launch of their product (c = 1) and the others (c = 0); ``visits`` is what `list_visits` returns for ``members``, and
    ``days`` how far apart two reviews of neighbouring strata can be.
    O(co-reviews of the group + strata * reach + reviews of the members in visits of several x those of others in the same strata).
    """


def list_visits(indptr: Int64s, day: Int32s, stratum: Int32s, no_time: int) -> Visits:
    """Return the visits of each row and the strata of their reviews; what has no time is in none. O(n log of the longest row).

    Row u contains the reviews ``indptr[u]:indptr[u + 1]``, written on ``day`` and of ``stratum``.
    """
    return Visits(*call("list_visits", indptr, day, stratum, no_time))
