"""What the terminal shows of the progress of a run: bars on a terminal, lines elsewhere, log records where a log is asked for."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from collusion.cli.neutral import neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["LABELS", "Stages", "stages_of"]

LABELS = {
    "read": "reading rows",
    "find": "searching for groups",
    "expand": "expanding shuffled logs",
    "null": "searching shuffled logs",
    "evidence": "testing groups",
    "power": "estimating what would be found",
    "write": "writing files",
    "simulate": "simulating reviews",
    "reveal reviewers": "comparing reviewers",
    "reveal products": "comparing products",
}
"""What each stage of a run does, in words."""

PLAIN_SECONDS = 10.0
"""Least time between two lines of one stage where there is no terminal to draw a bar on."""

logger = logging.getLogger(__name__)


def _label(stage: str) -> str:
    return LABELS.get(stage, stage)


def _count(done: int, total: int | None) -> str:
    return "" if not done else f"{done:,}" if total is None else f"{done:,} of {total:,}"


class Stages:
    """Takes the progress of the pipeline (`collusion.pipeline.Progress`) and shows nothing of it."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note of how far a stage is."""

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show what there is to show until the work ends."""
        yield


class _LineStages(Stages):
    """One line when a stage begins, one when it ends, and one every `PLAIN_SECONDS` in between."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.stage: str | None = None
        self.count = ""
        self.last = 0.0
        self.begun = 0.0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if stage != self.stage:
            self._end(now)
            self.stage, self.begun, self.last = stage, now, now
            self.count = ""
            self.say(f"{_label(stage)} ...")
        self.count = _count(done, total) or self.count
        if now - self.last >= PLAIN_SECONDS:
            self.last = now
            self.say(f"{_label(stage)}: {self.count}")

    def _end(self, now: float) -> None:
        if self.stage is not None:
            count = f"{self.count}, " if self.count else ""
            self.say(f"{_label(self.stage)}: {count}{now - self.begun:.1f} s")

    @contextmanager
    def shown(self) -> Iterator[None]:
        yield
        self._end(time.monotonic())


class _LogStages(Stages):
    """A log record every `PLAIN_SECONDS`. The pipeline itself logs when a stage begins and ends."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done and now - self.last >= PLAIN_SECONDS:
            self.last = now
            logger.info("%s: %s", _label(stage), _count(done, total), extra={"stage": stage, "done": done, "total": total})


class _BarStages(Stages):
    """One bar per stage, drawn by rich."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415  # only where there is a terminal to draw on
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415  # as above

        self.bars: Bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=25),  # with the longest label and count a line has 80 characters
            TextColumn("{task.fields[count]}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True, markup=False, highlight=False, emoji=False),
        )
        self.stage: str | None = None
        self.task: TaskID | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage != self.stage:
            self._end()
            self.stage = stage
            self.task = self.bars.add_task(neutral(_label(stage), keep=""), total=total, count="")
        if self.task is not None:
            self.bars.update(self.task, completed=done, total=total, count=_count(done, total))

    def _end(self) -> None:
        if self.task is not None:
            # A stage whose end was not announced is over when the next begins.
            end = self.bars.tasks[-1].total or self.bars.tasks[-1].completed or 1
            self.bars.update(self.task, completed=end, total=end)

    @contextmanager
    def shown(self) -> Iterator[None]:
        with self.bars:
            yield
            self._end()


def stages_of(say: Callable[[str], None], *, quiet: bool, logged: bool) -> Stages:
    """Return how progress is shown: not at all if quiet, as log records, as bars on a terminal, as lines elsewhere."""
    if quiet:
        return Stages()
    if logged:
        return _LogStages()
    return _BarStages() if sys.stderr.isatty() else _LineStages(say)
