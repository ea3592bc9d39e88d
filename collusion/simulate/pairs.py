"""Which account reviews which target: pairs of a ring, drawn so that no account and no target is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from collusion.base.errors import ConfigError
from collusion.graph.blocks import draw_block

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Cover = Callable[[NDArray[np.bool_], np.random.Generator], NDArray[np.int64]]

__all__ = ["cover_in_turn", "draw_covering", "draw_evenly", "edge_cover"]


def draw_covering(free: NDArray[np.bool_], n: int, rng: np.random.Generator, cover: Cover) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ``n`` different free pairs; where that many pairs allow it, every account and every target is in one.

    ``free``, bool[accounts, targets], marks the pairs without a review. Where the first draw leaves an account or a target out, ``cover``
    draws pairs that include every one.

    Raises ConfigError when fewer than ``n`` pairs are free.
    """
    accounts, targets = free.shape
    pool = np.flatnonzero(free)
    if len(pool) < n:
        raise ConfigError(
            f"of the {free.size:,} pairs of a ring's {accounts:,} accounts and {targets:,} targets {len(pool):,} have no review yet; "
            f"{n:,} paid reviews do not fit"
        )
    row, column = draw_block(rng, accounts, targets, n, free)
    left_out = len(np.unique(row)) < accounts or len(np.unique(column)) < targets
    if left_out and n >= max(accounts, targets):
        covering = cover(free, rng)
        if len(covering) <= n:
            others = np.setdiff1d(pool, covering, assume_unique=True)
            cells = np.concatenate([covering, rng.choice(others, n - len(covering), replace=False)])
            return cells // targets, cells % targets
    return row, column


def cover_in_turn(free: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a cover of a block in which all pairs are free: one pair for each of the longer side, the shorter side taken in turn."""
    accounts, targets = free.shape
    turn = np.arange(max(accounts, targets))
    row = rng.permutation(accounts)[turn % accounts]
    cells: NDArray[np.int64] = row * targets + rng.permutation(targets)[turn % targets]
    return cells


def edge_cover(free: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the fewest free pairs that cover every account and target with a free pair, ascending.

    They are a maximum matching and one pair for each account or target outside it (Gallai).
    """
    accounts, targets = free.shape
    rows, columns = rng.permutation(accounts), rng.permutation(targets)
    mixed = free[np.ix_(rows, columns)]
    # The column of each row, -1 for none.
    mate = maximum_bipartite_matching(csr_array(mixed.astype(np.int8)), perm_type="column")
    cells = [(i, int(j)) for i, j in enumerate(mate) if j >= 0]
    unmatched = np.setdiff1d(np.arange(targets), mate)
    cells += [(i, int(rng.choice(np.flatnonzero(mixed[i])))) for i in np.flatnonzero(mate < 0).tolist() if mixed[i].any()]
    cells += [(int(rng.choice(np.flatnonzero(mixed[:, j]))), j) for j in unmatched.tolist() if mixed[:, j].any()]
    i, j = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    return np.sort(rows[i] * targets + columns[j])


def draw_evenly(accounts: int, targets: int, n: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ``n`` different pairs in which the numbers of reviews per account differ by one at most, and so do those per target."""
    row = np.sort(rng.permutation(accounts)[np.arange(n) % accounts])
    reviews = np.zeros(targets, dtype=np.int64)
    chosen = []
    for many in np.bincount(row, minlength=accounts):
        # The targets with the fewest reviews so far, those with equally many in random order.
        chosen.append(np.lexsort((rng.random(targets), reviews))[:many])
        reviews[chosen[-1]] += 1
    return row, np.concatenate(chosen)
