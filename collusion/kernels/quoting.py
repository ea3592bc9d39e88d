"""Whether the quotes of delimited text are well formed, in one pass over its bytes."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare

__all__ = ["QuoteCheck"]

START, PLAIN, QUOTED, CLOSED, BROKEN = 0, 1, 2, 3, 4
"""At the start of a cell; inside a plain one; inside a quoted one; behind a closing quote (or the first of two); malformed."""


@bare
def _scan(data, delimiter, state):
    for byte in data:
        if state == QUOTED:
            if byte == 34:
                state = CLOSED
        elif byte == delimiter or byte == 10 or byte == 13:
            state = START
        elif byte == 34 and state != PLAIN:
            # At the start of a cell a quote opens it; right behind a closing quote it is a doubled one, and the cell goes on.
            state = QUOTED
        elif state == CLOSED:
            return BROKEN
        else:
            state = PLAIN
    return state


class QuoteCheck:
    """Follows the quotes of a text over any number of blocks.

    A quote opens a cell only as its first byte; within a plain cell it is an ordinary character, as in ``5" wide``. Parsers accept one that
    is never closed, and characters behind a closing quote, by swallowing line ends: rows would vanish without a word. O(bytes).

    Parameters
    ----------
    delimiter : str
        One ASCII character.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = ord(delimiter)
        self._state = START

    def add(self, block: bytes) -> None:
        """Read on over the next bytes."""
        if self._state == BROKEN or (b'"' not in block and self._state in (START, PLAIN)):
            if self._state != BROKEN and len(block):
                self._state = START if block[-1] in (self._delimiter, 10, 13) else PLAIN
            return
        self._state = int(_scan(np.frombuffer(block, dtype=np.uint8), self._delimiter, self._state))

    @property
    def sound(self) -> bool:
        """Whether, if the text ended here, every quote would be closed and every closing quote would end its cell."""
        return self._state not in (QUOTED, BROKEN)
