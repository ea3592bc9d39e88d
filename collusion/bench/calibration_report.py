"""The tables of a calibration, with intervals: error rates, rings found, honest groups, and one page with all of them."""

from __future__ import annotations

import csv
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.bench.calibration_summary import (
    ACTING,
    AGREEMENT,
    FALSE_RINGS,
    FALSE_SHARE,
    FLAGGED_CLASS,
    NOTHING,
    NULL_COUNT,
    RECALL,
    SIGNAL,
    SIGNAL_LEVELS,
    SINGLE,
    STEPS,
    TOGETHER_RECALL,
    Measure,
    share_of,
    summary,
)
from collusion.bench.columns import COLUMNS
from collusion.bench.formats import csv_text, latex, markdown_table
from collusion.bench.intervals import CONFIDENCE
from collusion.bench.judged import LEVELS, FlaggedRing, HonestGroup, PlantedRing, PValue
from collusion.bench.single_tests import NULLS
from collusion.bench.worlds import REPORTING_SEED, TUNING_SEEDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from collusion.bench.attacks import Outcome
    from collusion.bench.formats import Table
    from collusion.bench.judged import Judged
    from collusion.bench.placebo import Placebo

__all__ = ["brief", "read_real", "real_tables", "tables", "write_tables"]

PER_WORLD = ("world", "kind", "columns", "seed", "reviews", "planted", "listed", "replicates", "seconds", "error")
ATTACKS = "Attacks planted into a real graph: means over runs"

SINGLE_FAKES = (
    "An account that writes a single fake review has no second product in common with anybody, and nothing about co-reviews tells it from "
    "a customer. An attack all of whose accounts do so, as Singleton's, is expected to be missed: its average precision is the base rate."
)

NOTES = """
- Rings are counted at false-discovery rates of 0.05 and 0.10. Each world is scanned once, at 0.10. At 0.05 a status counts where the
  q-values are at most 0.05: this is near enough, but not the same as a scan at 0.05.
- An honest group counts as found where a listed ring contains at least half of its people, and as flagged where a flagged ring does.
  Rings of planted accounts do not count here.
- Honest groups that act together are those that a listed ring agrees with (member-F1 of at least 0.5) and that are not mere candidates.
  Signals that answer the first question, whether people act together, pick these groups: their p-values are small by choice.
"""

CsvTable = tuple[tuple[str, ...], list[list[object]]]
"""Header and rows."""

MEANS = ("accounts", "several", "average_precision", "precision_50", "precision_100", "accounts_found", "flagged", "false")


def write_tables(
    worlds: Sequence[Judged],
    folder: Path,
    placebos: Sequence[Placebo] = (),
    attacks: Sequence[Outcome] = (),
    formats: Sequence[str] = ("csv", "md"),
) -> list[str]:
    """Write the tables of worlds, and of placebos and attacks of real logs, and return the names of the files.

    ``csv``: worlds, rings, flags, honest groups, p-values and figures, one file each. ``md``: ``summary.md``. ``latex``: ``summary.tex``,
    to be included by a document that loads booktabs and graphicx.
    """
    texts: dict[str, str] = {}
    if "csv" in formats:
        texts |= _csv_files(worlds, placebos, attacks)
    found = [*tables(summary(worlds)), *real_tables(placebos, attacks)]
    if "md" in formats:
        texts["summary.md"] = _page(worlds, found)
    if "latex" in formats:
        texts["summary.tex"] = latex(table for table in found if table[2])
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return list(texts)


def read_real(folder: Path) -> tuple[list[Placebo], list[Outcome]]:
    """Return the placebos and the attacks of real logs from the tables that `write_tables` wrote; empty where there are none."""
    from collusion.bench.attacks import Outcome  # noqa: PLC0415  # what the report of simulated worlds does not need
    from collusion.bench.placebo import Placebo  # noqa: PLC0415  # as above

    return _read(folder / "placebo.csv", Placebo), _read(folder / "attacks.csv", Outcome)


def _read(path: Path, cls: type[Any]) -> list[Any]:
    if not path.exists():
        return []
    kinds = {field.name: {"int": int, "float": float}.get(str(field.type), str) for field in fields(cls)}
    with path.open(newline="", encoding="utf-8") as file:
        return [cls(**{name: kinds[name](value) for name, value in row.items()}) for row in csv.DictReader(file)]


def _csv_files(worlds: Sequence[Judged], placebos: Sequence[Placebo], attacks: Sequence[Outcome]) -> dict[str, str]:
    flagged = [row for one in worlds for row in one.flagged]
    of_level = [(f"{what}_{100 * level:02.0f}", level, what) for level in LEVELS for what in ("flagged", "false", "false_share")]
    counts = [[_count(one, level, what) for _, level, what in of_level] for one in worlds]
    plain = [[getattr(one, name) for name in PER_WORLD] for one in worlds]
    files = {
        "worlds": ((*PER_WORLD, *(name for name, *_ in of_level)), [[*a, *b] for a, b in zip(plain, counts, strict=True)]),
        "rings": _by_field(PlantedRing, [row for one in worlds for row in one.rings]),
        "flagged": _by_field(FlaggedRing, flagged),
        "false": _by_field(FlaggedRing, [row for row in flagged if row.false]),
        "honest": _of_groups([row for one in worlds for row in one.groups]),
        "p_values": _by_field(PValue, [row for one in worlds for row in one.p_values]),
        "summary": _by_field(Measure, summary(worlds)),
    }
    for name, rows in (("placebo", placebos), ("attacks", attacks)):
        if rows:
            files[name] = _by_field(type(rows[0]), rows)
    return {f"{name}.csv": csv_text(header, ([_cell(value) for value in row] for row in rows)) for name, (header, rows) in files.items()}


def _count(one: Judged, level: float, what: str) -> int | float:
    flags = one.flags(level)
    return len(flags) if what == "flagged" else sum(row.false for row in flags) if what == "false" else one.false_share(level)


def _of_groups(groups: Sequence[HonestGroup]) -> CsvTable:
    """Return the header and the rows of the honest groups, a column for the p-value of each signal."""
    signals = sorted({signal for group in groups for signal in group.p_values})
    header, rows = _by_field(HonestGroup, groups)
    found = [[*row[:-1], *map(group.p_values.get, signals)] for row, group in zip(rows, groups, strict=True)]
    return (*header[:-1], *(f"p_{name}" for name in signals)), found


def _by_field(cls: type[Any], of: Iterable[object]) -> CsvTable:
    """Return a column for each field; whether a ring is false stands beside the share that decides it."""
    names = [field.name for field in fields(cls)]
    if cls is FlaggedRing:
        names.insert(names.index("honest"), "false")
    return tuple(names), [[getattr(one, name) for name in names] for one in of]


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return f"{value:.6g}" if isinstance(value, float) else value


Cells = dict[tuple[str, str, float | None, str], Measure]


def brief(measures: Sequence[Measure]) -> list[Table]:
    """Return the tables that a terminal has room for: errors, honest classes and planted rings, without intervals."""
    bare = [replace(m, low=float("nan")) for m in measures]
    return tables(bare)[:3]


def tables(measures: Sequence[Measure]) -> list[Table]:
    """Return what the summary shows of its figures."""
    cells: Cells = {(m.columns, m.measure, m.level, m.of): m for m in measures}
    by_level = [f"flagged at {level:.2f}" for level in LEVELS]
    found = [*((RECALL, level) for level in LEVELS), *((TOGETHER_RECALL, level) for level in LEVELS), (AGREEMENT, max(LEVELS))]
    return [
        _errors(cells, list(dict.fromkeys(m.columns for m in measures if m.columns))),
        ("Honest classes", ("log", "class", "groups found", *by_level), _shown(cells, [(FLAGGED_CLASS, level) for level in LEVELS])),
        ("Planted rings", ("log", "shape", "rings", *(f"{name}, at {level:.2f}" for name, level in found)), _shown(cells, found)),
        (
            "p-values of honest groups that act together",
            ("log", "signal", "groups", *(f"share of p <= {level:g}" for level in SIGNAL_LEVELS)),
            _shown(cells, [(SIGNAL, level) for level in SIGNAL_LEVELS]),
        ),
        (
            "False rings",
            ("log", "worlds", "class", f"false rings per world at {max(LEVELS):.2f}", "n"),
            [
                (m.columns, m.measure.removeprefix(f"{FALSE_RINGS}, "), m.of, shown(m), str(m.n))
                for m in measures
                if m.measure.startswith(FALSE_RINGS)
            ],
        ),
        (
            "Single tests where their null holds",
            ("log", "test", "null", "groups", *(f"share of p <= {level:.2f}" for level in STEPS)),
            [(log, of, NULLS.get(of, ""), *rest) for log, of, *rest in _shown(cells, [(SINGLE, level) for level in STEPS])],
        ),
        (
            "Null groups in permutations that were held out",
            ("log", "predicted per permutation", "actual", "actual / predicted", "worlds"),
            [
                (m.columns, f"{m.level:g}", shown(m), f"{m.value / m.level:.2f}", str(m.n))
                for m in measures
                if m.measure == NULL_COUNT and m.level
            ],
        ),
    ]


def _shown(cells: Cells, figures: Sequence[tuple[str, float]]) -> list[tuple[str, ...]]:
    """Return a row for each kind of log and each thing that the first of the figures is of."""
    return [
        (columns, of or "all", str(m.n), *(shown(cells[columns, name, at, of]) for name, at in figures))
        for (columns, measure, level, of), m in cells.items()
        if (measure, level) == figures[0]
    ]


def _errors(cells: Cells, columns: Sequence[str]) -> Table:
    free = tuple(f"nothing flagged at {level:.2f}" for level in LEVELS)
    ringed = tuple(f"false share of flags at {level:.2f}" for level in LEVELS)
    rows = []
    for name in columns:
        nothing, false = ([cells.get((name, measure, level, "")) for level in LEVELS] for measure in (NOTHING, FALSE_SHARE))
        if any((*nothing, *false)):
            acting = cells.get((name, ACTING, None, ""))
            rows.append((name, _n(nothing[0]), *map(shown, nothing), _n(false[0]), *map(shown, false), shown(acting)))
    return "Errors", ("log", "ring-free worlds", *free, "worlds with rings", *ringed, ACTING), rows


def real_tables(placebos: Sequence[Placebo], attacks: Sequence[Outcome]) -> list[Table]:
    """Return the tables of real logs: placebos by log, attacks by name; those that are given."""
    found: list[Table] = []
    if placebos:
        by_log = {name: [one.flagged > 0 for one in placebos if one.log == name] for name in dict.fromkeys(one.log for one in placebos)}
        shares = {name: share_of("", "placebo", None, name, hits) for name, hits in by_log.items()}
        found.append(
            (
                "Placebo: null replicates of real logs, scanned as logs",
                ("log", "placebos", "with a flagged ring", "share"),
                [(name, str(m.n), str(round(m.value * m.n)), shown(m)) for name, m in shares.items()],
            )
        )
    if attacks:
        rows = []
        for name in dict.fromkeys(one.attack for one in attacks):
            some = [one for one in attacks if one.attack == name]
            means = {field: float(np.mean([getattr(one, field) for one in some])) for field in MEANS}
            figures = [f"{means[field]:.3f}" if name else "" for field in MEANS[2:5]]
            several = f"{means['several']:.0f} of {means['accounts']:.0f}" if name else ""
            caught = f"{means['accounts_found']:.1f} of {means['accounts']:.0f}" if name else ""
            rate = f"{means['accounts'] / some[0].reviewers:.4f}" if name else ""
            rows.append(
                (name or "none", str(len(some)), several, rate, *figures, caught, f"{means['flagged']:.1f}", f"{means['false']:.1f}")
            )
        header = (
            "attack", "runs", "accounts with two fakes or more", "base rate", "AP", "P@50", "P@100",
            "accounts in rings flagged or coordinated", "rings flagged", "of these false",
        )  # fmt: skip
        found.append((ATTACKS, header, rows))
    return found


def shown(m: Measure | None) -> str:
    """Return a figure with its interval, where it has one; nothing where there is no figure."""
    if m is None or np.isnan(m.value):
        return ""
    return f"{m.value:.3f}" if np.isnan(m.low) else f"{m.value:.3f} ({m.low:.3f} to {m.high:.3f})"


def _n(m: Measure | None) -> str:
    return "" if m is None else str(m.n)


def _page(worlds: Sequence[Judged], found: Sequence[Table]) -> str:
    parts = ["# Calibration", "", *_about(worlds), "", f"Brackets hold {CONFIDENCE:.0%} intervals: exact (Clopper-Pearson) for shares, "]
    parts[-1] += "bootstrap for means."
    parts.append(NOTES.rstrip())
    for table in found:
        parts += ["", markdown_table(table).rstrip()]
        if table[0] == ATTACKS:
            parts += ["", SINGLE_FAKES]
    return "\n".join(parts) + "\n"


def _about(worlds: Sequence[Judged]) -> Iterable[str]:
    good = [one for one in worlds if not one.error]
    for columns in COLUMNS:
        for kind in ("ring-free", "ringed"):
            chosen = [one for one in good if (one.columns, one.kind) == (columns, kind)]
            if chosen:
                sizes, seeds = [one.reviews for one in chosen], [one.seed for one in chosen]
                yield (
                    f"- {columns}, {kind} worlds: {len(chosen)}, of {min(sizes):,} to {max(sizes):,} reviews, seeds {min(seeds)} to "
                    f"{max(seeds)} ({_purpose(seeds)}), with {sum(one.planted for one in chosen):,} planted rings and "
                    f"{sum(sum(one.honest.values()) for one in chosen):,} honest groups; "
                    f"{np.median([one.seconds for one in chosen]):.1f} s per scan (median)"
                )
    yield from (f"- {one.world} (seed {one.seed}) failed: {' '.join(one.error.split())}" for one in worlds if one.error)


def _purpose(seeds: Sequence[int]) -> str:
    if min(seeds) >= REPORTING_SEED:
        return "set aside for reports"
    return "settings were chosen on these" if set(seeds) <= set(TUNING_SEEDS) else "for neither tuning nor reports"
