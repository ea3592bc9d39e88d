"""Random logs with every column that a signal can use, their groups, and the same logs under other names."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.model import Link
from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.graph.graph import NO_TIME, build_graph
from collusion.graph.log import Names
from collusion.graph.projection import co_reviews_of
from collusion.graph.strata import strata_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["COLUMNS", "LogColumns", "facts_of", "random_group", "random_log", "renamed_log"]

COLUMNS = ("timestamp", "rating", "category", "seller", "link", "time of day", "verified", "helpful_votes", "text")
"""All columns that a signal can need, as `collusion.evidence.facts.LogFacts.columns` names them."""

ACCOUNTS, PRODUCTS, REVIEWS, DAYS = 400, 60, 3000, 240
"""Of a random log: small, so that a check takes seconds, and with several reviews of one product on many days."""

PEAKS = 8
"""Days of each product on which most of its reviews are written."""

RING = (12, 8)
"""Accounts and products of the planted ring."""

WINDOW = 7
"""Days within which two reviews of a product are a co-review."""

A_DAY = 86_400
"""Seconds."""

WORDS = tuple(
    a + b for a in ("be", "ca", "do", "fi", "ga", "lo", "mu", "ne", "po", "ra", "su", "ti") for b in ("lan", "mer", "nis", "ro", "ta")
)
"""What texts are made of: no word of any language, so that none is common."""


@dataclass(frozen=True, eq=False)
class LogColumns:
    """A log as plain columns, one value a row, but category and seller: one a product.

    Parameters
    ----------
    reviewer, product : int64 arrays
    day : int64 array
        `NO_TIME` where unknown.
    second : int64 array
        Of the day, -1 where unknown.
    rating : float64 array
        nan where there is none.
    verified, helpful : int64 arrays
        -1 where unknown.
    device : int64 array
        Value of the linking column, -1 for none.
    text : tuple of str or None
    category, seller : int64 arrays
    accounts : int
    """

    reviewer: NDArray[np.int64]
    product: NDArray[np.int64]
    day: NDArray[np.int64]
    second: NDArray[np.int64]
    rating: NDArray[np.float64]
    verified: NDArray[np.int64]
    helpful: NDArray[np.int64]
    device: NDArray[np.int64]
    text: tuple[str | None, ...]
    category: NDArray[np.int64]
    seller: NDArray[np.int64]
    accounts: int


def random_log(rng: np.random.Generator) -> tuple[LogColumns, NDArray[np.int64], NDArray[np.int64]]:
    """Return an honest log with one planted ring, and the ring's reviewers and products.

    Accounts differ in how much they write, how lenient they are and at what hour they write; products in how good they are and on which
    days they are reviewed; a few accounts share a device with another. Nothing else ties honest accounts together. The ring reviewed all
    its products within days and minutes, gives the best rating, and shares devices and reworded texts: so signals have something to find.
    """
    activity = rng.pareto(1.5, ACCOUNTS) + 0.3
    u = rng.choice(ACCOUNTS, REVIEWS, p=activity / activity.sum())
    p = (PRODUCTS * rng.random(REVIEWS) ** 1.3).astype(np.int64)
    # A product that is launched late is one that signals of launches ask about.
    launch = rng.integers(0, DAYS, PRODUCTS) // 2
    peak = np.sort(launch[:, None] + rng.integers(0, DAYS // 2, (PRODUCTS, PEAKS)), axis=1)
    alone = rng.random(REVIEWS) < 0.3
    day = np.where(alone, launch[p] + rng.integers(0, DAYS // 2, REVIEWS), peak[p, rng.integers(0, PEAKS, REVIEWS)])
    hour = rng.uniform(0, A_DAY, ACCOUNTS)
    second = (hour[u] + rng.normal(0, 4 * 3600, REVIEWS)).astype(np.int64) % A_DAY
    liked = rng.normal(3.8, 0.5, PRODUCTS)[p] + rng.normal(0, 0.3, ACCOUNTS)[u] + rng.normal(0, 1.0, REVIEWS)
    device = np.arange(ACCOUNTS + RING[0], dtype=np.int64)
    homes = rng.choice(ACCOUNTS // 2, ACCOUNTS // 20, replace=False)
    device[2 * homes] = device[2 * homes + 1]
    ring, targets = np.arange(ACCOUNTS, ACCOUNTS + RING[0]), np.sort(rng.choice(PRODUCTS, RING[1], replace=False))
    device[ring] = ACCOUNTS + np.arange(RING[0]) // 4
    paid_u, paid_p = np.repeat(ring, RING[1]), np.tile(targets, RING[0])
    n = len(paid_u)
    start = peak[targets, PEAKS // 2]
    moment = rng.integers(0, A_DAY - 3600, RING[1])
    stock = [_text(rng, 12) for _ in targets]
    texts = [_text(rng, int(length)) for length in rng.integers(4, 20, REVIEWS)]
    texts += [_reworded(rng, stock[k % RING[1]]) for k in range(n)]
    columns: dict[str, NDArray[Any]] = {
        "reviewer": np.concatenate((u, paid_u)),
        "product": np.concatenate((p, paid_p)),
        "day": np.concatenate((day, np.tile(start, RING[0]) + rng.integers(0, 2, n))) + 17_000,
        "second": np.concatenate((second, np.tile(moment, RING[0]) + rng.integers(0, 900, n))),
        "rating": np.concatenate((np.clip(np.round(liked), 1, 5), np.full(n, 5.0))),
        "verified": (rng.random(REVIEWS + n) < 0.7).astype(np.int64),
        "helpful": rng.poisson(0.6, REVIEWS + n),
    }
    columns["device"] = device[columns["reviewer"]]
    for name, nothing in (("day", NO_TIME), ("second", -1), ("rating", np.nan), ("verified", -1), ("helpful", -1), ("device", -1)):
        columns[name] = np.where(rng.random(REVIEWS + n) < 0.02, nothing, columns[name])
    columns["second"][columns["day"] == NO_TIME] = -1
    silent = rng.random(REVIEWS + n) < 0.02
    # The first review of an account and a product counts.
    kept = np.sort(np.unique(columns["reviewer"] * PRODUCTS + columns["product"], return_index=True)[1])
    log = LogColumns(
        **{name: values[kept] for name, values in columns.items()},
        text=tuple(None if silent[k] else texts[k] for k in kept.tolist()),
        category=np.arange(PRODUCTS, dtype=np.int64) % 3,
        seller=np.where(rng.random(PRODUCTS) < 0.1, -1, rng.integers(0, 15, PRODUCTS)),
        accounts=ACCOUNTS + RING[0],
    )
    return log, ring, targets


def random_group(log: LogColumns, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return honest reviewers who happened to review the same products, and the products.

    Of each of a few products one day is taken and about half of the accounts that reviewed it then. So members co-review, as those of a
    group that a search finds do, while ratings, clock times, devices and texts have no part in the choice.
    """
    products = np.sort(rng.choice(len(log.category), int(rng.integers(4, 11)), replace=False))
    chosen = [np.empty(0, np.int64)]
    for p in products.tolist():
        there = (log.product == p) & (log.day != NO_TIME) & (log.reviewer < ACCOUNTS)
        days, times = np.unique(log.day[there], return_counts=True)
        if len(days):
            who = log.reviewer[there & (log.day == rng.choice(days, p=times / times.sum()))]
            chosen.append(who[rng.random(len(who)) < 0.5])
    members = np.unique(np.concatenate(chosen))
    return (members, products) if len(members) >= 3 else random_group(log, rng)


def facts_of(log: LogColumns, *, seed: int = 0, without: frozenset[str] = frozenset()) -> LogFacts:
    """Return the facts of a log, without some of its columns (`COLUMNS`)."""
    graph = build_graph(
        log.reviewer,
        log.product,
        time=None if "timestamp" in without else log.day,
        rating=None if "rating" in without else log.rating,
        category=None if "category" in without else log.category,
        seller=None if "seller" in without else log.seller,
        n_reviewers=log.accounts,
        n_products=len(log.category),
    )
    row = graph.row

    def texts(rows: NDArray[np.int64]) -> Sequence[str | None]:
        return [log.text[k] for k in np.asarray(rows).tolist()]

    return LogFacts(
        graph=graph,
        strata=strata_of(graph),
        variant=graph.product,
        seed=seed,
        links=() if "link" in without else (_link(log),),
        second=None if "time of day" in without else log.second[row].astype(np.int32),
        verified=None if "verified" in without else log.verified[row].astype(np.int8),
        helpful=None if "helpful_votes" in without else log.helpful[row].astype(np.int32),
        texts=None if "text" in without else texts,
    )


def group_facts(log: LogFacts, reviewers: NDArray[np.int64], products: NDArray[np.int64]) -> GroupFacts:
    """Return a group of a log, as signals see it."""
    co_reviews = co_reviews_of(log.graph, None if log.graph.time is None else WINDOW)
    return GroupFacts(log, np.sort(reviewers).astype(np.int32), np.sort(products).astype(np.int32), co_reviews)


def renamed_log(log: LogColumns, rng: np.random.Generator) -> tuple[LogColumns, NDArray[np.int64], NDArray[np.int64]]:
    """Return the log under new codes with its rows in another order, and the new code of each reviewer and of each product."""
    reviewer, product = rng.permutation(log.accounts), rng.permutation(len(log.category))
    device = rng.permutation(int(log.device.max(initial=0)) + 1)
    order = rng.permutation(len(log.reviewer))
    by_row: dict[str, Any] = {name: getattr(log, name)[order] for name in ("day", "second", "rating", "verified", "helpful")}
    old = np.argsort(product)
    moved = dataclasses.replace(
        log,
        **by_row,
        reviewer=reviewer[log.reviewer[order]],
        product=product[log.product[order]],
        device=np.where(log.device[order] < 0, -1, device[log.device[order]]),
        text=tuple(log.text[k] for k in order.tolist()),
        category=log.category[old],
        seller=log.seller[old],
    )
    return moved, reviewer, product


def columns_of(log: LogFacts) -> dict[str, bytes | None]:
    """Return the bytes of every array that a signal could write to."""
    graph: ReviewGraph = log.graph
    held: dict[str, NDArray[Any] | None] = {
        name: getattr(graph, name)
        for name in ("reviewer", "product", "time", "rating", "row", "category", "seller", "indptr", "edges", "product_indptr")
    }
    held |= {"second": log.second, "verified": log.verified, "helpful": log.helpful, "variant": log.variant, "strata": log.strata.of}
    for k, link in enumerate(log.links):
        held |= {f"link {k} reviewer": link.reviewer, f"link {k} value": link.value, f"link {k} row": link.row}
    return {name: None if array is None else array.tobytes() for name, array in held.items()}


def _link(log: LogColumns) -> Link:
    """Return the linking column: each reviewer and value once."""
    values = int(log.device.max(initial=0)) + 1
    shown = np.flatnonzero(log.device >= 0)
    pairs, first = np.unique(log.reviewer[shown] * values + log.device[shown], return_index=True)
    names = Names.of([f"device {k}" for k in range(values)])
    return Link("device", (pairs // values).astype(np.int32), (pairs % values).astype(np.int32), shown[first].astype(np.int64), names)


def _text(rng: np.random.Generator, length: int) -> str:
    return " ".join(WORDS[k] for k in rng.integers(0, len(WORDS), length).tolist())


def _reworded(rng: np.random.Generator, text: str) -> str:
    """Return a text with a quarter of its words replaced."""
    return " ".join(WORDS[rng.integers(len(WORDS))] if rng.random() < 0.25 else word for word in text.split())
