"""What is wrong with a parameter, in words: each check returns its problems, and `refuse` raises all of them at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

from collusion.base.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["flag", "number", "one_of", "refuse", "whole"]


def whole(key: str, value: object, least: int, most: int | None = None, *, optional: bool = False) -> list[str]:
    """Return what is wrong with a whole number; None is also fine where it is optional."""
    if optional and value is None:
        return []
    if isinstance(value, int) and not isinstance(value, bool) and least <= value and (most is None or value <= most):
        return []
    span = f"of at least {least}" if most is None else f"from {least} to {most}"
    return [f"{key} must be a whole number {span}{', or left out' if optional else ''}, not {value!r}"]


def number(
    key: str, value: object, above: float = -math.inf, up_to: float = math.inf, *, least: float = -math.inf, below: float = math.inf
) -> list[str]:
    """Return what is wrong with a finite number that must be within bounds."""
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and above < value <= up_to
        and least <= value < below
    ):
        return []
    words = (("above", above), ("at least", least), ("below", below), ("at most", up_to))
    bounds = " and ".join(f"{word} {bound:g}" for word, bound in words if math.isfinite(bound))
    expected = f"a number {'of ' if bounds.startswith('at ') else ''}{bounds}" if bounds else "a finite number"
    return [f"{key} must be {expected}, not {value!r}"]


def flag(key: str, value: object) -> list[str]:
    """Return what is wrong with a flag."""
    return [] if isinstance(value, bool) else [f"{key} must be true or false, not {value!r}"]


def one_of(key: str, value: object, literal: object) -> list[str]:
    """Return what is wrong with a value that must be one of a Literal's."""
    known = get_args(literal)
    return [] if value in known else [f"{key} must be one of {', '.join(map(repr, known))}, not {value!r}"]


def refuse(name: str, wrong: Iterable[str]) -> None:
    """Raise `ConfigError` with all problems at once, if there is one."""
    problems = [f"{name}: {problem}" for problem in wrong]
    if problems:
        raise ConfigError("\n".join(problems))
