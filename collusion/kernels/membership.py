"""Membership of groups: which reviewers and products belong to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from collusion.kernels.activity import Activity
    from collusion.kernels.spans import Windows

__all__ = ["Edges", "Limits", "refine_memberships"]


class Edges(NamedTuple):
    """The edges of a log: those of reviewer u are ``by_reviewer[indptr[u]:indptr[u + 1]]``, ascending; and both ends of each."""

    indptr: NDArray[np.int64]
    by_reviewer: NDArray[np.int32]
    reviewer: NDArray[np.int32]
    product: NDArray[np.int32]
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


def refine_memberships(
    g_indptr: NDArray[np.int64],
    groups: NDArray[np.int32],
    limits: NDArray[np.int64],
    edges: Edges,
    window: Windows,
    unit_of: NDArray[np.int32],
    stratum: NDArray[np.int16 | np.int32],
    size: NDArray[np.int64],
    activity: Activity,
    thresholds: Limits,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
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
    refined: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]] = call(
        "refine_memberships",
        g_indptr,
        groups,
        limits,
        edges,
        window,
        unit_of,
        stratum,
        size,
        activity,
        thresholds,
    )
    return refined
