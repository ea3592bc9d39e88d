"""The leading singular subspaces of a log's matrix, in quantities that neither names nor the choice of a basis change."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Float64s

__all__ = ["Subspace", "matrix_of", "sides", "subspaces"]

_log = logging.getLogger(__name__)

DENSE = 500
"""Rows or columns, whichever are fewer, up to which a matrix is decomposed whole: all values, in a tenth of a second."""

EXTRA = 5
"""Values computed in addition, to see whether the last requested one has equals."""

EQUAL = 1e-6
"""Singular values that differ by less, relative to the largest, are equal: any basis of their space is as good."""

DIGITS = 7
"""Decimals to which entries of vectors are distinguished; the solver's own error is far below."""


@dataclass(frozen=True, eq=False)
class Subspace:
    """The space of one singular value: of dimension 1, or more where values are equal.

    Parameters
    ----------
    value : float
    left, right : float64[n_reviewers, d], float64[n_products, d]
        Orthonormal columns; their signs, and for d > 1 their choice within the space, mean nothing.
    """

    value: float
    left: Float64s
    right: Float64s


def matrix_of(graph: ReviewGraph) -> Any:  # noqa: ANN401  # scipy has no types
    """Return the reviewers x products matrix, 1 where there is a review."""
    return csr_array((np.ones(graph.n_reviews), graph.product[graph.edges], graph.indptr), shape=(graph.n_reviewers, graph.n_products))


def subspaces(matrix: Any, count: int) -> list[Subspace]:  # noqa: ANN401  # as above
    """Return the spaces of the ``count`` largest singular values, the largest first.

    A space that the count would cut is taken whole; one that is not computed whole (more than `EXTRA` equal values) is left out. Values
    that are zero next to the largest are left out too.

    Notes
    -----
    Whole up to `DENSE` rows or columns, else ARPACK to machine precision: O(nonzeros x iterations) time, some (rows + columns) x count x 2
    memory.
    """
    short = min(matrix.shape)
    if not matrix.nnz or not short:
        return []
    wanted = count + EXTRA
    whole = short <= max(DENSE, wanted)
    left, value, right = _decomposed(matrix, short if whole else wanted)
    if not len(value):
        return []
    ends = np.append(np.flatnonzero(-np.diff(value) > EQUAL * value[0]) + 1, len(value))
    found: list[Subspace] = []
    first = 0
    for end in ends.tolist():
        cut = end == len(value) and not whole
        if first >= count or cut or value[first] <= EQUAL * value[0]:
            break
        found.append(Subspace(float(value[first]), left[:, first:end], right[first:end].T))
        first = end
    return found


def _decomposed(matrix: Any, count: int) -> tuple[Float64s, Float64s, Float64s]:  # noqa: ANN401  # as above
    """Return left vectors, values and right vectors (as rows) of the largest values, through the shorter side's Gram matrix.

    Values are right to some 1e-8 of the largest, so those next to zero are noise. ARPACK starts from sums of rows or columns, which are the
    same under any names; with the transpose at hand as rows it takes half of the time of scipy's own `svds`.
    """
    turned = matrix.shape[0] < matrix.shape[1]
    long = matrix.T.tocsr() if turned else matrix
    short = matrix if turned else matrix.T.tocsr()
    n = short.shape[0]
    if count == n:
        squares, vectors = np.linalg.eigh((short @ long).toarray())
    else:
        gram = LinearOperator((n, n), matvec=lambda x: short @ (long @ x), dtype=np.float64)
        start = np.sqrt(np.asarray(short.sum(axis=1)).ravel()) + 1.0
        try:
            squares, vectors = eigsh(gram, k=count, ncv=min(2 * count + 1, n), v0=start)
        except ArpackNoConvergence as stopped:
            _log.warning("%d of %d singular values did not converge and are left out", count - len(stopped.eigenvalues), count)
            order = np.argsort(stopped.eigenvalues, kind="stable")
            squares, vectors = stopped.eigenvalues[order], stopped.eigenvectors[:, order]
    value, inner = np.sqrt(np.maximum(squares[::-1], 0.0)), vectors[:, ::-1]
    outer = (long @ inner) / np.maximum(value, EQUAL * value.max(initial=0.0))
    return (inner, value, outer.T) if turned else (outer, value, inner.T)


def sides(space: Subspace) -> list[tuple[Float64s, Float64s]]:
    """Return how much each reviewer and product takes part, at least 0, once a side of the space.

    A vector has two sides, its positive and its negative entries, in no order. Of equal values there is but one: the length of each row,
    which no change of basis alters.
    """
    if space.left.shape[1] > 1:
        rows = (np.sqrt((np.sort(part**2, axis=1)).sum(axis=1)) for part in (space.left, space.right))
        left, right = (np.round(row, DIGITS) for row in rows)
        return [(left, right)]
    u, v = np.round(space.left[:, 0], DIGITS), np.round(space.right[:, 0], DIGITS)
    return [(np.maximum(sign * u, 0.0), np.maximum(sign * v, 0.0)) for sign in (1, -1)]
