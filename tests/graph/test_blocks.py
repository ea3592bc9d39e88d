"""Random blocks: every pair is equally likely, none is drawn twice, and taken pairs are left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from collusion.graph.blocks import draw_block, first_of_each


@pytest.mark.parametrize("taken", [(), (0, 4, 5, 11)])
def test_pairs_are_drawn_once_each_and_equally_often(taken):
    free = np.ones(12, bool)
    free[list(taken)] = False
    hits = np.zeros(12, int)
    for seed in range(600):
        row, column = draw_block(np.random.default_rng(seed), 3, 4, 5, free if taken else None)
        assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == 5
        np.add.at(hits, 4 * row + column, 1)
    assert not hits[~free].any()
    assert chisquare(hits[free]).pvalue > 0.001


def test_the_first_of_each_group_goes_before_all_others():
    order, group = np.array([7, 3, 9, 1, 5, 8]), np.array([2, 2, 0, 5, 0, 2])
    assert first_of_each(order, group).tolist() == [7, 9, 1, 3, 5, 8]
    assert first_of_each(order[:0], group[:0]).tolist() == []
