"""Categories inferred from the graph, for logs that name none: groups of products that the same people return to.

They represent what a reviewer's taste explains. Three things could be mistaken for taste, and each is excluded:

- Campaigns. Taste lasts and campaigns do not, so two products are tied only by reviews of one reviewer that are far apart (`APART_DAYS`): a
  ring that works through its products within weeks ties nothing. A category has at least `SMALLEST_SHARE` of the reviews.
- Time. People review what is sold while they are active, so products of one era share reviewers without any taste. Each tie is compared
  with what reviewers shuffled within months would give, as the null model N1 does.
- Chance. The reviewers are split in two. Categories are made from the ties of one half, and are kept only if the ties of the other half
  stay within them more often than time explains. Else the log has no inferred categories.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from collusion.graph.core_products import APART_DAYS, CoreProducts
from collusion.graph.graph import ReviewGraph
from collusion.graph.timeline import NO_TIME
from collusion.kernels.eigen import leading, multiply
from collusion.kernels.taste import BITS, add_ties, label_products, mark_periods, sum_by_reviewer

__all__ = ["SMALLEST_SHARE", "infer_categories", "with_categories"]

SMALLEST_SHARE = 0.05
"""Share of the reviews that an inferred category has at least: a smaller one could be a ring's own. Also the share of the ties that must be
within categories beyond what time explains: reviewers with less than this share of the ties cannot cause it alone."""

TEST_LEVEL = 0.01
"""Level of the held-out tests."""

ASSIGNMENT_ROUNDS = 2
"""Rounds in which all products are assigned: the first uses the core products only, each later one nearly all reviews."""

KMEANS_STEPS = 50
"""Steps of spherical k-means at most; it nearly always stops before."""

FIXED_POINT_ONE = 2**20
"""What 1.0 is in whole numbers, whose sums do not depend on their order."""


def with_categories(graph: ReviewGraph) -> ReviewGraph:
    """Return the graph with inferred categories, where it has none of its own and shows some (`infer_categories`)."""
    inferred = infer_categories(graph) if graph.category is None else None
    return graph if inferred is None else graph.with_columns(category=inferred, inferred=True)


def infer_categories(graph: ReviewGraph) -> NDArray[np.int32] | None:
    """Return a category for each product, -1 where nothing shows its own; None where the log shows no taste that lasts.

    1. The ties between the most reviewed products, less what their months explain, form a matrix whose leading eigenvectors are what
       tastes have in common. Those that the other half of the reviewers confirms are kept.
    2. Spherical k-means on these eigenvectors groups the core products; groups with less than `SMALLEST_SHARE` of the core's reviews are
       dissolved. The ties of the other half of the reviewers must stay within the groups.
    3. Every product is assigned to the category that its reviewers' reviews at other times support most, twice.

    None without times, since then nothing distinguishes taste from a campaign. Lonely products (`collusion.graph.strata.lonely_products`)
    are -1.

    Notes
    -----
    With r reviews of the core products (at most `collusion.graph.core_products.CORE_REVIEWS`), n core products, m months and k categories
    (1 / `SMALLEST_SHARE` at most): O(r (log r + k) + n^2 (n + m) + n_reviews k) time and 8 n^2 + n_reviewers k bytes. Renaming and
    reordering change nothing.

    References
    ----------
    Narimanzadeh, Hiraoka and Kivela, Block-corrected modularity for community detection, 2025, for a null model that keeps known blocks,
    here months; Chen, Roch, Rohe and Yu, Estimating graph dimension with cross-validated eigenvalues, 2021, for held-out eigenvectors;
    Qin and Rohe, Regularized spectral clustering under the degree-corrected stochastic blockmodel, NIPS 2013.
    """
    if graph.time is None:
        return None
    core = CoreProducts.of(graph, graph.time)
    if core is None:
        return None
    label = _groups(core)
    return None if label is None else _assigned(graph, graph.time, core, label)


def _groups(core: CoreProducts) -> NDArray[np.int8] | None:
    """Return a group for each core product by the ties of one half of the reviewers; None where the other half confirms none."""
    residual, mean, months, scale = _residual(core)
    k = min(round(1 / SMALLEST_SHARE), len(residual))
    vectors = leading(residual * scale * scale[:, None], k)
    total, square = _held_out(core, vectors * scale[:, None])
    # Bonferroni: one among many must not pass by chance. Where products have fewer ties than time explains, the sum is below zero.
    kept = vectors[:, total > -ndtri(TEST_LEVEL / k) * np.sqrt(square)]
    if not kept.shape[1]:
        return None
    reviews = np.bincount(core.product, minlength=len(residual))
    label = _large(_merged(residual, mean, months, _spherical(kept, reviews)), reviews)
    return label if label.max(initial=-1) > 0 and _confirmed(core, label) else None


def _residual(core: CoreProducts) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the ties of one half less what time explains, and what that is made of.

    Both ends of each tie are indicators of a product less their mean in the end's month: the sum of the products of the two is zero on
    average where reviewers are shuffled within months.

    Returns
    -------
    residual : float64[products, products]
    mean : float64[products, months]
        Share of each product in the ends of a month.
    months : float64[months, months]
        Ties from each month to each.
    scale : float64[products]
        About 1 / sqrt of each product's ties.
    """
    n, m = len(core.products), core.n_months
    between, inside, across, months = np.zeros((n, n)), np.zeros((n, m)), np.zeros((n, m)), np.zeros((m, m))
    add_ties(core.fit, core.product, core.month, between, inside, across, months)
    mean = inside / np.maximum(inside.sum(axis=0), 1)
    due = multiply(mean, (across - multiply(mean, months) / 2).T)
    # The mean number of ties is added, or products of few ties would dominate (Qin and Rohe).
    ties = inside.sum(axis=1)
    return between - due - due.T, mean, months, 1 / np.sqrt(ties + ties.mean())


def _held_out(core: CoreProducts, value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each column of values, one for each core product, how much ties of the other half join equals beyond what time explains.

    The sum over the ties, and the sum of squares over reviewers, who are independent where they are shuffled: the first over the square
    root of the second is about standard normal then. Whoever dominates both cannot make it large.
    """
    ends = core.test[:, :2].ravel()
    month, product = core.month[ends], core.product[ends]
    count = np.maximum(np.bincount(month, minlength=core.n_months), 1)
    mean = np.stack([np.bincount(month, column[product], core.n_months) / count for column in value.T], axis=1)
    total, square = np.empty(value.shape[1]), np.empty(value.shape[1])
    sum_by_reviewer(core.test, core.product, core.month, value, mean, np.empty(len(total)), total, square)
    return total, square


def _confirmed(core: CoreProducts, label: NDArray[np.int8]) -> bool:
    """Return whether ties of the other half stay in groups beyond what time explains, significantly and by `SMALLEST_SHARE` of them."""
    ties = core.test[(label[core.product[core.test[:, :2]]] >= 0).all(axis=1)]
    one, other, who = ties.T
    k = int(label.max()) + 1
    ends = ties[:, :2].ravel()
    held = np.bincount(core.month[ends] * k + label[core.product[ends]], minlength=core.n_months * k).reshape(-1, k)
    share = held / np.maximum(held.sum(axis=1, keepdims=True), 1)
    due = np.einsum("ij,ij->i", share[core.month[one]], share[core.month[other]])
    excess = np.bincount(who, (label[core.product[one]] == label[core.product[other]]) - due)
    total = excess.sum()
    return bool(total > -ndtri(TEST_LEVEL) * np.sqrt((excess**2).sum()) and total > SMALLEST_SHARE * (1 - due).sum())


def _spherical(vectors: NDArray[np.float64], reviews: NDArray[np.int64]) -> NDArray[np.int64]:
    """Group rows by their direction, weighed by their length: spherical k-means (Dhillon and Modha 2001).

    As many groups as eigenvectors and one more, as in a block model; those with less than `SMALLEST_SHARE` of the reviews are dissolved,
    the smallest first. The first centre is the longest row, and each next one the row that is farthest, times its length, from those
    before.
    """
    length = np.sqrt((vectors**2).sum(axis=1))
    unit = vectors / np.maximum(length, np.finfo(float).tiny)[:, None]
    centres, near = unit[[int(length.argmax())]], np.full(len(unit), -1.0)
    for _ in range(vectors.shape[1]):
        near = np.maximum(near, multiply(unit, centres[-1:].T)[:, 0])
        centres = np.vstack([centres, unit[int((length * (1 - near)).argmax())]])
    while True:
        label: NDArray[np.int64] = multiply(unit, centres.T).argmax(axis=1)
        for _ in range(KMEANS_STEPS):
            total = np.stack([vectors[label == c].sum(axis=0) for c in range(len(centres))])
            length = np.sqrt((total**2).sum(axis=1, keepdims=True))
            centres = np.where(length > 0, total / np.maximum(length, np.finfo(float).tiny), centres)
            before, label = label, multiply(unit, centres.T).argmax(axis=1)
            if (before == label).all():
                break
        size = np.bincount(label, reviews, len(centres))
        if len(centres) == 1 or size.min() >= SMALLEST_SHARE * reviews.sum():
            return label
        centres = np.delete(centres, int(size.argmin()), axis=0)


def _merged(
    residual: NDArray[np.float64], mean: NDArray[np.float64], months: NDArray[np.float64], label: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Merge groups of one taste: one whose ties with each other exceed what time explains about as much as those within each of them.

    One taste in two eras has eigenvectors that separate the eras, since few reviewers are active in both; those few tie the two. About
    as much is half at least, which is nearer to one taste than to none, and more than chance gives.
    """
    label, k = label.copy(), int(label.max()) + 1
    member = np.eye(k)[label]
    share = multiply(member.T, mean)
    more, due = multiply(multiply(member.T, residual), member), multiply(multiply(share, months), share.T)
    while True:
        rate = more / np.maximum(due, np.finfo(float).tiny)
        like = 2 * rate > np.minimum.outer(np.diag(rate), np.diag(rate))
        gain = np.where(like & (more > -ndtri(TEST_LEVEL) * np.sqrt(due)) & ~np.eye(k, dtype=np.bool_), more, 0)
        one, other = divmod(int(gain.argmax()), k)
        if gain[one, other] <= 0:
            return label
        for table in (more, due):
            table[one] += table[other]
            table[:, one] += table[:, other]
            table[other] = table[:, other] = 0
        label[label == other] = one


def _assigned(graph: ReviewGraph, time: NDArray[np.int32], core: CoreProducts, group: NDArray[np.int8]) -> NDArray[np.int32] | None:
    """Assign every product that is not lonely, and return the categories, largest first; None where fewer than two are left."""
    reviews = np.where(core.open_, np.diff(graph.product_indptr), 0)
    label = np.full(graph.n_products, -1, np.int8)
    label[core.products] = group
    for _ in range(ASSIGNMENT_ROUNDS):
        label = _assign(graph, time, core.open_, label, reviews)
        if label.max(initial=-1) < 1:
            return None
    return _large(label, reviews).astype(np.int32)


def _large(label: NDArray[np.integer], reviews: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return the groups numbered by size, the largest first; -1 for those with less than `SMALLEST_SHARE` of the reviews of all groups."""
    size = np.bincount(label[label >= 0], reviews[label >= 0])
    order = np.argsort(-size, kind="stable")
    large = order[size[order] >= SMALLEST_SHARE * size.sum()]
    number = np.full(len(size) + 1, -1, np.int8)  # the last stands for -1
    number[large] = np.arange(len(large), dtype=np.int8)
    found: NDArray[np.int8] = number[label]
    return found


def _assign(
    graph: ReviewGraph, time: NDArray[np.int32], open_: NDArray[np.bool_], label: NDArray[np.int8], reviews: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Assign each product by naive Bayes: by how often its reviewers reviewed each category at other times, against the whole log.

    A reviewer has one more review, spread as the whole log's are (the unit information prior). Categories that end up with less than
    `SMALLEST_SHARE` of the reviews are dissolved, the smallest first, and their products are assigned to the others.
    """
    k = int(label.max()) + 1
    marks = np.empty((graph.n_reviewers, k), np.uint8)
    first = int(time.min(where=time != NO_TIME, initial=np.iinfo(np.int32).max))
    mark_periods(graph.indptr, graph.edges, graph.product, time, NO_TIME, first, APART_DAYS, label, marks)
    worth = _worth(marks)
    out, todo = np.full(graph.n_products, -1, np.int8), open_
    while True:
        burst, score = np.empty(k, np.int64), np.empty(k)
        label_products(graph.product_indptr, graph.reviewer, time, NO_TIME, first, APART_DAYS, todo, marks, worth, burst, score, out)
        size = np.bincount(out[out >= 0], reviews[out >= 0], k)
        small = worth.any(axis=(0, 1)) & (size < SMALLEST_SHARE * size.sum())
        if not small.any():
            break
        least = np.where(small, size, np.inf).argmin()
        worth[:, :, least] = 0
        todo = out == least
    # Numbered without gaps.
    number = np.append(np.cumsum(worth.any(axis=(0, 1))) - 1, -1).astype(np.int8)
    placed: NDArray[np.int8] = number[out]
    return placed


def _worth(marks: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return how much the marks of `mark_periods` support each category, for a review in each period: int32[BITS, 256, k].

    In units of 1 / `FIXED_POINT_ONE`, it is the logarithm of the category's share of the reviewer's periods over that of all, less what is
    the same for all categories. The review's own period and its two neighbours do not count: what counts is more than `APART_DAYS` days
    away, and not of the same campaign as the review.
    """
    bit = np.arange(256)[:, None] >> np.arange(BITS) & 1
    total = np.array([np.bincount(column, minlength=256) @ bit.sum(axis=1) for column in marks.T])
    share = np.maximum(total, 1) / max(total.sum(), 1)
    apart = np.abs((np.arange(BITS) - np.arange(BITS)[:, None] + BITS // 2) % BITS - BITS // 2) > 1
    worth: NDArray[np.int32] = np.rint(FIXED_POINT_ONE * np.log1p((apart.astype(int) @ bit.T)[:, :, None] / share)).astype(np.int32)
    return worth
