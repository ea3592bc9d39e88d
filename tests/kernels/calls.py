"""One small call of each kernel, for `test_door`, which copies the arrays before it passes them."""

import numpy as np

from collusion.kernels.activity import Activity
from collusion.kernels.leave_out import Rates
from collusion.kernels.residuals import Joined, list_visits
from collusion.kernels.spans import Windows


def values_of(kind):
    """Make a function that makes an array of what it is given."""
    return lambda *values: np.array(values, kind)


i16, i32, i64 = map(values_of, (np.int16, np.int32, np.int64))
u8, u64, f32, f64 = map(values_of, (np.uint8, np.uint64, np.float32, np.float64))
flags = values_of(np.bool_)


def room(shape, kind=np.int32):
    return np.zeros(shape, kind)


def numbers(n):
    return np.arange(n, dtype=np.int32)


# A log: two products of three edges each, at days 0, 1 and 2; three reviewers, each of both products; one group, of all of them.
NO_TIME = -(2**31)
MONTHS, BINS = 1, 6
PRODUCT, TIME, REVIEWER = i32(0, 0, 0, 1, 1, 1), i32(0, 1, 2, 0, 1, 2), i32(0, 1, 2, 0, 1, 2)
PRODUCT_INDPTR, ROWS, STRATUM = i64(0, 3, 6), (i64(0, 2, 4, 6), i32(0, 3, 1, 4, 2, 5)), i16(0, 0, 1, 0, 1, 1)
COLUMNS = TIME, 0, True, np.full(6, 5.0, np.float32).view(np.uint32), True
SPAN = np.array([3 << 13, 2 << 13 | 1, 1 << 13 | 2] * 2, np.uint32)
WINDOWS = Windows(room(0, np.uint32), PRODUCT, PRODUCT_INDPTR, TIME, True, 7, NO_TIME, i64(4, 8, 16, 32, 64), 8191)
ACTIVITY = Activity(i64(0, 1, 3, 4), i16(0, 0, 1, 1), np.array([2, 1, 1, 2], np.uint16))
CLASS_ACTIVITY = Activity(i64(0, 2, 4, 5), i32(0, 1, 0, 3, 2), np.array([1, 1, 1, 1, 2], np.uint16))
RATE = np.full((3, 2 * MONTHS + 1, BINS), 0.1)
RATES = Rates(RATE, i64(3, 3, 0), MONTHS, 3, RATE[:1], np.full((1, 2 * MONTHS + 1), 9.0))
GROUP, NEAR = (i64(0, 3), i32(0, 1, 2)), (i64(0, 6), np.arange(6), REVIEWER)
UNITS, JOINED = i32(0, 1), Joined(i64(0, 2), i32(0, 1), i32(0, 0))
VISITS = list_visits(ROWS[0], TIME[ROWS[1]], STRATUM[ROWS[1]].astype(np.int32), NO_TIME)

LOG = {
    "fill_spans": (PRODUCT_INDPTR, TIME, True, 7, NO_TIME, i64(4, 8), 8191, room(6, np.uint32), room(8192, np.int64)),
    "cut_spans": (SPAN, 2, 6 << 26),
    "words_of": (i64(0, 5), WINDOWS, room(2, np.uint32)),
    "add_window": (SPAN, 0, 6, TIME, True, 0, 1, 5, np.full(6, 4095 << 26, np.uint64)),
    "hide": (np.full(3, 1 << 13, np.uint64), room(3), 3),
    "sort_rows": (*ROWS, PRODUCT, i32(1, 0)),
    "move_rows": (i32(2, 0, 1), *ROWS, room(6)),
    "mark_joined": (*ROWS, PRODUCT, i32(0, 0), room(1, np.uint8)),
    "count_wedges": (SPAN, STRATUM, room((2, 2, 7), np.int64)),
    "count_launches": (PRODUCT_INDPTR, TIME, NO_TIME, i32(0, NO_TIME), 30, SPAN, STRATUM, room((3, 7), np.int64), room(2, np.int64)),
    "find_lonely": (PRODUCT_INDPTR, TIME, NO_TIME, 7, room(2, np.bool_)),
    "number_strata": (PRODUCT_INDPTR, i32(0, 1), TIME, 0, 2, NO_TIME, 30, 16, 40, room(6, np.int16)),
    "count_strata": (*ROWS, STRATUM, room(4, np.int64), room(6, np.int16), room(6, np.uint16)),
    "count_activity": (ROWS[0], *ACTIVITY[:2], room((2, 4))),
    "add_codes": (PRODUCT, i32(0, 1, 0, 2, -1, 2), np.ones(6, np.bool_), i32(-1, -1), room(2), room(3, np.int64), room(6, np.int64)),
    "count_codes": (PRODUCT, room(2, np.int64)),
    "colour_reviews": (*COLUMNS, room(6, np.uint64)),
    "colour_timelines": (PRODUCT_INDPTR, *COLUMNS, room(2, np.uint64)),
    "colour_reviewers": (PRODUCT_INDPTR, REVIEWER, *COLUMNS, u64(1, 1), room(3, np.uint64)),
    "add_reviewers": (PRODUCT_INDPTR, REVIEWER, u64(1, 1, 1), u64(1, 1)),
    "shared_reviews": (*GROUP, *ROWS, PRODUCT, TIME, 7),
    "group_co_reviews": (
        (*GROUP, *NEAR, np.ones(6, np.bool_), PRODUCT, UNITS, WINDOWS, 5, ACTIVITY),
        (i32(0, 1, 2), ACTIVITY, STRATUM, RATES, room((1, BINS), np.int64), room((1, BINS), np.float64)),
    ),
    "granted_counts": (
        (GROUP[0], *NEAR, PRODUCT, TIME, i32(0, NO_TIME), NO_TIME, 30, WINDOWS, 5, UNITS, JOINED),
        (*room((3, 1, BINS), np.int64), room((1, 3, BINS), np.int64)),
    ),
    "granted_expectations": (
        (*GROUP, *NEAR[:2], PRODUCT, WINDOWS, 5, UNITS, JOINED, ACTIVITY, STRATUM, CLASS_ACTIVITY),
        (np.full((3, 2), 2.0), VISITS, 60, RATES, room((1, BINS), np.float64), *room((3, 1, 3, BINS), np.float64)),
    ),
    "list_visits": (ROWS[0], TIME, STRATUM.astype(np.int32), NO_TIME),
    "count_pairs": (
        (0, 3, *ROWS, u8(0), REVIEWER, 3, SPAN.astype(np.uint64), i64(2**63 - 1), i64(0), i64(-1)),
        (i64(0, 1, 2, 3), room(3, np.int16), np.full(3, 2, np.uint16), np.full((1, 1, 1, 6), 1e-3), 0, 2, 1.0),
    ),
    "coherent_cores": (*ROWS, REVIEWER, PRODUCT, PRODUCT_INDPTR, i32(5, 6, 6, 2, 3, 3), True, 3, NO_TIME, 500, 2, 2, 0.5, 10),
}

# Three reviewers of two products: 0 and 1 review both within a day, 2 the second one later. And a square with one diagonal, by rows.
INDPTR, EDGES = i64(0, 2, 4, 5), i32(0, 2, 1, 3, 4)
WRITER, OF, DAY = i32(0, 1, 0, 1, 2), i32(0, 0, 1, 1, 1), i32(3, 4, 3, 4, 30)
WINDOW = (room(0, np.uint32), OF, i64(0, 2, 5), DAY, True, 2, -1, i64(4, 8), 100)
SQUARE = i64(0, 3, 5, 8, 10), i32(1, 2, 3, 0, 2, 0, 1, 3, 0, 2)
A, B = i32(0, 0, 0, 1, 2), i32(1, 2, 3, 2, 3)

GRAPHS = {
    "refine_memberships": (
        (i64(0, 2, 4), i32(0, 1, 1, 2), i64(2, 2), INDPTR, EDGES, WRITER, OF, 2, WINDOW, UNITS, i16(0, 0, 1, 1, 2), i64(40, 40, 40)),
        (i64(0, 2, 4, 5), i16(0, 1, 0, 1, 2), np.ones(5, np.uint16), 0.05, 0.05, 0.25, 8),
    ),
    "leiden_search": (*SQUARE, np.full(10, 3, np.int32), f64(3, 2, 3, 2), 0.1, 7, -1),
    "refine_colours": (A, B, room(5, np.uint64), u64(1, 1, 1, 1), room(4, np.uint64), 2),
    "combine_hashes": (u64(1, 1, 1, 1), u64(0, 1, 2, 3)),
    "order_of_colours": (u64(5, 1 << 60, 5), room(3)),
    "depth_first": (*SQUARE, i32(2, 0, 1, 3), room(4)),
    "group_by": (A, flags(1, 0, 1, 1, 1), room(5, np.int64), room(4)),
    "graph_rows": (i32(2, 0, 3, 1), A, B, np.ones(5, np.uint8), room(5, np.int64), room(10), room(10, np.uint8)),
    "edge_strengths": (A, B, np.ones(5, np.int32), room(4, np.int64)),
    "order_edges": (0, 2, i64(0, 2, 5), i32(4, 1, 3, 0, 2), DAY, WRITER, room(5), room(5)),
    "take": (0, 3, np.arange(5, dtype=np.uint32), i32(4, 0, -1), room(3, np.uint32)),
    "positions_where": (flags(1, 0, 1), room(2)),
    "count_repeated_edges": (0, 3, INDPTR, EDGES, OF),
    "count_in_common": (i32(0, 0), i32(1, 2), INDPTR, EDGES, OF, DAY, -1, 2, room(2)),
    "count_triangles": (i64(0, 2, 4, 6), i32(1, 2, 0, 2, 0, 1)),
}

# Pairs: windows of two edges of one product and three of another; rows of pairs and units; a triangle and a pair of nodes.
PAIR_SPAN = np.array([2 << 13, (1 << 13) | 1, 3 << 13, (2 << 13) | 1, (1 << 13) | 2], np.uint32)
PAIR_ROWS = i64(0, 2, 3, 3), i64((1 << 32) | 5, (2 << 32) | 6, (2 << 32) | (1 << 31) | 2)
ENDS = i32(0, 0, 1, 3), i32(1, 2, 2, 4)

PAIRS = {
    "rare_pairs": (PAIR_SPAN, 2, WRITER, 3, OF, i32(4, 9)),
    "committed_reviewers": (PAIR_SPAN, 2, WRITER, i64(2, 2, 1), 0.25),
    "closed_pairs": (*PAIR_ROWS, u8(1, 0, 1)),
    "pair_strengths": PAIR_ROWS,
    "pair_columns": (*PAIR_ROWS, u8(1, 0, 1), False),
    "densest_parts": (i64(0, 3, 5), numbers(5), i64(0, 2, 4, 6, 7, 8), i32(1, 2, 0, 2, 0, 1, 4, 3), np.ones(8, np.uint8), 2, True),
    "two_core": (5, *ENDS),
    "number_ends": (5, *ENDS),
    "ties_inside": (*ENDS, i32(3, 2, 1, 9), i32(0, 0, 0, 1, 1), 2),
}

# Dense blocks: two nodes without and two with a weight, all of one side linked with all of the other.
HALVES = i64(0, 2, 4, 6), i64(2, 4, 6, 8), i32(2, 3, 2, 3, 0, 1, 0, 1)
WEIGHTED = *HALVES, i64(2, 4), 2
ARCS = i64(0, 2, 4, 6, 8), HALVES[2]

BLOCKS = {
    "cut_edges": (*HALVES, flags(1, 0, 1, 0)),
    "density_core": (*WEIGHTED, 0),
    "restrict_graph": (*HALVES, i32(0, 2)),
    "peel_greedily": (*WEIGHTED, room(4, np.int64), room(4)),
    "degree_core": (*HALVES, i64(2, 2, 2, 2), i64(2, 2, 2, 2)),
    "lay_out_arcs": WEIGHTED,
    "maximum_flow": (*ARCS, i64(4, 6, 5, 7, 0, 2, 1, 3), np.full(8, 3), i64(4, 0, 0, 0), i64(0, 0, 1, 1)),
    "weight_inside": (*ARCS, np.full(8, 3), flags(1, 0, 1, 1)),
    "biconnected_components": (i64(0, 2, 5, 7, 8), i32(0, 2, 1, 4, 3, 5, 6, 7), i32(0, 1, 0, 1), i32(1, 2, 2, 3)),
    "tensor_density": (2, 4, i64(2, 1), 9, i64(3, 3)),
    "densest_tensor_block": (0, i32([0, 0, 1, 1, 2], [3, 4, 3, 4, 5]), i64(0, 3, 6), room(5, np.bool_), 5, i64(3, 3), 5),
}

# Methods: lists of users; beliefs of three nodes; reviews of the reviewers that HoloScope starts with.
LISTS, LIST_PAIRS = (i64(0, 3, 6, 8), i32(0, 1, 2, 0, 1, 2, 1, 2)), (i32(0, 0, 1), i32(1, 2, 2))
PRIOR, MESSAGES, KINDS = i64(2**37, 0, -(2**38)), i64(2**36, -(2**35), 0, 2**30), i32(0, 1, 0, 1)
POTENTIALS = f64([[0.9, 0.1], [0.2, 0.8]], [[0.9, 0.2], [0.1, 0.8]])

METHODS = {
    "pairs_of_lists": (i64(0, 2, 5, 8), i32(0, 1, 0, 1, 2, 0, 1, 2), *LISTS, 2),
    "users_in_common": (*LISTS, *LIST_PAIRS),
    "agreeing_sets": (*LIST_PAIRS, *LISTS, i64(0, 1, 9, 0, 2, 3, 5, 6), 3, 2, 4),
    "group_tightness": (
        (i64(0, 2, 4), i32(0, 1, 1, 2), i64(0, 2, 3), i32(0, 1, 1), *LISTS, i64(2, 3, 3)),
        (i32(0, 1, 9, 0, 2, 3, 5, -7), -7, f32(5, 4, 1, 5, np.nan, 3, 2, 1), 30, 4),
    ),
    "maximal_sets": (i64(0, 4, 8, 11), i32(*[0, 1, 2, 3] * 2, 0, 1, 2), i64(0, 3, 6, 9, 11), i32(*[0, 1, 2] * 3, 0, 1), 2, 100),
    "belief_round": (i64(0, 1, 3, 4), i32(1, 0, 3, 2), KINDS, POTENTIALS, PRIOR, MESSAGES, room(4, np.int64), 0.3),
    "belief_log_odds": (i64(0, 1, 3, 4), PRIOR, MESSAGES),
    "shave_by_contrast": (
        (i64(0, 2, 4, 5), numbers(5), i64(0, 2, 5), i32(0, 2, 1, 3, 4), i32(0, 0, 1, 1, 2), i32(0, 1, 0, 1, 1)),
        (i64(4, 0, 4, 1, 0), i64(2, -1, 2, 0, 1), i64(1024, 2048), i64(2, 5), i64(8, 3), i64([0, 0, 2], [1, 1, 3]), 32.0, True, True, True),
    ),
    "bursts_and_drops": (i64(0, 4, 7), i64(0, 3, 3, 4, -1, 0, 5)),
}

# Permutations: four reviews of two products by two reviewers, in one segment. Where one has both reviews of a product, it is repaired.
TWOS, HALF, SEGMENT = i64(0, 2, 4), i32(0, 0, 1, 1), i16(0, 0, 0, 0)
SHUFFLED_COLUMNS = i32(1, 1, 2, 3), True, f32(1, np.nan, np.inf, 2).view(np.uint32), True

PERMUTATIONS = {
    "sort_reviews": (i32(1, 0), TWOS, SEGMENT, *SHUFFLED_COLUMNS, room(1, np.int64), room(4)),
    "sort_reviewers": (i32(1, 0), TWOS, i32(0, 3, 1, 2), SEGMENT.astype(np.int32), room(1, np.int64), room(4)),
    "permute_segments": (i32(0, 1, 1, 0), i64(0, 1, 4), i32(3, 1, 0, 2), 7, 0, 2, room(4)),
    "rows_and_repeats": (i32(0, 1, 1, 0), TWOS, TWOS[:-1], TWOS, room(4)),
    "repeated_reviews": (i32(1, 3), HALF, HALF, TWOS, TWOS, numbers(4), *SHUFFLED_COLUMNS),
    "repair_repeats": (numbers(4), i64(0), i64(4), SEGMENT, HALF, HALF, TWOS, TWOS, numbers(4), i32(1, 3), 5, 10),
}

# Inferred categories: two reviewers of three products, and three ties.
TASTE_INDPTR, TASTE_PRODUCT, TASTE_DAY = i64(0, 3, 6), i32(0, 1, 2, 0, 1, 2), i32(0, 70, 140, 5, 90, 200)
TIES, MONTH, IN_TURN, HASHES = i32([0, 1, 0], [2, 1, 0], [3, 5, 1]), TASTE_DAY // np.int32(100), i32(0, 1, 0, 1, 0, 1), u64(3, 2**63 + 5)
MARKS, WORTH = u8([1, 2], [3, 0]), np.arange(8 * 256 * 2, dtype=np.int32).reshape(8, 256, 2)

TASTE = {
    "colour_products": (i64(0, 2, 4, 6), i64(0, 2), IN_TURN, TASTE_DAY, 0, HASHES, room(2, np.uint64)),
    "tie_reviews": (i64(1, 0), TASTE_INDPTR, HASHES, TASTE_PRODUCT, TASTE_DAY, 60, 2, room(6, np.uint64), room((12, 3))),
    "add_ties": (TIES, TASTE_PRODUCT, MONTH, *room((4, 3, 3), np.float64)),
    "sum_by_reviewer": (TIES, TASTE_PRODUCT, MONTH, np.arange(6.0).reshape(3, 2), np.ones((3, 2)), *room((3, 2), np.float64)),
    "mark_periods": (TASTE_INDPTR, numbers(6), TASTE_PRODUCT, TASTE_DAY, -99, 0, 60, np.array([0, 1, -1], np.int8), room((2, 2), np.uint8)),
    "label_products": (
        (i64(0, 2, 4, 6), IN_TURN, TASTE_DAY, -99, 0, 60, flags(1, 0, 1), MARKS, WORTH),
        (room(2, np.int64), room(2, np.float64), room(3, np.int8)),
    ),
    "multiply_matrices": (np.arange(6.0).reshape(2, 3), np.arange(27.0).reshape(3, 9)),
    "leading_eigenvectors": (np.diag([3.0, 2.0, 1.0]), 2),
}

# A group's part of a log: dates of two products, of which some are the group's.
DATES, LOW, HIGH, START = i32(1, 2, 2, 5, 9, 3, 4, 8), i64(0, 5), i64(5, 8), i64(0, 2, 3)
OWN, DAYS, STRATA_INDPTR, STRATA = i64(1, 3, 6), i64(2, 5, 4), i64(0, 3, 5), i16(0, 0, 1, 1, 2)

SIGNALS = {
    "value_runs": (i64(1, 1, 4),),
    "first_dates": (i64(0, 5, 8), DATES, 1, room(2)),
    "count_around": (DATES, LOW, HIGH, DAYS, START, i64(0, 3), 1, 20),
    "joined_circles": (4, i64(0, 2), i64(1, 3)),
    "draw_from_product": (DATES, LOW, HIGH, DAYS, START, 2, 11, 4, room(3, np.float64)),
    "draw_own_times": (DATES, LOW, HIGH, OWN, DAYS, START, 2, 11, 4, room(3, np.float64)),
    "pairs_before": (i64(1, 2, 5), i64(3, 6, 9)),
    "first_overlaps": (i64(0, 2, 4), i64(0, 1, 1, 0), 2, 0.5, room(2, np.int64)),
    "sums_by": (i32(0, 0, 1), f32(5, np.nan, 3), 1, i32(0, 0, 1), f64(4, 3), flags(1, 0), room(2), room(2, np.float64)),
    "largest_sizes": (STRATA_INDPTR, STRATA, room(3, np.int64)),
    "count_sizes": (STRATA_INDPTR, STRATA.astype(np.int32), i64(0, 2, 3, 4), room(4)),
    "runs_of_strata": (i32(1, 0), STRATA_INDPTR, STRATA),
    "count_members": (i32(1, 0), i64(0, 2, 5), i32(0, 4, 1, 2, 3), STRATA, i64(0, 1)),
}

# Logs that are read: four strings; and drawn: one block of accounts or products. `Coder` passes a table of eight cells, one name known.
OFFSETS, BYTES, NEVER = i32(0, 2, 3, 3, 5), u8(*b"abcab"), -(2**63)
BLOCK = f64(0, 0.5), i32(0, 1), 8
DRAWN = *BLOCK, f64(1), i64(0, 9)
# Three reviews in the order of time, the first without a day.
DATED = i64(0, 3), i32(-9, 4, 5), -9, 2
# One reviewer with more rows than are compared with each other.
TWENTY = numbers(20)

READING = {
    "code_strings": (
        (OFFSETS, BYTES, np.ones(4, np.bool_), room(16, np.uint64), i64(0, 2, 0, 0, 0, 0), room(16, np.uint8)),
        (1, 64, room(4)),
    ),
    "rehash": (u64(0, 0, (5 << 32) | 1, 3, 0, 0, 0, 0), room(16, np.uint64)),
    "hash_strings": (OFFSETS.astype(np.int64), BYTES, room(4, np.uint64)),
    "first_seen": (i32(1, 0, 1), i32(-2, -2, 7), room(2)),
    "gather_strings": (OFFSETS.astype(np.int64), BYTES, i32(3, 0, 2, 3)),
    "unset_empty": (OFFSETS, BYTES, np.ones(4, np.bool_), ord("b"), ord("c"), room(4)),
    "mark_repeats": (0, 1, i64(0, 20), TWENTY, TWENTY // 2, TWENTY // 2, TWENTY[::-1], room(20, np.uint8)),
    "mark_same_words": (0, 2, i64(0, 4, 20), TWENTY, u64(7, 7, 0, 9, *[5] * 16), room(20), room(20, np.bool_)),
    "count_distinct": (i64(0, 2, 3), i32(0, 1, 2), i32(1, 1, 0), room(2)),
    "split_days": (i64(86_400, 0, -1, NEVER), 86_400, NEVER, room(4, np.int64)),
    "seconds_of_day": (i64(86_401, 5, -1, NEVER), i64(1, 0, -1, NEVER), 86_400, 1, room(4)),
    "believed_days": (i64(5, 50, NEVER), NEVER, 0, 10, NO_TIME, room(3), room(3, np.bool_)),
    "follow_quotes": (u8(*b'a,"b\nc,d\ne",f\n'), ord(","), 1, i64(0, -1, 10), room((5, 3), np.int64)),
    "similar_degrees": DATED,
    "similar_pairs": (*DATED, f32(1, 5, 4), i32(2, 1, 0), i64(0, 2, 2), 10, f64(1, 0.9, 0.8), 3.0, 0.5),
    "draw_reviews": (
        (-5, 0, 3, 1.0, 4, 2, *BLOCK, *DRAWN),
        (*room((2, 3), np.int64), room(3, np.float64), *room((2, 3), np.int8), room(3, np.int64)),
    ),
    "draw_for": (7, 9, np.arange(3), f64(0.1, 0.5, 0.9), *DRAWN, room(3, np.int64), *room((2, 3), np.int8), room(3, np.int64)),
    "write_ids": (np.arange(3), 5, u8(*b"x"), np.arange(32, dtype=np.uint8), room((3, 6), np.uint8)),
}

CALLS = LOG | GRAPHS | PAIRS | BLOCKS | METHODS | PERMUTATIONS | TASTE | SIGNALS | READING
