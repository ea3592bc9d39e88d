"""One small call of each kernel of GSRank, for `test_door`."""

import numpy as np


def maximal_sets():
    products = np.array([0, 1, 2, 3] * 2 + [0, 1, 2], np.int32)
    return np.array([0, 4, 8, 11]), products, np.array([0, 3, 6, 9, 11]), np.array([0, 1, 2] * 3 + [0, 1], np.int32), 2, 100


CALLS = {"maximal_sets": maximal_sets}
