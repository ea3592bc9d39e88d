"""How notes and errors of the reader are worded: plurals, and words of the log quoted so that they can do no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["COLUMNS", "EXAMPLES", "FILES", "listed", "plural", "quoted", "verb"]

EXAMPLES, COLUMNS, FILES = " Examples: ", " Columns: ", " Files: "
"""What a note quotes of the log comes last, behind one of these, so that it can be cut where names must not be shown
(`collusion.privacy`)."""

LONGEST = 60
"""Characters of an id or a name that a note shows."""

MOST = 12
"""Names that a note lists."""


def plural(number: int, noun: str, several: str = "") -> str:
    """Return text such as ``1 row``, ``2,000 rows``; ``several`` where the plural is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def verb(number: int, one: str, several: str) -> str:
    """Return the form of a verb for so many."""
    return one if number == 1 else several


def quoted(text: str) -> str:
    r"""Return text in quotes, with escapes for what cannot be seen: ``'u1\u200b'``."""
    return repr(text if len(text) <= LONGEST else text[: LONGEST - 3] + "...")


def listed(names: Iterable[str]) -> str:
    """Return names in quotes, the first `MOST` of them."""
    every = list(names)
    rest = f" and {len(every) - MOST:,} more" if len(every) > MOST else ""
    return ", ".join(map(repr, every[:MOST])) + rest
