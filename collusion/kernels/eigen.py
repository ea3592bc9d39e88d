"""Products of small dense matrices and leading eigenvectors, summed in a fixed order: the same bits everywhere, no library's threads."""

from __future__ import annotations

import numpy as np

from collusion.kernels.arrays import Float64s
from collusion.kernels.door import call

__all__ = ["leading", "multiply"]

ITERATIONS = 30
"""Of power iteration. An eigenvalue half as large again as the next is then found to five digits."""


def multiply(a: Float64s, b: Float64s) -> Float64s:
    """Return the product of two matrices, float64[n, k] of float64[n, m] and float64[m, k]. O(k * entries of ``a`` that are not 0)."""
    product: Float64s = call("multiply_matrices", np.ascontiguousarray(a), np.ascontiguousarray(b))
    return product


def leading(matrix: Float64s, k: int) -> Float64s:
    """Return nearly the eigenvectors of the k eigenvalues of largest size of a symmetric matrix, as columns: largest first.

    Power iteration on k vectors, which start from fixed pseudo-random numbers. Eigenvectors of eigenvalues of nearly one size may be mixed.

    Parameters
    ----------
    matrix : float64[n, n]
    k : int
        At most n.

    Returns
    -------
    float64[n, k]
        Orthonormal; columns of zeros where the matrix has fewer eigenvalues other than zero.

    Notes
    -----
    O(`ITERATIONS` * n * k * (n + k)).

    References
    ----------
    Golub and Van Loan, Matrix Computations, 2013, section 8.2 (orthogonal iteration).
    """
    vectors: Float64s = call("leading_eigenvectors", np.ascontiguousarray(matrix), k)
    return vectors
