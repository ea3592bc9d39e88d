"""One small call of each kernel of co-reviews, for `test_door`."""

import numpy as np


def count_pairs():
    indptr, edges = np.array([0, 2, 4, 6]), np.array([0, 3, 1, 4, 2, 5], np.int32)
    extent = np.array([(3 << 13) | 0, (2 << 13) | 1, (1 << 13) | 2] * 2, np.uint64)
    return (
        0,
        3,
        indptr,
        edges,
        np.zeros(1, np.uint8),
        np.array([0, 1, 2, 0, 1, 2], np.int32),
        3,
        extent,
        np.array([np.iinfo(np.int64).max]),
        np.array([0]),
        np.array([-1]),
        np.array([0, 1, 2, 3]),
        np.zeros(3, np.int16),
        np.full(3, 2, np.uint16),
        np.full((1, 1, 1, 6), 1e-3),
        0,
        2,
        1.0,
    )


CALLS = {"count_pairs": count_pairs}
