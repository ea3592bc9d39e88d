"""Many tasks in worker processes, their rows on record as soon as they are known, so that a run that was ended goes on."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from collusion.base.errors import CollusionError, InputError
from collusion.bench.processes import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from collusion.bench.processes import Answer

    Progress = Callable[[str, int, int | None], None]

__all__ = ["Record", "Task", "in_order", "results", "run_tasks", "write_whole"]

Row = TypeVar("Row")

NO_LIMIT = 1e9
"""Seconds: some thirty years."""


@dataclass(frozen=True)
class Task:
    """One piece of work: ``value`` is what the worker is given, as JSON, and ``key`` tells it from all other tasks.

    Tasks of one ``batch`` (``key`` where empty) are done one after the other by one process, which may keep what they share. ``seconds``
    and ``memory`` are limits (`collusion.bench.processes.Worker.run`).
    """

    key: str
    value: Mapping[str, Any]
    batch: str = ""
    seconds: float = NO_LIMIT
    memory: float = 0


@dataclass(frozen=True)
class Record(Generic[Row]):
    """Rows on disk, one line of JSON each, which two functions turn into an object of JSON and back."""

    path: Path
    to_json: Callable[[Row], Mapping[str, Any]]
    from_json: Callable[[Mapping[str, Any]], Row]

    def read(self) -> list[Row]:
        """Return the rows; a last line that was cut short is left out.

        Raises
        ------
        InputError
            When a line that is not the last is no such row.
        """
        lines = self.path.read_text(encoding="utf-8").split("\n") if self.path.exists() else [""]
        rows = []
        for number, line in enumerate(lines[:-1], start=1):
            try:
                rows.append(self.from_json(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{self.path}: line {number} is not a row of a benchmark: {error}; remove the line, or use another folder"
                ) from error
        return rows

    def append(self, row: Row) -> None:
        """Add a row: it is on disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(self._line(row))
            file.flush()
            os.fsync(file.fileno())

    def rewrite(self, rows: Iterable[Row]) -> None:
        """Replace all rows, at once or not at all."""
        write_whole(self.path, "".join(map(self._line, rows)))

    def _line(self, row: Row) -> str:
        return json.dumps(self.to_json(row)) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file, at once or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def run_tasks(
    work: str,
    tasks: Sequence[Task],
    row_of: Callable[[str, Answer], Row],
    known: dict[str, Row],
    *,
    stage: str,
    jobs: int,
    record: Record[Row] | None = None,
    progress: Progress | None = None,
) -> Iterator[Row]:
    """Do the tasks that are not known, ``jobs`` processes at a time, and yield the row of each as soon as it is known.

    ``work`` is what `collusion.bench.worker` takes. Batches are started in the order of their first tasks; two tasks with one key are done
    once. ``row_of`` takes key and answer. New rows are added to ``known``, which has the rows by key, and to the record. ``stage`` is the
    name for ``progress``.

    Raises
    ------
    CollusionError
        When a process cannot be started.
    """
    say = progress or (lambda *_: None)
    total = len({task.key for task in tasks})
    batches: dict[str, dict[str, Task]] = defaultdict(dict)
    for task in tasks:
        if task.key not in known:
            batches[task.batch or task.key][task.key] = task
    done = total - sum(map(len, batches.values()))
    say(stage, done, total)
    for key, answer in _answers(work, [list(batch.values()) for batch in batches.values()], jobs):
        row = row_of(key, answer)
        if record is not None:
            record.append(row)
        known[key] = row
        done += 1
        say(stage, done, total)
        yield row


def in_order(tasks: Sequence[Task], known: Mapping[str, Row]) -> list[Row]:
    """Return the rows of tasks that are known, in the order of the tasks."""
    return [known[task.key] for task in tasks if task.key in known]


def results(work: str, tasks: Sequence[Task], *, stage: str, jobs: int, progress: Progress | None = None) -> list[Any]:
    """Do tasks and return their results in the order of the tasks; raises the first error (`Answer.result`)."""
    known: dict[str, Any] = {}
    for _ in run_tasks(work, tasks, lambda _, answer: answer.result(), known, stage=stage, jobs=jobs, progress=progress):
        pass
    return in_order(tasks, known)


def _answers(work: str, batches: Sequence[Sequence[Task]], jobs: int) -> Iterator[tuple[str, Answer]]:
    """Yield keys and answers; a thread per worker process, since waiting for one takes no processor."""
    waiting: queue.SimpleQueue[Sequence[Task]] = queue.SimpleQueue()
    for batch in batches:
        waiting.put(batch)
    said: queue.SimpleQueue[tuple[str, Answer] | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [threading.Thread(target=partial(_work_off, work, waiting, said, stop)) for _ in range(min(jobs, len(batches)))]
    for thread in threads:
        thread.start()
    left = len(threads)
    try:
        while left:
            one = said.get()
            if isinstance(one, BaseException):
                raise CollusionError(f"a benchmark process could not be run: {one}") from one
            if one is None:
                left -= 1
            else:
                yield one
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _work_off(
    work: str,
    waiting: queue.SimpleQueue[Sequence[Task]],
    said: queue.SimpleQueue[tuple[str, Answer] | BaseException | None],
    stop: threading.Event,
) -> None:
    worker: Worker | None = None
    try:
        worker = Worker(work, stop)
        while not stop.is_set():
            try:
                batch = waiting.get_nowait()
            except queue.Empty:
                break
            for task in batch:
                if stop.is_set():
                    return
                answer = worker.run(task.value, task.seconds, task.memory)
                if answer.status == "stopped":
                    return
                said.put((task.key, answer))
    except Exception as error:  # noqa: BLE001  # reported to the thread that waits, which raises it
        said.put(error)
    finally:
        if worker is not None:
            worker.close()
        said.put(None)
