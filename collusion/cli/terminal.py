"""What the terminal shows: plain words on stderr, one JSON object on stdout, and no control character from any file."""

from __future__ import annotations

import json
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.cli.logs import LOG_FORMATS, configure, json_line
from collusion.cli.neutral import neutral
from collusion.cli.progress import Stages, stages_of
from collusion.cli.streams import ignore_closed_pipe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

__all__ = ["Terminal"]

LOGGER = "collusion.cli"
"""Under which name messages of the program itself are logged."""


@dataclass
class Terminal:
    """Where a command writes: warnings and errors only if ``quiet``, tracebacks too if ``verbose`` is 1 and everything if it is 2.

    With the ``log_format`` json everything on stderr is one JSON object per line. Raises ConfigError where the format is unknown.
    """

    quiet: bool = False
    verbose: int = 0
    log_format: str = "text"

    def __post_init__(self) -> None:
        if self.log_format not in LOG_FORMATS:
            raise ConfigError(f"--log-format: there is no format {self.log_format!r}; {did_you_mean(self.log_format, LOG_FORMATS)}")

    @property
    def is_json(self) -> bool:
        """Whether stderr is read by a program."""
        return self.log_format == "json"

    def configure_logging(self) -> None:
        """Send the library's log to stderr."""
        configure(self.verbose, self.log_format, quiet=self.quiet)

    def say(self, text: str, **fields: object) -> None:
        """Print to stderr, unless quiet. A JSON record has the fields, too."""
        if not self.quiet:
            self._write("INFO", text, fields)

    def warn(self, text: str) -> None:
        """Print a warning to stderr, quiet or not."""
        self._write("WARNING", text if self.is_json else f"warning: {text}")

    def complain(self, text: str) -> None:
        """Print an error to stderr, quiet or not."""
        self._write("ERROR", text)

    def _write(self, level: str, text: str, fields: Mapping[str, object] | None = None) -> None:
        line = json_line(level, LOGGER, text.removeprefix("Error: "), fields) if self.is_json else neutral(text)
        with ignore_closed_pipe(sys.stderr):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    def paragraph(self, text: str, start: str = "") -> None:
        """Print a text to stderr, unless quiet, broken into lines at the width of the terminal; ``start`` goes before the first."""
        if self.is_json:
            self.say(text)
        else:
            line = neutral(start + text, keep="")
            self.say(textwrap.fill(line, self.width(), subsequent_indent=" " * len(start), break_long_words=False, break_on_hyphens=False))

    def result(self, value: Mapping[str, object]) -> None:
        """Print one JSON object to stdout; what is not ASCII is escaped, so any terminal and encoding can take it."""
        self.text(json.dumps(value, indent=1, ensure_ascii=True, allow_nan=False))

    def prose(self, text: str) -> None:
        """Print paragraphs that were asked for to stdout, each filled to the width of the terminal."""
        width = self.width()
        for paragraph in text.split("\n\n"):
            whole = " ".join(paragraph.split())
            self.text(textwrap.fill(neutral(whole), width, break_long_words=False, break_on_hyphens=False) + "\n")

    def text(self, text: str) -> None:
        """Print text that was asked for to stdout."""
        with ignore_closed_pipe(sys.stdout):
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
        """Print a table: to stderr unless quiet or read by a program, or to stdout if it is what was asked for.

        Columns of ``numbers`` are aligned to the right; ``gap`` is how many blanks are between two columns.
        """
        if (self.quiet or self.is_json) and not to_stdout:
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

        with ignore_closed_pipe(sys.stdout if to_stdout else sys.stderr):
            Survivor(stderr=not to_stdout, markup=False, highlight=False, emoji=False).print(grid)

    @staticmethod
    def width() -> int:
        """Return how many characters a line of stderr has; 80 if it is no terminal."""
        from rich.console import Console  # noqa: PLC0415  # as above

        return Console(stderr=True).width

    @contextmanager
    def progress(self) -> Iterator[Stages]:
        """Show the stages of the work: bars on a terminal, lines elsewhere, log records where the log is shown, nothing when quiet."""
        stages = stages_of(self.say, quiet=self.quiet, logged=self.is_json or self.verbose > 0)
        with stages.shown():
            yield stages
