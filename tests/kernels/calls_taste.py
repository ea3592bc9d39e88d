"""One small call of each kernel of inferred categories, for `test_door`."""

import numpy as np

INDPTR = np.array([0, 3, 6])
PRODUCT = np.array([0, 1, 2, 0, 1, 2], np.int32)
DAY = np.array([0, 70, 140, 5, 90, 200], np.int32)
TIES = np.array([[0, 1, 0], [2, 1, 0], [3, 5, 1]], np.int32)
NONE = -99


def colour_products():
    reviewer, colours = np.array([0, 1, 0, 1, 0, 1], np.int32), np.array([3, 2**63 + 5], np.uint64)
    return np.array([0, 2, 4, 6]), np.array([0, 2]), reviewer, DAY, 0, colours, np.empty(2, np.uint64)


def tie_reviews():
    colours = np.array([3, 2**63 + 5], np.uint64)
    return np.array([1, 0]), INDPTR, colours, PRODUCT, DAY, 60, 2, np.empty(6, np.uint64), np.empty((12, 3), np.int32)


def add_ties():
    month = DAY // np.int32(100)
    return TIES, PRODUCT, month, np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3))


def sum_by_reviewer():
    month = DAY // np.int32(100)
    return TIES, PRODUCT, month, np.arange(6.0).reshape(3, 2), np.ones((3, 2)), np.empty(2), np.empty(2), np.empty(2)


def mark_periods():
    label = np.array([0, 1, -1], np.int8)
    return INDPTR, np.arange(6, dtype=np.int32), PRODUCT, DAY, NONE, 0, 60, label, np.empty((2, 2), np.uint8)


def label_products():
    reviewer, marks = np.array([0, 1, 0, 1, 0, 1], np.int32), np.array([[1, 2], [3, 0]], np.uint8)
    worth = np.arange(8 * 256 * 2, dtype=np.int32).reshape(8, 256, 2)
    scratch = np.empty(2, np.int64), np.empty(2)
    return np.array([0, 2, 4, 6]), reviewer, DAY, NONE, 0, 60, np.array([True, False, True]), marks, worth, *scratch, np.empty(3, np.int8)


def multiply_matrices():
    return np.arange(6.0).reshape(2, 3), np.arange(27.0).reshape(3, 9)


def leading_eigenvectors():
    return np.diag([3.0, 2.0, 1.0]), 2


_ALL = colour_products, tie_reviews, add_ties, sum_by_reviewer, mark_periods, label_products, multiply_matrices, leading_eigenvectors
CALLS = {one.__name__: one for one in _ALL}
