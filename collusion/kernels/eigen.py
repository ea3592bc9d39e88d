"""Products of small dense matrices and leading eigenvectors, summed in a fixed order: the same bits everywhere, no library's threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels._jit import bare
from collusion.kernels.hashing import mix64

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["leading", "multiply"]

ITERATIONS = 30
"""Of power iteration. An eigenvalue half as large again as the next is then found to five digits."""


@bare
def _multiply(a, b, out):
    for i in range(len(out)):
        for j in range(out.shape[1]):
            out[i, j] = 0.0
        for e in range(a.shape[1]):
            own = a[i, e]
            if own != 0.0:
                for j in range(out.shape[1]):
                    out[i, j] += own * b[e, j]


@bare
def _orthonormalise(x):
    """Make the columns orthogonal and of length 1, in place, from the first to the last (Gram and Schmidt, twice, against rounding)."""
    n, k = x.shape
    for j in range(k):
        for _ in range(2):
            for c in range(j):
                dot = 0.0
                for i in range(n):
                    dot += x[i, c] * x[i, j]
                for i in range(n):
                    x[i, j] -= dot * x[i, c]
        square = 0.0
        for i in range(n):
            square += x[i, j] * x[i, j]
        length = np.sqrt(square)
        for i in range(n):
            x[i, j] = x[i, j] / length if length > 0.0 else 0.0


@bare
def _start(x):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            x[i, j] = np.float64(mix64(np.uint64(i * x.shape[1] + j)) >> np.uint64(11)) * 2.0**-53 - 0.5


def multiply(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of two matrices, float64[n, k] of float64[n, m] and float64[m, k]. O(k * entries of ``a`` that are not 0)."""
    out = np.empty((len(a), b.shape[1]))
    _multiply(np.ascontiguousarray(a), np.ascontiguousarray(b), out)
    return out


def leading(matrix: NDArray[np.float64], k: int) -> NDArray[np.float64]:
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
    x = np.empty((len(matrix), k))
    _start(x)
    for _ in range(ITERATIONS):
        _orthonormalise(x)
        x = multiply(matrix, x)
    _orthonormalise(x)
    return x
