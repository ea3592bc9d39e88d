"""One small call of each kernel of groups, communities, colours, rows and columns, for `test_door`."""

import numpy as np

# Three reviewers of two products: 0 and 1 review both within a day, 2 the second one later.
INDPTR, EDGES = np.array([0, 2, 4, 5]), np.array([0, 2, 1, 3, 4], np.int32)
REVIEWER, PRODUCT = np.array([0, 1, 0, 1, 2], np.int32), np.array([0, 0, 1, 1, 1], np.int32)
TIME = np.array([3, 4, 3, 4, 30], np.int32)
WINDOW = (np.empty(0, np.uint32), PRODUCT, np.array([0, 2, 5]), TIME, True, 2, -1, np.array([4, 8]), 100)

# A square with one diagonal, by rows.
G_INDPTR, OTHER = np.array([0, 3, 5, 8, 10]), np.array([1, 2, 3, 0, 2, 0, 1, 3, 0, 2], np.int32)
A, B = np.array([0, 0, 0, 1, 2], np.int32), np.array([1, 2, 3, 2, 3], np.int32)


def refine_memberships():
    return (
        np.array([0, 2, 4]),
        np.array([0, 1, 1, 2], np.int32),
        np.array([2, 2]),
        INDPTR,
        EDGES,
        REVIEWER,
        PRODUCT,
        2,
        WINDOW,
        np.arange(2, dtype=np.int32),
        np.array([0, 0, 1, 1, 2], np.int16),
        np.array([40, 40, 40]),
        np.array([0, 2, 4, 5]),
        np.array([0, 1, 0, 1, 2], np.int16),
        np.ones(5, np.uint16),
        0.05,
        0.05,
        0.25,
        8,
    )


def graph():
    return G_INDPTR, OTHER, np.full(10, 3, np.int32), np.array([3.0, 2.0, 3.0, 2.0])


CALLS = {
    "refine_memberships": refine_memberships,
    "leiden_search": lambda: (*graph(), 0.1, 7, -1),
    "refine_colours": lambda: (A, B, np.zeros(5, np.uint64), np.ones(4, np.uint64), np.empty(4, np.uint64), 2),
    "combine_hashes": lambda: (np.ones(4, np.uint64), np.arange(4, dtype=np.uint64)),
    "order_of_colours": lambda: (np.array([5, 1 << 60, 5], np.uint64), np.empty(3, np.int32)),
    "depth_first": lambda: (G_INDPTR, OTHER, np.array([2, 0, 1, 3], np.int32), np.empty(4, np.int32)),
    "group_by": lambda: (A, np.array([True, False, True, True, True]), np.empty(5, np.int64), np.empty(4, np.int32)),
    "graph_rows": lambda: (
        np.array([2, 0, 3, 1], np.int32),
        A,
        B,
        np.ones(5, np.uint8),
        np.empty(5, np.int64),
        np.empty(10, np.int32),
        np.empty(10, np.uint8),
    ),
    "edge_strengths": lambda: (A, B, np.ones(5, np.int32), np.zeros(4, np.int64)),
    "order_edges": lambda: (
        0,
        2,
        np.array([0, 2, 5]),
        np.array([4, 1, 3, 0, 2], np.int32),
        TIME,
        REVIEWER,
        np.empty(5, np.int32),
        np.empty(5, np.int32),
    ),
    "take": lambda: (0, 3, np.arange(5, dtype=np.uint32), np.array([4, 0, -1], np.int32), np.empty(3, np.uint32)),
    "positions_where": lambda: (np.array([True, False, True]), np.empty(2, np.int32)),
    "count_repeated_edges": lambda: (0, 3, INDPTR, EDGES, PRODUCT),
    "count_in_common": lambda: (
        np.array([0, 0], np.int32),
        np.array([1, 2], np.int32),
        INDPTR,
        EDGES,
        PRODUCT,
        TIME,
        -1,
        2,
        np.zeros(2, np.int32),
    ),
}
