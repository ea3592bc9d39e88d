"""How the library fails: one root, one class for each thing a caller can do about it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "BudgetError",
    "CollusionError",
    "ConfigError",
    "InputError",
    "OutputError",
    "UnknownRingError",
    "did_you_mean",
]


class CollusionError(Exception):
    """Root of every error this library raises on purpose."""


class ConfigError(CollusionError):
    """A parameter, option or configuration key is wrong; nothing was read yet."""


class InputError(CollusionError):
    """The input cannot be used.

    Parameters
    ----------
    problems : sequence of str
        Every problem found, each saying what, where and what to do.
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


class OutputError(CollusionError):
    """The output could not be written; nothing was left behind."""


class BudgetError(CollusionError):
    """The work would not fit the memory budget; nothing was started."""


class UnknownRingError(CollusionError, KeyError):
    """A case has no such ring, or more than one."""

    # A KeyError shows its message as repr does.
    __str__ = Exception.__str__


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return a hint such as ``did you mean 'rating'?`` or the list of what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(names)
