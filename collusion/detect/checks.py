"""What is wrong with the parameters of a ranker, in words that say what they must be."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["count_problems", "flag_problems", "number_problems", "spread_problems"]


def number_problems(
    values: dict[str, Any], *, least: float = -np.inf, most: float = np.inf, above: float = -np.inf, below: float = np.inf
) -> list[str]:
    """Return what is wrong with numbers that must be finite, ``least`` to ``most``, and between ``above`` and ``below``."""
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("at least", least), ("at most", most), ("above", above), ("below", below))
        if np.isfinite(bound)
    ]
    told = f"a number {' and '.join(bounds)}" if bounds else "a finite number"
    return [
        f"{key} must be {told}, not {value!r}"
        for key, value in values.items()
        if not isinstance(value, (int, float))
        or isinstance(value, bool)
        or not (np.isfinite(value) and least <= value <= most and above < value < below)
    ]


def spread_problems(damping: object, rounds: object, tolerance: object) -> list[str]:
    """Return what is wrong with the parameters that all rankers by belief propagation share."""
    wrong = number_problems({"damping": damping}, least=0.0, below=1.0) + number_problems({"tolerance": tolerance}, least=0.0)
    return wrong + count_problems({"rounds": rounds}, 1)


def count_problems(values: dict[str, Any], least: int) -> list[str]:
    """Return what is wrong with whole numbers that must be ``least`` or more."""
    return [
        f"{key} must be a whole number of at least {least}, not {value!r}"
        for key, value in values.items()
        if not isinstance(value, int) or isinstance(value, bool) or value < least
    ]


def flag_problems(values: dict[str, Any]) -> list[str]:
    """Return what is wrong with values that must be true or false."""
    return [f"{key} must be true or false, not {value!r}" for key, value in values.items() if not isinstance(value, bool)]
