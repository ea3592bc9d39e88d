"""The tables, the page and the pictures of `collusion bench speed`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.formats import csv_text, markdown_table
from collusion.bench.machine import machine
from collusion.bench.pictures import legend, save, two_sides
from collusion.bench.speed import LOGS, MATCHED, STAGES, label
from collusion.report.figures.canvas import axes_for, house_style, title
from collusion.report.palette import LIGHT
from collusion.reviews.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collusion.bench.formats import Table
    from collusion.bench.speed import Plan, Speed
    from collusion.report.figures.canvas import Picture

__all__ = ["growth", "rows_of", "tables", "write_report"]

COLUMNS = (
    "reviews", "log", "replicates", "kind", "name", "seconds", "cpu_seconds", "processors_busy", "peak_mib", "bytes_per_review",
    "times_decoding", "cpu_times_decoding", "value", "said",
)  # fmt: skip

COLOURS = {
    "decode": LIGHT["soft"],
    "read": LIGHT["ring"],
    "find": LIGHT["without"],
    "evidence": "#2f7d32",
    "null": "#7b3fa0",
    "power": "#9a6b00",
    "scan": LIGHT["ink"],
}


def growth(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the exponent b of cost = a * size ** b by least squares on logarithms; nan where fewer than two sizes cost anything.

    1 is a cost in proportion to size, 2 to its square.
    """
    points = [(n, cost) for n, cost in zip(sizes, costs, strict=True) if cost > 0]
    if len({n for n, _ in points}) < 2:
        return float("nan")
    x, y = np.log(np.array(points)).T
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())


def tables(speeds: Sequence[Speed]) -> list[Table]:
    """Return what was measured as text: a head, column names and rows for each table."""
    named = ("reviews", "log", "replicates")
    stages = [
        (*_named(one), c.stage, *(f"{x:.2f}" for x in (c.seconds, c.cpu, c.busy)), f"{c.peak:,.0f}", f"{c.bytes_per_review:,.0f}",
         f"{c.ratio:.2f}", f"{c.cpu_ratio:.2f}")
        for one in speeds
        for c in one.stages
    ]  # fmt: skip
    logs = [
        (*_named(one)[:2], f"{one.file_bytes / 2**20:,.0f}", "there already" if one.generated is None else f"{one.generated:.1f}")
        for one in speeds
    ]
    rings = [(*_named(one), *map(str, asdict(one.recall).values()), f"{one.bandwidth:.2f}") for one in speeds]
    found: list[Table] = [
        ("Logs", (*named[:2], "MiB", "s to generate"), list(dict.fromkeys(logs))),
        (
            "Planted rings that were found",
            (*named, "planted", "flagged", "or coordinated or candidate", "or explained", "others flagged", "GB/s copied"),
            rings,
        ),
        (
            "Stages of a scan",
            (
                *named, "stage", "seconds", "cpu seconds", "processors busy", "peak MiB", "bytes per review", "x decoding",
                "x cpu of decoding",
            ),
            stages,
        ),
    ]  # fmt: skip
    starts = [(*_named(one), name, f"{seconds:.2f}") for one in speeds for name, seconds in one.starts.items()]
    if starts:
        head = "Scan as a command, files written (cold), and a second scan in one process (warm)"
        found.append((head, (*named, "start", "seconds"), starts))
    exponents = [(log, str(replicates), name, f"{b:.2f}") for (log, replicates), name, b in _exponents(speeds)]
    if exponents:
        found.append(("Growth: seconds ~ reviews ** exponent", (*named[1:], "stage", "exponent"), exponents))
    peers = [
        (label(one.reviews), p.name, p.said, *(_figure(value) for value in (p.seconds, p.cpu)), _figure(p.peak, 0))
        for one in speeds
        for p in one.peers
    ]
    if peers:
        found.append(("The same work by others, one run each", ("log", "peer", "said", "seconds", "cpu seconds", "peak MiB"), peers))
    return found


def _named(one: Speed) -> tuple[str, str, str]:
    return label(one.reviews), one.log, str(one.replicates)


def rows_of(speeds: Sequence[Speed]) -> list[dict[str, object]]:
    """Return every figure as a row of one long table."""
    rows: list[dict[str, object]] = []

    def add(one: Speed, kind: str, name: str, **figures: object) -> None:
        rows.append({"reviews": one.reviews, "log": one.log, "replicates": one.replicates, "kind": kind, "name": name, **figures})

    for one in speeds:
        add(one, "log", "file_bytes", value=one.file_bytes)
        if one.generated is not None:
            add(one, "log", "generate", seconds=one.generated)
        add(one, "yardstick", "copy_gb_per_second", value=one.bandwidth)
        for c in one.stages:
            kind = "yardstick" if c.stage == "decode" else "stage"
            figures = {"cpu_seconds": c.cpu, "processors_busy": c.busy, "peak_mib": c.peak, "bytes_per_review": c.bytes_per_review}
            add(one, kind, c.stage, seconds=c.seconds, times_decoding=c.ratio, cpu_times_decoding=c.cpu_ratio, **figures)
        for name, count in asdict(one.recall).items():
            add(one, "rings", name, value=count)
        for name, seconds in one.starts.items():
            add(one, "start", name, seconds=seconds)
        for p in one.peers:
            add(one, "peer", p.name, seconds=p.seconds, cpu_seconds=p.cpu, peak_mib=p.peak, said=p.said)
    rows += [
        {"log": log, "replicates": replicates, "kind": "growth", "name": name, "value": b}
        for (log, replicates), name, b in _exponents(speeds)
    ]
    return rows


def write_report(speeds: Sequence[Speed], plan: Plan, folder: Path) -> None:
    """Write speed.csv, speed.md, and speed and memory as SVG and PNG into an existing folder.

    Each kind of log and number of replicates beyond the first has pictures of its own, such as ``speed-bare-40.svg``.
    """
    text = csv_text(COLUMNS, ([row.get(name) for name in COLUMNS] for row in rows_of(speeds)))
    (folder / "speed.csv").write_bytes(text.encode())
    (folder / "speed.md").write_text(_page(speeds, plan), encoding="utf-8")
    _draw(speeds, folder, "speed", "seconds", "Cost of a scan against the size of the log")
    _draw(speeds, folder, "memory", "peak", "Peak memory of a scan against the size of the log")


def _series(speeds: Sequence[Speed]) -> dict[tuple[str, int], list[Speed]]:
    """Return what was measured by kind of log and number of replicates, in the order in which these first came."""
    found: dict[tuple[str, int], list[Speed]] = {}
    for one in speeds:
        found.setdefault((one.log, one.replicates), []).append(one)
    return found


def _exponents(speeds: Sequence[Speed]) -> list[tuple[tuple[str, int], str, float]]:
    """Return the exponent of each stage for each kind of log and number of replicates, where there is one."""
    found = []
    for which, series in _series(speeds).items():
        for stage in STAGES:
            points = [(one.reviews, c.seconds) for one in series for c in one.stages if c.stage == stage]
            exponent = growth(*zip(*points, strict=True)) if points else float("nan")
            if np.isfinite(exponent):
                found.append((which, stage, exponent))
    return found


def _page(speeds: Sequence[Speed], plan: Plan) -> str:
    lines = ["# Cost of a scan", ""]
    lines += [f"{name}: {value}  " for name, value in machine().items()]
    lines += [
        "",
        (
            f"{plural(plan.threads, 'thread')}, seed {plan.seed}; medians of {plural(plan.runs, 'run')} after one that does not count, "
            "each in a process of its own. `decode` is pyarrow alone on one thread, in the same round as the scan beside it. Memory is the "
            "largest resident set within the stage, the program itself (about 0.25 GiB) included. Processors busy are processor seconds "
            "per second. A planted ring counts as found where its accounts and those of a group listed have a Jaccard of at least "
            f"{MATCHED}; each group counts once."
        ),
        "",
        *(f"- {name}: {LOGS[name]}" for name in dict.fromkeys(one.log for one in speeds)),
    ]
    for table in tables(speeds):
        lines += ["", markdown_table(table).rstrip()]
    works = {p.name: p.work for one in speeds for p in one.peers}
    if works:
        lines += ["", "What each of the others does, after the same on the first ten thousand rows:", ""]
        lines += [f"- {name}: {work}" for name, work in works.items()]
    return "\n".join(lines) + "\n"


def _draw(speeds: Sequence[Speed], folder: Path, name: str, field: str, head: str) -> None:
    """Draw one picture for each kind of log and number of replicates; the first has no suffix."""
    for k, ((log, replicates), series) in enumerate(_series(speeds).items()):
        file, about = (name, "") if k == 0 else (f"{name}-{log}-{replicates}", f", {log} log, {plural(replicates, 'replicate')}")
        with house_style():
            save(_picture(series, field, head + about), folder / file)


def _picture(series: Sequence[Speed], field: str, head: str) -> Picture:
    figure, ax = axes_for(None, 3.2, 6.0)
    title(ax, head)
    for stage in STAGES:
        points = [(one.reviews, getattr(c, field)) for one in series for c in one.stages if c.stage == stage]
        points = [(n, value) for n, value in points if value > 0]
        if points:
            style = (0, (3, 1.5)) if stage == "decode" else "solid"
            ax.plot(*zip(*points, strict=True), marker="o", markersize=3, linestyle=style, color=COLOURS[stage], label=stage)
    ax.set_xscale("log")
    ax.set_yscale("log")
    sizes = [one.reviews for one in series]
    ax.set_xticks(sizes, [label(n) for n in sizes])
    ax.set_xticks([], minor=True)
    # Plain numbers: powers of ten are set as mathematics, which the house style leaves unread.
    ax.yaxis.set_major_formatter("{x:,.10g}")
    ax.yaxis.set_minor_formatter("")
    ax.grid(axis="y", color=LIGHT["shade"])
    ax.set_xlabel("reviews")
    ax.set_ylabel("seconds" if field == "seconds" else "MiB")
    legend(ax)
    two_sides(ax)
    return figure


def _figure(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
