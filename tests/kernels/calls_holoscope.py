"""One small call of each kernel of HoloScope, for `test_door`."""

import numpy as np


def shave_by_contrast():
    user, product = np.array([0, 0, 1, 1, 2], np.int32), np.array([0, 1, 0, 1, 1], np.int32)
    return (
        np.array([0, 2, 4, 5]),
        np.array([0, 1, 2, 3, 4], np.int32),
        np.array([0, 2, 5]),
        np.array([0, 2, 1, 3, 4], np.int32),
        user,
        product,
        np.array([4, 0, 4, 1, 0]),
        np.array([2, -1, 2, 0, 1]),
        np.array([1024, 2048]),
        np.array([2, 5]),
        np.array([8, 3]),
        np.array([[0, 0, 2], [1, 1, 3]]),
        32.0,
        True,
        True,
        True,
    )


def bursts_and_drops():
    return np.array([0, 4, 7]), np.array([0, 3, 3, 4, -1, 0, 5])


CALLS = {"shave_by_contrast": shave_by_contrast, "bursts_and_drops": bursts_and_drops}
