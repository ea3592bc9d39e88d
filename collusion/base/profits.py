"""Who profits from the reviews of groups, and who is harmed by them: plain figures per seller and product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RANK_RULES", "Harm", "Month", "Profit", "Profits", "RankRule"]

RankRule = Literal["bayes", "mean", "count"]

RANK_RULES: tuple[RankRule, ...] = ("bayes", "mean", "count")
"""How products and sellers are ranked: by Bayesian average, by mean rating, or by number of reviews."""


@dataclass(frozen=True)
class Month:
    """How many reviews of groups there are in one month.

    Parameters
    ----------
    month : str
        ``2021-03``.
    n_flagged, n_coordinated : int
    """

    month: str
    n_flagged: int
    n_coordinated: int


@dataclass(frozen=True)
class Profit:
    """What the reviews of groups are to one product, or to one seller with all of its products.

    A review that is of a flagged and of a coordinated group counts as one of a flagged group. "Without" means without the reviews of both.

    Parameters
    ----------
    id : str
        A listing with variants has the id of the one that has most reviews of groups.
    seller : str or None
        Of a product; None where unknown, and for a seller.
    n_products : int
        Products of a seller that have reviews; variants of a product that do.
    n_reviews, n_flagged, n_coordinated : int
        Counted reviews: all, of flagged groups, of coordinated groups.
    flagged_low, flagged_high, coordinated_low, coordinated_high : float
        Exact 95 % intervals of the shares (Clopper and Pearson 1934).
    groups : tuple of str
        Ids of the flagged and coordinated groups that have reviews here, by rank.
    first_review, last_review : str or None
        ISO dates of the first and the last review of these groups.
    dose : tuple of Month
        Months with reviews of groups.
    mean, mean_without : float or None
        Mean rating.
    difference_low, difference_high : float or None
        95 % interval of ``mean - mean_without``. The ratings of groups are taken as they are. Those of others are a sample, with the usual
        spread of ratings within one product (or seller); their mean is within the scale of the log.
    rank, rank_without, n_ranked : int or None
        1 is the best; without: if the groups had reviewed nothing anywhere. Among products of the category, or sellers with that main
        category, where the log names categories.
    rating_p, rating_q : float or None
        Of a product: whether the groups' ratings differ from the others', by exact permutation of its ratings; adjusted over products.
    effect : {"raised", "lowered"} or None
        Of a product: in which direction, where ``rating_q`` is at most the false-discovery rate of the scan.
    n_by_members : int or None
        Of a seller: all reviews of its products by members of flagged groups.
    expected : float or None
        How many there would be if such members reviewed the seller as often as others of the same categories and periods, outside of
        what their groups are listed for (`collusion.profits.chance.seller_test`).
    p_value, q_value : float or None
        Chance of so many or more; adjusted over all sellers of the log.
    """

    id: str
    seller: str | None
    n_products: int
    n_reviews: int
    n_flagged: int
    n_coordinated: int
    flagged_low: float
    flagged_high: float
    coordinated_low: float
    coordinated_high: float
    groups: tuple[str, ...]
    first_review: str | None
    last_review: str | None
    dose: tuple[Month, ...]
    mean: float | None = None
    mean_without: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    rank: int | None = None
    rank_without: int | None = None
    n_ranked: int | None = None
    rating_p: float | None = None
    rating_q: float | None = None
    effect: Literal["raised", "lowered"] | None = None
    n_by_members: int | None = None
    expected: float | None = None
    p_value: float | None = None
    q_value: float | None = None

    @property
    def difference(self) -> float | None:
        """By how much the groups raise the mean rating; negative where they lower it."""
        return None if self.mean is None or self.mean_without is None else self.mean - self.mean_without

    @property
    def share_flagged(self) -> float:
        """Share of the reviews that are of flagged groups."""
        return self.n_flagged / self.n_reviews

    @property
    def share_coordinated(self) -> float:
        """Share of the reviews that are of coordinated groups."""
        return self.n_coordinated / self.n_reviews


@dataclass(frozen=True)
class Harm:
    """A product that groups rated lower than others did, and which products went past it.

    Parameters
    ----------
    product : str
    seller : str or None
    gained : tuple of str
        Products of other sellers in its category that rank above it with the groups' reviews, would rank below it without them, and were
        not rated down themselves; the nearest first, at most `SHOWN_GAINERS`. That they gained does not show that anybody ordered it.
    n_gained : int
        How many there are in all.
    """

    product: str
    seller: str | None
    gained: tuple[str, ...]
    n_gained: int


@dataclass(frozen=True)
class Profits:
    """Sellers and products with reviews of flagged or coordinated groups.

    Parameters
    ----------
    rank_by : {"bayes", "mean", "count"}
    sellers, products : tuple of Profit
        Those with most reviews of flagged groups first, then of coordinated ones, then by id.
    harmed : tuple of Harm
        In the order of ``products``.
    n_sellers : int
        Sellers of the log with reviews, over which q-values are adjusted.
    notes : tuple of str
        What could not be computed, and why.
    """

    rank_by: RankRule
    sellers: tuple[Profit, ...] = ()
    products: tuple[Profit, ...] = ()
    harmed: tuple[Harm, ...] = ()
    n_sellers: int = 0
    notes: tuple[str, ...] = ()
