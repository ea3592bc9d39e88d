"""One small call of each kernel of pairs and of their communities, for `test_door`."""

import numpy as np

EDGES_A, EDGES_B = np.array([0, 0, 1, 3], np.int32), np.array([1, 2, 2, 4], np.int32)
"""A triangle and a pair."""

SPAN = np.array([2 << 13, (1 << 13) | 1, 3 << 13, (2 << 13) | 1, (1 << 13) | 2], np.uint32)
"""Windows that hold all edges of a product: two of the first, three of the second."""

ROWS = np.array([0, 2, 3, 3]), np.array([(1 << 32) | 5, (2 << 32) | 6, (2 << 32) | (1 << 31) | 2])


def rare_pairs():
    who = np.array([0, 1, 0, 1, 2], np.int32)
    return SPAN, 2, who, 3, np.array([0, 0, 1, 1, 1], np.int32), np.array([4, 9], np.int32)


def committed_reviewers():
    return SPAN, 2, np.array([0, 1, 0, 1, 2], np.int32), np.array([2, 2, 1]), 0.25


def closed_pairs():
    return *ROWS, np.array([1, 0, 1], np.uint8)


def pair_strengths():
    return ROWS


def pair_columns():
    return *ROWS, np.array([1, 0, 1], np.uint8), False


def densest_parts():
    indptr, other = np.array([0, 2, 4, 6, 7, 8]), np.array([1, 2, 0, 2, 0, 1, 4, 3], np.int32)
    return np.array([0, 3, 5]), np.arange(5, dtype=np.int32), indptr, other, np.ones(8, np.uint8), 2, True


def two_core():
    return 5, EDGES_A, EDGES_B


def number_ends():
    return 5, EDGES_A, EDGES_B


def ties_inside():
    return EDGES_A, EDGES_B, np.array([3, 2, 1, 9], np.int32), np.array([0, 0, 0, 1, 1], np.int32), 2


_ALL = rare_pairs, committed_reviewers, closed_pairs, pair_strengths, pair_columns, densest_parts, two_core, number_ends, ties_inside
CALLS = {one.__name__: one for one in _ALL}
