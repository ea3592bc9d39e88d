"""CopyCatch: reviewers who reviewed the same products within the same days, most of them to most of these."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from collusion.base.checks import number, refuse, whole
from collusion.base.model import Group
from collusion.detect.checks import at_least, best_first
from collusion.detect.coherent_cores import coherent_cores
from collusion.graph.graph import NO_TIME

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph

__all__ = ["Copycatch"]

_log = logging.getLogger(__name__)

DESCENT_ROUNDS = 10
"""Rounds of descent from one seed; most converge after two or three."""


@dataclass(frozen=True)
class Copycatch:
    """Temporally coherent near-bipartite cores.

    A temporal core is at least ``min_reviewers`` reviewers and ``min_products`` products, with a window of days for each product, such that
    each reviewer reviewed at least the share ``share`` of the products within their windows.

    Parameters
    ----------
    window : int
        Days from the first to the last day of a window, 2 dt in the paper; ignored where the log has no times.
    share : float
        rho in the paper, above 0 and at most 1.
    min_reviewers, min_products : int
        n and m in the paper.
    crowd : int
        Windows with more reviews than this are skipped.

    Notes
    -----
    The search starts from every reviewer with enough reviews. Those who share as many of the reviewer's product windows as possible are the
    first reviewers. Then three steps alternate: the window of each product moves to where it has most of the reviewers (the earliest of
    equally good ones); the products are those whose window has at least the share of the reviewers (or the best ``min_products``, ties
    included); the reviewers are all who reviewed the share of these. The paper keeps the number of products fixed; here it grows with the
    ring. The core with the most reviews on the way is kept, and of two cores, one inside the other, the larger. A group's score is its
    reviews within the windows over its reviewers and products. O(sum of the local degrees of the seeds' reviews, times rounds). Windows of
    more than ``crowd`` reviews are skipped around a seed, and a descent that reaches one ends; their number is logged.

    Limits: a ring of which each member reviews a small part, or that takes longer than the window on one product, has no such core. Chance
    makes small cores on busy products, so small cores of few reviewers are mostly honest.

    References
    ----------
    A. Beutel, W. Xu, V. Guruswami, C. Palow, C. Faloutsos: CopyCatch: Stopping Group Attacks by Spotting Lockstep Behavior in Social
    Networks. WWW 2013.
    """

    window: int = 10
    share: float = 0.5
    min_reviewers: int = 5
    min_products: int = 4
    crowd: int = 500

    name: ClassVar[str] = "copycatch"

    def __post_init__(self) -> None:
        wrong = [
            *whole("window", self.window, 0),
            *number("share", self.share, 0, 1),
            *at_least(self, min_reviewers=2, min_products=1, crowd=2),
        ]
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the temporal cores, those with the most reviews per node first."""
        cores, n_skipped = coherent_cores(
            graph.indptr,
            graph.edges,
            graph.reviewer,
            graph.product,
            graph.product_indptr,
            graph.time,
            width=self.window,
            no_time=NO_TIME,
            crowd=self.crowd,
            min_reviewers=self.min_reviewers,
            min_products=self.min_products,
            share=self.share,
            rounds=DESCENT_ROUNDS,
        )
        if n_skipped:
            _log.info("copycatch: %d windows of more than %d reviews were passed over", n_skipped, self.crowd)
        return best_first(_outermost([Group(u, p, inside / (len(u) + len(p)), self.name) for u, p, inside in cores]))


def _outermost(groups: list[Group]) -> list[Group]:
    """Return the groups whose reviewers and products are not all in another one."""
    of: dict[int, set[int]] = {}
    for g, group in enumerate(groups):
        for u in group.reviewers.tolist():
            of.setdefault(u, set()).add(g)
    kept = []
    for g, group in enumerate(groups):
        around = set.intersection(*(of[u] for u in group.reviewers.tolist())) - {g}
        if not any(np.isin(group.products, groups[other].products, assume_unique=True).all() for other in around):
            kept.append(group)
    return kept
