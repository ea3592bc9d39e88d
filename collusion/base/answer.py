"""What a log says of one account, product or seller: plain figures, before a case puts them into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ROLES", "Closeness", "CoReviewer", "Comparison", "Findings", "Role"]

Role = Literal["reviewer", "product", "seller"]

ROLES: tuple[Role, ...] = ("reviewer", "product", "seller")


@dataclass(frozen=True)
class CoReviewer:
    """An account that reviewed the same products at the same time.

    Parameters
    ----------
    reviewer : str
    co_reviews : int
        Products or sellers with a co-review of the two (`Findings.unit`), within `Findings.window` days.
    expected : float
        Their mean when reviewers are shuffled within strata, from the reviews of both by stratum and the usual rate of co-reviews there.
    surprise : float
        Nats by which the co-reviews exceed this (`collusion.graph.rates.likelihood_ratio`); 0 where they do not.
    n_reviews : int
        All reviews of the account.
    rings : tuple of str
        Ids of the groups that the account is in.
    """

    reviewer: str
    co_reviews: int
    expected: float
    surprise: float
    n_reviews: int
    rings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """One figure against those comparable: of the same role, with about as many reviews.

    Parameters
    ----------
    name : str
    value : float or None
        None where there is none, for example no rating.
    percentile : float or None
        Per cent of the comparable ones with a smaller value; equal values count half. None where there are none.
    median : float or None
    n : int
        Number of comparable ones that have a value, without the one that was asked about.
    """

    name: str
    value: float | None
    percentile: float | None
    median: float | None
    n: int


@dataclass(frozen=True)
class Closeness:
    """How near one is to a group: what it has in common with it, and what its activity leads to expect.

    Parameters
    ----------
    ring_id : str
    shared, of : int
        Of an account: products of the group that it reviewed, of how many. Of a product or seller: members who reviewed it, of how many.
    observed : int or None
        Of an account: products or sellers at which it reviewed near the group's co-reviews. Of a product: its reviews by members near
        their co-reviews there. Of a seller: reviews of its products by members. None where the log is not to be had.
    expected : float or None
        The mean of ``observed``, given activity by stratum.
    p_value : float or None
        The chance of so many or more (binomial). Not corrected for the choice of the group. None for a seller.
    needed : int or None
        The smallest ``observed`` that would make it part of the group as the group is; None where no number would, and for a seller.
    passes : bool or None
        Whether ``observed`` is enough.
    co_reviews, co_reviews_expected : int, float or None
        Co-reviews of an account with the members, over all pairs, and how many are expected (`CoReviews.among`); None for others.
    unit : {"product", "seller"} or None
        What a pair counts once for.
    window : int or None
        Days within which reviews are near; None where the log has no times.
    """

    ring_id: str
    shared: int
    of: int
    observed: int | None = None
    expected: float | None = None
    p_value: float | None = None
    needed: int | None = None
    passes: bool | None = None
    co_reviews: int | None = None
    co_reviews_expected: float | None = None
    unit: Literal["product", "seller"] | None = None
    window: int | None = None


@dataclass(frozen=True)
class Findings:
    """What a log says of one account, product or seller.

    Parameters
    ----------
    id : str
    role : {"reviewer", "product", "seller"}
    n_reviews : int
        Counted reviews.
    first_review, last_review : str or None
        ISO dates.
    products : tuple of str
        Of a seller: all of its products, sorted. Of a product: the variants of its listing, which count as one product. Else empty.
    groups : tuple of Closeness
        One for each group that it is in, in the order of their ranks.
    nearest : Closeness or None
        The nearest group, where it is in none and any is near.
    co_reviewers : tuple of CoReviewer
        Of an account: the strongest first.
    n_co_reviewers : int
        How many there are in all.
    window : int or None
        Days within which two reviews of a product are a co-review in ``co_reviewers``.
    unit : {"product", "seller"}
        What a pair counts once for.
    comparable : (int, int) or None
        Smallest and largest number of reviews of those that are comparable; None where it has no review.
    comparisons : tuple of Comparison
    """

    id: str
    role: Role
    n_reviews: int
    first_review: str | None
    last_review: str | None
    products: tuple[str, ...] = ()
    groups: tuple[Closeness, ...] = ()
    nearest: Closeness | None = None
    co_reviewers: tuple[CoReviewer, ...] = ()
    n_co_reviewers: int = 0
    window: int | None = None
    unit: Literal["product", "seller"] = "product"
    comparable: tuple[int, int] | None = None
    comparisons: tuple[Comparison, ...] = ()
