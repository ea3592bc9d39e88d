"""The figures of a calibration, each with its interval: errors, honest classes that are flagged, rings found, p-values."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.columns import COLUMNS
from collusion.bench.intervals import bootstrap
from collusion.bench.judged import LEVELS
from collusion.decisions.precision import exact_interval
from collusion.simulate.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from collusion.bench.judged import HonestGroup, Judged, PlantedRing

__all__ = ["Measure", "share_of", "summary"]

FAILED = "worlds that failed"
NOTHING = "ring-free worlds with nothing flagged"
FALSE_SHARE = "false share of flags"
ACTING = "honest groups that act together per planted ring"
FLAGGED_CLASS = "honest groups found that are flagged"
RECALL = "recall: flagged"
TOGETHER_RECALL = "recall: flagged or coordinated"
AGREEMENT = "member-F1 of rings found"
ALL_AGREEMENT = "member-F1 of all rings"
FALSE_RINGS = "false rings per world"
SIGNAL = "honest groups that act together with a p-value at or below the level"
SINGLE = "single tests at or below the level"

NULL_COUNT = "null groups held out, per permutation, at or below the predicted count"

SIGNAL_LEVELS = (0.05, 0.01, 0.001)
"""Levels at which p-values of honest groups are counted: the false-discovery rate needs the tail, not 0.05 alone."""

STEPS = (0.01, 0.05, 0.1, 0.5)
"""Levels at which single tests are counted."""


@dataclass(frozen=True)
class Measure:
    """One figure of the summary, of ``n`` worlds, rings or groups.

    ``columns`` names the kind of log and ``of`` a shape, camouflage, honest class or signal; either is empty for all together. ``level`` is
    the false-discovery rate at which rings were flagged, or the level of a p-value. ``low`` to ``high`` is the interval of
    `collusion.bench.intervals.CONFIDENCE`; all three are nan where there is nothing to take a share of.
    """

    columns: str
    measure: str
    level: float | None
    of: str
    value: float
    low: float
    high: float
    n: int


def summary(worlds: Sequence[Judged]) -> list[Measure]:
    """Return the figures of a calibration; worlds that failed are counted and left out of all else."""
    good = [one for one in worlds if not one.error]
    failed = [bool(one.error) for one in worlds]
    figures = [share_of("", FAILED, None, "", failed)] if any(failed) else []
    for columns in COLUMNS:
        some = [one for one in good if one.columns == columns]
        free, ringed = ([one for one in some if one.kind == kind] for kind in ("ring-free", "ringed"))
        figures += [
            *_errors(columns, free, ringed),
            *_classes(columns, some),
            *_recall(columns, [ring for one in ringed for ring in one.rings]),
            *_p_values(columns, SIGNAL, SIGNAL_LEVELS, (p for one in some for group in _once(one.groups) for p in group.p_values.items())),
            *_false(columns, some),
            *_p_values(columns, SINGLE, STEPS, ((row.signal, row.p_value) for one in free for row in one.p_values)),
            *_null_counts(columns, free),
        ]
    return figures


def _errors(columns: str, free: Sequence[Judged], ringed: Sequence[Judged]) -> Iterator[Measure]:
    for level in LEVELS:
        if free:
            yield share_of(columns, NOTHING, level, "", [not one.flags(level) for one in free])
        if ringed:
            yield _mean(columns, FALSE_SHARE, level, "", [one.false_share(level) for one in ringed])
    if ringed:
        yield _mean(columns, ACTING, None, "", [one.acting / max(one.planted, 1) for one in ringed])


def _classes(columns: str, worlds: Sequence[Judged]) -> Iterator[Measure]:
    listed = [group for one in worlds for group in one.groups if group.held]
    for kind in sorted({group.kind for group in listed}):
        chosen = [group for group in listed if group.kind == kind]
        yield from (share_of(columns, FLAGGED_CLASS, level, kind, [group.flagged(level) for group in chosen]) for level in LEVELS)


def _recall(columns: str, rings: Sequence[PlantedRing]) -> Iterator[Measure]:
    for of, chosen in _by(rings) if rings else ():
        for level in LEVELS:
            found = [ring.agreement(level) for ring in chosen if ring.found(level)]
            yield share_of(columns, RECALL, level, of, [ring.found(level) for ring in chosen])
            yield share_of(columns, TOGETHER_RECALL, level, of, [ring.found(level, coordinated=True) for ring in chosen])
            yield _mean(columns, AGREEMENT, level, of, found)
            yield _mean(columns, ALL_AGREEMENT, level, of, [ring.agreement(level) for ring in chosen])


def _by(rings: Sequence[PlantedRing]) -> Iterable[tuple[str, list[PlantedRing]]]:
    yield "", list(rings)
    for shape in SHAPES:
        if chosen := [ring for ring in rings if ring.shape == shape]:
            yield shape, chosen
    for camouflage in sorted({ring.camouflage for ring in rings}):
        yield f"{camouflage} camouflage", [ring for ring in rings if ring.camouflage == camouflage]


def _once(groups: Sequence[HonestGroup]) -> list[HonestGroup]:
    """Return the groups that were found to act together, one for each ring: two that are listed as one have the same p-values."""
    first: dict[str, HonestGroup] = {}
    for group in groups:
        if group.passes:
            first.setdefault(group.match, group)
    return list(first.values())


def _p_values(columns: str, measure: str, levels: Sequence[float], found: Iterable[tuple[str, float]]) -> Iterator[Measure]:
    """Yield the share of p-values at or below each level, signal by signal."""
    by_signal: dict[str, list[float]] = defaultdict(list)
    for signal, p_value in found:
        by_signal[signal].append(p_value)
    for signal, p_values in sorted(by_signal.items()):
        yield from (share_of(columns, measure, level, signal, [p <= level for p in p_values]) for level in levels)


def _false(columns: str, worlds: Sequence[Judged]) -> Iterator[Measure]:
    for kind in ("ring-free", "ringed"):
        classes = [Counter(row.honest for row in one.flagged if row.false) for one in worlds if one.kind == kind]
        for honest in sorted(set().union(*classes)):
            yield _mean(columns, f"{FALSE_RINGS}, {kind}", max(LEVELS), honest, [float(counts[honest]) for counts in classes])


def _null_counts(columns: str, free: Sequence[Judged]) -> Iterator[Measure]:
    rows = [row for one in free for row in one.null_counts]
    for level in dict.fromkeys(row.predicted for row in rows):
        yield _mean(columns, NULL_COUNT, level, "", [row.actual for row in rows if row.predicted == level])


def share_of(columns: str, measure: str, level: float | None, of: str, hits: Sequence[bool]) -> Measure:
    """Return a share with its exact interval."""
    value = sum(hits) / len(hits) if hits else float("nan")
    return Measure(columns, measure, level, of, value, *exact_interval(sum(hits), len(hits)), len(hits))


def _mean(columns: str, measure: str, level: float | None, of: str, values: Sequence[float]) -> Measure:
    value = float(np.mean(values)) if values else float("nan")
    low, high = bootstrap(values, f"{columns}.{measure}.{level}.{of}").tolist()
    return Measure(columns, measure, level, of, value, low, high, len(values))
