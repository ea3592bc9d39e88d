"""Methods against a spammer who sees whom they flag and adapts: the share of paid reviews that is left after each round."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError
from collusion.bench.board.log_specs import LogSpec, check, make_log
from collusion.bench.board.methods import SCAN, check_method, run
from collusion.bench.board.plots import plain, styles
from collusion.bench.formats import csv_text
from collusion.bench.pictures import legend
from collusion.bench.runner import Task, results
from collusion.pipeline import read_log
from collusion.report.figures.canvas import axes_for, house_style, title
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow
    from collusion.simulate.labelled import LabelledLog

__all__ = ["Round", "adaptive_attacks", "adaptive_work", "flags_of", "means", "write_rounds"]


@dataclass(frozen=True)
class Round:
    """One round of an adaptive attack by one spammer on one method (not a peer's) and one log.

    Parameters
    ----------
    data : str
        The log that is attacked (`collusion.bench.board.log_specs.LogSpec`); a market has its honest look-alikes, and no ring.
    seed : int
        Of the market, the spammer and the method.
    round : int
        From 1.
    accounts, caught, honest : int
        Accounts of the spammer, those of them that were flagged, and other reviewers that were.
    share_left : float
        Of the paid reviews, those of accounts that were not flagged.
    shift : float or None
        Mean absolute rating points by which these move their targets; None where the log has no ratings.
    new, hijacked : int
        Accounts added in this round.
    plan : str
        Plan of most squads: days, density, camouflage and share of hijacked accounts.
    """

    method: str
    data: str
    seed: int
    round: int
    accounts: int
    caught: int
    honest: int
    share_left: float
    shift: float | None
    new: int
    hijacked: int
    plan: str


def flags_of(method: str, seed: int) -> Callable[[LabelledLog], set[str]]:
    """Return the function by which a method flags reviewers of a log.

    ``scan`` flags the accounts of the rings that it flags. Any other method has no threshold of its own: it flags as many
    reviewers as the spammer has, those of highest score. That is more than it could know.
    """

    def flags(labelled: LabelledLog) -> set[str]:
        log, _ = read_log(labelled.table, ScanConfig(threads=1))
        result = run(method, {}, log, seed)
        if method.partition(":")[0] == SCAN:
            codes = np.unique(np.concatenate([np.empty(0, np.int32), *(people for people, _ in result.groups or ())]))
        else:
            codes = np.argsort(-result.scores["reviewers"], kind="stable")[: len(labelled.accounts)]
        return set(log.reviewers.take(codes).tolist())

    return flags


def adaptive_attacks(
    methods: Sequence[str],
    data: Sequence[str],
    *,
    rounds: int = 6,
    seeds: int = 3,
    seed: int = 0,
    jobs: int = 2,
    data_folder: Path | None = None,
    progress: Progress | None = None,
) -> list[Round]:
    """Attack every method on every log, each attack in a process of its own, and return all rounds in order.

    Raises
    ------
    ConfigError
        When a method or log is unknown, a method does not score reviewers, or a number is below 1; all problems at once.
    InputError
        When data cannot be found.
    """
    wrong = [
        f"{name} must be at least 1, not {value}" for name, value in (("rounds", rounds), ("seeds", seeds), ("jobs", jobs)) if value < 1
    ]
    for method in methods:
        try:
            _check(method)
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    for one in data:
        check(LogSpec(one, "none", seed), data_folder)
    tasks = [
        Task(
            f"{one} {method} {seed + k}",
            {"method": method, "data": one, "seed": seed + k, "rounds": rounds, "folder": data_folder and str(data_folder)},
        )
        for one in data
        for method in methods
        for k in range(seeds)
    ]
    work = "collusion.bench.board.adaptive_attacks:adaptive_work"
    found = results(work, tasks, stage="adaptive attacks", jobs=jobs, progress=progress)
    return [Round(**one) for one in chain.from_iterable(found)]


def _check(method: str) -> None:
    from collusion.bench.board.environments import PREFIX  # noqa: PLC0415  # peers take no part
    from collusion.detect import detector_class, kind_of  # noqa: PLC0415  # as above

    check_method(method)
    if method.startswith(PREFIX):
        raise ConfigError(f"{method}: peers take no part in adaptive attacks")
    if method.partition(":")[0] != SCAN:
        cls = detector_class(method)
        if kind_of(cls) == "ranker" and "reviewers" not in cls.ranks:
            raise ConfigError(f"{method}: scores no reviewers, so it cannot flag any")


def adaptive_work(task: Mapping[str, Any], allow: Allow) -> list[dict[str, Any]]:  # noqa: ARG001  # rounds may take their time
    """Run one adaptive attack (`collusion.bench.worker`)."""
    from collusion.bench.adaptive import Attacker, adapt  # noqa: PLC0415  # the process that only waits needs none of this

    method, data, seed = task["method"], task["data"], task["seed"]
    log = make_log(LogSpec(data, "none", seed), task["folder"] and Path(task["folder"]))
    # The name of the stream is kept: another one would give other attacks.
    rng = stream(seed, f"duel {data}")
    found = []
    for one in adapt(log, Attacker(), flags_of(method, seed), task["rounds"], rng):
        plan = max(one.plans, key=one.plans.count)
        shift = None if one.influence is None else one.influence.mean_absolute_shift
        outcome = Round(
            method,
            data,
            seed,
            round=one.number,
            accounts=one.accounts,
            caught=one.caught,
            honest=one.honest,
            share_left=one.share_left,
            shift=None if shift is None or math.isnan(shift) else shift,
            new=one.new,
            hijacked=one.hijacked,
            plan=f"{plan.reviewers}x{plan.products}@{plan.density:.2f}:days={plan.days:g}:camouflage={plan.camouflage:g}:"
            f"camouflage_kind={plan.camouflage_kind}:hijacked={plan.hijacked:g}",
        )
        found.append(asdict(outcome))
    return found


def means(outcomes: Sequence[Round]) -> dict[tuple[str, str], list[float]]:
    """Return the mean share of paid reviews left after each round, over seeds, by data and method."""
    of: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in outcomes:
        of[one.data, one.method][one.round].append(one.share_left)
    return {key: [statistics.fmean(rounds[k]) for k in sorted(rounds)] for key, rounds in of.items()}


def write_rounds(outcomes: Sequence[Round], folder: Path) -> None:
    """Write ``adaptive.csv``, one line per round, and ``adaptive.svg``, the share of paid reviews left against rounds."""
    text = csv_text(list(Round.__dataclass_fields__), (asdict(one).values() for one in outcomes))
    (folder / "adaptive.csv").write_text(text, encoding="utf-8")
    with house_style():
        figure, ax = axes_for(None, 2.8, 5.5)
        title(ax, "Paid reviews that are left, where the spammer sees whom a method flags")
        several = len({one.data for one in outcomes}) > 1
        lines = {f"{method}, {data}" if several else method: shares for (data, method), shares in means(outcomes).items()}
        style = styles(set(lines))
        for name, shares in lines.items():
            colour, mark = style[name]
            ax.plot(range(1, len(shares) + 1), shares, marker=mark, color=colour, markersize=4, label=name)
        ax.set_xlabel("round")
        ax.set_ylabel("share of paid reviews left")
        ax.set_ylim(-0.03, 1.03)
        ax.set_xticks(range(1, max(one.round for one in outcomes) + 1))
        legend(ax)
        plain(ax)
        figure.savefig(folder / "adaptive.svg")
