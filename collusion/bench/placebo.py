"""Placebo logs: permutations of a real log, scanned as if they were logs of their own. There is no ring in them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.base.config import ScanConfig
from collusion.bench.runner import Task, results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow
    from collusion.graph.log import Log

__all__ = ["Placebo", "PlaceboWork", "placebo_log", "placebos"]


@dataclass(frozen=True)
class Placebo:
    """One placebo log: the file it was permuted from, the seed of permutation and scan, counted reviews, rings listed and flagged."""

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
    # A pair may repeat where a reviewer wrote most of a small stratum: it is counted once, as in any log.
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


def placebos(path: Path, runs: int, *, seed: int = 0, fdr: float = 0.05, jobs: int = 2, progress: Progress | None = None) -> list[Placebo]:
    """Scan placebo logs drawn from one log, in processes of their own; draw k has the seed ``seed + k``.

    Results do not depend on ``jobs``, the number of processes at a time.
    """
    seeds = range(seed, seed + runs)
    # One batch per process, which then reads the log once.
    tasks = [Task(str(k), {"path": str(path), "seed": k, "fdr": fdr}, f"process {k % jobs}") for k in seeds]
    found = results("collusion.bench.placebo:PlaceboWork", tasks, stage=f"placebo {path.name}", jobs=jobs, progress=progress)
    return [Placebo(**one) for one in found]


class PlaceboWork:
    """Draws and scans placebo logs (`collusion.bench.worker`); keeps the log that they are drawn from."""

    def __init__(self) -> None:
        self._read: tuple[str, Log] | None = None

    def __call__(self, task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:  # noqa: ARG002  # a scan may take its time
        """Scan one placebo log."""
        from collusion.pipeline import read_log, scan  # noqa: PLC0415  # as in `placebo_log`

        path, seed = task["path"], task["seed"]
        config = ScanConfig(seed=seed, fdr=task["fdr"], threads=1)
        if self._read is None or self._read[0] != path:
            self._read = path, read_log(path, config)[0]
        case = scan(placebo_log(self._read[1], seed), config=config)
        return asdict(Placebo(Path(path).name, seed, case.accounting.counted, len(case.rings), len(case.flagged)))
