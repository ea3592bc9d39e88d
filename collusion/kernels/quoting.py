"""Whether the quotes of delimited text are well formed, and which lines they hide, in one pass over its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.door import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from collusion.kernels.arrays import Int64s, UInt8s


__all__ = ["Hidden", "QuoteCheck"]

START, PLAIN, QUOTED, CLOSED, BROKEN = 0, 1, 2, 3, 4
"""At the start of a cell; inside a plain one; inside a quoted one; behind a closing quote (or the first of two); malformed."""

STATE, OPENED, LAST = 0, 1, 2
"""Entries of the scanner's memory: one of the five states; the position of the quote that opened last, negative before the block; and the
last byte before the block."""

LONGEST = 1 << 16
"""Bytes of a line that may be a record."""

MAX_LINES = 10_000
"""Lines of which the number is worked out; of further ones they are those before."""

Hidden = tuple[int, int]
"""A line inside a quoted cell that looks like a record, and the line whose quote opens the cell."""


@kernel("follow_quotes")
def _scan(data: UInt8s, delimiter: int, wanted: int, memory: Int64s, found: Int64s) -> int:
    """Fill ``found`` with lines that begin inside a quoted cell and have at least ``wanted`` delimiters; return how many.

    Each is its first byte, the byte behind it, and that of the quote. A line without an end counts whatever it contains. O(bytes).
    """


class QuoteCheck:
    """Follows the quotes of a text over any number of blocks.

    A quote opens a cell only as its first byte; within a plain cell it is an ordinary character, as in ``5" wide``. Parsers accept one that
    is never closed, and characters behind a closing quote, by swallowing line ends: rows would vanish silently. So would the rows
    between two stray quotes, in which nothing is malformed: lines inside a quoted cell that look like records are noted. O(bytes).

    Parameters
    ----------
    delimiter : str
        One ASCII character.
    width : int, default 0
        Cells of a record; below 2, no line is looked at.
    like : callable, optional
        Whether a line with at least as many delimiters as a record looks like one.
    """

    def __init__(self, delimiter: str, width: int = 0, like: Callable[[bytes], bool] | None = None) -> None:
        self._delimiter = delimiter.encode()
        self._wanted = width - 1 if width > 1 and like is not None else 0
        self._like = like
        self._memory = np.array([START, 0, 10], np.int64)
        self._room = np.empty((0, 3), np.int64)
        self._lines = 1
        self._end = b""
        self._opened: tuple[int, bytes | None] = (0, None)
        self._rest: bytes | None = None
        self.hidden: list[Hidden] = []
        """Lines inside quoted cells that look like records, in their order."""

    def add(self, block: bytes, feeds: int | None = None, returns: int | None = None) -> None:
        """Read on over the next bytes, which contain so many line feeds and carriage returns (counted where not given)."""
        memory = self._memory
        if memory[STATE] == BROKEN or not block:
            return
        feeds = block.count(b"\n") if feeds is None else feeds
        returns = block.count(b"\r") if returns is None else returns
        if not self._end and feeds + returns:
            self._end = b"\n" if feeds else b"\r"
        if self._rest is not None:
            self._go_on(block)
        if b'"' not in block and memory[STATE] in (START, PLAIN):
            memory[STATE] = START if block[-1:] in (self._delimiter, b"\n", b"\r") else PLAIN
        else:
            self._follow(block, self._end)
        self._lines += feeds if self._end == b"\n" else returns
        memory[LAST] = block[-1]

    def _follow(self, block: bytes, end: bytes) -> None:
        memory = self._memory
        most = len(block) // self._wanted + 2 if self._wanted else 0
        if len(self._room) < most:
            self._room = np.empty((most, 3), np.int64)  # pages of it take no memory until they are written
        memory[OPENED] = -1
        found = _scan(np.frombuffer(block, np.uint8), ord(self._delimiter), self._wanted, memory, self._room)
        for begin, stop, opened in self._room[:found].tolist():
            if stop == len(block):
                self._rest = block[begin:]
            elif self._like is not None and self._like(text := block[begin:stop]) and self._alone(text, block, opened):
                self._note(self._line(block, begin, end), self._opened[0] if opened < 0 else self._line(block, opened, end))
        if self._wanted and memory[OPENED] >= 0 and (self._rest is not None or memory[STATE] in (QUOTED, CLOSED)):
            opened = int(memory[OPENED])
            self._opened = (self._line(block, opened, end), self._first(block, opened))

    def _first(self, block: bytes, opened: int) -> bytes | None:
        """Return the line that begins with a quote, none of it where it goes on in the next block; None where the quote begins no line."""
        if opened < 0:
            return self._opened[1]
        if (block[opened - 1] if opened else self._memory[LAST]) not in (10, 13):
            return None
        ends = [at for mark in (b"\n", b"\r") if (at := block.find(mark, opened, opened + LONGEST)) >= 0]
        return block[opened : min(ends, default=opened)]

    def _line(self, block: bytes, at: int, end: bytes) -> int:
        return self.hidden[-1][0] if len(self.hidden) >= MAX_LINES else self._lines + (block.count(end, 0, at) if end else 0)

    def _alone(self, text: bytes, block: bytes, opened: int) -> bool:
        """Whether a line that looks like a record is not merely the end of a text in the first column.

        Such a text ends, over several lines, in a line that has all other cells: there its first line decides, too.
        """
        first = self._first(block, opened) if b'"' in text else None
        return first is None or (self._like is not None and self._like(first))

    def _go_on(self, block: bytes) -> None:
        """Look at a line inside a quoted cell that began in an earlier block, where it ends in this one."""
        rest = self._rest or b""
        ends = [at for mark in (b"\n", b"\r") if (at := block.find(mark, 0, LONGEST)) >= 0]
        if not ends:
            self._rest = rest + block if len(rest) + len(block) <= LONGEST else None
            return
        self._rest = None
        text = rest + block[: min(ends)]
        if self._like is not None and text.count(self._delimiter) >= self._wanted and self._like(text) and self._alone(text, block, -1):
            self._note(self._lines, self._opened[0])

    def _note(self, line: int, opened: int) -> None:
        self.hidden.append((line, opened))

    def end(self) -> None:
        """Look at the last line, which may have no line end."""
        if self._rest is not None:
            self._go_on(b"\n")

    @property
    def sound(self) -> bool:
        """Whether, if the text ended here, every quote would be closed and every closing quote would end its cell."""
        return self._memory[STATE] not in (QUOTED, BROKEN)
