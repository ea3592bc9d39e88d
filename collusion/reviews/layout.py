"""How delimited text is written, as far as the user says so: its delimiter, its quotes, and the names of columns without a header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["QUOTES", "Layout", "layout_problems"]

QUOTES = ("double", "none")
"""``double``: a cell may stand in double quotes, and then holds whatever lies between them. ``none``: quotes are ordinary characters."""

SPELLED = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "\\x1f": "\x1f", "\\x01": "\x01"}
"""Delimiters that are awkward to type, and words for them."""


@dataclass(frozen=True)
class Layout:
    """What the user says about delimited text; the file shows the rest.

    Parameters
    ----------
    delimiter : str, optional
        Between two cells: one character or several, or a word such as ``tab``. Recognised from the first line where None.
    quote : {"double", "none"}, optional
        ``double`` also where None, but then lines inside a quoted cell that look like records are an error.
    columns : tuple of str
        Names of the columns of a file without a header line; empty where there is one.
    """

    delimiter: str | None = None
    quote: str | None = None
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, delimiter: str | None = None, quote: str | None = None, columns: Sequence[str] | None = None) -> Layout:
        """Return a checked layout; raise ConfigError naming all problems."""
        if wrong := layout_problems(delimiter, quote, columns):
            raise ConfigError("\n".join(wrong))
        return cls(None if delimiter is None else SPELLED.get(delimiter, delimiter), quote, tuple(columns or ()))


def layout_problems(delimiter: object, quote: object, columns: object) -> list[str]:
    """Return what is wrong with the parts of a layout."""
    wrong = []
    if delimiter is not None and not _is_delimiter(delimiter):
        wrong.append(
            f"delimiter must be one character or a few, without quotes, digits, letters and line ends, such as ';', or a word "
            f"({', '.join(word for word in SPELLED if word.isalpha())}), not {delimiter!r}"
        )
    if quote is not None and quote not in QUOTES:
        wrong.append(f"quote must be one of {', '.join(QUOTES)}, not {quote!r}")
    if columns is not None:
        names = list(columns) if isinstance(columns, (list, tuple)) else None
        if names is None or not all(isinstance(name, str) and name for name in names):
            wrong.append(f"columns must be a list of names, in the order of the columns of the file, not {columns!r}")
        else:
            wrong += [f"columns names {name!r} more than once" for name in sorted({name for name in names if names.count(name) > 1})]
    return wrong


def _is_delimiter(text: object) -> bool:
    if not isinstance(text, str):
        return False
    text = SPELLED.get(text, text)
    return 0 < len(text) <= 8 and text.isascii() and not any(mark in '"\r\n\0' or mark.isalnum() for mark in text)
