"""Baskets of variants: groups whose reviews are copies of one review over the variants of a listing, explained from the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Basket, Evidence
from collusion.evidence.words import plural
from collusion.graph.log import Log
from collusion.graph.membership import edges_between, edges_of
from collusion.inference.score import Score, score_groups
from collusion.inference.search import Search

__all__ = ["VariantGroup", "variant_groups"]


@dataclass(frozen=True, eq=False)
class VariantGroup:
    """A basket of variants, as a group of the log.

    Parameters
    ----------
    basket : Basket
    nodes : int32 array
        The nodes of the graph that its products stand for.
    edges : int64 array
        The edges that are left when each review counts once.
    score : Score
    evidence : Evidence
    """

    basket: Basket
    nodes: NDArray[np.int32]
    edges: NDArray[np.int64]
    score: Score
    evidence: Evidence


def variant_groups(log: Log, search: Search, baskets: Sequence[Basket]) -> list[VariantGroup]:
    """Describe baskets of variants. O(their reviews), and one pass over the log where some were counted elsewhere in their listing."""
    if not baskets:
        return []
    scores = score_groups(log.graph, search.by_window, [basket.reviewers for basket in baskets])
    found = []
    for basket, nodes, score in zip(baskets, _nodes(log, baskets), scores, strict=True):
        edges = edges_between(log.graph, basket.reviewers, nodes)
        found.append(VariantGroup(basket, nodes, edges, score, _evidence(basket, len(edges))))
    return found


def _evidence(basket: Basket, counted: int) -> Evidence:
    """State how many of a basket's rows are copies, and what is left when each review counts once."""
    how = (
        "the reviews of each reviewer are copies of one review (same text, rating and day), and the smaller products share nearly all of "
        "their reviewers"
        if basket.inferred
        else "the log gives them one listing"
    )
    statement = (
        f"{plural(len(basket.reviewers), 'reviewer')} reviewed the same {plural(len(basket.products), 'product')}, but these are variants "
        f"of one listing: {how}. Of {plural(len(basket.rows), 'row')}, {basket.copies:,} are copies; counted once, "
        f"{plural(counted, 'review')} of one product remain, and no pair of reviewers coincides twice."
    )
    return Evidence(
        signal="variants",
        statement=statement,
        observed=float(len(basket.rows)),
        expected=float(counted),
        rows=tuple(basket.rows.tolist()),
        stance="explains",
    )


def _nodes(log: Log, baskets: Sequence[Basket]) -> list[NDArray[np.int32]]:
    """Return the node of the graph that the products of each basket stand as: they are of one listing, which its reviewers reviewed."""
    own = [edges_of(log.graph, basket.reviewers) for basket in baskets]
    nodes = [
        np.unique(log.graph.product[edges[np.isin(log.variant[edges], basket.products)]])
        for edges, basket in zip(own, baskets, strict=True)
    ]
    left = [k for k, found in enumerate(nodes) if not len(found)]
    if left:
        # Their reviews were counted as reviews of other products of the listing: one pass over the log for all such baskets.
        sold = np.flatnonzero(np.isin(log.variant, np.concatenate([baskets[k].products for k in left])))
        for k in left:
            nodes[k] = np.unique(log.graph.product[sold[np.isin(log.variant[sold], baskets[k].products)]])
    return nodes
