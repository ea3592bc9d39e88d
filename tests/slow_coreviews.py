"""Co-reviews by comparing all reviews with all reviews, and small logs to compare on."""

from collections import defaultdict
from itertools import combinations

from hypothesis import strategies as st

from collusion.graph.graph import NO_TIME, build_graph

DEGREE_BOUNDS = (4, 8, 16, 32, 64)


def review(code):
    """The review (reviewer, product, day) of a number: drawing one number is several times as fast as drawing three."""
    pair, day = divmod(code, 64)
    return *divmod(pair, 8), day if day <= 40 else NO_TIME


rows = st.lists(st.integers(0, 10 * 8 * 64 - 1), max_size=60, unique_by=lambda code: code // 64).map(lambda codes: [*map(review, codes)])
sellers = st.lists(st.integers(-1, 3), min_size=8, max_size=8)


def co_reviews_by_pair(reviews, window, seller):
    """Co-reviews of each pair: unit -> bin of the co-review with the lowest local degree there."""

    def near(a, b):
        return a[1] == b[1] and (window is None or (NO_TIME not in (a[2], b[2]) and abs(a[2] - b[2]) <= window))

    def degree_bin(a):
        degree = sum(near(a, b) or a is b for b in reviews)
        return sum(degree > bound for bound in DEGREE_BOUNDS)

    bins = {a: degree_bin(a) for a in reviews}
    found = defaultdict(dict)
    for a, b in combinations(reviews, 2):
        if a[0] != b[0] and near(a, b):
            pair = (min(a[0], b[0]), max(a[0], b[0]))
            unit = ("seller", seller[a[1]]) if seller is not None and seller[a[1]] >= 0 else ("product", a[1])
            found[pair][unit] = min(found[pair].get(unit, len(DEGREE_BOUNDS)), max(bins[a], bins[b]))
    return found


def build(reviews, seller=None):
    columns = [list(column) for column in zip(*reviews, strict=True)] or [[], [], []]
    return build_graph(*columns[:2], time=columns[2], seller=seller, n_reviewers=10, n_products=8)
