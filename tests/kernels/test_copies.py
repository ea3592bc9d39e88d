"""Rows of the same words, and reviewers by product, are those of a slow count."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.copies import reviewers_of, same_words
from collusion.kernels.csr import group_by

TEXTS = st.sampled_from([0, 1, 2, 2**63, 2**64 - 1])
DAYS = st.sampled_from([-(2**31), -1, 0, 1, 2**31 - 1])


def same(rows, timed, threads=1):
    reviewer = np.array([row[0] for row in rows], dtype=np.int32)
    text = np.array([row[1] for row in rows], dtype=np.uint64)
    time = np.array([row[2] for row in rows], dtype=np.int32) if timed else None
    return same_words(*group_by(reviewer, 4), text, time, threads).tolist()


def slow_same(rows, timed):
    keys = [(u, text, day if timed else None) for u, text, day in rows]
    count = Counter(keys)
    return [k for k, key in enumerate(keys) if count[key] > 1 and key[1]]


@given(st.lists(st.tuples(st.integers(0, 3), TEXTS, DAYS), max_size=60), st.booleans(), st.integers(1, 5))
def test_same_words_are_those_of_a_count(rows, timed, threads):
    """Few reviews of a reviewer are compared, more go through a table: both come up here."""
    assert same(rows, timed, threads) == slow_same(rows, timed)


@pytest.mark.parametrize("n", [8, 9, 1000])
def test_all_equal_and_all_different(n):
    assert same([(1, 7, 3)] * n, timed=True) == list(range(n))
    assert same([(1, 7, day) for day in range(n)], timed=True) == []
    assert same([(1, 7 + day, 3) for day in range(n)], timed=True) == []


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=60),
    st.lists(st.integers(0, 5), unique=True, max_size=6),
)
def test_reviewers_are_those_of_sets(pairs, products):
    reviewer, product = (np.array([pair[k] for pair in pairs], dtype=np.int32) for k in range(2))
    found = reviewers_of(np.array(products, dtype=np.int64), reviewer, product, 6)
    assert found.tolist() == [len({u for u, p in pairs if p == own}) for own in products]
