"""The heat map counts the products that two members share."""

import numpy as np
import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion.figures.coreview import coreview
from collusion.report.coreview import MEMBERS, _shared, _side_by_side
from collusion.report.neighbourhood import neighbourhood


@pytest.mark.parametrize(("size", "width"), [(2, 2), (5, 3), (40, 12)])
def test_counts_are_those_of_a_slow_count(size, width):
    log, reviewers, products = make_log(size, width, n=2000)
    ring = make_ring(log, reviewers, products)
    view = neighbourhood(make_case(log, [ring]), ring)
    members, shared = _shared(view)
    assert sorted(view.reviewers[u] for u in members) == sorted(reviewers)
    seen = {name: set(log.product_id[log.reviewer_id == name]) for name in reviewers}
    for i, a in enumerate(members):
        for j, b in enumerate(members):
            expected = 0 if i == j else len(seen[view.reviewers[a]] & seen[view.reviewers[b]])
            assert shared[i, j] == expected


def test_groups_stand_side_by_side():
    """Two groups whose members are interleaved come out as two blocks."""
    group = np.arange(20) % 2
    shared = np.where(group[:, None] == group[None, :], 5, 0)
    np.fill_diagonal(shared, 0)
    order = _side_by_side(shared)
    assert sorted(order) == list(range(20))
    assert (np.diff(group[order]) != 0).sum() == 1
    assert _side_by_side(np.zeros((0, 0), dtype=np.int64)) == []


def test_large_rings_are_capped_and_the_picture_says_so():
    log, reviewers, products = make_log(MEMBERS + 20, 6, n=1000)
    ring = make_ring(log, reviewers, products)
    figure = coreview(make_case(log, [ring]), ring)
    shown = [text.get_text() for text in figure.axes[0].texts]
    n = len({log.reviewer_id[row] for row in ring.rows})
    assert shown == [f"{min(n, MEMBERS)} of {MEMBERS + 20} members, those with the most reviews of the ring."]


def test_one_member_is_no_pair():
    log, reviewers, products = make_log(1, 3, n=300, density=1.0)
    ring = make_ring(log, reviewers, products)
    figure = coreview(make_case(log, [ring]), ring)
    assert "no pair can be counted" in figure.axes[0].texts[0].get_text()
