"""What the methods' parameters have in common: how a wrong one is named; and in which order groups come."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

from collusion.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collusion.model import Group

__all__ = ["best_first", "flag", "number", "one_of", "refuse", "spread", "whole"]


def whole(key: str, value: object, least: int, *, optional: bool = False) -> list[str]:
    """Return what is wrong with a whole number; None is allowed where it is optional."""
    if (optional and value is None) or (isinstance(value, int) and not isinstance(value, bool) and value >= least):
        return []
    return [f"{key} must be a whole number of at least {least}{', or left out' if optional else ''}, not {value!r}"]


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


def spread(damping: object, rounds: object, tolerance: object) -> list[str]:
    """Return what is wrong with the parameters that all rankers by belief propagation share."""
    return number("damping", damping, least=0.0, below=1.0) + number("tolerance", tolerance, least=0.0) + whole("rounds", rounds, 1)


def flag(key: str, value: object) -> list[str]:
    """Return what is wrong with a flag."""
    return [] if isinstance(value, bool) else [f"{key} must be true or false, not {value!r}"]


def one_of(key: str, value: object, literal: object) -> list[str]:
    """Return what is wrong with a value that must be one of a Literal's."""
    known = get_args(literal)
    return [] if value in known else [f"{key} must be one of {', '.join(map(repr, known))}, not {value!r}"]


def refuse(name: str, wrong: Iterable[str]) -> None:
    """Raise `ConfigError` with all problems at once, if there is one."""
    expected = [f"{name}: {problem}" for problem in wrong]
    if expected:
        raise ConfigError("\n".join(expected))


def best_first(groups: Iterable[Group]) -> list[Group]:
    """Return groups by descending score, the larger of two equally good ones first."""
    return sorted(groups, key=lambda group: (-group.score, -len(group.reviewers), -len(group.products)))
