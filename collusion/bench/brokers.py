"""Markets with brokers: groups of one workforce that share a few workers and no product, among crowds and rings of nobody's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError
from collusion.bench.intervals import clopper_pearson
from collusion.bench.runner import Task, results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow
    from collusion.case import Case
    from collusion.simulate.labelled import LabelledLog

__all__ = ["BrokerMarket", "BrokerWork", "JoinedShare", "Joins", "broker_log", "judge_joins", "run_markets", "shares"]

LINKS = ("device", "ip")
"""Linking columns of the scans. Accounts of the broker show none: they must be found by the workers they share."""


@dataclass(frozen=True)
class BrokerMarket:
    """What one market of the measurement has.

    Parameters
    ----------
    seed : int
        Of the market and of the scan.
    reviews : int
        Ordinary ones.
    groups : int
        Groups of the broker; 0 for none.
    shared : float
        Share of the workers of each group who are in all of them.
    plan : str
        Of each group (`collusion.simulate.plan.RingPlan.parse`).
    others : tuple of str
        Plans of rings that have nothing to do with each other.
    crowds : int
        Honest crowds that act together (`collusion.simulate.market.hard_crowds`), beside the other honest classes.
    """

    seed: int
    reviews: int = 30_000
    groups: int = 3
    shared: float = 0.15
    plan: str = "20x10@0.6:days=30"
    others: tuple[str, ...] = ("16x8@0.7:days=20", "20x10@0.5:days=45", "12x8@0.8:days=14")
    crowds: int = 6

    def __post_init__(self) -> None:
        wrong = [] if self.groups != 1 else ["groups: a broker has at least 2 groups, or 0 for no broker"]
        wrong += [] if 0 <= self.shared <= 1 else [f"shared must be from 0 to 1, not {self.shared}"]
        if wrong:
            raise ConfigError("\n".join(wrong))


@dataclass(frozen=True)
class Joins:
    """What one scan made of one market.

    Parameters
    ----------
    seed : int
    planted, found : int
        Groups of the broker, and how many of them a ring of the case is.
    joined : int
        The most of these in one operation.
    able : int
        Rings of the case that take part (flagged and coordinated).
    honest : int
        Those of them of no planted ring.
    honest_joined : int
        Those of these that an operation joins with a ring of another source.
    others : int
        Independent rings that were found.
    others_joined : int
        Those of them that an operation joins with a ring of another source.
    operations : int
    wrong_links : tuple of str
        Kinds of the links between rings of different sources.
    """

    seed: int
    planted: int
    found: int
    alone: int
    joined: int
    able: int
    honest: int
    honest_joined: int
    others: int
    others_joined: int
    operations: int
    wrong_links: tuple[str, ...] = ()


def broker_log(market: BrokerMarket) -> LabelledLog:
    """Return the log of a market with all columns, rows and ids shuffled; its last rings are the broker's."""
    import numpy as np  # noqa: PLC0415  # the process that only waits for the others needs none of this

    from collusion.simulate.honest import Sittings  # noqa: PLC0415  # as above
    from collusion.simulate.inject.background import background_of  # noqa: PLC0415  # as above
    from collusion.simulate.inject.rows import write_rows  # noqa: PLC0415  # as above
    from collusion.simulate.labelled import labelled_market, shuffled  # noqa: PLC0415  # as above
    from collusion.simulate.market import Market, hard_crowds, simulate  # noqa: PLC0415  # as above
    from collusion.simulate.plan import RingPlan  # noqa: PLC0415  # as above
    from collusion.simulate.writing import to_table  # noqa: PLC0415  # as above

    rings = tuple(map(RingPlan.parse, market.others))
    world = hard_crowds(Market(reviews=market.reviews, evenings=Sittings(), links=True, rings=rings), market.crowds)
    simulated = simulate(world, market.seed)
    log = labelled_market(simulated, to_table(simulated))
    rng = np.random.default_rng([market.seed, market.groups])
    if market.groups:
        background = background_of(log)
        plan = RingPlan.parse(market.plan)
        core = np.arange(background.accounts, background.accounts + round(market.shared * plan.reviewers))
        for _ in range(market.groups):
            background = background.with_planted(_group(plan, background, core, rng))
        log = write_rows(background, rng)
    return shuffled(log, rng)


def _group(plan: Any, background: Any, core: Any, rng: Any) -> Any:  # noqa: ANN401  # types of a room loaded on use
    """Return a group of a broker: the core and new workers, on products of no other ring."""
    import numpy as np  # noqa: PLC0415  # as in `broker_log`

    from collusion.simulate.inject.rings import starts  # noqa: PLC0415  # as above
    from collusion.simulate.inject.setting import LogSetting  # noqa: PLC0415  # as above
    from collusion.simulate.inject.targets import targets_of  # noqa: PLC0415  # as above
    from collusion.simulate.planting import plant_reviews  # noqa: PLC0415  # as above

    start = starts(background, plan.days, 0.1 * background.span, rng.random())
    targets = targets_of(plan, background, rng, start, core[:0], None)
    first = max(background.accounts, int(core.max(initial=-1)) + 1)
    new = np.arange(first, first + plan.reviewers - len(core))
    return plant_reviews(plan, LogSetting(background), np.concatenate([core, new]), targets, start, rng)


SAME_SHARE = 0.5
"""Share of the members of a ring that are of one true group from which it is that group, and of the true group's that are in it."""


def judge_joins(market: BrokerMarket, log: LabelledLog, case: Case) -> Joins:
    """Return what a case made of a market.

    The source of a ring is the true group of which half of its members are. Two honest rings of one true group are one crowd in two parts:
    joining them is right, as is joining groups of the broker.
    """
    own = [set(ring.reviewers) for ring in log.rings[len(market.others) :]]
    groups = [("broker", one) for one in own]
    groups += [(f"ring {k}", set(ring.reviewers)) for k, ring in enumerate(log.rings[: len(market.others)])]
    groups += [(f"honest {k}", set(one.reviewers)) for k, one in enumerate(log.honest)]
    able = [ring for ring in case.rings if ring.status in {"flagged", "coordinated"}]
    source = {ring.id: _source(set(ring.reviewers), groups) or f"alone {ring.id}" for ring in able}
    held = {ring.id: {k for k, one in enumerate(own) if len(one & set(ring.reviewers)) > SAME_SHARE * len(one)} for ring in able}
    together = [operation.rings for operation in case.operations] + [(ring,) for ring in held]
    wrong: set[str] = set()
    kinds = []
    for operation in case.operations:
        if len({source[ring] for ring in operation.rings}) > 1:
            wrong.update(operation.rings)
        kinds += [link.kind for link in operation.links if source[link.first] != source[link.second]]
    honest = [ring for ring in able if source[ring.id].startswith(("honest", "alone"))]
    others = [ring for ring in able if source[ring.id].startswith("ring")]
    return Joins(
        seed=market.seed,
        planted=market.groups,
        found=len(set().union(*held.values())),
        alone=len(set().union(*(one for one in held.values() if len(one) == 1))),
        joined=max((len(set().union(*(held[ring] for ring in rings))) for rings in together), default=0),
        able=len(able),
        honest=len(honest),
        honest_joined=sum(ring.id in wrong for ring in honest),
        others=len(others),
        others_joined=sum(ring.id in wrong for ring in others),
        operations=len(case.operations),
        wrong_links=tuple(sorted(kinds)),
    )


def _source(members: set[str], groups: Sequence[tuple[str, set[str]]]) -> str | None:
    """Return the name of the true group that most of the members are of; None where half are of none."""
    shared, name = max(((len(members & own), name) for name, own in groups), default=(0, ""))
    return name if 2 * shared >= len(members) else None


class BrokerWork:
    """Makes, scans and judges one market (`collusion.bench.worker`)."""

    def __call__(self, task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:  # noqa: ARG002  # a scan may take its time
        """Return the judgement on one market."""
        from collusion.base.config import ScanConfig  # noqa: PLC0415  # as in `broker_log`
        from collusion.pipeline import scan  # noqa: PLC0415  # as above

        market = BrokerMarket(**{**task, "others": tuple(task["others"])})
        log = broker_log(market)
        case = scan(log.table, config=replace(ScanConfig(), seed=market.seed, threads=1, link=LINKS))
        return asdict(judge_joins(market, log, case))


@dataclass(frozen=True)
class JoinedShare:
    """A share with its exact 95 % interval (Clopper and Pearson 1934); ``share`` is None where there is nothing to take one of."""

    what: str
    n: int
    of: int
    share: float | None
    low: float
    high: float


def run_markets(markets: Sequence[BrokerMarket], *, jobs: int = 1, progress: Progress | None = None) -> list[Joins]:
    """Make, scan and judge markets in processes of their own; results do not depend on their number."""
    tasks = [Task(f"{one.groups} {one.seed}", asdict(one), f"process {k % jobs}") for k, one in enumerate(markets)]
    found = results("collusion.bench.brokers:BrokerWork", tasks, stage="markets", jobs=jobs, progress=progress)
    return [Joins(**{**one, "wrong_links": tuple(one["wrong_links"])}) for one in found]


def shares(found: Sequence[Joins]) -> list[JoinedShare]:
    """Return what a report shows of many markets."""
    ours, none = [one for one in found if one.planted], [one for one in found if not one.planted]
    counted = [
        ("brokers, all groups joined", sum(one.joined == one.planted for one in ours), len(ours)),
        ("brokers, each group a ring to itself", sum(one.alone == one.planted for one in ours), len(ours)),
        ("groups of brokers found", sum(one.found for one in ours), sum(one.planted for one in ours)),
        ("honest groups joined to others", sum(one.honest_joined for one in found), sum(one.honest for one in found)),
        ("independent rings joined to others", sum(one.others_joined for one in found), sum(one.others for one in found)),
        ("markets with a broker and a wrong join", sum(bool(one.wrong_links) for one in ours), len(ours)),
        ("markets without a broker and a wrong join", sum(bool(one.wrong_links) for one in none), len(none)),
    ]
    return [JoinedShare(what, n, of, n / of if of else None, *clopper_pearson(n, of)) for what, n, of in counted]
