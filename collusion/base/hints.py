"""Options that a message proposes, in the form in which the reader can use them: as Python by default, as an option of a command there.

A message holds the Python form between backticks, as in ``Name it with `map={"timestamp": "Posted On"}`.`` The command line translates its
messages with `for_command_line`, so that the same reads ``Name it with --map 'timestamp=Posted On'.``
"""

from __future__ import annotations

import ast
import csv
import io
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["for_command_line", "hint"]

OPTIONS = (
    "map",
    "columns",
    "delimiter",
    "dialect",
    "quote",
    "time_unit",
    "time_format",
    "link",
    "memory",
    "threads",
    "role",
    "log",
    "again",
    "reviewers",
    "products",
    "file",
    "ring",
    "case",
)

_HINT = re.compile(rf"`({'|'.join(OPTIONS)})=([^`\n]*)`")


def hint(option: str, value: object = ...) -> str:
    """Return an option with a value, as Python has it; ``...`` stands for a value that the reader has to find.

    Examples
    --------
    >>> print(hint("map", {"timestamp": "Posted On"}), hint("quote", "none"), hint("time_unit"))
    `map={"timestamp": "Posted On"}` `quote="none"` `time_unit=...`
    """
    return f"`{option}={_literal(value)}`"


def _literal(value: object) -> str:
    if value is ...:
        return "..."
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, str) and '"' not in value:
        # As repr, in double quotes: with an apostrophe in front it takes these.
        return ('"' + repr("'" + value)[2:]).replace("`", "\\x60")
    return repr(value).replace("`", "\\x60")


def for_command_line(message: str) -> str:
    """Return a message with its options as a shell takes them.

    Examples
    --------
    >>> for_command_line('Name it with `map={"timestamp": "Posted On"}`.')
    "Name it with --map 'timestamp=Posted On'."
    """
    return _HINT.sub(_option, message)


def _option(found: re.Match[str]) -> str:
    name = f"--{found[1].replace('_', '-')}"
    try:
        value = ast.literal_eval(found[2])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return found[0]  # text of the log that looks alike
    if value is ... or value is True:
        return name
    if isinstance(value, dict):
        return f"{name} {_quoted(_words(f'{key}={one}' for key, one in value.items()))}"
    return f"{name} {_quoted(_words(value) if isinstance(value, list) else str(value))}"


def _words(values: Iterable[object]) -> str:
    """Return words for an option that holds several, each in double quotes where it has commas, quotes or outer blanks."""
    found = [str(value) for value in values]
    out = io.StringIO()
    blank = any(part != part.strip() for one in found for part in one.split("=", 1))
    csv.writer(out, quoting=csv.QUOTE_ALL if blank else csv.QUOTE_MINIMAL, lineterminator="").writerow(found)
    return out.getvalue()


def _quoted(text: str) -> str:
    quoted = shlex.quote(text)
    return f"'{text}'" if quoted == text and "%" in text else quoted
