"""One small call of each kernel of permutations, for `test_door`: four reviews of two products by two reviewers, in one segment."""

import numpy as np

PRODUCT_INDPTR, INDPTR = np.array([0, 2, 4]), np.array([0, 2, 4])
PRODUCT = np.array([0, 0, 1, 1], np.int32)
REVIEWER = np.array([0, 1, 1, 0], np.int32)
EDGES = np.array([0, 3, 1, 2], np.int32)
OF = np.zeros(4, np.int16)
COLUMNS = np.array([1, 1, 2, 3], np.int32), True, np.array([1.0, np.nan, np.inf, 2.0], np.float32).view(np.uint32), True


def sort_reviews():
    return np.array([1, 0], np.int32), PRODUCT_INDPTR, OF, *COLUMNS, np.zeros(1, np.int64), np.empty(4, np.int32)


def sort_reviewers():
    return np.array([1, 0], np.int32), INDPTR, EDGES, OF.astype(np.int32), np.zeros(1, np.int64), np.empty(4, np.int32)


def permute_segments():
    return REVIEWER, np.array([0, 1, 4]), np.array([3, 1, 0, 2], np.int32), 7, 0, 2, np.empty(4, np.int32)


def rows_and_repeats():
    return REVIEWER, PRODUCT_INDPTR, INDPTR[:-1], INDPTR, np.empty(4, np.int32)


def repeated_reviews():
    """Reviewer 0 has both reviews of product 0."""
    who, edges = np.array([0, 0, 1, 1], np.int32), np.arange(4, dtype=np.int32)
    return np.array([1, 3], np.int32), who, PRODUCT, PRODUCT_INDPTR, INDPTR, edges, *COLUMNS


def repair_repeats():
    who, edges = np.array([0, 0, 1, 1], np.int32), np.arange(4, dtype=np.int32)
    segments = np.arange(4, dtype=np.int32), np.array([0]), np.array([4])
    return *segments, OF, who, PRODUCT, PRODUCT_INDPTR, INDPTR, edges, np.array([1, 3], np.int32), 5, 10


CALLS = {one.__name__: one for one in (sort_reviews, sort_reviewers, permute_segments, rows_and_repeats, repeated_reviews, repair_repeats)}
