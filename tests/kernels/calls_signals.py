"""One small call of each kernel that signals ask for a group's part of a log, for `test_door`."""

import numpy as np

TIME = np.array([1, 2, 2, 5, 9, 3, 4, 8], np.int32)
LOW, HIGH, START = np.array([0, 5]), np.array([5, 8]), np.array([0, 2, 3])
OWN, DAYS = np.array([1, 3, 6]), np.array([2, 5, 4])
INDPTR, STRATUM = np.array([0, 3, 5]), np.array([0, 0, 1, 1, 2], np.int16)


def value_runs():
    return (np.array([1, 1, 4]),)


def first_dates():
    return np.array([0, 5, 8]), TIME, 1, np.empty(2, np.int32)


def count_around():
    return TIME, LOW, HIGH, DAYS, START, np.array([0, 3]), 1, 20


def joined_circles():
    return 4, np.array([0, 2]), np.array([1, 3])


def draw_from_product():
    return TIME, LOW, HIGH, DAYS, START, 2, 11, 4, np.zeros(3)


def draw_own_times():
    return TIME, LOW, HIGH, OWN, DAYS, START, 2, 11, 4, np.zeros(3)


def pairs_before():
    return np.array([1, 2, 5]), np.array([3, 6, 9])


def first_overlaps():
    return np.array([0, 2, 4]), np.array([0, 1, 1, 0]), 2, 0.5, np.empty(2, np.int64)


def sums_by():
    product, rating = np.array([0, 0, 1], np.int32), np.array([5, np.nan, 3], np.float32)
    return product, rating, 1, product, np.array([4.0, 3.0]), np.array([True, False]), np.zeros(2, np.int32), np.zeros(2)


def largest_sizes():
    return INDPTR, STRATUM, np.zeros(3, np.int64)


def count_sizes():
    return INDPTR, STRATUM.astype(np.int32), np.array([0, 2, 3, 4]), np.zeros(4, np.int32)


def runs_of_strata():
    return np.array([1, 0], np.int32), INDPTR, STRATUM


def count_members():
    return np.array([1, 0], np.int32), np.array([0, 2, 5]), np.array([0, 4, 1, 2, 3], np.int32), STRATUM, np.array([0, 1])


_DATES = value_runs, first_dates, count_around, joined_circles, draw_from_product, draw_own_times, pairs_before
_GROUPS = first_overlaps, sums_by, largest_sizes, count_sizes, runs_of_strata, count_members
CALLS = {one.__name__: one for one in (*_DATES, *_GROUPS)}
