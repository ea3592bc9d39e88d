"""What the terminal shows: plain words on stderr, one JSON object on stdout, and no control character from any file."""

from __future__ import annotations

import json
import logging
import sys
import time
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collusion.cli.streams import survives

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Terminal", "neutral"]

PLAIN_SECONDS = 10.0
"""Least time between two lines of one stage where there is no terminal to draw a bar on."""


def neutral(text: str, keep: str = "\n") -> str:
    r"""Return text without characters that steer a terminal, each written as its escape (``\x1b``).

    Ids and file content are written by the accused. Control and format characters (colours, cursor moves, reversed writing, zero
    width) and lone surrogates go; those in ``keep`` stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else _escape(c) for c in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


class _NeutralFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return neutral(super().format(record))


@dataclass
class Terminal:
    """Where a command speaks.

    Parameters
    ----------
    quiet : bool
        Errors only.
    verbose : int
        0: warnings of the log; 1: information and tracebacks; 2: everything.
    """

    quiet: bool = False
    verbose: int = 0
    _last: float = field(default=0.0, repr=False)

    def configure_logging(self) -> None:
        """Send the library's log to stderr; the only place that configures it."""
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_NeutralFormatter("%(levelname)s %(name)s: %(message)s"))
        level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(self.verbose, 2)]
        log = logging.getLogger("collusion")
        log.handlers = [handler]
        log.setLevel(level)
        log.propagate = False

    def say(self, text: str) -> None:
        """Print to stderr, unless quiet."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """Print to stderr, quiet or not."""
        with survives(sys.stderr):
            sys.stderr.write(neutral(text) + "\n")
            sys.stderr.flush()

    def result(self, value: Mapping[str, object]) -> None:
        """Print one JSON object to stdout; what is not ASCII is escaped, so any terminal and encoding can take it."""
        self.text(json.dumps(value, indent=1, ensure_ascii=True, allow_nan=False))

    def text(self, text: str) -> None:
        """Print text that was asked for to stdout."""
        with survives(sys.stdout):
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        numbers: Collection[str] = (),
        gap: int = 2,
        to_stdout: bool = False,
    ) -> None:
        """Print a table: to stderr unless quiet, or to stdout if it is what was asked for.

        Parameters
        ----------
        header : sequence of str
        rows : sequence of sequence of str
        numbers : collection of str
            Columns that are aligned to the right.
        gap : int, default 2
            Blanks between two columns.
        to_stdout : bool, default False
        """
        if self.quiet and not to_stdout:
            return
        from rich.console import Console  # noqa: PLC0415  # rich costs .05 s, which `--help` must not pay
        from rich.table import Table  # noqa: PLC0415  # as above
        from rich.text import Text  # noqa: PLC0415  # as above

        # No frame: nine short columns then fit into 80 characters, and a script can cut the lines.
        grid = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False)
        for name in header:
            grid.add_column(Text(name), overflow="fold", justify="right" if name in numbers else "left")
        for row in rows:
            grid.add_row(*(Text(neutral(cell, keep="")) for cell in row))

        class Survivor(Console):
            """A console that raises what its own way of ending the program would hide."""

            def on_broken_pipe(self) -> None:
                self.quiet = True
                raise BrokenPipeError

        with survives(sys.stdout if to_stdout else sys.stderr):
            Survivor(stderr=not to_stdout, markup=False, highlight=False, emoji=False).print(grid)

    @staticmethod
    def width() -> int:
        """Return how many characters a line of stderr has; 80 if it is no terminal."""
        from rich.console import Console  # noqa: PLC0415  # as above

        return Console(stderr=True).width

    @contextmanager
    def progress(self) -> Iterator[Stages]:
        """Show the stages of the work: bars on a terminal, lines elsewhere, nothing when quiet."""
        stages: Stages
        if self.quiet:
            stages = Stages()
        elif sys.stderr.isatty():
            stages = _BarStages()
        else:
            stages = _LineStages(self)
        with stages.shown():
            yield stages


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

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.stage: str | None = None
        self.count = ""
        self.told = 0.0
        self.begun = 0.0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if stage != self.stage:
            self._end(now)
            self.stage, self.begun, self.told = stage, now, now
            self.count = ""
            self.terminal.say(f"{stage} ...")
        if done:
            self.count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        if now - self.told >= PLAIN_SECONDS:
            self.told = now
            self.terminal.say(f"{stage}: {self.count}")

    def _end(self, now: float) -> None:
        if self.stage is not None:
            count = f"{self.count}, " if self.count else ""
            self.terminal.say(f"{self.stage}: {count}{now - self.begun:.1f} s")

    @contextmanager
    def shown(self) -> Iterator[None]:
        yield
        self._end(time.monotonic())


class _BarStages(Stages):
    """One bar a stage, drawn by rich."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415  # only where there is a terminal to draw on
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415  # as above

        self.bars: Bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
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
            self.task = self.bars.add_task(neutral(stage, keep=""), total=total, count="")
        if self.task is not None:
            count = "" if not done else f"{done:,}" if total is None else f"{done:,} of {total:,}"
            self.bars.update(self.task, completed=done, total=total, count=count)

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
