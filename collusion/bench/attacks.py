"""Published attacks planted into a real graph: campaigns whose edges are given, with times drawn by a stated rule.

The rule. A product opens on a day of the log's first half, drawn evenly, and its honest reviews come on days drawn evenly from then on.
Each target has one campaign: its fake reviews come on days drawn evenly within `CAMPAIGN` days, which begin on a day drawn evenly
after it opened. No ratings are drawn: the scan has meetings alone to go by.
"""

from __future__ import annotations

import csv
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.metrics import TRUE, planted_share
from collusion.bench.ranking import average_precision, precision_at
from collusion.bench.world import stream
from collusion.errors import CollusionError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from collusion.graph.log import Log
    from collusion.model import Case

__all__ = ["CAMPAIGN", "DAYS", "Attack", "Outcome", "attacks", "read_attacks", "with_times"]

DAYS = 1095
"""Length of the log: three years."""

CAMPAIGN = 14
"""Days within which the fake reviews of one target are written."""

AT = (50, 100)
"""Cut-offs of P@k: about half of an attack's accounts, and about all."""


@dataclass(frozen=True)
class Attack:
    """Fake reviews, by the ids of the log they are planted into; an id that the log does not know is a new account."""

    name: str
    reviewers: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a scan made of one attack.

    Parameters
    ----------
    attack : str
        Empty for the log without one.
    seed : int
        Of the times, and of the scan.
    accounts, several, reviewers : int
        Attacking ones, those of them that wrote two fake reviews or more, and all.
    average_precision : float
        Of the accounts, ranked by the first ring that lists them; those in explained rings and in none come last.
    precision_50, precision_100 : float
    flagged, false : int
        Flagged rings, and those of them with less than half of attacking members.
    accounts_found : int
        Attacking accounts in rings that are flagged or coordinated: logs with drawn times have no ratings to tell these apart.
    """

    attack: str
    seed: int
    accounts: int
    several: int
    reviewers: int
    average_precision: float
    precision_50: float
    precision_100: float
    flagged: int
    false: int
    accounts_found: int


def read_attacks(path: Path) -> list[Attack]:
    """Read attacks from a CSV file with the columns attack, reviewer and product, in the order of their names.

    Raises
    ------
    InputError
        When a column is missing.
    """
    edges: dict[str, list[tuple[str, str]]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = {"attack", "reviewer", "product"} - {*(rows.fieldnames or ())}
        if missing:
            raise InputError(f"{path}: has no column {', '.join(sorted(missing))}")
        for row in rows:
            edges.setdefault(row["attack"], []).append((row["reviewer"], row["product"]))
    return [Attack(name, *(tuple(column) for column in zip(*edges[name], strict=True))) for name in sorted(edges)]


def with_times(log: Log, attack: Attack | None, seed: int) -> dict[str, NDArray[np.generic]]:
    """Return the columns of a log whose edges are the log's and the attack's, with times by the rule of this module.

    Parameters
    ----------
    log : Log
        Its times, ratings and other columns are left out.
    attack : Attack or None
    seed : int
        The honest reviews have the same times with every attack.
    """
    graph = log.graph
    rng = stream(seed, "honest times")
    opens = rng.integers(0, DAYS // 2, graph.n_products)
    reviewer, product = log.reviewers.take(graph.reviewer), log.products.take(log.variant)
    time = opens[graph.product] + (rng.random(graph.n_reviews) * (DAYS - opens[graph.product])).astype(np.int64)
    if attack is not None:
        code = {name: k for k, name in enumerate(log.products.take(np.arange(graph.n_products)).tolist())}
        unknown = sorted({*attack.products} - {*code})
        if unknown:
            raise CollusionError(f"the attack {attack.name} has products that the log does not know: {', '.join(unknown[:5])}")
        target = np.array([code[name] for name in attack.products])
        rng = stream(seed, f"times of {attack.name}")
        begin = opens + (rng.random(graph.n_products) * (DAYS - CAMPAIGN - opens)).astype(np.int64)
        fake = begin[target] + rng.integers(0, CAMPAIGN, len(target))
        reviewer, product = np.append(reviewer, attack.reviewers), np.append(product, attack.products)
        time = np.append(time, fake)
    return {"reviewer_id": reviewer, "product_id": product, "timestamp": np.datetime64("2001-01-01", "ns") + time.astype("timedelta64[D]")}


def attacks(
    background: Path,
    edges: Path,
    *,
    runs: int = 5,
    seed: int = 0,
    jobs: int = 2,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> list[Outcome]:
    """Plant each attack into the graph of a log, and nothing for comparison, with times of so many seeds; scan each and judge it.

    Parameters
    ----------
    background : Path
        A log that `collusion.scan` reads.
    edges : Path
        See `read_attacks`.
    runs : int
    seed : int
        The first.
    jobs : int
        Processes at a time; changes no result.
    progress : callable, optional
    """
    todo = [(background, attack, seed + k) for attack in (None, *read_attacks(edges)) for k in range(runs)]
    told: list[Outcome] = []
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for one in pool.map(_run, *zip(*todo, strict=True)):
            told.append(one)
            if progress is not None:
                progress("attacks", len(told), len(todo))
    return told


def _run(background: Path, attack: Attack | None, seed: int) -> Outcome:
    import pandas as pd  # noqa: PLC0415  # the process that only waits for the others needs none of this

    from collusion.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.pipeline import read_log, scan  # noqa: PLC0415  # as above

    log, _ = read_log(background, ScanConfig())
    columns = with_times(log, attack, seed)
    case = scan(pd.DataFrame(columns), seed=seed, threads=1)
    return _outcome(case, attack, sorted({*columns["reviewer_id"].tolist()}), seed)


def _outcome(case: Case, attack: Attack | None, reviewers: Sequence[str], seed: int) -> Outcome:
    bad = frozenset(attack.reviewers) if attack is not None else frozenset[str]()
    first: dict[str, int] = {}
    for ring in case.rings:
        if ring.status != "explained":
            for name in ring.reviewers:
                first.setdefault(name, ring.rank)
    score = np.array([-first.get(name, len(case.rings) + 1) for name in reviewers], dtype=np.float64)
    relevant = np.array([name in bad for name in reviewers])
    precision = [precision_at(k, score, relevant) for k in AT]
    false = planted_share([bad], [ring.reviewers for ring in case.flagged]) < TRUE
    caught = bad.intersection(name for ring in case.rings if ring.status in ("flagged", "coordinated") for name in ring.reviewers)
    return Outcome(
        attack=attack.name if attack is not None else "",
        seed=seed,
        accounts=len(bad),
        several=0 if attack is None else sum(n > 1 for n in Counter(attack.reviewers).values()),
        reviewers=len(reviewers),
        average_precision=average_precision(score, relevant),
        precision_50=precision[0],
        precision_100=precision[1],
        flagged=len(case.flagged),
        false=int(false.sum()),
        accounts_found=len(caught),
    )
