"""The shapes of ring that detection is judged on, each a distribution of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

__all__ = ["SHAPES", "draw_shape", "draw_shapes"]


def _dense(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (6, 15), (4, 7), 0.7, days=14.0),)


def _medium(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (25, 60), (10, 20), 0.35, days=30.0),)


def _drip(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (12, 25), (6, 10), 0.55, days=60.0, aged=365.0),)


def _sparse(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (200, 200), (1200, 1200), 3400 / (200 * 1200), days=365.0, campaign=14.0),)


def _overlapping(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    first = _plan(rng, (15, 30), (8, 12), 0.6, days=21.0)
    return first, _plan(rng, (15, 30), (8, 12), 0.6, days=21.0, shared=1 / 3, overlap=1 / 3)


def _workforce(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    first = _plan(rng, (15, 30), (8, 12), 0.6, days=21.0)
    return first, _plan(rng, (15, 30), (8, 12), 0.6, days=21.0, shared=1 / 3)


def _hijacked(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (5, 8), 0.7, days=14.0, hijacked=0.5),)


def _mixed(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (5, 8), 0.7, days=14.0, mixed=1 / 3),)


def _patient(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (15, 15), (8, 8), 0.7, days=300.0, aged=365.0),)


def _tiny(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (5, 5), (4, 4), 0.9, days=14.0),)


def _throwaway(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (80, 80), (60, 60), 2.5 / 60, days=180.0, campaign=30.0, even=True, camouflage=0.2),)


def _boost_attack(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (6, 10), 0.7, days=14.0, attacked=0.5),)


def _launch(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (5, 8), 0.7, days=120.0, launch=30.0),)


def _attack_launch(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (5, 8), 0.7, days=120.0, launch=30.0, rating=1),)


def _lesser(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (12, 25), (6, 10), 0.6, days=30.0, mixed=1 / 3),)


def _like_others(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (5, 8), 0.7, days=14.0, like_others=True),)


def _workforce_200(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (200, 200), (600, 600), 0.013, days=180.0),)


def _blitz(rng: np.random.Generator) -> tuple[RingPlan, ...]:
    return (_plan(rng, (10, 20), (5, 8), 0.7, days=1.0),)


def _plan(
    rng: np.random.Generator, reviewers: tuple[int, int], products: tuple[int, int], density: float, **how: float | bool | None
) -> RingPlan:
    """Return a plan whose numbers of accounts and targets are drawn from spans (both ends included), and its camouflage by a coin."""
    people, targets = (int(rng.integers(low, high + 1)) for low, high in (reviewers, products))
    kind = ("random", "popular")[int(rng.integers(2))]
    return RingPlan(people, targets, density, camouflage_kind=kind, **how)  # type: ignore[arg-type]  # of any of the number fields


SHAPES: dict[str, Callable[[np.random.Generator], tuple[RingPlan, ...]]] = {
    "dense": _dense,
    "medium": _medium,
    "drip": _drip,
    "sparse": _sparse,
    "overlapping": _overlapping,
    "workforce": _workforce,
    "hijacked": _hijacked,
    "mixed": _mixed,
    "patient": _patient,
    "tiny": _tiny,
    "throwaway": _throwaway,
    "boost-attack": _boost_attack,
    "launch": _launch,
    "attack-launch": _attack_launch,
    "lesser": _lesser,
    "like-others": _like_others,
    "workforce-200": _workforce_200,
    "blitz": _blitz,
}
"""By name.

``dense``
    6 to 15 accounts, 4 to 7 targets, 70 % of the pairs, in two weeks.
``medium``
    25 to 60 accounts, 10 to 20 targets, 35 %, in a month.
``drip``
    12 to 25 accounts up to a year older than the job, 6 to 10 targets, 55 %, over 60 days.
``sparse``
    200 accounts, 1,200 targets, 3,400 paid reviews; campaigns of two weeks over a year.
``overlapping``
    Two rings, 15 to 30 accounts and 8 to 12 targets each, 60 %, three weeks each; a third of the second one's accounts and targets are
    the first one's.
``workforce``
    As ``overlapping``, but no target in common.
``hijacked``
    10 to 20 accounts, half of them taken over from ordinary reviewers, 5 to 8 targets, 70 %, in two weeks.
``mixed``
    10 to 20 accounts, 5 to 8 targets, 70 %, in two weeks; a third of the paid reviews have four or three stars.
``patient``
    15 accounts up to a year older than the job, 8 targets, 70 %, over 300 days.
``tiny``
    5 accounts, 4 targets, 90 %, in two weeks.
``throwaway``
    80 accounts with two or three paid reviews each and little else, 60 targets; campaigns of 30 days over half a year.
``boost-attack``
    10 to 20 accounts, 6 to 10 targets, 70 %, in two weeks; half of the targets get five stars, the others one.
``launch``, ``attack-launch``
    10 to 20 accounts, 5 to 8 targets, 70 %, each target within 30 days of its launch; five stars, or one.
``lesser``
    12 to 25 accounts, 6 to 10 targets, 60 %, in a month; a third of the paid reviews have four or three stars.
``like-others``
    10 to 20 accounts, 5 to 8 targets, 70 %, in two weeks; they rate as everybody else does.
``workforce-200``
    200 accounts, 600 targets, 1.3 %, over 180 days.
``blitz``
    10 to 20 accounts, 5 to 8 targets, 70 %, in one day.

Camouflage is one other review per paid review, one per five for throwaway accounts: at random products for half of the rings and at
popular ones for the others.
"""


def draw_shape(name: str, rng: np.random.Generator) -> tuple[RingPlan, ...]:
    """Return the plans of one ring of a shape, or of two that belong together and are to be planted one after the other.

    Raises
    ------
    ConfigError
        When there is no such shape.
    """
    if name not in SHAPES:
        raise ConfigError(f"no shape of ring is called {name!r}; {did_you_mean(name, SHAPES)}")
    return SHAPES[name](rng)


def draw_shapes(names: Iterable[str], seed: int) -> tuple[tuple[RingPlan, ...], ...]:
    """Return `draw_shape` of several names; each draws from a stream of its own, so that one more at the end changes no other."""
    return tuple(draw_shape(name, stream(seed, f"shape.{k}.{name}")) for k, name in enumerate(names, start=1))
