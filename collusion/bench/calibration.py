"""Whether the requested error rate is kept, and what is found at it: many worlds, each simulated, scanned and judged."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError
from collusion.bench.columns import COLUMNS, MAIN
from collusion.bench.judged import LEVELS, Judged, NullCount, PValue
from collusion.bench.judging import Truth, judge
from collusion.bench.runner import Record, Task, in_order, run_tasks, write_whole
from collusion.bench.worlds import World, world_log
from collusion.simulate.shapes import draw_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from collusion.bench.processes import Answer
    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow
    from collusion.bench.worlds import Calibration
    from collusion.graph.graph import ReviewGraph
    from collusion.simulate.market import SimulatedLog

__all__ = ["SETTINGS", "calibrate", "judge_world", "recorded", "world_work"]

HELD_OUT = 10
"""Permutations of a world that its scan did not draw, in which null groups are counted."""

RECORD, SETTINGS = "worlds.jsonl", "calibration.json"

FREE = {"ring_free", "ringed", "other_ring_free", "other_ringed", "columns"}
"""Settings that may differ when a run goes on: they say how many worlds there are, not what a world is."""


def judge_world(world: World, replicates: int | None = None) -> Judged:
    """Simulate, scan and judge one world.

    Whatever goes wrong is recorded in ``error``: one bad world must not cost the others.
    """
    try:
        return _judge_world(world, replicates)
    except Exception as error:  # noqa: BLE001  # see above
        return _failed(world, f"{type(error).__name__}: {error}")


def _failed(world: World, error: str) -> Judged:
    return Judged(world.name, world.kind, world.seed, world.columns, error=error)


def _judge_world(world: World, replicates: int | None) -> Judged:
    from collusion.base.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.bench.single_tests import single_tests  # noqa: PLC0415  # as in `world_log`
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
    """Yield the counts of groups in `HELD_OUT` permutations, and the counts predicted by as many permutations as the scan uses."""
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
    progress: Progress | None = None,
    finished: Callable[[Sequence[Judged]], None] | None = None,
) -> tuple[Judged, ...]:
    """Run all worlds in processes of their own, ``jobs`` at a time, and return them in their order; results do not depend on ``jobs``.

    Each is put on record in ``worlds.jsonl`` as soon as it is known, so that a run that was ended or killed goes on where it was. The
    folder exists; it is empty, or that of a run with the same settings, of which only the numbers of worlds and the kinds of log may
    differ. Worlds on record are not run again, except those that failed. ``finished`` is called with all worlds so far, in their order,
    after each one.

    Raises
    ------
    ConfigError
        When the folder has other files, or a run with other settings.
    InputError
        When the record cannot be read.
    """
    _check_folder(folder, settings := _settings(plan))
    write_whole(folder / SETTINGS, json.dumps(settings, indent=1) + "\n")
    # The large ones first: what is left at the end is then small.
    tasks = {world: Task(world.name, {"world": asdict(world), "replicates": plan.replicates}) for world in plan.worlds}
    record = _record(folder)
    kept = [one for one in record.read() if not one.error]
    # Without failures, and without a last line that was cut short: the next row would be joined to it.
    record.rewrite(kept)
    known = {one.world: one for one in kept}
    worlds = {world.name: world for world in plan.worlds}

    def row_of(name: str, answer: Answer) -> Judged:
        return Judged.from_json(answer.value) if answer.status == "done" else _failed(worlds[name], f"the process {answer.value}")

    in_plan = list(tasks.values())
    large_first = [tasks[world] for world in sorted(tasks, key=lambda world: -world.reviews)]
    work = "collusion.bench.calibration:world_work"
    for _ in run_tasks(work, large_first, row_of, known, stage="worlds", jobs=jobs, record=record, progress=progress):
        if finished is not None:
            finished(in_order(in_plan, known))
    return tuple(in_order(in_plan, known))


def world_work(task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:  # noqa: ARG001  # a world may take its time
    """Judge one world (`collusion.bench.worker`)."""
    world = {**task["world"], "shapes": tuple(task["world"]["shapes"])}
    return asdict(judge_world(World(**world), task["replicates"]))


def recorded(folder: Path) -> list[Judged]:
    """Return the worlds on record in a folder, in the order in which they were done (`collusion.bench.runner.Record.read`)."""
    return _record(folder).read()


def _record(folder: Path) -> Record[Judged]:
    return Record(folder / RECORD, asdict, Judged.from_json)


def _settings(plan: Calibration) -> dict[str, object]:
    versions = {name: version(name) for name in ("collusion", "numpy", "pyarrow", "scipy", "igraph")}
    return {"format": "collusion/calibration/3", **json.loads(json.dumps(asdict(plan))), "versions": versions}


def _check_folder(folder: Path, settings: Mapping[str, object]) -> None:
    path = folder / SETTINGS
    if not path.exists():
        if any(not one.name.startswith(SETTINGS) for one in folder.iterdir()):
            raise ConfigError(f"{folder}: is not empty and has no calibration to go on with; name another folder")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    differ = [name for name in settings if name not in FREE and before.get(name) != settings[name]]
    if differ:
        raise ConfigError(
            "\n".join(f"{path}: {name} was {before.get(name)!r} and is now {settings[name]!r}; name another folder" for name in differ)
        )
