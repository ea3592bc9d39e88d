"""A spammer who sees which accounts a detector flags, and plans the next round after what was not flagged."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from itertools import product as every
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from collusion.base.checks import refuse, whole
from collusion.base.errors import CollusionError, ConfigError
from collusion.bench.influence import Influence, influence_left
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.columns import Clock, clock_of, one_array
from collusion.simulate.inject.rings import fitted, starts
from collusion.simulate.inject.rows import fresh_ids, write_rows
from collusion.simulate.inject.setting import LogSetting
from collusion.simulate.inject.targets import apart, hijackable
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.plan import RingPlan
from collusion.simulate.planting import plant_reviews, weighted_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from collusion.simulate.inject.background import Background
    from collusion.simulate.market import TrueGroup

__all__ = ["Attacker", "Round", "Space", "adapt"]

Camouflage = Literal["none", "random", "random2", "popular"]

CAMOUFLAGE_PLANS: dict[Camouflage, tuple[float, Literal["random", "popular"]]] = {
    "none": (0.0, "random"),
    "random": (1.0, "random"),
    "random2": (2.0, "random"),
    "popular": (1.0, "popular"),
}
"""Other reviews per paid review, and whether they are of any products or of popular ones."""


@dataclass(frozen=True)
class Space:
    """The choices of the spammer; a plan has one value of each.

    ``days`` are lengths of a job. The lower the ``density``, the more accounts share the same work. ``hijacked`` is the share of the
    accounts newly taken on that are taken over from honest reviewers; the others are new.
    """

    days: tuple[float, ...] = (7.0, 30.0, 90.0, 180.0)
    density: tuple[float, ...] = (0.8, 0.4, 0.2)
    camouflage: tuple[Camouflage, ...] = ("none", "random", "random2", "popular")
    hijacked: tuple[float, ...] = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Attacker:
    """The spammer: ``squads`` groups that work apart, so that several plans are tried in a round.

    ``first`` is what every squad does in the first round, and for good its number of targets and of paid reviews, cut to a small log
    (`collusion.simulate.inject.rings.fitted`). Later rounds choose from ``space``; ``explore`` is the share of the squads' choices that are
    drawn from the whole of it.
    """

    first: RingPlan = field(default_factory=lambda: RingPlan(20, 8, 0.6, days=14.0))
    squads: int = 4
    space: Space = field(default_factory=Space)
    explore: float = 0.2


@dataclass(frozen=True, eq=False)
class Round:
    """The outcome of one round.

    Parameters
    ----------
    number : int
        From 1.
    plans : tuple of RingPlan
        What each squad did; the number of reviewers is that of its accounts, the density that of its paid reviews.
    accounts, caught, honest : int
        Accounts with a paid review, those of them that were flagged, and flagged accounts without one.
    new, hijacked : int
        Accounts that were added in this round: new ones and taken-over ones. The others are from earlier rounds.
    paid, left : int
        Paid reviews, and those of accounts that were not flagged.
    influence : Influence or None
        Effect on ratings of the paid reviews that are left; None where the log has no ratings.
    """

    number: int
    plans: tuple[RingPlan, ...]
    accounts: int
    caught: int
    new: int
    hijacked: int
    paid: int
    left: int
    honest: int
    influence: Influence | None

    @property
    def share_left(self) -> float:
        """Share of the paid reviews that are left."""
        return self.left / self.paid


Choice = tuple[float, float, Camouflage | None, float]
"""A value of each field of `Space`, in their order; None for a camouflage that has no name there."""


class _Memory:
    """For each value of each field, the shares of paid reviews that were left to the squads that used it."""

    def __init__(self, space: Space) -> None:
        self.choices: list[Choice] = list(every(space.days, space.density, space.camouflage, space.hijacked))
        # As if each had been tried once with half left: a value that was never tried beats one that failed.
        self._known: list[dict[object, list[float]]] = [{value: [0.5] for value in getattr(space, f.name)} for f in fields(space)]

    def learn(self, choice: Choice, left: float) -> None:
        for known, value in zip(self._known, choice, strict=True):
            # The first plan may have values that are not in the space.
            known.get(value, []).append(left)

    def best(self, rng: np.random.Generator) -> Choice:
        means = [{value: float(np.mean(seen)) for value, seen in known.items()} for known in self._known]
        score = np.array([sum(mean[value] for mean, value in zip(means, choice, strict=True)) for choice in self.choices])
        ties = np.flatnonzero(score >= score.max() - 1e-9)
        return self.choices[int(rng.choice(ties))]

    def any(self, rng: np.random.Generator) -> Choice:
        return self.choices[int(rng.integers(len(self.choices)))]


@dataclass
class _Squad:
    """A squad from round to round: its targets, its accounts by name, and what it does."""

    targets: NDArray[np.int64]
    accounts: list[str]
    plan: RingPlan
    choice: Choice


def adapt(
    log: LabelledLog,
    attacker: Attacker,
    flagged: Callable[[LabelledLog], Collection[str]],
    rounds: int,
    rng: np.random.Generator,
) -> list[Round]:
    """Play the spammer against a detector for some rounds.

    Rings that are planted in the log already stay there, and are not the spammer's. ``flagged`` takes the attacked log, whose rows are
    shuffled (by time, where it has times), and returns the ids of the reviewers it flags. Ids stay the same from round to round.

    Raises
    ------
    ConfigError
        When the log cannot be planted in or is too small, or ``rounds`` is not a whole number of at least 1.
    CollusionError
        When an id is flagged that is not in the log.

    Notes
    -----
    In each round every squad writes the same number of paid reviews of the same targets into the original log: what changes is
    by whom, when, how densely and behind what camouflage. Flagged accounts are replaced for good, by new accounts or ones taken over, as
    the plan says (new ones where no others are left); those that were not flagged go on. All squads play the first plan
    in the first round; then each draws from the space with probability ``explore``, and otherwise takes the plan with the best values: the
    sum over the four fields of the mean share of paid reviews left, over all squads and rounds with that value, each value counted as
    tried once with half left. The fields are learned apart, since there are too few rounds to try all combinations.
    A plan takes no more accounts than a twentieth of the log's reviewers, and no longer than a quarter of the log.
    """
    refuse("adapt", whole("rounds", rounds, 1))
    log_background = background_of(log)
    first = fitted(attacker.first, log_background)
    quota = max(1, round(first.density * first.reviewers * first.products))
    first = replace(first, density=quota / (first.reviewers * first.products))
    squads = _squads(attacker, first, log_background, rng)
    taken = set(log_background.reviewers)
    salt = int(rng.integers(2**48))
    people = {name: code for code, name in enumerate(log_background.reviewers)}
    memory = _Memory(attacker.space)
    given_up: set[str] = set()
    played: list[Round] = []
    for number in range(1, rounds + 1):
        if number > 1:
            for squad in squads:
                squad.choice = memory.any(rng) if rng.random() < attacker.explore else memory.best(rng)
                squad.plan = _plan(first, squad.choice, log_background, quota)
        background, names, new, hijacked = log_background, list[str](), 0, 0
        in_use = {name for squad in squads for name in squad.accounts} | given_up
        for squad in squads:
            start, known, missing = _staff(squad, log_background, people, rng)
            over = _taken_over(squad, log_background, rng, start, missing, [people[name] for name in in_use if name in people])
            more = fresh_ids(missing - len(over), b"A", salt, taken)
            taken.update(more)
            in_use.update(over, more)
            squad.accounts = [*squad.accounts, *over, *more]
            new, hijacked = new + len(more), hijacked + len(over)
            working = [*known, *over, *more]
            code = {
                name: log_background.n_reviewers + len(names) + k for k, name in enumerate(name for name in working if name not in people)
            }
            names += list(code)
            members = np.array([people[name] if name in people else code[name] for name in working], dtype=np.int64)
            ring = plant_reviews(squad.plan, LogSetting(background), members, squad.targets, start, rng, quota)
            background = background.with_planted(ring)
        attacked = _shuffled(write_rows(background, rng, names), rng)
        caught = _checked(flagged(attacked), attacked)
        rings = attacked.rings[len(log.rings) :]
        paid, left, influence = _judged(attacked, rings, caught)
        accounts = frozenset[str]().union(*(ring.reviewers for ring in rings))
        played.append(
            Round(
                number=number,
                plans=tuple(squad.plan for squad in squads),
                accounts=len(accounts),
                caught=len(accounts & caught),
                new=new,
                hijacked=hijacked,
                paid=int(paid.sum()),
                left=int(left.sum()),
                honest=len(caught - accounts),
                influence=influence,
            )
        )
        for squad, share in zip(squads, (left / paid).tolist(), strict=True):
            memory.learn(squad.choice, share)
            squad.accounts = [name for name in squad.accounts if name not in caught]
        given_up |= caught
    return played


def _squads(attacker: Attacker, first: RingPlan, background: Background, rng: np.random.Generator) -> list[_Squad]:
    """Return the squads with targets of their own, which are reviewed before any job can end too late."""
    longest = max(min(days, background.span / 4) for days in (first.days, *attacker.space.days)) if background.clock is not None else 0.0
    fine = (background.degree > 0) & (background.opens <= (background.span - longest if background.clock is not None else math.inf))
    fine[background.ring_targets] = False
    pool = np.flatnonzero(fine)
    if len(pool) < attacker.squads * first.products:
        raise ConfigError(
            f"the log has {len(pool):,} products of no ring that are reviewed by {longest:.0f} days before its end; "
            f"{attacker.squads:,} squads with {first.products:,} targets each need {attacker.squads * first.products:,}: "
            "lower squads or the products of the first plan"
        )
    targets = apart(background, rng.permutation(pool), attacker.squads * first.products).reshape(attacker.squads, -1)
    plan = attacker.first
    named = {how: name for name, how in CAMOUFLAGE_PLANS.items()}
    choice = (plan.days, plan.density, named.get((plan.camouflage, plan.camouflage_kind)), plan.hijacked)
    return [_Squad(np.sort(own), [], first, choice) for own in targets]


def _plan(first: RingPlan, choice: Choice, background: Background, quota: int) -> RingPlan:
    """Return the plan of a choice: for the quota, as many accounts as the density asks for and the log allows."""
    days, density, camouflage, hijacked = choice
    assert camouflage is not None  # noqa: S101  # the space has names alone
    amount, kind = CAMOUFLAGE_PLANS[camouflage]
    most = max(first.reviewers, int(np.count_nonzero(background.activity)) // 20)
    # Rounded, as 4.8 / .8 may be a hair above 6.
    wanted = math.ceil(round(quota / (density * first.products), 9))
    reviewers = max(2, min(wanted, quota, most))
    plan = replace(
        first,
        reviewers=reviewers,
        density=min(1.0, quota / (reviewers * first.products)),
        days=days,
        campaign=None,
        camouflage=amount,
        camouflage_kind=kind,
        hijacked=hijacked,
        start=None,
    )
    cut = fitted(plan, background)
    return replace(cut, reviewers=plan.reviewers, products=first.products)


def _staff(squad: _Squad, background: Background, people: dict[str, int], rng: np.random.Generator) -> tuple[float, list[str], int]:
    """Return when the job begins, which of the squad's accounts work, and how many more are needed."""
    plan = squad.plan
    least = float(background.opens[squad.targets].max())
    if plan.hijacked and background.clock is not None:
        # Late enough for a good share of the log's accounts to be there.
        since = background.since[np.isfinite(background.since)]
        least = max(least, float(np.quantile(since, 0.25)))
    start = starts(background, plan.days, least, rng.random()) if plan.start is None else plan.start
    start = max(start, min(least, background.span)) if background.clock is not None else 0.0
    there = [name for name in squad.accounts if name not in people or background.since[people[name]] <= start]
    chosen = sorted(rng.choice(len(there), min(len(there), plan.reviewers), replace=False).tolist())
    return start, [there[k] for k in chosen], plan.reviewers - len(chosen)


def _taken_over(
    squad: _Squad, background: Background, rng: np.random.Generator, start: float, missing: int, not_these: list[int]
) -> list[str]:
    """Return the honest accounts that a squad takes over: as the plan says, or as many as there are."""
    wanted = round(squad.plan.hijacked * missing)
    if not wanted:
        return []
    pool = hijackable(background, squad.targets, start, squad.plan.aged, wanted, np.array(not_these, dtype=np.int64))
    found = weighted_order(pool, background.activity[pool].astype(np.float64), rng)[:wanted]
    return [background.reviewers[code] for code in found.tolist()]


def _shuffled(log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
    """Return the log with its rows shuffled, by time where it has times: otherwise planted rows would come last."""
    order = rng.permutation(len(log))
    if "timestamp" in log.table.column_names:
        clock = clock_of(one_array(log.table, "timestamp"))
        if isinstance(clock, Clock):
            order = order[np.argsort(np.where(clock.known, clock.count, clock.ends[1])[order], kind="stable")]
    return LabelledLog(log.table.take(pa.array(order)), log.fake[order], log.rings, log.honest)


def _checked(flagged: Collection[str], log: LabelledLog) -> frozenset[str]:
    caught = frozenset(flagged)
    unknown = sorted(caught.difference(log.table.column("reviewer_id").to_pylist()))
    if unknown:
        raise CollusionError(
            f"{len(unknown):,} of the flagged ids are not reviewers of the log, such as {', '.join(map(repr, unknown[:3]))}"
        )
    return caught


def _judged(
    log: LabelledLog, rings: tuple[TrueGroup, ...], caught: frozenset[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Influence | None]:
    """Return the paid reviews of each squad, those of them that are left, and the effect of these on ratings."""
    background = background_of(log)
    accounts = frozenset[str]().union(*(ring.reviewers for ring in rings))
    removed = np.array([name in caught for name in background.reviewers])[background.reviewer]
    mine = np.array([name in accounts for name in background.reviewers])[background.reviewer] & log.fake
    influence = None
    if background.scale is not None:
        # Other fake reviews are no honest opinion, and not this spammer's.
        rows = mine | ~log.fake
        influence = influence_left(background.product[rows], background.scale.rating[rows], mine[rows], removed[rows])
    own = {name: k for k, ring in enumerate(rings) for name in ring.products}
    squad = np.array([own.get(name, -1) for name in background.products])[background.product]
    paid, left = (np.bincount(squad[rows], minlength=len(rings)) for rows in (mine, mine & ~removed))
    return paid, left, influence
