"""Blocks of a graph that are drawn at random: pairs of accounts and products, and products of different sellers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_block", "first_of_each"]


def draw_block(
    rng: np.random.Generator, reviewers: int, products: int, n: int, free: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ``n`` different pairs of a block, each equally likely.

    Parameters
    ----------
    rng : numpy.random.Generator
    reviewers, products : int
        Size of the block.
    n : int
        Number of pairs, at most the number of those that are free.
    free : bool[reviewers * products], optional
        The pairs that may be drawn, reviewer by reviewer; all where None.

    Returns
    -------
    row, column : int64[n]
        Positions of the reviewer and of the product.
    """
    cells = rng.choice(reviewers * products if free is None else np.flatnonzero(free), n, replace=False)
    return cells // products, cells % products


def first_of_each(order: NDArray[np.int64], group: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the order with the first member of each group before all others; ``group`` holds one code for each entry of the order."""
    _, first = np.unique(group, return_index=True)
    return np.concatenate([order[np.sort(first)], np.delete(order, first)])
