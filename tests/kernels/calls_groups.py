"""One small call of each kernel of windows, activity, groups and colours, for `test_door`.

Two products of three edges each, at days 0, 1 and 2; three reviewers, each of both products; one group, of all of them.
"""

import numpy as np

from collusion.kernels.activity import Activity
from collusion.kernels.leave_out import Rates
from collusion.kernels.residuals import Joined, list_visits
from collusion.kernels.spans import Windows

NO_TIME = int(np.iinfo(np.int32).min)
N_STRATA, MONTHS, BINS = 3, 1, 6


def indptr():
    return np.array([0, 3, 6])


def product():
    return np.array([0, 0, 0, 1, 1, 1], np.int32)


def time():
    return np.array([0, 1, 2, 0, 1, 2], np.int32)


def span():
    """All three edges of a product lie in the window of each."""
    return np.array([3 << 13, 2 << 13 | 1, 1 << 13 | 2] * 2, np.uint32)


def rows():
    """The edges of each reviewer."""
    return np.array([0, 2, 4, 6]), np.array([0, 3, 1, 4, 2, 5], np.int32)


def stratum():
    return np.array([0, 0, 1, 0, 1, 1], np.int16)


def windows():
    return Windows(np.empty(0, np.uint32), product(), indptr(), time(), True, 7, NO_TIME, np.array([4, 8, 16, 32, 64]), 8191)


def activity():
    return Activity(np.array([0, 1, 3, 4]), np.array([0, 0, 1, 1], np.int16), np.array([2, 1, 1, 2], np.uint16))


def class_activity():
    return Activity(np.array([0, 2, 4, 5]), np.array([0, 1, 0, 3, 2], np.int32), np.array([1, 1, 1, 1, 2], np.uint16))


def rates():
    rate = np.full((N_STRATA, 2 * MONTHS + 1, BINS), 0.1)
    return Rates(rate, np.array([3, 3, 0]), MONTHS, 3, rate[:1].copy(), np.full((1, 2 * MONTHS + 1), 9.0))


def shared():
    """Where the edges of each group begin, the edges, and whose."""
    return np.array([0, 6]), np.arange(6), np.array([0, 1, 2, 0, 1, 2], np.int32)


def group():
    return np.array([0, 3]), np.array([0, 1, 2], np.int32)


def joined():
    return Joined(np.array([0, 2]), np.array([0, 1], np.int32), np.array([0, 0], np.int32))


def columns():
    """Times, the first day, ratings' bits."""
    return time(), 0, True, np.full(6, 5.0, np.float32).view(np.uint32), True


def ints(*shape):
    return np.zeros(shape, np.int64)


def granted_counts():
    return (
        (group()[0], *shared(), product(), time(), np.array([0, NO_TIME], np.int32), NO_TIME, 30, windows(), 5, np.array([0, 1], np.int32)),
        (joined(), ints(1, BINS), ints(1, BINS), ints(1, BINS), ints(1, 3, BINS)),
    )


def granted_expectations():
    edges = rows()[1]
    visits = list_visits(rows()[0], time()[edges], stratum()[edges].astype(np.int32), NO_TIME)
    return (
        (*group(), *shared()[:2], product(), windows(), 5, np.array([0, 1], np.int32), joined(), activity(), stratum(), class_activity()),
        (np.full((N_STRATA, 2), 2.0), visits, 60, rates(), np.zeros((1, BINS)), *np.zeros((3, 1, 3, BINS))),
    )


CALLS = {
    "fill_spans": lambda: (indptr(), time(), True, 7, NO_TIME, np.array([4, 8]), 8191, np.zeros(6, np.uint32), ints(8192)),
    "cut_spans": lambda: (span(), 2, 6 << 26),
    "words_of": lambda: (np.array([0, 5]), windows(), np.zeros(2, np.uint32)),
    "add_window": lambda: (span(), 0, 6, time(), True, 0, 1, 5, np.full(6, 4095 << 26, np.uint64)),
    "hide": lambda: (np.full(3, 1 << 13, np.uint64), np.zeros(3, np.int32), 3),
    "sort_rows": lambda: (*rows(), product(), np.array([1, 0], np.int32)),
    "move_rows": lambda: (np.array([2, 0, 1], np.int32), *rows(), np.zeros(6, np.int32)),
    "mark_joined": lambda: (*rows(), product(), np.array([0, 0], np.int32), np.zeros(1, np.uint8)),
    "count_wedges": lambda: (span(), stratum(), ints(2, 2, 7)),
    "count_launches": lambda: (indptr(), time(), NO_TIME, np.array([0, NO_TIME], np.int32), 30, span(), stratum(), ints(3, 7), ints(2)),
    "find_lonely": lambda: (indptr(), time(), NO_TIME, 7, np.zeros(2, np.bool_)),
    "number_strata": lambda: (indptr(), np.array([0, 1], np.int32), time(), 0, 2, NO_TIME, 30, 16, 40, np.zeros(6, np.int16)),
    "count_strata": lambda: (*rows(), stratum(), ints(4), np.zeros(6, np.int16), np.zeros(6, np.uint16)),
    "count_activity": lambda: (rows()[0], *activity()[:2], np.zeros((2, 4), np.int32)),
    "add_codes": lambda: (
        *(product(), np.array([0, 1, 0, 2, -1, 2], np.int32), np.ones(6, np.bool_)),
        *(np.full(2, -1, np.int32), np.zeros(2, np.int32), ints(3), ints(6)),
    ),
    "count_codes": lambda: (product(), ints(2)),
    "colour_reviews": lambda: (*columns(), np.zeros(6, np.uint64)),
    "colour_timelines": lambda: (indptr(), *columns(), np.zeros(2, np.uint64)),
    "colour_reviewers": lambda: (indptr(), np.array([0, 1, 2] * 2, np.int32), *columns(), np.ones(2, np.uint64), np.zeros(3, np.uint64)),
    "add_reviewers": lambda: (indptr(), np.array([0, 1, 2] * 2, np.int32), np.ones(3, np.uint64), np.ones(2, np.uint64)),
    "shared_reviews": lambda: (*group(), *rows(), product(), time(), 7),
    "group_co_reviews": lambda: (
        (*group(), *shared(), np.ones(6, np.bool_), product(), np.array([0, 1], np.int32), windows(), 5, activity()),
        (np.array([0, 1, 2], np.int32), activity(), stratum(), rates(), ints(1, BINS), np.zeros((1, BINS))),
    ),
    "granted_counts": granted_counts,
    "granted_expectations": granted_expectations,
    "list_visits": lambda: (rows()[0], time(), stratum().astype(np.int32), NO_TIME),
}
