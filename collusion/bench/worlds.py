"""The worlds of a calibration: simulated logs of many kinds, with and without rings, by name and seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.bench.columns import COLUMNS, MAIN
from collusion.simulate.shapes import SHAPES, draw_shapes
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collusion.simulate.market import Market, SimulatedLog

__all__ = ["REPORTING_SEED", "RINGS", "TUNING_SEEDS", "Calibration", "World", "world_log", "world_market"]

RINGS = {
    "dense": 4, "medium": 3, "drip": 2, "sparse": 1, "overlapping": 1, "workforce": 1, "hijacked": 1, "mixed": 1, "patient": 1, "tiny": 2,
    "throwaway": 1, "boost-attack": 1, "launch": 1, "attack-launch": 1, "lesser": 1, "like-others": 1, "workforce-200": 1, "blitz": 1,
}  # fmt: skip
"""How many of each shape a world with rings has; the pairs count as one."""

TUNING_SEEDS = range(1, 10_000)
"""Seeds of the worlds on which settings are chosen. A run with the seed 1 uses only these."""

REPORTING_SEED = 20_000
"""First seed of the worlds of a report: none of them was used to choose settings."""

SEEDS_PER_COLUMNS = 1_000
"""Seeds set aside for each kind of log, the first half for worlds without rings: no two worlds of a run share one."""

CROWDS_PER_RING = 1.5
"""Honest crowds that act together, for each planted ring. About three in four are found, which leaves one for each ring."""

REVIEWS_PER_CROWD = 5_000
"""Ordinary reviews for each honest crowd in a world without rings."""


@dataclass(frozen=True)
class World:
    """One world to simulate and scan.

    ``seed`` is that of the market and of the scan, ``reviews`` counts the ordinary ones, ``shapes`` are planted in this order, ``columns``
    names the kind of log (`collusion.bench.columns.COLUMNS`). ``crowds`` are honest ones that act together
    (`collusion.simulate.market.hard_crowds`), beside the other honest classes.
    """

    name: str
    seed: int
    reviews: int
    shapes: tuple[str, ...] = ()
    columns: str = "full"
    crowds: int = 0

    @property
    def kind(self) -> str:
        """``ring-free`` or ``ringed``."""
        return "ringed" if self.shapes else "ring-free"


@dataclass(frozen=True)
class Calibration:
    """What is run.

    Parameters
    ----------
    ring_free, ringed : int
        Numbers of worlds without and with rings for each kind of log in `collusion.bench.columns.MAIN`.
    other_ring_free, other_ringed : int
        The same for each other kind.
    ring_free_reviews : (int, int)
        Span of the ordinary reviews of a world without rings; each has a size of its own, its logarithm drawn evenly.
    ringed_reviews : int
        Ordinary reviews of a world with rings.
    rings : mapping of str to int
        Shapes planted in each world with rings, and how many of each.
    seed : int
        The first. Kind number k of `COLUMNS`, counted from 0, has the seeds from ``seed + 1,000 k`` on for its worlds without rings, and
        those from ``seed + 1,000 k + 500`` on for its worlds with rings.
    replicates : int, optional
        Null replicates of a scan; its default where None.

    Raises
    ------
    ConfigError
        When a value is out of range, a shape or a kind unknown; all problems at once.
    """

    ring_free: int = 200
    ringed: int = 50
    ring_free_reviews: tuple[int, int] = (30_000, 100_000)
    ringed_reviews: int = 170_000
    rings: Mapping[str, int] = field(default_factory=RINGS.copy)
    seed: int = REPORTING_SEED
    replicates: int | None = None
    columns: Sequence[str] = tuple(COLUMNS)
    other_ring_free: int = 50
    other_ringed: int = 12

    def __post_init__(self) -> None:
        low, high = self.ring_free_reviews
        numbers = [n for name in self.columns if name in COLUMNS for n in self.numbers(name)]
        most = SEEDS_PER_COLUMNS // 2
        checks = {
            "ring_free, ringed, other_ring_free and other_ringed must be at least 0, and one of them above 0": min(numbers, default=1) >= 0
            and sum(numbers) > 0,
            f"ring_free, ringed, other_ring_free and other_ringed must be at most {most:,}": max(numbers, default=0) <= most,
            "ring_free_reviews must rise from 1,000 or more": 1000 <= low <= high,
            "ringed_reviews must be at least 1,000": self.ringed_reviews >= 1000,
            "seed must be at least 0": self.seed >= 0,
            "replicates must be at least 1": self.replicates is None or self.replicates >= 1,
            "rings must have a ring where there are worlds with rings": not self.ringed or sum(self.rings.values()) > 0,
            "columns must name at least one kind of log, and each once": 0 < len(self.columns) == len(set(self.columns)),
        }
        wrong = [what for what, fine in checks.items() if not fine]
        wrong += [f"no kind of log is called {name!r}; {did_you_mean(name, COLUMNS)}" for name in self.columns if name not in COLUMNS]
        wrong += [f"no shape of ring is called {name!r}; {did_you_mean(name, SHAPES)}" for name in self.rings if name not in SHAPES]
        wrong += [f"rings: the number of {name} must be at least 0, not {n}" for name, n in self.rings.items() if n < 0]
        if wrong:
            raise ConfigError("\n".join(wrong))

    def numbers(self, columns: str) -> tuple[int, int]:
        """Return the numbers of worlds without and with rings of a kind of log."""
        return (self.ring_free, self.ringed) if COLUMNS[columns] in MAIN else (self.other_ring_free, self.other_ringed)

    @property
    def worlds(self) -> tuple[World, ...]:
        """All worlds by kind of log, those without rings first; one more of either leaves the others as they were."""
        return tuple(chain.from_iterable(self._of(columns, k) for k, columns in enumerate(COLUMNS) if columns in self.columns))

    def _of(self, columns: str, k: int) -> Iterator[World]:
        low, high = map(math.log, self.ring_free_reviews)
        shapes = tuple(name for name in SHAPES for _ in range(self.rings.get(name, 0)))
        rings = sum(map(len, draw_shapes(shapes, 0)))
        free, ringed = self.numbers(columns)
        first = self.seed + SEEDS_PER_COLUMNS * k
        for n in range(free):
            size = round(math.exp(stream(first + n, "calibration size").uniform(low, high)))
            yield World(f"{columns}-free-{n + 1:04d}", first + n, size, (), columns, math.ceil(size / REVIEWS_PER_CROWD))
        for n in range(ringed):
            seed = first + SEEDS_PER_COLUMNS // 2 + n
            yield World(f"{columns}-ringed-{n + 1:04d}", seed, self.ringed_reviews, shapes, columns, math.ceil(CROWDS_PER_RING * rings))


def world_market(world: World) -> Market:
    """Return the market of a world: one with every honest class present, its crowds and its rings."""
    from collusion.simulate.honest import Sittings  # noqa: PLC0415  # the process that only waits for the others needs none of this
    from collusion.simulate.market import Market, hard_crowds  # noqa: PLC0415  # as above
    from collusion.simulate.world import FIVE_STARS, STARS  # noqa: PLC0415  # as above

    rings = tuple(chain(*draw_shapes(world.shapes, world.seed)))
    stars = FIVE_STARS if COLUMNS[world.columns].five_star else STARS
    return hard_crowds(Market(reviews=world.reviews, evenings=Sittings(), stars=stars, rings=rings), world.crowds)


def world_log(world: World) -> SimulatedLog:
    """Return the log of a world, all of its columns included."""
    from collusion.simulate.market import simulate  # noqa: PLC0415  # as above

    return simulate(world_market(world), world.seed)
