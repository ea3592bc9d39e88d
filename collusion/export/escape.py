"""Text of the log, made harmless for each format: ids and file names are written by the accused and never trusted."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["cell", "number", "shortest", "uncell", "xml_text"]

# A sheet takes a cell that begins with one of these, or their full-width forms, for a formula, some after blanks and quotes too (OWASP, CSV
# injection); an apostrophe before it makes it text.
_MARKS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_BLANKS = r"\s\"'\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff"
_FORMULA = re.compile(f"[{_BLANKS}]*+[{_MARKS}]|[\t\r\n']")
# Where sheets split on semicolons or tabs, as Excel does in half of Europe, no quote of ours is one, and a cell begins after each of these.
_SPLITS = ";|\t\r\n"
_WITHIN = re.compile(f"[{_BLANKS}{_SPLITS}]++")
# What UTF-8 cannot encode, the one character at which readers of CSV stop, and text that looks like an escape.
_NOT_CSV = re.compile(r"[\x00\ud800-\udfff]|\\(?=x(?:00|09|0a|0d|3b|5c|7c)|ud[89a-f][0-9a-f]{2})")
_WRITTEN = re.compile(r"\\x(00|09|0a|0d|3b|5c|7c)|\\u(d[89a-f][0-9a-f]{2})")
_MARK = re.compile(f"[{_MARKS}]")
_SPLIT = re.compile(f"[{_SPLITS}]")
_NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|\\(?=x[0-9a-f]{2}|u[0-9a-f]{4})")


def cell(text: str) -> str:
    r"""Return text that a spreadsheet shows and never computes, whatever it splits lines on; `uncell` gives the text back. Linear in time.

    An apostrophe goes before text that begins with ``= + - @`` (after blanks and quotes too), tab, carriage return or line feed, and before
    text that begins with an apostrophe, so that the two differ. Within the text, a semicolon, bar, tab, carriage return or line
    feed that such a mark follows is written out (``\x3b``), and so are NUL and lone surrogates (``\x00``, ``\ud800``), and a backslash that
    would read like one of these (``\x5c``).
    """
    held = _WITHIN.sub(_unsplit, _NOT_CSV.sub(_written_out, text))
    return "'" + held if _FORMULA.match(text) else held


def _unsplit(run: re.Match[str]) -> str:
    """Write out what splits in a run of blanks that a mark follows."""
    follows = run.string[run.end() : run.end() + 1]
    return _SPLIT.sub(_written_out, run[0]) if follows and _MARK.match(follows) else run[0]


def uncell(text: str) -> str:
    """Return what `cell` was given: without the apostrophe at the front, and with the characters that were written out."""
    return _WRITTEN.sub(lambda found: chr(int(found[1] or found[2], 16)), text.removeprefix("'"))


def xml_text(text: str) -> str:
    r"""Return text that XML 1.0 can hold: characters that it cannot, and backslashes that look alike, as ``\x00`` or ``\ud800``."""
    return _NOT_XML.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shortest(value: np.float32) -> float:
    """Return the double that prints as the single does: 4.3, not 4.300000190734863."""
    return float(str(value))


def number(value: float | None) -> float | None:
    """Return a finite number, or None for what JSON has no word for."""
    return None if value is None or not math.isfinite(value) else float(value)
