"""One small call of each kernel that reads logs, or draws them, for `test_door`."""

import numpy as np

NAMES = b"abcab"
OFFSETS = np.array([0, 2, 3, 3, 5], np.int32)
BYTES = np.frombuffer(NAMES, np.uint8).copy()
BLOCKS = (np.array([0.0, 0.5]), np.array([0, 1], np.int32), 8)


def codes():
    """As `Coder` passes them: a table of eight cells, one name known."""
    out = np.empty(4, np.int32)
    return OFFSETS, BYTES, np.ones(4, bool), np.zeros(16, np.uint64), np.array([0, 2, 0, 0, 0, 0]), np.zeros(16, np.uint8), 1, 64, out


def table():
    words = np.zeros(8, np.uint64)
    words[2:4] = (5 << 32) | 1, 3
    return words, np.zeros(16, np.uint64)


def hashes():
    return OFFSETS.astype(np.int64), BYTES, np.empty(4, np.uint64)


def entries():
    return np.array([1, 0, 1], np.int32), np.array([-2, -2, 7], np.int32), np.empty(2, np.int32)


def gathered():
    return OFFSETS.astype(np.int64), BYTES, np.array([3, 0, 2, 3], np.int32)


def empty():
    return OFFSETS, BYTES, np.ones(4, bool), ord("b"), ord("c"), np.empty(4, np.int32)


def repeats():
    """One reviewer with more rows than are compared with each other."""
    rows = np.arange(20, dtype=np.int32)
    return 0, 1, np.array([0, 20]), rows, rows // 2, rows // 2, rows[::-1].copy(), np.zeros(20, np.uint8)


def same_words():
    text = np.array([7, 7, 0, 9] + [5] * 16, np.uint64)
    return 0, 2, np.array([0, 4, 20]), np.arange(20, dtype=np.int32), text, np.zeros(20, np.int32), np.zeros(20, bool)


def distinct():
    return np.array([0, 2, 3]), np.array([0, 1, 2], np.int32), np.array([1, 1, 0], np.int32), np.empty(2, np.int32)


def days():
    return np.array([86_400, 0, -1, -(2**63)]), 86_400, -(2**63), np.empty(4, np.int64)


def seconds():
    return np.array([86_401, 5, -1, -(2**63)]), np.array([1, 0, -1, -(2**63)]), 86_400, 1, np.empty(4, np.int32)


def believed():
    return np.array([5, 50, -(2**63)]), -(2**63), 0, 10, -(2**31), np.empty(3, np.int32), np.empty(3, bool)


def quotes():
    text = np.frombuffer(b'a,"b\nc,d\ne",f\n', np.uint8).copy()
    return text, ord(","), 1, np.array([0, -1, 10]), np.empty((5, 3), np.int64)


def people():
    """One product, three reviews in the order of time, the first without a day."""
    return np.array([0, 3]), np.array([-9, 4, 5], np.int32), -9, 2


def pairs():
    rating, reviewer, degree = np.array([1, 5, 4], np.float32), np.array([2, 1, 0], np.int32), np.array([0, 2, 2])
    return *people(), rating, reviewer, degree, 10, np.array([1.0, 0.9, 0.8]), 3.0, 0.5


def shared():
    indptr, edges, product = np.array([0, 2, 3]), np.array([0, 2, 1], np.int32), np.array([0, 0, 1], np.int32)
    return indptr, edges, product, np.array([0], np.int32), np.array([1], np.int32), np.empty(2, np.int32)


def triangle():
    return np.array([0, 2, 4, 6]), np.array([1, 2, 0, 2, 0, 1], np.int32)


def drawn(*kinds):
    return tuple(np.empty(3, kind) for kind in kinds)


def reviews():
    out = drawn(np.int64, np.int64, np.float64, np.int8, np.int8, np.int64)
    return -5, 0, 3, 1.0, 4, 2, *BLOCKS, *BLOCKS, np.array([1.0]), np.array([0, 9]), *out


def reviews_for():
    out = drawn(np.int64, np.int8, np.int8, np.int64)
    return 7, 9, np.arange(3), np.array([0.1, 0.5, 0.9]), *BLOCKS, np.array([1.0]), np.array([0, 9]), *out


def ids():
    return np.arange(3), 5, np.frombuffer(b"x", np.uint8).copy(), np.arange(32, dtype=np.uint8), np.empty((3, 6), np.uint8)


CALLS = {
    "code_strings": codes,
    "rehash": table,
    "hash_strings": hashes,
    "first_seen": entries,
    "gather_strings": gathered,
    "unset_empty": empty,
    "mark_repeats": repeats,
    "mark_same_words": same_words,
    "count_distinct": distinct,
    "split_days": days,
    "seconds_of_day": seconds,
    "believed_days": believed,
    "follow_quotes": quotes,
    "similar_degrees": people,
    "similar_pairs": pairs,
    "similar_shared": shared,
    "count_triangles": triangle,
    "draw_reviews": reviews,
    "draw_for": reviews_for,
    "write_ids": ids,
}
