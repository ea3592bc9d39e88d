"""q-values: the worked example, and the laws of an estimate that errs on the safe side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.evidence.significance import q_values
from oracles import q_values as slow

scores = st.lists(st.integers(-5, 20).map(float), max_size=15)


def test_worked_example():
    assert q_values([9, 7, 5, 3], [4, 3, 3, 2, 2, 1], 10) == pytest.approx([1 / 30, 1 / 30, 1 / 30, 0.1])


@given(scores, scores, st.integers(1, 50))
def test_equal_to_the_definition(observed, null, replicates):
    np.testing.assert_allclose(q_values(observed, null, replicates), [float(v) for v in slow(observed, null, replicates)])


@given(scores, scores, st.integers(1, 50))
def test_a_higher_score_never_has_a_higher_q(observed, null, replicates):
    q = q_values(observed, null, replicates)
    for a, qa in zip(observed, q, strict=True):
        for b, qb in zip(observed, q, strict=True):
            assert a < b or qa <= qb
    assert all(0 < value <= 1 for value in q)


def test_one_group_needs_as_many_replicates_as_the_rate_asks():
    assert q_values([100.0], [], 20)[0] == pytest.approx(0.05)
    assert q_values([100.0], [], 19)[0] > 0.05
