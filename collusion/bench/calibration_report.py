"""The tables of a calibration: what was kept, what was found, with intervals; and one page that says it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.intervals import CONFIDENCE, bootstrap, clopper_pearson
from collusion.bench.judging import LEVELS
from collusion.bench.shapes import SHAPES
from collusion.bench.single_tests import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from collusion.bench.attacks import Outcome
    from collusion.bench.judging import Judged, PlantedRing
    from collusion.bench.placebo import Placebo

__all__ = ["Measure", "real_tables", "summary", "tables", "write_tables"]

PER_WORLD = ("world", "kind", "seed", "reviews", "planted", "listed", "replicates", "seconds", "error")
PER_RING = (
    *("world", "ring", "shape", "camouflage", "reviewers", "products", "found_05", "f1_05", "found_10", "f1_10"),
    *("match", "match_f1", "match_status", "match_q"),
)
PER_FLAG = ("world", "ring", "reviewers", "products", "q", "planted_share", "false", "honest", "honest_share")
PER_TEST = ("world", "signal", "p_value")
PER_MEASURE = ("measure", "level", "of", "value", "low", "high", "n")


SINGLE = "single tests at or below a level"

STEPS = (0.01, 0.05, 0.1, 0.5)
"""Levels at which single tests are counted."""

ATTACKS = "Attacks planted into a real graph: means over runs"

SINGLE_FAKES = (
    "An account that writes a single fake review meets nobody a second time, and nothing about meetings tells it from a customer. An "
    "attack all of whose accounts do so, as Singleton's, is expected to be missed, with an average precision at the base rate."
)

MEANS = ("accounts", "several", "average_precision", "precision_50", "precision_100", "accounts_flagged", "flagged", "false")


@dataclass(frozen=True)
class Measure:
    """One figure of the summary.

    Parameters
    ----------
    measure : str
    level : float or None
        The false-discovery rate at which rings were flagged.
    of : str
        Shape, camouflage or honest class; empty for all together.
    value, low, high : float
        With its interval of `CONFIDENCE`; nan where there is nothing to take a share of.
    n : int
        Worlds or rings that the figure is of.
    """

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
    free, ringed = ([one for one in good if one.kind == kind] for kind in ("ring-free", "ringed"))
    rings = [ring for one in ringed for ring in one.rings]
    failed = len(worlds) - len(good)
    told = [_share("worlds that failed", None, "", [bool(one.error) for one in worlds])] if failed else []
    for level in LEVELS:
        told.append(_share("ring-free worlds with a flagged ring", level, "", [bool(one.flags(level)) for one in free]))
        told.append(_mean("false discovery proportion", level, "", [one.proportion(level) for one in ringed]))
    for level in LEVELS:
        for of, chosen in _by(rings):
            told.append(_share("recall", level, of, [_found(ring, level) for ring in chosen]))
            told.append(_mean("member-F1 of rings found", level, of, [_f1(ring, level) for ring in chosen if _found(ring, level)]))
            told.append(_mean("member-F1 of all rings", level, of, [_f1(ring, level) for ring in chosen]))
    p_values = [row for one in free for row in one.p_values]
    for signal in sorted({row.signal for row in p_values}):
        told += [_share(SINGLE, level, signal, [row.p_value <= level for row in p_values if row.signal == signal]) for level in STEPS]
    for kind, some in (("ring-free", free), ("ringed", ringed)):
        of_world = [[row.honest for row in one.flagged if row.false] for one in some]
        told += [
            _mean(f"false rings a {kind} world", max(LEVELS), honest, [float(classes.count(honest)) for classes in of_world])
            for honest in sorted(set().union(*of_world))
        ]
    return told


def _by(rings: Sequence[PlantedRing]) -> Iterable[tuple[str, list[PlantedRing]]]:
    yield "", list(rings)
    for shape in SHAPES:
        if chosen := [ring for ring in rings if ring.shape == shape]:
            yield shape, chosen
    for camouflage in sorted({ring.camouflage for ring in rings}):
        yield f"{camouflage} camouflage", [ring for ring in rings if ring.camouflage == camouflage]


def _found(ring: PlantedRing, level: float) -> bool:
    return ring.found_05 if level == 0.05 else ring.found_10


def _f1(ring: PlantedRing, level: float) -> float:
    return ring.f1_05 if level == 0.05 else ring.f1_10


def _share(measure: str, level: float | None, of: str, hits: Sequence[bool]) -> Measure:
    value = sum(hits) / len(hits) if hits else float("nan")
    return Measure(measure, level, of, value, *clopper_pearson(sum(hits), len(hits)), len(hits))


def _mean(measure: str, level: float, of: str, values: Sequence[float]) -> Measure:
    value = float(np.mean(values)) if values else float("nan")
    low, high = bootstrap(values, f"{measure}.{level}.{of}").tolist()
    return Measure(measure, level, of, value, low, high, len(values))


def write_tables(worlds: Sequence[Judged], folder: Path, placebos: Sequence[Placebo] = (), attacks: Sequence[Outcome] = ()) -> None:
    """Write worlds.csv, rings.csv, flagged.csv, false.csv, p_values.csv, summary.csv, summary.md, and what is told of real logs."""
    flagged = [row for one in worlds for row in one.flagged]
    of_level = [(f"{what}_{100 * level:02.0f}", level, what) for level in LEVELS for what in ("flagged", "false", "fdp")]
    counts = [[_count(one, level, what) for _, level, what in of_level] for one in worlds]
    plain = [[getattr(one, name) for name in PER_WORLD] for one in worlds]
    _write(folder / "worlds.csv", (*PER_WORLD, *(name for name, *_ in of_level)), [[*a, *b] for a, b in zip(plain, counts, strict=True)])
    _write(folder / "rings.csv", PER_RING, _rows(PER_RING, [row for one in worlds for row in one.rings]))
    _write(folder / "flagged.csv", PER_FLAG, _rows(PER_FLAG, flagged))
    _write(folder / "false.csv", PER_FLAG, _rows(PER_FLAG, [row for row in flagged if row.false]))
    _write(folder / "p_values.csv", PER_TEST, _rows(PER_TEST, [row for one in worlds for row in one.p_values]))
    measures = summary(worlds)
    _write(folder / "summary.csv", PER_MEASURE, _rows(PER_MEASURE, measures))
    for name, rows in (("placebo", placebos), ("attacks", attacks)):
        if rows:
            columns = [field.name for field in fields(rows[0])]
            _write(folder / f"{name}.csv", columns, _rows(columns, rows))
    (folder / "summary.md").write_text(_page(worlds, [*tables(measures), *real_tables(placebos, attacks)]), encoding="utf-8")


def _count(one: Judged, level: float, what: str) -> int | float:
    told = one.flags(level)
    return len(told) if what == "flagged" else sum(row.false for row in told) if what == "false" else one.proportion(level)


def _rows(columns: Sequence[str], of: Iterable[object]) -> list[list[object]]:
    return [[getattr(one, name) for name in columns] for one in of]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    path.write_bytes(text.getvalue().encode())


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    return f"{value:.6g}" if isinstance(value, float) else value


Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title, header and rows."""


def tables(measures: Sequence[Measure]) -> list[Table]:
    """Return what the summary shows of its figures."""
    of_rings = {(m.measure, m.level, m.of): m for m in measures if m.measure.startswith(("recall", "member-F1"))}
    columns = [("recall", level) for level in LEVELS] + [("member-F1 of rings found", max(LEVELS)), ("member-F1 of all rings", max(LEVELS))]
    shapes = list(dict.fromkeys(of for _, _, of in of_rings))
    errors = [m for m in measures if m.measure.startswith(("ring-free", "false discovery", "worlds"))]
    single = {(m.of, m.level): m for m in measures if m.measure == SINGLE}
    false = [m for m in measures if m.measure.startswith("false rings")]
    return [
        (
            "Errors",
            ("measure", "q at most", "value", "worlds"),
            [(m.measure, "" if m.level is None else f"{m.level:.2f}", _said(m), str(m.n)) for m in errors],
        ),
        (
            "Planted rings",
            ("shape", "rings", *(f"{measure}, q <= {level:.2f}" for measure, level in columns)),
            [
                (
                    shape or "all",
                    str(of_rings["recall", LEVELS[0], shape].n),
                    *(_said(of_rings[what, level, shape]) for what, level in columns),
                )
                for shape in shapes
            ],
        ),
        ("False rings", ("measure", "class", "value", "worlds"), [(m.measure, m.of, _said(m), str(m.n)) for m in false]),
        (
            "Single tests where their null holds",
            ("test", "null", "groups", *(f"share of p <= {level:.2f}" for level in STEPS)),
            [
                (signal, NULLS[signal], str(single[signal, STEPS[0]].n), *(_said(single[signal, level]) for level in STEPS))
                for signal in NULLS
                if (signal, STEPS[0]) in single
            ],
        ),
    ]


def real_tables(placebos: Sequence[Placebo], attacks: Sequence[Outcome]) -> list[Table]:
    """Return the tables of real logs: placebos by log, attacks by name; those that are given."""
    told: list[Table] = []
    if placebos:
        by_log = {name: [one.flagged > 0 for one in placebos if one.log == name] for name in dict.fromkeys(one.log for one in placebos)}
        shares = {name: _share("placebo", None, name, hits) for name, hits in by_log.items()}
        told.append(
            (
                "Placebo: null replicates of real logs, scanned as logs",
                ("log", "placebos", "with a flagged ring", "share"),
                [(name, str(m.n), str(round(m.value * m.n)), _said(m)) for name, m in shares.items()],
            )
        )
    if attacks:
        rows = []
        for name in dict.fromkeys(one.attack for one in attacks):
            some = [one for one in attacks if one.attack == name]
            means = {field: float(np.mean([getattr(one, field) for one in some])) for field in MEANS}
            figures = [f"{means[field]:.3f}" if name else "" for field in MEANS[2:5]]
            several = f"{means['several']:.0f} of {means['accounts']:.0f}" if name else ""
            caught = f"{means['accounts_flagged']:.1f} of {means['accounts']:.0f}" if name else ""
            rate = f"{means['accounts'] / some[0].reviewers:.4f}" if name else ""
            rows.append(
                (name or "none", str(len(some)), several, rate, *figures, caught, f"{means['flagged']:.1f}", f"{means['false']:.1f}")
            )
        header = (
            "attack",
            "runs",
            "accounts with two fakes or more",
            "base rate",
            "AP",
            "P@50",
            "P@100",
            "accounts in flagged rings",
            "rings flagged",
            "of these false",
        )
        told.append((ATTACKS, header, rows))
    return told


def _said(m: Measure) -> str:
    return "" if np.isnan(m.value) else f"{m.value:.3f} ({m.low:.3f} to {m.high:.3f})"


def _page(worlds: Sequence[Judged], told: Sequence[Table]) -> str:
    good = [one for one in worlds if not one.error]
    parts = ["# Calibration", ""]
    for kind in ("ring-free", "ringed"):
        chosen = [one for one in good if one.kind == kind]
        if chosen:
            sizes, seeds = [one.reviews for one in chosen], [one.seed for one in chosen]
            parts.append(
                f"- {kind} worlds: {len(chosen)}, of {min(sizes):,} to {max(sizes):,} reviews, seeds {min(seeds)} to {max(seeds)}, with "
                f"{sum(one.planted for one in chosen):,} planted rings; {np.median([one.seconds for one in chosen]):.1f} s a scan (median)"
            )
    parts += [f"- {one.world} (seed {one.seed}) failed: {' '.join(one.error.split())}" for one in worlds if one.error]
    parts += ["", f"In brackets intervals that hold {CONFIDENCE:.0%}: exact ones (Clopper-Pearson) of shares, bootstrap ones of means."]
    for head, header, rows in told:
        parts += ["", f"## {head}", ""]
        if rows:
            parts += [f"| {' | '.join(row)} |" for row in (header, ("---",) * len(header), *rows)]
        else:
            parts.append("None.")
        if head == ATTACKS:
            parts += ["", SINGLE_FAKES]
    return "\n".join(parts) + "\n"
