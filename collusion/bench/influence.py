"""What the fake reviews that a detector leaves in a log still change: mean ratings of their targets, and the ranks of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Influence", "influence_left"]


@dataclass(frozen=True, eq=False)
class Influence:
    """The targets, each with its mean rating and its rank with the fakes left in and without any; float arrays of shape (targets,).

    ``product`` are the codes of the products with a fake rating, removed or not, ascending. ``mean`` is in rating points, of the honest
    ratings and the fakes left in, ``honest_mean`` of the honest ones alone; both are nan where there is no honest one. ``rank`` and
    ``honest_rank`` go by these means, 1 the highest, among the products with an honest rating; what ties has the mean of its ranks.
    """

    product: NDArray[np.int64]
    mean: NDArray[np.float64]
    honest_mean: NDArray[np.float64]
    rank: NDArray[np.float64]
    honest_rank: NDArray[np.float64]

    @property
    def shift(self) -> NDArray[np.float64]:
        """Rating points that the fakes left in move each target; above 0 is up."""
        return self.mean - self.honest_mean

    @property
    def gained(self) -> NDArray[np.float64]:
        """Places that the fakes left in move each target; above 0 is up, towards rank 1."""
        return self.honest_rank - self.rank

    @property
    def mean_absolute_shift(self) -> float:
        """Mean over targets with an honest rating of the size of their shift, in rating points; nan without such targets."""
        return _mean(np.abs(self.shift))

    @property
    def mean_absolute_gained(self) -> float:
        """Mean over targets of the ranks moved, up or down: campaigns that harm do not cancel those that favour; nan as above."""
        return _mean(np.abs(self.gained))


def influence_left(
    product: NDArray[np.integer], rating: NDArray[np.float64], fake: NDArray[np.bool_], removed: NDArray[np.bool_]
) -> Influence:
    """Return what the fakes that were not removed still move.

    Each product has two means: of its honest ratings and the fakes left in, and of its honest ratings alone. The difference is the shift, 0
    where every fake was removed. Honest ratings count in both whether they were removed or not: this tells the harm that is left, and
    precision measures what is removed wrongly. In the first ranking all products have the fakes left in, in the second none has. The arrays
    have one element per review; one without a rating (nan) moves nothing and is left out.

    Notes
    -----
    Products without an honest rating have no rank without their fakes, so they are in neither ranking and move no other product. Means
    of ratings in whole or half points that are equal tie exactly, whatever the order of rows. O(reviews + products log products).
    """
    rated = ~np.isnan(rating)
    product, rating, fake, removed = product[rated], rating[rated], fake[rated], removed[rated]
    n = int(product.max(initial=-1)) + 1
    honest_mean = _means(product[~fake], rating[~fake], n)
    left = ~(fake & removed)
    mean = np.where(np.isnan(honest_mean), np.nan, _means(product[left], rating[left], n))
    target = np.unique(product[fake]).astype(np.int64)
    return Influence(target, mean[target], honest_mean[target], _ranks(mean)[target], _ranks(honest_mean)[target])


def _means(product: NDArray[np.integer], rating: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the mean rating of each product; nan where it has none."""
    count = np.bincount(product, minlength=n)
    total = np.bincount(product, weights=rating, minlength=n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _ranks(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the midranks by descending mean; nan where it is, which no other rank depends on."""
    ranks: NDArray[np.float64] = rankdata(-mean, nan_policy="omit")
    return ranks


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
