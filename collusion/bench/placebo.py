"""Placebo logs: null replicates of a real log, scanned as if they were logs of their own. Nothing in them is there to be found."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from multiprocessing import get_context
from typing import TYPE_CHECKING

from collusion.config import ScanConfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collusion.graph.log import Log

__all__ = ["Placebo", "placebo_log", "placebos"]


@dataclass(frozen=True)
class Placebo:
    """One placebo log.

    Parameters
    ----------
    log : str
        Name of the file that it was drawn from.
    seed : int
        Of the draw, and of the scan.
    reviews, listed, flagged : int
        Counted reviews; rings in the case, whatever their status; and those of them that were flagged.
    """

    log: str
    seed: int
    reviews: int
    listed: int
    flagged: int


def placebo_log(log: Log, seed: int) -> Log:
    """Return a log in which the reviewers are permuted within category and month (N1), categories inferred where the log has none.

    It has the columns of the log and no others: a scan has to infer categories again. Variants, known by copied reviews, are left out.
    """
    import numpy as np  # noqa: PLC0415  # the process that only waits for the others needs none of this

    from collusion.graph.categories import with_categories  # noqa: PLC0415  # as above
    from collusion.graph.graph import build_graph  # noqa: PLC0415  # as above
    from collusion.graph.null import Null  # noqa: PLC0415  # as above

    drawn, _ = Null.of(with_categories(log.graph)).draw(np.random.default_rng([seed, 1]))
    # Where a reviewer holds most of a small stratum a pair may repeat: it is counted once, as in any log.
    pair = drawn.reviewer.astype(np.int64) * drawn.n_products + drawn.product
    once = np.sort(np.unique(pair, return_index=True)[1])
    graph = build_graph(
        drawn.reviewer[once],
        drawn.product[once],
        time=None if drawn.time is None else drawn.time[once],
        rating=None if drawn.rating is None else drawn.rating[once],
        row=once,
        category=log.graph.category,
        seller=log.graph.seller,
        n_reviewers=drawn.n_reviewers,
        n_products=drawn.n_products,
    )
    variant, graph = log.variant[graph.row], graph.with_columns(row=log.graph.row[graph.row])
    accounting = replace(log.accounting, counted=graph.n_reviews, repeated=log.accounting.repeated + len(pair) - len(once))
    return replace(log, graph=graph, variant=variant, baskets=(), accounting=accounting)


def placebos(
    path: Path,
    runs: int,
    *,
    seed: int = 0,
    config: ScanConfig | None = None,
    jobs: int = 2,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> list[Placebo]:
    """Scan so many placebo logs drawn from one log, in processes of their own; draw k has the seed ``seed + k``.

    Parameters
    ----------
    path : Path
        A log that `collusion.scan` reads.
    runs : int
    seed : int
    config : ScanConfig, optional
        Of the scans; its seed is not used.
    jobs : int
        Processes at a time; changes no result.
    progress : callable, optional
    """
    config = (config or ScanConfig()).with_overrides(threads=1)
    told: list[Placebo] = []
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for one in pool.map(_run, repeat(path), range(seed, seed + runs), repeat(config)):
            told.append(one)
            if progress is not None:
                progress(f"placebo {path.name}", len(told), runs)
    return told


def _run(path: Path, seed: int, config: ScanConfig) -> Placebo:
    from collusion.pipeline import scan  # noqa: PLC0415  # as in `placebo_log`

    log = placebo_log(_read(path, config), seed)
    case = scan(log, config=config.with_overrides(seed=seed))
    return Placebo(path.name, seed, case.accounting.counted, len(case.rings), len(case.flagged))


READ: dict[Path, Log] = {}
"""The log that a process has read, which it scans many placebos of."""


def _read(path: Path, config: ScanConfig) -> Log:
    from collusion.pipeline import read_log  # noqa: PLC0415  # as in `placebo_log`

    if path not in READ:
        READ.clear()
        READ[path], _ = read_log(path, config)
    return READ[path]
