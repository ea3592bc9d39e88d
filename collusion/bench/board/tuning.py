"""Parameters tuned for a kind of log: settings drawn from a fixed space, compared on logs of other seeds than those of the table."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.bench.board.record import Row

__all__ = ["SEARCH_SEEDS", "SPACES", "best_setting", "settings_of", "worth"]

SEARCH_SEEDS = 1_000_000
"""Offset of the seeds of logs on which settings are compared: nothing is tuned on the logs of the table."""

SPACES: dict[str, dict[str, tuple[Any, ...]]] = {
    "lockstep": {"min_reviewers": (3, 5, 8), "min_products": (2, 3, 5), "windows": ((2, 7, 21, 60), (7, 21), (2, 7), (21, 60))},
    "fraudar": {"blocks": (1, 4, 8, 16), "weighting": ("log", "none")},
    "densest": {"blocks": (1, 4, 8, 16), "weighting": ("none", "log")},
    "core": {"alpha": (2, 3, 5, 8), "beta": (2, 3, 5, 8)},
    "leiden": {
        "on": ("projection", "bipartite"),
        "window": (2, 7, 21, 60),
        "at_least": (2, 3, 4),
        "min_reviewers": (3, 5),
    },
    "mzoom": {"blocks": (4, 8, 16), "days": (2, 7, 30), "density": ("arithmetic", "geometric"), "ratings": (True, False)},
    "synchrotrap": {"window": (2, 7, 21, 60), "threshold": (0.1, 0.2, 0.4), "at_least": (2, 3, 4)},
    "catchsync": {"deviations": (1.0, 2.0, 3.0), "bins": (1, 4, 8), "least_reviews": (3, 5)},
    "copycatch": {"window": (5, 10, 30), "share": (0.4, 0.5, 0.7), "min_products": (3, 4, 6)},
    "spectral": {"components": (10, 20, 40), "share": (0.05, 0.1, 0.2), "least_reviews": (3, 4, 6)},
    "holoscope": {"components": (10, 20), "days": (2, 7, 30), "ratings": (True, False), "times": (True, False)},
    "gsrank": {"min_reviewers": (3, 5, 8), "tau": (15, 60), "crowd": (200, 500)},
    "gsbc": {"window": (2, 7, 21, 60), "at_least": (2, 3, 4)},
    "fraudeagle": {"epsilon": (0.05, 0.1, 0.2), "damping": (0.3, 0.5, 0.7)},
    "speagle": {"epsilon": (0.05, 0.1, 0.2), "metadata": (True, False)},
    "collueagle": {"days": (30.0, 90.0), "threshold": (0.4, 0.6, 0.8)},
    "rev2": {"alpha1": (0.1, 1.0, 5.0), "alpha2": (0.1, 1.0, 5.0)},
}
"""Values tried, by method and parameter; a method without a space has its defaults in both columns."""


def settings_of(method: str, budget: int) -> list[dict[str, Any]]:
    """Return ``budget`` settings of a method: its defaults first, then others drawn from the grid of its space, all different.

    The same method and budget give the same settings, and a larger budget gives the same ones and more.
    """
    space = SPACES.get(method)
    if not space or budget < 1:
        return []
    grid = [dict(zip(space, values, strict=True)) for values in itertools.product(*space.values())]
    order = stream(0, f"settings of {method}").permutation(len(grid))
    return [{}, *(grid[k] for k in order)][:budget]


def worth(row: Row) -> float:
    """Return the figure by which settings are compared; -1 where the method failed.

    It is the average precision of rings, of reviewers where a method finds no groups, or of products where it ranks these alone.
    """
    if row.status != "done":
        return -1.0
    return next((row.figures[name] for name in ("ring_ap", "reviewers_ap", "products_ap", "reviews_ap") if name in row.figures), -1.0)


def best_setting(rows: Sequence[Row]) -> Mapping[str, Any]:
    """Return the parameters of the best of a method's search rows on one kind of log, the mean over its logs; of equals the first.

    The rows are in the order of `settings_of`.
    """
    of: dict[str, list[float]] = {}
    values: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = repr(sorted(row.cell.values.items()))
        of.setdefault(name, []).append(worth(row))
        values.setdefault(name, row.cell.values)
    best = max(of, key=lambda name: sum(of[name]) / len(of[name]))
    return values[best]
