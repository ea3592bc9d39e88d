"""Variants of a listing: products that share their reviews, so that one review on all of them counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.model import Basket
from collusion.kernels.copies import reviewers_of, same_words
from collusion.kernels.csr import group_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.reviews.table import Names

__all__ = ["baskets_of", "copies_of", "infer_listings", "representative"]

MIN_COPIERS = 3
"""Reviewers whose reviews two products must share: two may have pasted the same words by themselves."""

CONTAINED = 0.9
"""Share of the smaller product's reviewers whose review must also stand on the other.

Variants share all their reviews (98 to 100 % in Amazon's All Beauty 5-core), since the marketplace shows one pool for the whole listing; a
paid ring that pastes one text over its products leaves the products' other reviews apart.
"""

WIDEST = 50
"""Products over which one text of one reviewer on one day is taken for variants; more is a template, not a listing."""


def copies_of(
    reviewer: NDArray[np.int32],
    product: NDArray[np.int32],
    time: NDArray[np.int32] | None,
    rating: NDArray[np.float32] | None,
    text: NDArray[np.uint64],
    by_reviewer: tuple[NDArray[np.int64], NDArray[np.int32]],
    threads: int = 1,
) -> NDArray[np.int64]:
    """Return (group, product, reviewer) rows of reviews that one reviewer wrote in the same words, rating and day for several products.

    ``by_reviewer`` is the rows grouped by reviewer (`collusion.kernels.csr.group_by`); ``threads`` changes no result.

    Returns
    -------
    int64 array of shape (m, 3)
        Sorted by group, then product; each group has two distinct products at least, `WIDEST` at most.

    Notes
    -----
    One pass finds the rows that may be copies; only these are sorted.

    Texts are compared by 64-bit hashes: among n reviews two different ones are taken for one with a probability of about n**2 / 2**65
    (3e-4 at a hundred million), and then one pair of reviews looks like one copy, of which `MIN_COPIERS` are needed.
    """
    here = same_words(*by_reviewer, text, time, threads)
    key = text[here] ^ (reviewer[here].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    if time is not None:
        key = (key + time[here].astype(np.int64).astype(np.uint64)) * np.uint64(0xC2B2AE3D27D4EB4F)
    if rating is not None:
        key ^= rating[here].view(np.uint32).astype(np.uint64) * np.uint64(0x165667B19E3779F9)
    order = np.argsort(key, kind="stable")
    key, here = key[order], here[order]
    new = np.zeros(len(key), bool)
    new[:1] = True
    # Reviewer, day and rating are compared themselves: only the text is taken at the word of its hash.
    parts = [key, reviewer[here]]
    parts += [] if time is None else [time[here]]
    parts += [] if rating is None else [rating[here].view(np.uint32)]
    for own in parts:
        new[1:] |= own[1:] != own[:-1]
    group = np.cumsum(new) - 1
    size = np.bincount(group)
    many = size[group] > 1
    found = np.stack([group[many], product[here[many]], reviewer[here[many]]], axis=1).astype(np.int64)
    found = found[np.lexsort((found[:, 2], found[:, 1], found[:, 0]))]
    if not len(found):
        return found
    new = np.ones(len(found), bool)
    new[1:] = (found[1:] != found[:-1]).any(axis=1)
    found = found[new]
    distinct = np.bincount(found[:, 0])[found[:, 0]]
    return found[(distinct >= 2) & (distinct <= WIDEST)]


def infer_listings(
    copies: NDArray[np.int64], reviewer: NDArray[np.int32], product: NDArray[np.int32], seller: NDArray[np.int32] | None, n_products: int
) -> NDArray[np.int64]:
    """Return pairs of products that are variants of one listing (shape (m, 2), sorted): see `MIN_COPIERS` and `CONTAINED`.

    Never of two known sellers, nor joined through products of unknown ones: ``seller`` holds each product's, -1 where unknown.
    """
    if not len(copies):
        return np.empty((0, 2), np.int64)
    pairs = []
    _, start, size = np.unique(copies[:, 0], return_index=True, return_counts=True)
    for width in np.unique(size).tolist():
        one, other = np.triu_indices(width, 1)
        of = start[size == width][:, None]
        pairs.append(
            np.stack(
                [copies[of + one, 1].ravel(), copies[of + other, 1].ravel(), np.broadcast_to(copies[of, 2], (len(of), len(one))).ravel()]
            )
        )
    a, b, who = np.concatenate(pairs, axis=1)
    # A reviewer who copied twice over the same two products is one copier.
    order = np.lexsort((who, b, a))
    a, b, who = a[order], b[order], who[order]
    new = np.ones(len(a), bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1]) | (who[1:] != who[:-1])
    pair, copiers = np.unique(a[new] * n_products + b[new], return_counts=True)
    pair, copiers = pair[copiers >= MIN_COPIERS], copiers[copiers >= MIN_COPIERS]
    a, b = pair // n_products, pair % n_products
    products, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    reviewers = reviewers_of(products, reviewer, product, n_products)[at.ravel()]
    same = copiers >= CONTAINED * np.minimum(reviewers[: len(a)], reviewers[len(a) :])
    if seller is not None:
        same &= (seller[a] == seller[b]) | (seller[a] < 0) | (seller[b] < 0)
    found: NDArray[np.int64] = np.stack([a[same], b[same]], axis=1)
    return found if seller is None else _within_sellers(found, seller)


def _within_sellers(pairs: NDArray[np.int64], seller: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the pairs without those that join products of different sellers through products whose seller is unknown."""
    top = _roots(pairs.tolist())
    sellers: dict[int, set[int]] = {}
    for p, root in top.items():
        if seller[p] >= 0:
            sellers.setdefault(root, set()).add(int(seller[p]))
    mixed = np.array([len(sellers.get(top[a], ())) > 1 for a in pairs[:, 0].tolist()], dtype=bool)
    found: NDArray[np.int64] = pairs[~mixed | (seller[pairs] >= 0).all(axis=1)]
    return found


def _roots(pairs: list[list[int]]) -> dict[int, int]:
    """Return for each member of a pair the one that stands for all that pairs join it with."""
    parent: dict[int, int] = {}

    def root(p: int) -> int:
        while (above := parent[p]) != p:
            parent[p] = parent[above]
            p = above
        return p

    for a, b in pairs:
        parent.setdefault(a, a)
        parent.setdefault(b, b)
        parent[root(a)] = root(b)
    return {p: root(p) for p in sorted(parent)}


def representative(
    n_products: int, pairs: NDArray[np.int64], given: NDArray[np.int32] | None, reviews: NDArray[np.int64], names: Names
) -> NDArray[np.int32]:
    """Return for each product the one that stands for its listing: the most reviewed, of equals the first by name.

    ``pairs`` (shape (m, 2)) are products that share a listing; ``given`` is the code of each product's listing as the log gives it, -1
    where it gives none.
    """
    listing = np.arange(n_products, dtype=np.int32)
    if given is not None and (given >= 0).any():
        # The first product of each listing stands for it, until pairs have joined listings.
        listed = np.flatnonzero(given >= 0)
        _, first, at = np.unique(given[listed], return_index=True, return_inverse=True)
        listing[listed] = listed[first][at]
    joined = _roots(listing[pairs].tolist())
    if joined:
        top = listing.copy()
        top[list(joined)] = list(joined.values())
        listing = top[listing]
    size = np.bincount(listing, minlength=n_products)
    members = np.flatnonzero(size[listing] > 1)
    order = members[np.lexsort((names.rank(members), -reviews[members], listing[members]))]
    best = np.ones(len(order), bool)
    best[1:] = listing[order[1:]] != listing[order[:-1]]
    stands = np.arange(n_products, dtype=np.int32)
    stands[listing[order[best]]] = order[best]
    found: NDArray[np.int32] = np.where(size[listing] > 1, stands[listing], np.arange(n_products)).astype(np.int32)
    return found


def baskets_of(
    reviewer: NDArray[np.int32],
    product: NDArray[np.int32],
    row: NDArray[np.int32] | NDArray[np.int64],
    status: NDArray[np.uint8],
    listing: NDArray[np.int32],
    copies: NDArray[np.int64] | None,
    names: Names,
) -> tuple[Basket, ...]:
    """Return the baskets of `MIN_COPIERS` reviewers or more, most reviewers first, then by names.

    A basket is the exact set of products of one listing that a reviewer reviewed twice or more: by copies where listings were inferred
    (``copies`` given), by any reviews where the log gives listings. Each (reviewer, listing) lies in one basket at most. O(rows log rows).
    """
    shared = np.bincount(listing, minlength=len(listing))[listing] > 1
    inside = np.flatnonzero(shared[product])
    n = len(listing)
    person = reviewer[inside].astype(np.int64) * n + listing[product[inside]]
    by_person = np.argsort(person, kind="stable")
    inside, person = inside[by_person], person[by_person]
    if copies is None:
        who, what = person, product[inside].astype(np.int64)
    else:
        of = copies[shared[copies[:, 1]]]
        who, what = of[:, 2] * n + listing[of[:, 1]], of[:, 1]
    order = np.lexsort((what, who))
    who, what = who[order], what[order]
    new = np.ones(len(who), bool)
    new[1:] = (who[1:] != who[:-1]) | (what[1:] != what[:-1])
    who, what = who[new], what[new]
    people, start, size = np.unique(who, return_index=True, return_counts=True)
    found = []
    for width in np.unique(size[size > 1]).tolist():
        own = np.flatnonzero(size == width)
        sets, at, count = np.unique(what[start[own][:, None] + np.arange(width)], axis=0, return_inverse=True, return_counts=True)
        indptr, position = group_by(at.ravel().astype(np.int32), len(sets))
        for k in np.flatnonzero(count >= MIN_COPIERS).tolist():
            keys = people[own[position[indptr[k] : indptr[k + 1]]]]
            low, high = np.searchsorted(person, keys), np.searchsorted(person, keys, side="right")
            own_rows = high - low
            rows = inside[np.repeat(low - np.cumsum(own_rows) + own_rows, own_rows) + np.arange(own_rows.sum())]
            rows = rows[np.isin(product[rows], sets[k])]
            buyers = np.sort(keys // n).astype(np.int32)
            found.append(
                Basket(
                    sets[k].astype(np.int32),
                    buyers,
                    np.sort(row[rows]).astype(np.int64),
                    int((status[rows] != 0).sum()),
                    inferred=copies is not None,
                )
            )
    found.sort(key=lambda basket: (-len(basket.reviewers), sorted(names.take(basket.products))))
    return tuple(found)
