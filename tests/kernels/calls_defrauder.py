"""One small call of each kernel of DeFrauder, for `test_door`."""

import numpy as np

LISTS = np.array([0, 3, 6, 8]), np.array([0, 1, 2, 0, 1, 2, 1, 2], np.int32)
PAIRS = np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32)


def pairs_of_lists():
    return np.array([0, 2, 5, 8]), np.array([0, 1, 0, 1, 2, 0, 1, 2], np.int32), *LISTS, 2


def users_in_common():
    return *LISTS, *PAIRS


def agreeing_sets():
    return *PAIRS, *LISTS, np.array([0, 1, 9, 0, 2, 3, 5, 6]), 3, 2, 4


def group_tightness():
    return (
        np.array([0, 2, 4]),
        np.array([0, 1, 1, 2], np.int32),
        np.array([0, 2, 3]),
        np.array([0, 1, 1], np.int32),
        LISTS[0],
        np.array([0, 1, 2, 0, 1, 2, 1, 2], np.int32),
        np.array([2, 3, 3]),
        np.array([0, 1, 9, 0, 2, 3, 5, -7], np.int32),
        -7,
        np.array([5, 4, 1, 5, np.nan, 3, 2, 1], np.float32),
        30,
        4,
    )


CALLS = {
    "pairs_of_lists": pairs_of_lists,
    "users_in_common": users_in_common,
    "agreeing_sets": agreeing_sets,
    "group_tightness": group_tightness,
}
