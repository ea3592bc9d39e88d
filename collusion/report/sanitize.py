"""What the accused write, shown as it is: nothing hidden, nothing that turns the text around it.

Markup is escaped elsewhere (jinja2, `collusion.report.drawing`); here characters that a reader cannot see become text that they can.
"""

from __future__ import annotations

import re

__all__ = ["elide", "label", "sanitize", "stripped"]

# Controls, format characters, surrogates, line and paragraph separators, noncharacters and blank letters (general categories Cc, Cf, Cs,
# Zl, Zp, the Hangul fillers). Written out, so that every Python gives the same bytes whatever its Unicode tables.
_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Spaces that are not the common one, and common ones at the ends, look like nothing or like each other.
_SPACES = r"\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
# A backslash that would read like one of our escapes is escaped itself, so that two different ids never look alike.
_LOOKALIKE = r"\\(?=x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"
_NAME = re.compile(f"[{_HIDDEN}{_SPACES}]|{_LOOKALIKE}|\\A +| +\\Z")
_ANY = re.compile(f"[{_HIDDEN}]")
# Prose keeps line ends and tabs, and the joiners and selectors that Persian, Indic scripts and emoji are written with.
_PROSE = re.compile(f"(?![\\t\\n\\xad\\u200c\\u200d\\ufe00-\\ufe0f])[{_HIDDEN}]|{_LOOKALIKE}")


def sanitize(text: str, *, prose: bool = False) -> str:
    r"""Return text whose hidden characters are written out, as ``\x00`` or ``\u202e``.

    Parameters
    ----------
    text : str
    prose : bool, default False
        Keep line ends, tabs, joiners and variation selectors, as in the text of a review.

    Examples
    --------
    >>> sanitize("a\u202eb")
    'a\\u202eb'
    """
    if text.isascii() and text.isprintable() and "\\" not in text and (prose or text == text.strip(" ")):
        return text
    return (_PROSE if prose else _NAME).sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0][0])
    if code == 0x20:
        return "\\x20" * len(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def elide(text: str, length: int) -> str:
    """Return text of at most ``length`` characters; what is too long loses its middle, since ids often differ at the end."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def label(name: str, length: int = 26) -> str:
    """Return an id as a label in a picture: hidden characters written out, the middle left out where it is long."""
    return elide(sanitize(elide(name, 4 * length)), length)


def stripped(text: str) -> str:
    """Return text without its hidden characters: what is left is safe in any markup, once escaped."""
    return text if text.isascii() and text.isprintable() else _ANY.sub("", text)
