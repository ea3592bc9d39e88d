"""Whether the error rate that is asked for is kept, and what is found at it: many worlds, each simulated, scanned and judged."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING

from collusion.bench.columns import COLUMNS, MAIN
from collusion.bench.judged import LEVELS, Judged, NullCount, PValue
from collusion.bench.judging import Truth, judge
from collusion.errors import CollusionError, ConfigError, did_you_mean
from collusion.simulate.shapes import SHAPES, draw_shapes
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from collusion.graph.graph import ReviewGraph
    from collusion.simulate.market import Market, SimulatedLog

__all__ = [
    "REPORTING_SEED",
    "RINGS",
    "TUNING_SEEDS",
    "Calibration",
    "World",
    "calibrate",
    "judge_world",
    "recorded",
    "world_log",
    "world_market",
]

RINGS = {
    "dense": 4,
    "medium": 3,
    "drip": 2,
    "sparse": 1,
    "overlapping": 1,
    "workforce": 1,
    "hijacked": 1,
    "mixed": 1,
    "patient": 1,
    "tiny": 2,
    "throwaway": 1,
    "boost-attack": 1,
    "launch": 1,
    "attack-launch": 1,
    "lesser": 1,
    "like-others": 1,
    "workforce-200": 1,
    "blitz": 1,
}
"""How many of each shape a world with rings has; the pairs count as one."""

TUNING_SEEDS = range(1, 10_000)
"""Seeds of the worlds on which settings are chosen. A run whose seed is 1 uses these and no others."""

REPORTING_SEED = 20_000
"""First seed of the worlds of a report: none of them was looked at while settings were chosen."""

SEEDS_PER_COLUMNS = 1_000
"""Seeds set aside for each kind of log, the first half for worlds without rings: no two worlds of a run share one."""

CROWDS_PER_RING = 1.5
"""Honest crowds that act together, for each planted ring. About three in four are found, which leaves one for each ring."""

REVIEWS_PER_CROWD = 5_000
"""Ordinary reviews for each honest crowd in a world without rings."""

HELD_OUT = 10
"""Permutations of a world that its scan did not draw, in which null groups are counted."""

RECORD, SETTINGS = "worlds.jsonl", "calibration.json"


@dataclass(frozen=True)
class World:
    """One world to simulate and scan.

    Parameters
    ----------
    name : str
    seed : int
        Of the market, and of the scan.
    reviews : int
        Ordinary ones.
    shapes : tuple of str
        Planted, in this order.
    columns : str
        Name of the kind of log (`collusion.bench.columns.COLUMNS`).
    crowds : int
        Honest crowds that act together (`collusion.simulate.market.hard_crowds`), beside the other honest classes.
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

    @property
    def command(self) -> list[str]:
        """The arguments of ``collusion simulate`` that make the same log, but for the folder."""
        market, kind = world_market(self), COLUMNS[self.columns]
        counts = {one.name: one.count(self.reviews) for one in market.look_alikes if one.groups is not None}
        # Evenings are none unless they are asked for, and here they come by the size of the market.
        counts["evenings"] = market.evenings.count(self.reviews)
        return [
            *("simulate", f"--seed={self.seed}", f"--reviews={self.reviews}"),
            *([f"--shape={shape}" for shape in self.shapes] or ["--no-rings"]),
            f"--honest={','.join(f'{name}={n}' for name, n in sorted(counts.items()))}",
            *(["--five-star"] if kind.five_star else []),
            *([f"--without={','.join(kind.without)}"] if kind.without else []),
        ]


@dataclass(frozen=True)
class Calibration:
    """What is run.

    Parameters
    ----------
    ring_free, ringed : int
        Numbers of worlds without and with rings for each kind of log in `collusion.bench.columns.MAIN`.
    other_ring_free, other_ringed : int
        The same for each other kind.
    columns : sequence of str
        Kinds of log.
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


def judge_world(world: World, replicates: int | None = None) -> Judged:
    """Simulate, scan and judge one world.

    Whatever goes wrong is recorded in ``error``: one bad world must not cost the others.
    """
    try:
        return _judge_world(world, replicates)
    except Exception as error:  # noqa: BLE001  # see above
        return Judged(world.name, world.kind, world.seed, world.columns, error=f"{type(error).__name__}: {error}")


def _judge_world(world: World, replicates: int | None) -> Judged:
    from collusion.bench.single_tests import single_tests  # noqa: PLC0415  # as in `world_log`
    from collusion.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.pipeline import read_log, scan  # noqa: PLC0415  # as above
    from collusion.simulate.writing import to_table  # noqa: PLC0415  # as above

    log = world_log(world)
    config = ScanConfig(seed=world.seed, fdr=max(LEVELS), threads=1)
    begin = time.perf_counter()
    coded, _ = read_log(to_table(log, without=COLUMNS[world.columns].without), config)
    case = scan(coded, config=config if replicates is None else config.with_overrides(replicates=replicates))
    seconds = time.perf_counter() - begin
    rings, flagged, groups = judge(world.name, case.rings, tuple(_truth(world, log)), log.honest)
    return Judged(
        world.name,
        world.kind,
        world.seed,
        world.columns,
        reviews=len(log),
        planted=len(log.rings),
        honest=dict(Counter(group.kind for group in log.honest)),
        listed=len(case.rings),
        replicates=case.provenance.replicates,
        seconds=round(seconds, 3),
        rings=rings,
        flagged=flagged,
        groups=groups,
        p_values=tuple(PValue(world.name, *test) for test in single_tests(coded.graph, world.seed)) if _single(world) else (),
        null_counts=tuple(_null_counts(world, coded.graph, case.provenance.replicates)) if _single(world) else (),
    )


def _null_counts(world: World, graph: ReviewGraph, replicates: int) -> Iterator[NullCount]:
    """Yield the counts of groups in `HELD_OUT` permutations beside what as many permutations as the scan drew predict for them."""
    from collusion.bench.held_out import PREDICTED, held_out_counts, permuted_scores  # noqa: PLC0415  # as in `world_log`
    from collusion.detect.lockstep import Lockstep  # noqa: PLC0415  # as above
    from collusion.inference.search import Search  # noqa: PLC0415  # as above

    draws = permuted_scores(Search.of(graph, [Lockstep()], world.seed), graph, world.seed, replicates + HELD_OUT)
    for level, actual in zip(PREDICTED, held_out_counts(draws, replicates)[0].tolist(), strict=True):
        yield NullCount(world.name, level, actual)


def _single(world: World) -> bool:
    """Return whether single tests are made: their nulls hold where there is no ring, and one kind of log has all columns they need."""
    return not world.shapes and world.columns == MAIN[0].name


def _truth(world: World, log: SimulatedLog) -> Iterator[Truth]:
    rings = iter(log.rings)
    for name, plans in zip(world.shapes, draw_shapes(world.shapes, world.seed), strict=True):
        groups = [next(rings) for _ in plans]
        for plan, group in zip(plans, groups, strict=True):
            own = frozenset(group.reviewers)
            kin = own.union(*(other.reviewers for other in groups if own.intersection(other.reviewers)))
            yield Truth(group, name, plan.camouflage_kind, kin)


def calibrate(
    plan: Calibration,
    folder: Path,
    *,
    jobs: int = 2,
    resume: bool = False,
    progress: Callable[[str, int, int | None], None] | None = None,
    finished: Callable[[Sequence[Judged]], None] | None = None,
) -> tuple[Judged, ...]:
    """Run all worlds in processes of their own, and return them in their order.

    Each is put on record in ``worlds.jsonl`` as soon as it is done, so that a run that was ended can go on.

    Parameters
    ----------
    folder : Path
        Exists; empty, or with ``resume`` that of a run with the same settings, of which only the numbers of worlds and the kinds of log may
        differ. Worlds on record are not run again, except those that failed.
    jobs : int
        Processes at a time; changes no result.
    progress : callable, optional
    finished : callable, optional
        Called with all worlds so far, in their order, after each one.

    Raises
    ------
    ConfigError
        When the folder is not empty or of other settings.
    CollusionError
        When a process ends abruptly, as for want of memory; what is on record stays.
    """
    settings = _settings(plan)
    path = folder / SETTINGS
    if resume and path.exists():
        _same_settings(json.loads(path.read_text(encoding="utf-8")), settings, path)
    elif any(folder.iterdir()):
        raise ConfigError(f"{folder}: is not empty and holds no calibration to go on with; name another folder")
    path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    worlds = plan.worlds
    wanted = {world.name for world in worlds}
    kept = [one for one in recorded(folder) if not one.error]
    # Without failures and what was cut short, to which nothing must be joined.
    _write_record(folder, kept)
    done = {one.world: one for one in kept if one.world in wanted}
    say = progress or (lambda *_: None)
    say("worlds", len(done), len(worlds))
    with (folder / RECORD).open("a", encoding="utf-8") as record, ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        # The large ones first: what is left at the end is then small.
        todo = sorted((world for world in worlds if world.name not in done), key=lambda world: -world.reviews)
        futures = [pool.submit(judge_world, world, plan.replicates) for world in todo]
        try:
            for future in as_completed(futures):
                one = future.result()
                record.write(json.dumps(one.to_json()) + "\n")
                record.flush()
                done[one.world] = one
                if finished is not None:
                    finished(_in_order(worlds, done))
                say("worlds", len(done), len(worlds))
        except BrokenProcessPool as error:
            raise CollusionError(
                f"a process that judged a world ended abruptly, perhaps for want of memory; {len(done)} of {len(worlds)} worlds are on "
                f"record in {folder}: go on with --resume, with fewer --jobs"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
    return _in_order(worlds, done)


def _in_order(worlds: Sequence[World], done: Mapping[str, Judged]) -> tuple[Judged, ...]:
    return tuple(done[world.name] for world in worlds if world.name in done)


def recorded(folder: Path) -> list[Judged]:
    """Return the worlds on record in a folder, in the order in which they were done; a last line that was cut short is passed over."""
    path = folder / RECORD
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else [""]
    return [Judged.from_json(json.loads(line)) for line in lines[:-1]]


def _write_record(folder: Path, worlds: Sequence[Judged]) -> None:
    text = "".join(json.dumps(one.to_json()) + "\n" for one in worlds)
    (folder / RECORD).write_text(text, encoding="utf-8")


def _settings(plan: Calibration) -> dict[str, object]:
    versions = {name: version(name) for name in ("collusion", "numpy", "pyarrow", "scipy", "igraph")}
    return {"format": "collusion/calibration/3", **json.loads(json.dumps(asdict(plan))), "versions": versions}


def _same_settings(before: Mapping[str, object], now: Mapping[str, object], path: Path) -> None:
    free = {"ring_free", "ringed", "other_ring_free", "other_ringed", "columns"}
    differ = [name for name in now if name not in free and before.get(name) != now[name]]
    if differ:
        raise ConfigError(
            "\n".join(f"{path}: {name} was {before.get(name)!r} and is now {now[name]!r}; name another folder" for name in differ)
        )
