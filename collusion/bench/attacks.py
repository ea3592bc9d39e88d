"""Published attacks scanned: each is planted into the graph of a log (`collusion.simulate.inject.published`), and the scan is judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.bench.metrics import TRUE, planted_share
from collusion.bench.ranking import average_precision, precision_at
from collusion.bench.runner import Task, results
from collusion.simulate.inject.published import read_attacks, with_times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow
    from collusion.case import Case
    from collusion.simulate.inject.published import Attack

__all__ = ["Outcome", "attack_work", "attacks"]

AT = (50, 100)
"""Cut-offs of P@k: about half of an attack's accounts, and about all."""


@dataclass(frozen=True)
class Outcome:
    """Result of a scan of one attack; its name is empty for the log without one.

    ``seed`` is that of the times and of the scan. ``accounts`` attack, ``several`` of them with two fake reviews or more, among all
    ``reviewers``, who are ranked by the first ring that lists them; those in explained rings and in none come last. ``false`` counts the
    flagged rings with less than half of attacking members, ``accounts_found`` the attacking accounts in rings that are flagged or
    coordinated: logs with random times have no ratings to distinguish the two.
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


def attacks(
    background: Path,
    edges: Path,
    *,
    runs: int = 5,
    seed: int = 0,
    jobs: int = 2,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Plant each attack into the graph of a log, and nothing for comparison, with times of ``runs`` seeds; scan and judge each.

    ``background`` is a log that `collusion.scan` reads, ``edges`` what `read_attacks` reads. Results do not depend on ``jobs``, the number
    of processes at a time.
    """
    names = ["", *(attack.name for attack in read_attacks(edges))]
    tasks = [
        Task(f"{name} {seed + k}", {"background": str(background), "edges": str(edges), "attack": name, "seed": seed + k})
        for name in names
        for k in range(runs)
    ]
    found = results("collusion.bench.attacks:attack_work", tasks, stage="attacks", jobs=jobs, progress=progress)
    return [Outcome(**one) for one in found]


def attack_work(task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:  # noqa: ARG001  # a scan may take its time
    """Scan one attack (`collusion.bench.worker`)."""
    import pandas as pd  # noqa: PLC0415  # the process that only waits for the others needs none of this

    from collusion.base.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.pipeline import read_log, scan  # noqa: PLC0415  # as above

    attack = next((one for one in read_attacks(Path(task["edges"])) if one.name == task["attack"]), None)
    log, _ = read_log(task["background"], ScanConfig())
    columns = with_times(log, attack, task["seed"])
    case = scan(pd.DataFrame(columns), seed=task["seed"], threads=1)
    return asdict(_outcome(case, attack, sorted({*columns["reviewer_id"].tolist()}), task["seed"]))


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
