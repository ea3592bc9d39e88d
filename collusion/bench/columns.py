"""The kinds of log that a calibration covers: which columns there are, and how people rate."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

__all__ = ["COLUMNS", "MAIN", "Columns"]


@dataclass(frozen=True)
class Columns:
    """A kind of log: the columns left out of it, and whether nearly everybody gives five stars (`collusion.simulate.world.FIVE_STARS`)."""

    name: str
    without: tuple[str, ...] = ()
    five_star: bool = False


MAIN = (Columns("full"), Columns("no-ratings", ("rating",)), Columns("five-star", five_star=True))
"""The kinds on which promises are made: they are measured on the largest numbers of markets."""

_NAMES = {"rating": "ratings", "seller": "sellers", "category": "categories"}

_OTHERS = tuple(
    Columns("-".join(("no", *(_NAMES[column] for column in left_out))), left_out)
    for size in range(1, len(_NAMES) + 1)
    for left_out in combinations(_NAMES, size)
    if left_out != ("rating",)
)

COLUMNS = {columns.name: columns for columns in (*MAIN, *_OTHERS)}
"""By name: `MAIN`, then all other combinations of ratings, sellers and categories that a log can be without."""
