"""Listings whose reviews are shown under each variant: one review, copied over several products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collusion.base.errors import ConfigError
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.world import Reviews, World

__all__ = ["Copied", "Variants", "copies"]

LEAST_REVIEWS = 5
"""Fewest reviews of a product that gets variants: copies of fewer would mislead no detector."""


@dataclass(frozen=True)
class Variants:
    """Products that are sold in variants.

    Parameters
    ----------
    groups : int, optional
        Number of listings; None for one per 3,000 ordinary reviews.
    size : (int, int)
        Variants of a listing, the first included.
    copied : float
        Share of a listing's reviews that are shown under every variant; the others are under the first variant only.
    """

    groups: int | None = None
    size: tuple[int, int] = (2, 4)
    copied: float = 0.9

    def __post_init__(self) -> None:
        if (self.groups or 0) < 0 or not 2 <= self.size[0] <= self.size[1] or not 0 <= self.copied <= 1:
            raise ConfigError(f"variants: groups must not be negative, size must rise from 2 on and copied be from 0 to 1, not {self!r}")

    def count(self, reviews: int) -> int:
        """Return the number of listings in a market with this many reviews."""
        return round(reviews / 3_000) if self.groups is None else self.groups


class Copied(NamedTuple):
    """Copies of reviews: the position of each copied review, the variant it is shown under, and the listings.

    ``listing`` holds the first variant of the listing of each product, by product code, variants included; ``groups`` a pair of sorted
    codes (reviewers, products) per listing.
    """

    source: NDArray[np.int64]
    product: NDArray[np.int64]
    listing: NDArray[np.int64]
    groups: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]


def copies(plan: Variants, world: World, reviews: Reviews, seed: int) -> Copied:
    """Return the copies of ordinary reviews; new variants have the product codes from ``world.n_products`` on."""
    rng = stream(seed, "variants")
    reviewed = np.bincount(reviews.product, minlength=world.n_products)
    able = np.flatnonzero(reviewed >= LEAST_REVIEWS)
    first = rng.permutation(able)[: plan.count(len(reviews))]
    source, product, groups = [np.empty(0, np.int64)], [np.empty(0, np.int64)], []
    listing = [np.arange(world.n_products)]
    code = world.n_products
    order = np.argsort(reviews.product, kind="stable")
    edges = np.searchsorted(reviews.product[order], np.arange(world.n_products + 1))
    for base in first:
        own = np.sort(order[edges[base] : edges[base + 1]])
        own = own[rng.random(len(own)) < plan.copied]
        others = np.arange(code, code + int(rng.integers(plan.size[0], plan.size[1] + 1)) - 1)
        code += len(others)
        source.append(np.repeat(own, len(others)))
        product.append(np.tile(others, len(own)))
        listing.append(np.full(len(others), base))
        groups.append((np.unique(reviews.reviewer[own]), np.append(base, others)))
    return Copied(np.concatenate(source), np.concatenate(product), np.concatenate(listing), tuple(groups))
