"""Many damaged logs, each read in a process of its own under a limit of time, and judged."""

from __future__ import annotations

import csv
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from collusion.bench.fuzz_judge import REFUSED, TABLE, Outcome, judged, write
from collusion.bench.fuzz_mutations import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

__all__ = ["REFUSED", "SECONDS", "TABLE", "Worker", "fuzz", "keep", "tables", "write_tables"]

SECONDS = 20.0
"""That one file may take."""

START_SECONDS = 120.0
"""That a process may take to start: it may have to compile kernels."""


def fuzz(
    numbers: Sequence[int],
    seed: int,
    *,
    seconds: float = SECONDS,
    jobs: int = 1,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Iterator[Outcome]:
    """Yield what became of each of these damaged logs, in their order; a process that hangs or dies is a failure, and another one goes on.

    ``jobs`` is how many processes read at a time; it changes no result.
    """
    with tempfile.TemporaryDirectory(prefix="collusion-fuzz-") as folder, ThreadPoolExecutor(jobs) as pool:
        free: SimpleQueue[Worker] = SimpleQueue()
        workers = [Worker(seed, Path(folder), seconds) for _ in range(jobs)]
        for worker in workers:
            free.put(worker)

        def judge(number: int) -> Outcome:
            worker = free.get()
            try:
                return worker.judge(number)
            finally:
                free.put(worker)

        try:
            for k, outcome in enumerate(pool.map(judge, numbers), start=1):
                yield outcome
                if progress is not None:
                    progress("files", k, len(numbers))
        finally:
            pool.shutdown(cancel_futures=True)
            for worker in workers:
                worker.end()


class Worker:
    """A process that reads and judges one damaged log after another."""

    def __init__(self, seed: int, folder: Path, seconds: float) -> None:
        self._seed, self._folder, self._seconds = seed, folder, seconds
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_work, args=(there, self._seed, str(self._folder)), daemon=True)
        self._process.start()
        there.close()
        if not self._pipe.poll(START_SECONDS):
            self.end()
            raise TimeoutError(f"the process that reads did not start in {START_SECONDS:g} s")
        self._pipe.recv_bytes()

    def judge(self, number: int) -> Outcome:
        """Return what became of a damaged log."""
        result, detail = "hang", f"not done after {self._seconds:g} s"
        try:
            self._pipe.send_bytes(str(number).encode())
            if self._pipe.poll(self._seconds):
                return Outcome(**json.loads(self._pipe.recv_bytes()))
        except (EOFError, OSError):
            self._process.join(1)
            result, detail = "process died", f"exit code {self._process.exitcode}"
        self.end()
        self._start()
        case = draw(self._seed, number)
        return Outcome(number, case.form.name, case.kind, result, detail, self._seconds)

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _work(pipe: Connection, seed: int, top: str) -> None:
    """Judge the logs whose numbers come through the pipe, until it is closed."""
    # Whatever is left behind among temporary files is then this process's.
    tempfile.tempdir = tempfile.mkdtemp(dir=top)
    _one(seed, 0, Path(top))  # loads and compiles what takes long
    pipe.send_bytes(b"ready")
    while True:
        try:
            number = int(pipe.recv_bytes())
        except EOFError:
            return
        pipe.send_bytes(json.dumps(asdict(_one(seed, number, Path(top)))).encode())


def _one(seed: int, number: int, top: Path) -> Outcome:
    with tempfile.TemporaryDirectory(dir=top) as folder:
        return judged(draw(seed, number), Path(folder))


def keep(outcome: Outcome, seed: int, folder: Path) -> None:
    """Write the files of a failure, and what is wrong with it, into a folder named by its number."""
    own = folder / f"{outcome.number:06}"
    own.mkdir(parents=True, exist_ok=True)
    write(draw(seed, outcome.number), own)
    (own / "outcome.json").write_text(json.dumps({"seed": seed, **asdict(outcome)}, indent=1) + "\n", encoding="utf-8")


def tables(outcomes: Sequence[Outcome]) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Return title, header and rows of the tables by damage, by format, and of failures."""
    made: list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]] = []
    for title, name in (("By damage", "kind"), ("By format", "form")):
        groups: dict[str, list[Outcome]] = {}
        for one in outcomes:
            groups.setdefault(getattr(one, name), []).append(one)
        rows = [(key, *_figures(groups[key])) for key in sorted(groups)]
        made.append((title, (title.split()[1], "files", REFUSED, "tables", "failures", "slowest, s"), rows))
    bad: list[tuple[str, ...]] = [(str(one.number), one.form, one.kind, one.result, one.detail[:100]) for one in outcomes if one.failed]
    made.append(("Failures", ("number", "format", "damage", "result", "detail"), bad))
    return made


def write_tables(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write fuzz.csv: figures by format and damage."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((one.form, one.kind), []).append(one)
    folder.mkdir(exist_ok=True)
    with (folder / "fuzz.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("format", "damage", "files", "input_errors", "tables", "failures", "slowest_seconds"))
        writer.writerows((*key, *(cell.replace(",", "") for cell in _figures(groups[key]))) for key in sorted(groups))


def _figures(of: Sequence[Outcome]) -> tuple[str, ...]:
    refused, read = (sum(one.result == result for one in of) for result in (REFUSED, TABLE))
    return (f"{len(of):,}", f"{refused:,}", f"{read:,}", f"{sum(one.failed for one in of):,}", f"{max(one.seconds for one in of):.2f}")
