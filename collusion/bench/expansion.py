"""What an expansion finds from a few known accounts of planted rings, and from honest ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError, did_you_mean
from collusion.bench.runner import Task, results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow
    from collusion.expansion.found import Found
    from collusion.graph.graph import ReviewGraph
    from collusion.inference.search import Search

__all__ = ["HONEST", "RINGS", "ExpansionMarket", "ExpansionResult", "ExpansionWork", "expansion_rows", "run_expansions"]

RINGS = {
    "workforce": "200x1200@0.013:days=365:campaign=14",
    "sparse": "20x40@0.2:days=120",
    "dense": "20x8@0.6:days=21",
    "drip": "15x30@0.4:days=500",
    "throwaway": "80x60@0.0417:days=30:even=yes:camouflage=0.2",
}
"""Rings that seeds are drawn from, as `RingPlan.parse` takes them."""

USUAL = ("fans", "launches", "promotions", "early", "households", "locals")
HARD = ("bundles", "boxes", "followers", "plain_followers", "cohorts", "programmes")
HONEST = ("anybody", *USUAL, *HARD)
"""Honest classes that seeds are drawn from; ``anybody`` draws from all accounts with five reviews or more."""

HARD_GROUPS = "3"
ACTIVE = 5
SEEDS = 3


@dataclass(frozen=True)
class ExpansionMarket:
    """One market, and from which of its groups the seeds are drawn.

    Parameters
    ----------
    kind : str
        Of `RINGS` or `HONEST`.
    seed : int
    reviews : int
        Ordinary ones.
    fdr : float
    replicates : int
    """

    kind: str
    seed: int
    reviews: int = 50_000
    fdr: float = 0.1
    replicates: int = 20

    def __post_init__(self) -> None:
        known = (*RINGS, *HONEST)
        if self.kind not in known:
            raise ConfigError(f"there is no kind of seeds {self.kind!r}; {did_you_mean(self.kind, known)}")


@dataclass(frozen=True)
class ExpansionResult:
    """What one expansion found.

    Parameters
    ----------
    kind : str
    seed : int
    rest : int
        Members of the group that are no seeds.
    found, right : int
        Accounts whose co-reviews pass, and those of them that are of the group.
    passes : bool
        Whether the second question was answered with yes, so that the accounts are listed as found.
    reach : int or None
        Of a ring: what an oracle reaches from these seeds (`_reach`).
    """

    kind: str
    seed: int
    rest: int
    found: int
    right: int
    passes: bool
    reach: int | None


class ExpansionWork:
    """Makes one market and expands three accounts of it (`collusion.bench.worker`)."""

    def __call__(self, task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:  # noqa: ARG002  # takes seconds
        """Return what was found."""
        import numpy as np  # noqa: PLC0415  # the process that only waits for the others needs none of this

        from collusion.base.config import ScanConfig  # noqa: PLC0415  # as above
        from collusion.detect.lockstep import Lockstep  # noqa: PLC0415  # as above
        from collusion.evidence.signal import make_signals  # noqa: PLC0415  # as above
        from collusion.expansion.grow import expand  # noqa: PLC0415  # as above
        from collusion.graph.categories import with_categories  # noqa: PLC0415  # as above
        from collusion.inference.search import Search  # noqa: PLC0415  # as above
        from collusion.pipeline.progress import silent  # noqa: PLC0415  # as above
        from collusion.pipeline.source import read_log  # noqa: PLC0415  # as above
        from collusion.pipeline.steps import facts_of  # noqa: PLC0415  # as above
        from collusion.simulate.market import Market, simulate, with_honest  # noqa: PLC0415  # as above
        from collusion.simulate.plan import RingPlan  # noqa: PLC0415  # as above
        from collusion.simulate.writing import to_table  # noqa: PLC0415  # as above

        wanted = ExpansionMarket(**task)
        ring = RINGS.get(wanted.kind)
        market = Market(reviews=wanted.reviews, rings=() if ring is None else (RingPlan.parse(ring),))
        if wanted.kind in HARD:
            market = with_honest(market, {wanted.kind: HARD_GROUPS})
        simulated = simulate(market, wanted.seed)
        config = replace(ScanConfig(), seed=wanted.seed, threads=1)
        log, reread = read_log(to_table(simulated, text=False), config, silent)
        log = replace(log, graph=with_categories(log.graph))
        search = Search.of(log.graph, [Lockstep()], wanted.seed)
        facts = facts_of(log, search, config, reread)
        code = {name: k for k, name in enumerate(log.reviewers.take(np.arange(log.graph.n_reviewers, dtype=np.int32)))}
        rng = np.random.default_rng([wanted.seed, 1])
        groups = simulated.rings if ring else [group for group in simulated.honest if group.kind == wanted.kind]
        if wanted.kind == "anybody":
            members = np.flatnonzero(np.diff(facts.graph.indptr) >= ACTIVE)
        elif groups:
            members = np.array(sorted(code[one] for one in groups[rng.integers(len(groups))].reviewers if one in code))
        else:
            raise ConfigError(f"market {wanted.seed} has no group of the kind {wanted.kind!r}")
        seeds = rng.choice(members, min(SEEDS, len(members)), replace=False).astype(np.int32)
        found: Found = expand(
            facts,
            search,
            seeds,
            np.empty(0, np.int32),
            make_signals(None),
            fdr=wanted.fdr,
            replicates=wanted.replicates,
            seed=wanted.seed,
        )
        rest = np.setdiff1d(members, seeds)
        right = int(np.isin(found.accounts.code, rest).sum())
        reach = _reach(facts.graph, search, seeds, rest, wanted.fdr) if ring else None
        return asdict(ExpansionResult(wanted.kind, wanted.seed, len(rest), len(found.accounts.code), right, found.passes, reach))


def _reach(graph: ReviewGraph, search: Search, seeds: NDArray[np.int32], rest: NDArray[np.integer], fdr: float) -> int:
    """Return how many members an oracle reaches that knows the ring, and cuts each round's ranking where a share ``fdr`` is wrong.

    It ranks by the same p-values, and takes the best window. So it shows what better thresholds could gain, with the same seeds.
    """
    import numpy as np  # noqa: PLC0415  # as in `ExpansionWork`

    from collusion.expansion.grow import MOST_ROUNDS, Setting, group_test  # noqa: PLC0415  # as above
    from collusion.expansion.nearness import Places  # noqa: PLC0415  # as above

    given, true = np.zeros(graph.n_reviewers, np.bool_), np.zeros(graph.n_reviewers, np.bool_)
    given[seeds], true[rest] = True, True
    setting = Setting(graph, search.strata.of, given)
    best = 0
    for one in search.by_window:
        places, group = Places.of(graph, one.window, by_seller=search.by_seller), given
        for _ in range(MOST_ROUNDS):
            tested = group_test(setting, places, group, generous=True)
            order = np.flatnonzero(tested.p_value < 1)
            order = order[np.argsort(tested.p_value[order], kind="stable")]
            wrong = np.cumsum(~true[order]) / np.arange(1, len(order) + 1)
            kept = order[: int(np.flatnonzero(wrong <= fdr).max(initial=-1)) + 1]
            group = given.copy()
            group[kept] = True
            best = max(best, int(true[kept].sum()))
    return best


def run_expansions(markets: Sequence[ExpansionMarket], *, jobs: int = 1, progress: Progress | None = None) -> list[ExpansionResult]:
    """Make and expand markets in processes of their own; results do not depend on their number."""
    tasks = [Task(f"{one.kind} {one.seed}", asdict(one), f"process {k % jobs}") for k, one in enumerate(markets)]
    return [
        ExpansionResult(**one)
        for one in results("collusion.bench.expansion:ExpansionWork", tasks, stage="markets", jobs=jobs, progress=progress)
    ]


def expansion_rows(found: Sequence[ExpansionResult]) -> list[dict[str, Any]]:
    """Return a line for each kind of seeds.

    For rings the means over markets of the share of the rest that is found, of the share of what is found that is wrong, and of what the
    oracle reaches; in how many markets co-reviews connect anybody with the seeds, and in how many nobody is found.
    """
    rows = []
    for kind in dict.fromkeys(one.kind for one in found):
        own = [one for one in found if one.kind == kind]
        listed = [one for one in own if one.passes and one.found]
        row: dict[str, Any] = {"seeds": kind, "markets": len(own)}
        row |= _of_ring(own, listed) if kind in RINGS else dict.fromkeys(("recall", "false_share", "oracle"))
        rows.append({**row, "connected": sum(one.found > 0 for one in own), "nothing_found": len(own) - len(listed)})
    return rows


def _of_ring(own: Sequence[ExpansionResult], listed: Sequence[ExpansionResult]) -> dict[str, float]:
    return {
        "recall": sum(one.right / one.rest for one in listed) / len(own),
        "false_share": sum(1 - one.right / one.found for one in listed) / len(own),
        "oracle": sum((one.reach or 0) / one.rest for one in own) / len(own),
    }
