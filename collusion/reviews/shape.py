"""What the records of a delimited text look like, so that one inside a quoted cell can be recognised."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Shape"]

SAMPLE = 200
"""Records whose cells show what each column holds."""

MOST = 0.9
"""Share of the cells of a column that must have a property before the column has it: the quotes in question may damage a few."""

FREE = 0.25
"""Share of absent cells from which on a column may lack a value in any record."""

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")

DIGIT, BLANK = re.compile(r"\d"), re.compile(r"\s")

SPEAKING = 4
"""Columns with a property from which on a record may lack a value that others have."""

PROPERTIES: tuple[Callable[[str], bool], ...] = (
    lambda cell: NUMBER.match(cell) is not None,
    lambda cell: DIGIT.search(cell) is not None,
    lambda cell: BLANK.search(cell) is None,
    lambda cell: cell == cell.strip(),
)
"""What prose between two commas mostly lacks and ids, ratings and times mostly have: being a number, a digit, no blank, no blank at the
ends (in prose a blank follows a comma)."""

LONGER = 2
"""How much longer or shorter than those of the sample a cell of a column without blanks may be."""


@dataclass(frozen=True)
class _Column:
    properties: tuple[Callable[[str], bool], ...]
    shortest: int
    longest: int
    optional: bool

    @classmethod
    def of(cls, cells: Sequence[str]) -> _Column:
        given = [cell for cell in cells if cell]
        held = tuple(one for one in PROPERTIES if given and sum(map(one, given)) >= MOST * len(given))
        lengths = sorted(map(len, given))
        # A cell in ten may be far off, as where a stray quote opens it.
        token = PROPERTIES[2] in held
        shortest, longest = (lengths[len(lengths) // 20], lengths[-1 - len(lengths) // 20]) if token else (0, 0)
        return cls(held, -(-shortest // LONGER), LONGER * longest if token else 0, len(given) <= (1 - FREE) * len(cells))

    def fits(self, cell: str) -> bool:
        if not cell:
            return self.optional or not self.properties
        if self.longest and not self.shortest <= len(cell) <= self.longest:
            return False
        for one in self.properties:  # noqa: SIM110  # a generator would take longer than the tests
            if not one(cell):
                return False
        return True


class Shape:
    """The columns of a text as the first lines behind its header show them."""

    def __init__(self, lines: Iterable[str], delimiter: str, width: int) -> None:
        self._delimiter = delimiter
        self._width = width
        cells: list[list[str]] = [[] for _ in range(width)]
        try:
            for _, row in zip(range(SAMPLE), csv.reader(lines, delimiter=delimiter), strict=False):
                for column, cell in zip(cells, row, strict=False):
                    column.append(cell)
        except csv.Error:
            pass  # what came before it is the sample
        self._columns = [_Column.of(column) for column in cells]
        # Where enough columns speak for a record, it may lack one value.
        self._spare = int(sum(bool(column.properties) for column in self._columns) >= SPEAKING)
        prose = [k for k, column in enumerate(self._columns) if not column.longest]
        self._prose = prose[0] if len(prose) == 1 and self._width > SPEAKING else None

    def fits(self, line: bytes) -> bool:
        """Whether a line with at least as many delimiters as a record has the cells of one, its quotes being ordinary characters."""
        cells = line.decode("utf-8", "replace").split(self._delimiter)
        empty = self._spare
        if (more := len(cells) - self._width) > 0:
            # The quotes of a text that holds delimiters may be lost, too.
            if self._prose is None:
                return False
            behind = self._prose + more + 1
            cells[self._prose : behind] = [self._delimiter.join(cells[self._prose : behind])]
            empty = 0
        if len(cells) != self._width:
            return False
        for column, cell in zip(self._columns, cells, strict=True):
            text = _unquoted(cell)
            if not column.fits(text):
                if text or not empty:
                    return False
                empty -= 1
        return True


def _unquoted(cell: str) -> str:
    """Return a cell without the quotes at its ends: a closing one ends the line that a stray quote swallowed."""
    return cell.removeprefix('"').removesuffix('"')
