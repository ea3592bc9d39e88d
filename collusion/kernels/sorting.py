"""Sorting of short rows, of which a log has millions."""

from __future__ import annotations

from collusion.kernels._jit import bare, jit

__all__ = ["SHORT", "insert_range", "sort_range"]

SHORT = 48
"""Length up to which insertion is the fastest."""


@bare
def insert_range(values, begin, end):
    """Sort ``values[begin:end]`` in place by insertion."""
    for e in range(begin + 1, end):
        own = values[e]
        f = e
        while f > begin and values[f - 1] > own:
            values[f] = values[f - 1]
            f -= 1
        values[f] = own


@jit
def sort_range(values, begin, end):
    """Sort ``values[begin:end]`` in place: by insertion where it is short, else by quicksort."""
    if end - begin > SHORT:
        values[begin:end].sort()
    else:
        insert_range(values, begin, end)
