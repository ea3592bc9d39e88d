"""What methods have in common: parameters that are whole numbers or of belief propagation, and the order of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.checks import number, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collusion.base.model import Group

__all__ = ["at_least", "best_first", "spread"]


def at_least(method: object, **least: int) -> list[str]:
    """Return what is wrong with the parameters of a method that are whole numbers of at least so many."""
    return [problem for key, n in least.items() for problem in whole(key, getattr(method, key), n)]


def spread(damping: object, rounds: object, tolerance: object) -> list[str]:
    """Return what is wrong with the parameters that all rankers by belief propagation share."""
    return number("damping", damping, least=0.0, below=1.0) + number("tolerance", tolerance, least=0.0) + whole("rounds", rounds, 1)


def best_first(groups: Iterable[Group]) -> list[Group]:
    """Return groups by descending score, the larger of two equally good ones first."""
    return sorted(groups, key=lambda group: (-group.score, -len(group.reviewers), -len(group.products)))
