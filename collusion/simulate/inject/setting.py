"""A log as rings are planted into it: which pairs are free, what its ratings are, and what accounts camouflage with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.pairs import edge_cover
from collusion.simulate.planting import camouflage_accounts, weighted_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.inject.background import Background
    from collusion.simulate.plan import RingPlan

__all__ = ["LogSetting", "draw_products"]

DRAWING_ROUNDS = 30
"""Rounds of drawing with replacement, after which the products that are still missing are drawn without."""


class LogSetting:
    """A log as rings are planted into it (`collusion.simulate.planting.Setting`)."""

    def __init__(self, background: Background) -> None:
        self._background = background

    def free(self, accounts: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the pairs that have no review in the log and none that is planted."""
        taken = self._background.has_review(np.repeat(accounts, len(targets)), np.tile(targets, len(accounts)))
        return ~taken.reshape(len(accounts), len(targets))

    cover = staticmethod(edge_cover)

    def launch(self, products: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the day of each product's first honest review, which is taken as its launch."""
        return self._background.opens[products]

    def rating_of(self, stars: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return stars as ratings of the log, nan where it has none."""
        background = self._background
        return np.full(len(stars), np.nan) if background.scale is None else background.scale.of(stars, background.points)

    def usual_ratings(
        self,
        accounts: NDArray[np.int64],  # noqa: ARG002  # the protocol's, as is ``paid``
        products: NDArray[np.int64],
        rng: np.random.Generator,
        *,
        paid: bool,  # noqa: ARG002
    ) -> NDArray[np.float64]:
        """Return ratings drawn from the honest ones of each product."""
        return self._background.own_ratings(products, rng)

    def camouflage(
        self, plan: RingPlan, accounts: NDArray[np.int64], targets: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return who camouflages with which products: none that the account is paid for or has reviewed."""
        background = self._background
        members, wanted = np.unique(camouflage_accounts(plan, accounts, rng), return_counts=True)
        weight = background.degree.astype(np.float64)
        if plan.camouflage_kind == "random":
            weight = (weight > 0).astype(np.float64)
        weight[targets] = 0
        for ring in background.rings:
            # What an account is paid for by another ring is no camouflage.
            if np.isin(members, ring.reviewers).any():
                weight[ring.products] = 0
        return draw_products(background, rng, members, wanted, weight)

    def camouflage_days(self, products: NDArray[np.int64], day: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return days within the log, and not before the first honest review of a product that has a dated one."""
        background = self._background
        if background.clock is None:
            return day
        opened = background.opens[products]
        days: NDArray[np.float64] = np.clip(np.maximum(day, np.where(np.isfinite(opened), opened, 0)), 0, background.span)
        return days


def draw_products(
    background: Background, rng: np.random.Generator, members: NDArray[np.int64], wanted: NDArray[np.int64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return as many products as wanted for each account, drawn one after the other by weight: none that it has reviewed, none twice.

    ``members`` are ascending; ``weight``, float64[n_products], is 0 for what is not to be drawn. The pairs are returned by account.

    Raises ConfigError when an account has fewer products to choose from.

    Notes
    -----
    Drawing with replacement, of which first appearances count, is the same as drawing without. What is missing after `DRAWING_ROUNDS` is
    drawn without replacement, in O(products) per account.
    """
    pool = np.flatnonzero(weight > 0)
    tickets = np.cumsum(weight[pool])
    found = np.empty(0, np.int64)
    missing = wanted.copy()
    for _ in range(DRAWING_ROUNDS if len(pool) else 0):
        if not missing.any():
            break
        reviewer = np.repeat(members, missing)
        at = np.searchsorted(tickets, rng.random(len(reviewer)) * tickets[-1], side="right")
        product = pool[np.minimum(at, len(pool) - 1)]
        key = background.key(reviewer, product)[~background.has_review(reviewer, product)]
        everything = np.concatenate([found, key])
        _, first = np.unique(everything, return_index=True)
        found = everything[np.sort(first)]
        missing = wanted - np.bincount(np.searchsorted(members, found // background.n_products), minlength=len(members))
    for k in np.flatnonzero(missing).tolist():
        own = found[found // background.n_products == members[k]] % background.n_products
        left = np.setdiff1d(pool, own)
        left = left[~background.has_review(np.full(len(left), members[k]), left)]
        if len(left) < missing[k]:
            raise ConfigError(
                f"an account needs {wanted[k]:,} products for its camouflage, and the log has {len(left) + len(own):,} "
                "that it may take; lower camouflage"
            )
        more = weighted_order(left, weight[left], rng)[: missing[k]]
        found = np.concatenate([found, background.key(np.full(len(more), members[k]), more)])
    found = found[np.argsort(found // background.n_products, kind="stable")]
    return found // background.n_products, found % background.n_products
