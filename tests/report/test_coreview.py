"""The heat map counts the products that two members share."""

import re
from dataclasses import replace

import numpy as np
import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion.base.model import Doubt
from collusion.report.adjacency import NAMED_ROWS, _order, adjacency, block
from collusion.report.coreview import MEMBERS, _shared, _side_by_side, coreview, shared
from collusion.report.neighbourhood import neighbourhood
from collusion.report.palette import LIGHT


@pytest.mark.parametrize(("size", "width"), [(2, 2), (5, 3), (40, 12)])
def test_counts_are_those_of_a_slow_count(size, width):
    log, reviewers, products = make_log(size, width, n=2000)
    ring = make_ring(log, reviewers, products)
    view = neighbourhood(make_case(log, [ring]), ring)
    members, common = _shared(view)
    assert sorted(view.reviewers[u] for u in members) == sorted(reviewers)
    seen = {name: set(log.product_id[log.reviewer_id == name]) for name in reviewers}
    for i, a in enumerate(members):
        for j, b in enumerate(members):
            expected = 0 if i == j else len(seen[view.reviewers[a]] & seen[view.reviewers[b]])
            assert common[i, j] == expected


def test_groups_stand_side_by_side():
    """Two groups whose members are interleaved come out as two blocks."""
    group = np.arange(20) % 2
    common = np.where(group[:, None] == group[None, :], 5, 0)
    np.fill_diagonal(common, 0)
    order = _side_by_side(common)
    assert sorted(order) == list(range(20))
    assert (np.diff(group[order]) != 0).sum() == 1
    assert _side_by_side(np.zeros((0, 0), dtype=np.int64)) == []


def test_large_rings_are_capped_and_the_picture_says_so():
    log, reviewers, products = make_log(MEMBERS + 20, 6, n=1000)
    ring = make_ring(log, reviewers, products)
    n = len({log.reviewer_id[row] for row in ring.rows})
    note = f"{min(n, MEMBERS)} of {MEMBERS + 20} members, those with the most reviews of the ring."
    assert shared(make_case(log, [ring]), ring).note == note


def test_doubtful_members_are_marked_in_pictures_of_members():
    """With names and without: a mark in the page's picture and in the notebook's, and a text that says what it is."""
    for size in (12, NAMED_ROWS + 10):
        log, reviewers, products = make_log(size, 6, n=1500, density=1.0)
        member = sorted(reviewers)[1]
        plain = make_ring(log, reviewers, products)
        ring = replace(plain, doubtful=(Doubt(member, "Reviewed 2 of the group's 6 products."),))
        case = make_case(log, [ring])
        for draw in (coreview, adjacency):
            found, without = draw(case, ring).svg(""), draw(case, plain).svg("")
            assert "doubtful member" in found
            assert "doubtful member" not in without
            assert found.count(LIGHT["without"]) > without.count(LIGHT["without"])
            assert size > NAMED_ROWS or re.search(rf'fill="{LIGHT["without"]}"[^>]*>{member}<', found)
        assert block(case, ring).doubtful == [row for row, name in enumerate(_members(case, ring)) if name == member]


def _members(case, ring):
    view = neighbourhood(case, ring)
    return [view.reviewers[code] for code in _order(view)[0][0]]
