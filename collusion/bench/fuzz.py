"""Many damaged logs, each read in a process of its own under a limit of time, and judged."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.bench.formats import csv_text
from collusion.bench.fuzz_judge import REFUSED, TABLE, Outcome, judged, write
from collusion.bench.fuzz_mutations import draw
from collusion.bench.runner import Task, run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collusion.bench.formats import Table
    from collusion.bench.processes import Answer
    from collusion.bench.runner import Progress
    from collusion.bench.worker import Allow

__all__ = ["REFUSED", "SECONDS", "TABLE", "FuzzWork", "fuzz", "keep", "tables", "write_tables"]

SECONDS = 20.0
"""Limit of time for one file."""

START_SECONDS = 120.0
"""Limit of time for a process to start and to load what it needs."""


def fuzz(
    numbers: Sequence[int], seed: int, *, seconds: float = SECONDS, jobs: int = 1, progress: Progress | None = None
) -> Iterator[Outcome]:
    """Yield what became of each of these damaged logs as soon as it is known; one on which a process hangs or dies has failed.

    The logs are told by their numbers (`collusion.bench.fuzz_mutations.draw`); ``seconds`` is the limit of time for one. Results do not
    depend on ``jobs``, the number of processes at a time.
    """
    with tempfile.TemporaryDirectory(prefix="collusion-fuzz-") as folder:
        tasks = [
            Task(str(number), {"seed": seed, "number": number, "seconds": seconds, "folder": folder}, f"process {k % jobs}", START_SECONDS)
            for k, number in enumerate(numbers)
        ]
        row_of = partial(_outcome, seed, seconds)
        yield from run_tasks("collusion.bench.fuzz:FuzzWork", tasks, row_of, {}, stage="files", jobs=jobs, progress=progress)


def _outcome(seed: int, seconds: float, key: str, answer: Answer) -> Outcome:
    if answer.status == "done":
        return Outcome(**answer.value)
    number, result = int(key), "hang" if answer.status == "time-out" else "process died"
    case = draw(seed, number)
    return Outcome(number, case.form.name, case.kind, result, str(answer.value), seconds)


class FuzzWork:
    """Reads and judges damaged logs (`collusion.bench.worker`), its temporary files in a folder of its own."""

    def __init__(self) -> None:
        self._top: Path | None = None

    def __call__(self, task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:
        """Judge one damaged log."""
        if self._top is None:
            self._top = Path(tempfile.mkdtemp(dir=task["folder"]))
            self._judge(self._top, task["seed"], 0)  # loads what takes long
        allow(task["seconds"])
        return asdict(self._judge(self._top, task["seed"], task["number"]))

    @staticmethod
    def _judge(top: Path, seed: int, number: int) -> Outcome:
        # All that is left behind among temporary files is then of this process.
        before, tempfile.tempdir = tempfile.tempdir, str(top)
        try:
            with tempfile.TemporaryDirectory() as folder:
                return judged(draw(seed, number), Path(folder))
        finally:
            tempfile.tempdir = before


def keep(outcome: Outcome, seed: int, folder: Path) -> None:
    """Write the files of a failure and its outcome into a folder named by its number."""
    own = folder / f"{outcome.number:06}"
    own.mkdir(parents=True, exist_ok=True)
    write(draw(seed, outcome.number), own)
    (own / "outcome.json").write_text(json.dumps({"seed": seed, **asdict(outcome)}, indent=1) + "\n", encoding="utf-8")


def tables(outcomes: Sequence[Outcome]) -> list[Table]:
    """Return the tables by damage, by format, and of failures."""
    made: list[Table] = []
    for title, name in (("By damage", "kind"), ("By format", "form")):
        rows = [(*key, *figures) for key, figures in _figures(outcomes, name)]
        made.append((title, (title.split()[1], "files", REFUSED, "tables", "failures", "slowest, s"), rows))
    bad = [(str(one.number), one.form, one.kind, one.result, one.detail[:100]) for one in outcomes if one.failed]
    made.append(("Failures", ("number", "format", "damage", "result", "detail"), bad))
    return made


def write_tables(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write fuzz.csv: figures by format and damage."""
    folder.mkdir(exist_ok=True)
    header = ("format", "damage", "files", "input_errors", "tables", "failures", "slowest_seconds")
    rows = ((*key, *(cell.replace(",", "") for cell in figures)) for key, figures in _figures(outcomes, "form", "kind"))
    (folder / "fuzz.csv").write_bytes(csv_text(header, rows).encode())


def _figures(outcomes: Sequence[Outcome], *names: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the figures of the outcomes that are alike in these fields, with what they have in common."""
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(tuple(getattr(one, name) for name in names), []).append(one)
    for key, of in sorted(groups.items()):
        counts = (len(of), *(sum(one.result == result for one in of) for result in (REFUSED, TABLE)), sum(one.failed for one in of))
        yield key, (*(f"{n:,}" for n in counts), f"{max(one.seconds for one in of):.2f}")
