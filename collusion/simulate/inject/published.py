"""Published attacks planted into a real graph: campaigns whose edges are given, with times drawn by a stated rule.

The rule. A product opens on a day of the log's first half, drawn evenly, and its honest reviews come on days drawn evenly from then on.
Each target has one campaign: its fake reviews come on days drawn evenly within `CAMPAIGN_DAYS` days, which begin on a day drawn evenly
after it opened. No ratings are drawn: a scan has only co-reviews to use.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collusion.base.config import ScanConfig
from collusion.base.errors import CollusionError, ConfigError, InputError, did_you_mean
from collusion.pipeline import read_log
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.simulated import TrueGroup
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from collusion.graph.log import Log

__all__ = ["CAMPAIGN_DAYS", "LOG_DAYS", "Attack", "published", "read_attacks", "with_published", "with_times"]

LOG_DAYS = 1095
"""Length of the log: three years."""

CAMPAIGN_DAYS = 14
"""Days within which the fake reviews of one target are written."""


@dataclass(frozen=True)
class Attack:
    """Fake reviews, by the ids of the log they are planted into; an id that the log does not know is a new account."""

    name: str
    reviewers: tuple[str, ...]
    products: tuple[str, ...]


def read_attacks(path: Path) -> list[Attack]:
    """Read attacks from a CSV file with the columns attack, reviewer and product, in the order of their names.

    Raises InputError when a column is missing.
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

    Times, ratings and other columns of the log are left out. The honest reviews have the same times with every attack.
    """
    graph = log.graph
    rng = stream(seed, "honest times")
    opens = rng.integers(0, LOG_DAYS // 2, graph.n_products)
    reviewer, product = log.reviewers.take(graph.reviewer), log.products.take(log.variant)
    time = opens[graph.product] + (rng.random(graph.n_reviews) * (LOG_DAYS - opens[graph.product])).astype(np.int64)
    if attack is not None:
        code = {name: k for k, name in enumerate(log.products.take(np.arange(graph.n_products)).tolist())}
        unknown = sorted({*attack.products} - {*code})
        if unknown:
            raise CollusionError(f"the attack {attack.name} has products that the log does not know: {', '.join(unknown[:5])}")
        target = np.array([code[name] for name in attack.products])
        rng = stream(seed, f"times of {attack.name}")
        begin = opens + (rng.random(graph.n_products) * (LOG_DAYS - CAMPAIGN_DAYS - opens)).astype(np.int64)
        fake = begin[target] + rng.integers(0, CAMPAIGN_DAYS, len(target))
        reviewer, product = np.append(reviewer, attack.reviewers), np.append(product, attack.products)
        time = np.append(time, fake)
    return {"reviewer_id": reviewer, "product_id": product, "timestamp": np.datetime64("2001-01-01", "ns") + time.astype("timedelta64[D]")}


def with_published(log: Log, attack: Attack | None, seed: int) -> LabelledLog:
    """Return a graph with one published attack planted (`with_times`), or none, as a labelled log.

    The attack's reviews are the fake ones, and its accounts and targets one ring; ids and times are those of ``with_times``.
    """
    columns = with_times(log, attack, seed)
    fakes = 0 if attack is None else len(attack.reviewers)
    table = pa.table({name: pa.array(column.tolist() if column.dtype == object else column) for name, column in columns.items()})
    rings: tuple[TrueGroup, ...] = ()
    if attack is not None:
        rings = (TrueGroup("ring-1", "ring", tuple(sorted({*attack.reviewers})), tuple(sorted({*attack.products}))),)
    return LabelledLog(table, np.arange(len(table)) >= len(table) - fakes, rings)


def published(background: Path, edges: Path, attack: str, seed: int) -> LabelledLog:
    """Return a log with one published attack; a seed gives the times.

    ``background`` is a log that `collusion.scan` reads, such as YelpChi, of which only who reviewed what is used; ``attack`` is a name of
    the file ``edges`` (`read_attacks`), such as ``IncBP``. Raises ConfigError when the file has no attack of that name.
    """
    known = {one.name: one for one in read_attacks(edges)}
    if attack not in known:
        raise ConfigError(f"{edges}: has no attack {attack!r}; {did_you_mean(attack, known)}")
    log, _ = read_log(background, ScanConfig())
    return with_published(log, known[attack], seed)
