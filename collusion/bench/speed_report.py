"""The tables, the page and the pictures of `collusion bench speed`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.machine import machine
from collusion.bench.speed import STAGES, label
from collusion.report.canvas import LIGHT, axes_for, house_style, title

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.bench.speed import Plan, Speed

__all__ = ["growth", "rows_of", "tables", "write_report"]

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]

COLUMNS = ("reviews", "kind", "name", "seconds", "cpu_seconds", "peak_mib", "times_decoding", "value", "said")

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
    held = [(n, cost) for n, cost in zip(sizes, costs, strict=True) if cost > 0]
    if len({n for n, _ in held}) < 2:
        return float("nan")
    x, y = np.log(np.array(held)).T
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())


def tables(speeds: Sequence[Speed]) -> list[Table]:
    """Return what was measured as text: a head, column names and rows for each table."""
    stages = [
        (label(one.reviews), c.stage, f"{c.seconds:.2f}", f"{c.cpu:.2f}", f"{c.peak:,.0f}", f"{c.ratio:.2f}")
        for one in speeds
        for c in one.stages
    ]
    logs = [
        (
            label(one.reviews),
            f"{one.file_bytes / 2**20:,.0f}",
            "there already" if one.generated is None else f"{one.generated:.1f}",
            f"{one.bandwidth:.2f}",
            str(one.recall.planted),
            str(one.recall.flagged),
            str(one.recall.candidates),
            str(one.recall.listed),
            str(one.recall.others),
        )
        for one in speeds
    ]
    header = ("log", "MiB", "s to generate", "GB/s copied", "planted", "flagged", "or candidates", "or explained", "others flagged")
    found: list[Table] = [
        ("Logs, and the planted rings found in them", header, logs),
        ("Stages of a scan", ("log", "stage", "seconds", "cpu seconds", "peak MiB", "x decoding"), stages),
    ]
    starts = [(label(one.reviews), name, f"{seconds:.2f}") for one in speeds for name, seconds in one.starts.items()]
    if starts:
        found.append(
            ("Scan as a command, files written (cold), and a second scan in one process (warm)", ("log", "start", "seconds"), starts)
        )
    exponents = _exponents(speeds)
    if exponents:
        found.append(
            ("Growth: seconds ~ reviews ** exponent", ("stage", "exponent"), [(name, f"{b:.2f}") for name, b in exponents.items()])
        )
    peers = [
        (label(one.reviews), p.name, p.said, *(_figure(value) for value in (p.seconds, p.cpu)), _figure(p.peak, 0))
        for one in speeds
        for p in one.peers
    ]
    if peers:
        found.append(("The same work by others, one run each", ("log", "peer", "said", "seconds", "cpu seconds", "peak MiB"), peers))
    return found


def rows_of(speeds: Sequence[Speed]) -> list[dict[str, object]]:
    """Return every figure as a row of one long table."""
    rows: list[dict[str, object]] = []

    def add(one: Speed, kind: str, name: str, **figures: object) -> None:
        rows.append({"reviews": one.reviews, "kind": kind, "name": name, **figures})

    for one in speeds:
        add(one, "log", "file_bytes", value=one.file_bytes)
        if one.generated is not None:
            add(one, "log", "generate", seconds=one.generated)
        add(one, "yardstick", "copy_gb_per_second", value=one.bandwidth)
        for c in one.stages:
            kind = "yardstick" if c.stage == "decode" else "stage"
            add(one, kind, c.stage, seconds=c.seconds, cpu_seconds=c.cpu, peak_mib=c.peak, times_decoding=c.ratio)
        for name, count in asdict(one.recall).items():
            add(one, "rings", name, value=count)
        for name, seconds in one.starts.items():
            add(one, "start", name, seconds=seconds)
        for p in one.peers:
            add(one, "peer", p.name, seconds=p.seconds, cpu_seconds=p.cpu, peak_mib=p.peak, said=p.said)
    rows += [{"kind": "growth", "name": name, "value": b} for name, b in _exponents(speeds).items()]
    return rows


def write_report(speeds: Sequence[Speed], plan: Plan, folder: Path) -> None:
    """Write speed.csv, speed.md, and speed and memory as SVG and PNG into an existing folder."""
    with (folder / "speed.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows_of(speeds))
    (folder / "speed.md").write_text(_page(speeds, plan), encoding="utf-8")
    _draw(speeds, folder, "speed", "seconds", "Cost of a scan against the size of the log")
    _draw(speeds, folder, "memory", "peak", "Peak memory of a scan against the size of the log")


def _exponents(speeds: Sequence[Speed]) -> dict[str, float]:
    found = {}
    for stage in STAGES:
        held = [(one.reviews, c.seconds) for one in speeds for c in one.stages if c.stage == stage]
        exponent = growth(*zip(*held, strict=True)) if held else float("nan")
        if np.isfinite(exponent):
            found[stage] = exponent
    return found


def _page(speeds: Sequence[Speed], plan: Plan) -> str:
    lines = ["# Cost of a scan", ""]
    lines += [f"{name}: {value}  " for name, value in machine().items()]
    lines += [
        "",
        (
            f"{plan.replicates} null replicates, {plan.threads} threads, seed {plan.seed}; medians of {plan.runs} runs after one that does "
            "not count, each in a process of its own. `decode` is pyarrow alone on one thread, in the same round as the scan beside it; "
            "memory is the largest resident set within the stage. A planted ring counts as found where its accounts and those of a group "
            "listed have a Jaccard of at least .5; each group counts once."
        ),
    ]
    for head, header, rows in tables(speeds):
        lines += ["", f"## {head}", "", f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    works = {p.name: p.work for one in speeds for p in one.peers}
    if works:
        lines += ["", "What each of the others does, after the same on the first ten thousand rows:", ""]
        lines += [f"- {name}: {work}" for name, work in works.items()]
    return "\n".join(lines) + "\n"


def _draw(speeds: Sequence[Speed], folder: Path, name: str, field: str, head: str) -> None:
    with house_style():
        figure, ax = axes_for(None, 3.2, 6.0)
        title(ax, head)
        for stage in STAGES:
            points = [(one.reviews, getattr(c, field)) for one in speeds for c in one.stages if c.stage == stage]
            points = [(n, value) for n, value in points if value > 0]
            if points:
                style = (0, (3, 1.5)) if stage == "decode" else "solid"
                ax.plot(*zip(*points, strict=True), marker="o", markersize=3, linestyle=style, color=COLOURS[stage], label=stage)
        ax.set_xscale("log")
        ax.set_yscale("log")
        sizes = [one.reviews for one in speeds]
        ax.set_xticks(sizes, [label(n) for n in sizes])
        ax.set_xticks([], minor=True)
        # Plain numbers: powers of ten are set as mathematics, which the house style leaves unread.
        ax.yaxis.set_major_formatter("{x:,.10g}")
        ax.yaxis.set_minor_formatter("")
        ax.grid(axis="y", color=LIGHT["shade"])
        ax.set_xlabel("reviews")
        ax.set_ylabel("seconds" if field == "seconds" else "MiB")
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0, labelcolor=LIGHT["soft"])
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        for form, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            # The same figures give the same file: neither date nor version goes into it.
            figure.savefig(folder / f"{name}.{form}", dpi=150, bbox_inches="tight", pad_inches=0.1, metadata=metadata)


def _figure(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
