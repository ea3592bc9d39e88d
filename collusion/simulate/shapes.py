"""The shapes of ring that detection is judged on, each a distribution of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError, did_you_mean
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

__all__ = ["SHAPES", "draw_shape", "draw_shapes"]

WEEKS = {"reviewers": (10, 20), "products": (5, 8), "density": 0.7, "days": 14.0}
CREW = {"reviewers": (15, 30), "products": (8, 12), "density": 0.6, "days": 21.0}
ERRANDS = {"reviewers": (80, 80), "products": (60, 60), "density": 2.5 / 60, "days": 180.0}
LAUNCHES = WEEKS | {"days": 120.0, "launch": 30.0}

SHAPES: dict[str, tuple[dict[str, Any], ...]] = {
    "dense": ({"reviewers": (6, 15), "products": (4, 7), "density": 0.7, "days": 14.0},),
    "medium": ({"reviewers": (25, 60), "products": (10, 20), "density": 0.35, "days": 30.0},),
    "drip": ({"reviewers": (12, 25), "products": (6, 10), "density": 0.55, "days": 60.0, "aged": 365.0},),
    # 3,400 paid reviews, as a known broker network has.
    "sparse": ({"reviewers": (200, 200), "products": (1200, 1200), "density": 3400 / (200 * 1200), "days": 365.0, "campaign": 14.0},),
    "overlapping": (CREW, CREW | {"shared": 1 / 3, "overlap": 1 / 3}),
    "workforce": (CREW, CREW | {"shared": 1 / 3}),
    "hijacked": (WEEKS | {"hijacked": 0.5},),
    "mixed": (WEEKS | {"mixed": 1 / 3},),
    "patient": ({"reviewers": (15, 15), "products": (8, 8), "density": 0.7, "days": 300.0, "aged": 365.0},),
    "tiny": ({"reviewers": (5, 5), "products": (4, 4), "density": 0.9, "days": 14.0},),
    # Two or three paid reviews per account, and little else.
    "throwaway": (ERRANDS | {"campaign": 30.0, "even": True, "camouflage": 0.2},),
    "boost-attack": (WEEKS | {"products": (6, 10), "attacked": 0.5},),
    "launch": (LAUNCHES,),
    "attack-launch": (LAUNCHES | {"rating": 1},),
    "lesser": ({"reviewers": (12, 25), "products": (6, 10), "density": 0.6, "days": 30.0, "mixed": 1 / 3},),
    "like-others": (WEEKS | {"like_others": True},),
    "workforce-200": ({"reviewers": (200, 200), "products": (600, 600), "density": 0.013, "days": 180.0},),
    "blitz": (WEEKS | {"days": 1.0},),
}
"""The fields of each ring's plan, by the name of the shape; numbers of accounts and targets are spans, both ends included.

A second ring shares with the first. Camouflage is one other review per paid review where nothing else is said: at random products for half
of the rings and at popular ones for the others.
"""


def draw_shape(name: str, rng: np.random.Generator) -> tuple[RingPlan, ...]:
    """Return the plans of one ring of a shape, or of two that belong together and are to be planted one after the other.

    Raises ConfigError when there is no such shape.
    """
    if name not in SHAPES:
        raise ConfigError(f"no shape of ring is called {name!r}; {did_you_mean(name, SHAPES)}")
    plans = []
    for fields in SHAPES[name]:
        drawn: dict[str, Any] = {side: int(rng.integers(fields[side][0], fields[side][1] + 1)) for side in ("reviewers", "products")}
        drawn["camouflage_kind"] = ("random", "popular")[int(rng.integers(2))]
        plans.append(RingPlan(**fields | drawn))
    return tuple(plans)


def draw_shapes(names: Iterable[str], seed: int) -> tuple[tuple[RingPlan, ...], ...]:
    """Return `draw_shape` of several names; each draws from a stream of its own, so that one more at the end changes no other."""
    return tuple(draw_shape(name, stream(seed, f"shape.{k}.{name}")) for k, name in enumerate(names, start=1))
