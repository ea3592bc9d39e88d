"""Products and leading eigenvectors agree with numpy's."""

import numpy as np
import pytest

from collusion.kernels.eigen import leading, multiply


def test_products():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(7, 5)) * rng.integers(0, 2, (7, 5)), rng.normal(size=(4, 5)).T
    np.testing.assert_allclose(multiply(a, b), a @ b)
    np.testing.assert_allclose(multiply(b.T, a.T), b.T @ a.T)


@pytest.mark.parametrize("n", [5, 40])
def test_leading_eigenvectors(n):
    """Up to their signs, where each eigenvalue is twice the next in size; of either sign."""
    rng = np.random.default_rng(n)
    basis, _ = np.linalg.qr(rng.normal(size=(n, n)))
    value = 2.0 ** -np.arange(n) * (-1) ** np.arange(n)
    found = leading((basis * value) @ basis.T, 4)
    np.testing.assert_allclose(np.abs(basis[:, :4].T @ found), np.eye(4), atol=1e-6)


def test_a_matrix_of_lower_rank_has_fewer():
    found = leading(np.diag([3.0, 0.0, 1.0]), 3)
    np.testing.assert_allclose(np.abs(found[:, :2]), [[1, 0], [0, 0], [0, 1]], atol=1e-9)
    np.testing.assert_allclose(leading(np.zeros((3, 3)), 2), 0)
