"""Text without characters that steer a terminal: ids and file contents are written by the accused."""

from __future__ import annotations

import unicodedata

__all__ = ["neutral"]


def neutral(text: str, keep: str = "\n") -> str:
    r"""Return text without characters that steer a terminal, each written as its escape (``\x1b``).

    Control and format characters (colours, cursor moves, reversed writing, zero width) and lone surrogates are escaped; those in ``keep``
    stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else _escape(c) for c in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
