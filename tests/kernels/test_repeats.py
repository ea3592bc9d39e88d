"""Of one reviewer's reviews of a listing the earliest counts, whatever the reviewer writes."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.copies import COPY, COUNTED, REPEATED, mark_repeats
from collusion.kernels.csr import group_by

NONE = -(2**31)
LISTING = np.array([0, 0, 0, 3, 3, 5, 6], dtype=np.int32)
TIMES = st.sampled_from([NONE, NONE + 1, -5, 0, 1, 2, 2**31 - 1])


def mark(reviewer, product, listing, time, threads=1):
    status = np.zeros(len(reviewer), np.uint8)
    n = int(reviewer.max()) + 1 if len(reviewer) else 0
    mark_repeats(*group_by(reviewer, n), product, listing, time, status, threads)
    return status.tolist()


def slow(rows):
    """Status of (reviewer, product, time) rows, by sorting."""
    own = defaultdict(list)
    for row, (reviewer, product, time) in enumerate(rows):
        own[reviewer, LISTING[product]].append((time == NONE, time, row, product))
    status = [COUNTED] * len(rows)
    for reviews in own.values():
        seen = set()
        for position, (_, _, row, product) in enumerate(sorted(reviews)):
            status[row] = COUNTED if position == 0 else REPEATED if product in seen else COPY
            seen.add(product)
    return status


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), TIMES), max_size=50), st.integers(1, 3))
def test_status_is_that_of_a_sort(rows, threads):
    reviewer, product, time = (np.array([row[k] for row in rows], dtype=np.int32) for k in range(3))
    assert mark(reviewer, product, LISTING, time, threads) == slow(rows)


def test_one_name_for_everybody_costs_no_more_than_many():
    """A shared account (anonymous, deleted) with a million reviews of two variants: comparing every pair of rows would take minutes."""
    n = 1_000_000
    product = np.repeat(np.array([0, 1], np.int32), n // 2)
    status = np.array(mark(np.zeros(n, np.int32), product, np.zeros(2, np.int32), np.zeros(n, np.int32)))
    assert (status[0], status[n // 2]) == (COUNTED, COPY)
    assert (status == REPEATED).sum() == n - 2
