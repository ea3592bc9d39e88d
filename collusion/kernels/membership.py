"""Membership of groups: which reviewers and products belong to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.door import kernel

if TYPE_CHECKING:
    from collusion.kernels.activity import Activity
    from collusion.kernels.arrays import Int32s, Int64s, Strata
    from collusion.kernels.spans import Windows

__all__ = ["Edges", "Limits", "refine_memberships"]


class Edges(NamedTuple):
    """The edges of a log: those of reviewer u are ``by_reviewer[indptr[u]:indptr[u + 1]]``, ascending; and both ends of each."""

    indptr: Int64s
    by_reviewer: Int32s
    reviewer: Int32s
    product: Int32s
    n_products: int


class Limits(NamedTuple):
    """When a reviewer joins a group, and a product does."""

    false_members: float
    false_products: float
    """False-discovery rates."""
    marginal: float
    """Members on a product, as a share of those on the product of the median visit, below which it is left out."""
    rounds: int
    """At most 1000."""


@kernel("refine_memberships")
def refine_memberships(
    g_indptr: Int64s,
    groups: Int32s,
    limits: Int64s,
    edges: Edges,
    window: Windows,
    unit_of: Int32s,
    stratum: Strata,
    size: Int64s,
    activity: Activity,
    thresholds: Limits,
) -> tuple[Int64s, Int32s, Int64s, Int32s]:
    """Attach products to each group and reviewers to the products in turn until neither changes.

    Products are those that two of the reviewers or more co-reviewed, and that more of them reviewed than activity explains. Reviewers are
    all who reviewed at more of the group's units, near its co-reviews, than activity explains; see `collusion.graph.membership`.

    Parameters
    ----------
    g_indptr, groups : int64[n + 1], int32 array
        Group g is ``groups[g_indptr[g]:g_indptr[g + 1]]``: reviewers, ascending.
    limits : int64[n]
        The largest local-degree bin in which edges count, by group.
    edges : Edges
    window : Windows
    unit_of : int32[n_products]
        The unit of each product, at which reviews of one reviewer count once.
    stratum : int16[n_edges] or int32[n_edges]
        Ascending within a product.
    size : int64[n_strata]
        Edges in each stratum.
    activity : Activity
        Reviews of each reviewer in each stratum.
    thresholds : Limits

    Returns
    -------
    indptr, members, indptr, products : int64[n + 1], int32 array, int64[n + 1], int32 array
        In the order of the groups, codes ascending.

    Notes
    -----
    O(n_reviewers + n_products + n_strata) once, and O(edges near the co-reviews) per group and round.
    """
