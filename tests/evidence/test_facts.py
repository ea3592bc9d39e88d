"""What signals may ask of a log and of a group, and what they are told where a column is missing."""

from dataclasses import replace

import numpy as np
import pytest
from evidence.groups import group_of, log_of

from collusion.graph.graph import NO_TIME, build_graph


def test_a_group_owns_its_members_reviews_of_its_products():
    graph = build_graph([0, 1, 0, 1, 2], [0, 0, 1, 2, 2], time=[5, 6, 7, 8, 9], row=[40, 30, 20, 10, 0])
    group = group_of(graph, [0, 1], [0, 2])
    assert graph.row[group.every].tolist() == [40, 30, 20, 10]
    assert graph.row[group.edges].tolist() == [40, 30, 10]
    assert group.rows == (10, 30, 40)


@pytest.mark.parametrize(
    ("columns", "facts", "there"),
    [
        ({}, {}, set()),
        ({"time": [1, 2]}, {}, {"timestamp"}),
        ({"time": [NO_TIME, NO_TIME]}, {}, set()),
        ({"rating": [1.0, np.nan]}, {}, {"rating"}),
        ({"category": [0], "seller": [-1]}, {}, {"category", "seller"}),
        ({}, {"links": ("device",)}, {"link"}),
        ({}, {"second": np.zeros(2, np.int32)}, {"time of day"}),
        ({}, {"verified": np.zeros(2, np.int8), "helpful": np.zeros(2, np.int32)}, {"verified", "helpful_votes"}),
        ({}, {"texts": lambda _: ()}, {"text"}),
    ],
)
def test_columns_are_those_that_the_log_has(columns, facts, there):
    assert log_of(build_graph([0, 1], [0, 0], **columns), **facts).columns == there


def test_what_is_computed_once_is_kept_with_the_log_and_what_was_learnt_is_replaced():
    """Whatever the threads: `Memo` is tested with the timeline."""
    log = log_of(build_graph([0], [0]))
    # What is asked for inside is no deadlock.
    assert log.once("outer", lambda: log.once("inner", lambda: 3)) == 3
    assert log.once("inner", lambda: 4) == 3
    log.keep("inner", 5)
    log.keep("inner", 6)
    other = replace(log, seed=1)
    assert (log.kept("inner", 0), other.kept("inner", 0), other.once("inner", lambda: 7)) == (6, 0, 7)


def test_random_numbers_depend_on_the_seed_the_signal_and_sizes_and_on_no_name():
    graph = build_graph([0, 1, 2, 3, 0, 1], [0, 0, 1, 1, 2, 2])

    def draw(who, what, name="rating", seed=0):
        return group_of(graph, who, what, window=None, seed=seed).rng(name).integers(2**60)

    assert draw([0, 1], [0]) == draw([2, 3], [1])
    assert draw([0, 1], [0]) != draw([0, 1], [0], "synchrony")
    assert draw([0, 1], [0]) != draw([0, 1], [0], seed=1)
    assert draw([0, 1], [0]) != draw([0, 1], [0, 2])
