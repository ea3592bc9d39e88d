"""Variants of a listing are recognised; a ring that pastes one text is not taken for one."""

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

import collusion as cl
from collusion.kernels.csr import group_by
from collusion.reviews.listing import MIN_COPIERS, copies_of, infer_listings, representative
from collusion.reviews.table import COPY, COUNTED, Names


def log(rows):
    """A table of (reviewer, product, text, day, rating, seller) rows."""
    names = ["reviewer_id", "product_id", "text", "timestamp", "rating", "seller"]
    columns = list(zip(*rows, strict=True))
    frame = {name: list(column) for name, column in zip(names, columns, strict=False)}
    if "timestamp" in frame:
        frame["timestamp"] = [1_500_000_000 + 86_400 * day for day in frame["timestamp"]]
    return cl.read_reviews(pa.table(frame))


def groups(table):
    """Listings of two products or more, by name."""
    found = defaultdict(set)
    for p, own in enumerate(table.listing.tolist()):
        found[own].add(table.product_names[p])
    return sorted(sorted(own) for own in found.values() if len(own) > 1)


def joined(pairs, n):
    """Components of pairs among n products, by repeated merging."""
    block = [{k} for k in range(n)]
    for a, b in pairs:
        one, other = (next(own for own in block if x in own) for x in (a, b))
        if one is not other:
            block.remove(other)
            one |= other
    return block


def variants(n, products=("a", "b", "c"), seller="s"):
    """Reviews that the marketplace shows on all variants of a listing."""
    return [(f"u{k}", p, f"words of {k}", k, 5, seller) for k in range(n) for p in products]


def test_reviews_copied_over_variants_count_once():
    table = log([*variants(10), *[(f"w{k}", "z", f"other {k}", k, 4, "s") for k in range(9)]])
    assert groups(table) == [["a", "b", "c"]]
    assert Counter(table.status.tolist()) == {COUNTED: 10 + 9, COPY: 20}
    (basket,) = table.variants
    assert [table.product_names[p] for p in basket.products] == ["a", "b", "c"]
    assert (len(basket.reviewers), len(basket.rows), basket.copies, basket.inferred) == (10, 30, 20, True)


def test_a_ring_that_pastes_over_products_with_other_reviewers_is_no_listing():
    """Fifty accounts paste their own text over the same four products, which have a dozen other reviewers each."""
    honest = [(f"h{p}{k}", p, f"honest {p}{k}", k, 4, "s") for p in "abcd" for k in range(12)]
    table = log([*variants(50, "abcd"), *honest])
    assert groups(table) == []
    assert table.copies == 0
    assert table.variants == ()


def test_a_ring_that_pastes_over_products_of_several_sellers_is_no_listing():
    """Even where the products have no other reviewers."""
    table = log([(*row[:5], f"seller of {row[1]}") for row in variants(50)])
    assert groups(table) == []
    assert table.copies == 0


def test_unknown_sellers_do_not_part_a_listing():
    assert groups(log([(*row[:5], None if row[1] == "a" else "s") for row in variants(20)])) == [["a", "b", "c"]]


def test_products_of_unknown_seller_join_no_two_sellers():
    """The pairs of one seller stay; an unknown product that fits two sellers belongs to neither."""
    seller = {"a": "s", "b": "s", "c": None, "d": "t"}
    assert groups(log([(*row[:5], seller[row[1]]) for row in variants(20, "abcd")])) == [["a", "b"]]


def test_fewer_copiers_than_the_least_make_no_listing():
    assert groups(log(variants(MIN_COPIERS - 1))) == []
    assert groups(log(variants(MIN_COPIERS))) == [["a", "b", "c"]]


def test_the_same_words_by_several_people_or_on_several_days_are_no_copies():
    people = [(f"u{p}{k}", p, "great product", 3, 5, "s") for k in range(20) for p in "abc"]
    days = [(f"u{k}", p, "great product", day, 5, "s") for k in range(20) for day, p in enumerate("abc")]
    stars = [(f"u{k}", p, "great product", 3, 3 + star, "s") for k in range(20) for star, p in enumerate("abc")]
    empty = [(f"u{k}", p, "", 3, 5, "s") for k in range(20) for p in "abc"]
    for rows in (people, days, stars, empty):
        assert groups(log(rows)) == []


def test_a_template_over_many_products_is_no_listing():
    assert groups(log(variants(5, [f"p{k}" for k in range(60)]))) == []


def test_listings_that_the_log_gives_are_taken():
    frame = pa.table(
        {
            "reviewer_id": ["u", "u", "u", "v", "v", "w", "w", "x"],
            "product_id": ["a", "b", "z", "a", "b", "a", "b", "b"],
            "listing": ["L", "L", None, "L", "L", "L", "L", "L"],
        }
    )
    table = cl.read_reviews(frame)
    assert groups(table) == [["a", "b"]]
    assert table.product_names[int(table.listing[0])] == "b"
    assert table.status.tolist() == [COUNTED, COPY, COUNTED, COUNTED, COPY, COUNTED, COPY, COUNTED]
    (basket,) = table.variants
    assert (len(basket.reviewers), basket.rows.tolist(), basket.copies, basket.inferred) == (3, [0, 1, 3, 4, 5, 6], 3, False)


REVIEWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 2), st.integers(0, 1)), max_size=80)


HASHES = np.array([0, 0x1B873593CC9E2D51, 0xE6546B6485EBCA6B], dtype=np.uint64)
"""Of the empty text and two others."""


def slow_pairs(copiers, reviewers, seller):
    """Pairs of products that are variants, from who copied over which two and who reviewed which."""
    expected = [
        (a, b)
        for (a, b), people in sorted(copiers.items())
        if len(people) >= 3
        and len(people) >= 0.9 * min(len(reviewers[a]), len(reviewers[b]))
        and (seller is None or min(seller[a], seller[b]) < 0 or seller[a] == seller[b])
    ]
    if seller is None:
        return expected
    block = joined(expected, len(seller))
    known = [{int(seller[p]) for p in next(own for own in block if a in own) if seller[p] >= 0} for a, _ in expected]
    return [pair for pair, own in zip(expected, known, strict=True) if len(own) < 2 or min(seller[list(pair)]) >= 0]


@given(REVIEWS)
def test_copies_and_pairs_are_those_of_a_slow_reading(rows):
    """(reviewer, product, text, day); text 0 is empty."""
    reviewer, product, text, day = (np.array([row[k] for row in rows], dtype=np.int32) for k in range(4))
    found = copies_of(reviewer, product, day, None, HASHES[text], group_by(reviewer, 5))
    written = defaultdict(set)
    for u, p, t, d in rows:
        if t:
            written[u, t, d].add(p)
    slow = sorted(sorted((p, u) for p in products) for (u, _, _), products in written.items() if len(products) > 1)
    of = defaultdict(list)
    for g, p, u in found.tolist():
        of[g].append((p, u))
    assert sorted(of.values()) == slow

    copiers, reviewers = defaultdict(set), defaultdict(set)
    for u, p, _, _ in rows:
        reviewers[p].add(u)
    for (u, _, _), products in written.items():
        for a in products:
            for b in products:
                if a < b:
                    copiers[a, b].add(u)
    for seller in (None, np.array([0, 0, 1, 1, -1, -1], dtype=np.int32)):
        pairs = infer_listings(found, reviewer, product, seller, 6)
        assert [tuple(pair) for pair in pairs.tolist()] == slow_pairs(copiers, reviewers, seller)


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12),
    st.none() | st.lists(st.integers(-1, 4), min_size=12, max_size=12),
    st.lists(st.integers(0, 3), min_size=12, max_size=12),
    st.permutations(range(12)),
)
def test_the_most_reviewed_product_stands_for_its_listing(pairs, given_, reviews, order):
    """Components by repeated merging; ties by name, whatever the codes."""
    ids = [f"p{k:02d}" for k in order]
    names = Names(np.arange(0, 39, 3), np.frombuffer("".join(ids).encode(), np.uint8))
    links = list(pairs)
    if given_ is not None:
        links += [(a, b) for a in range(12) for b in range(12) if given_[a] == given_[b] >= 0]
    block = joined(links, 12)
    expected = [min(next(own for own in block if p in own), key=lambda k: (-reviews[k], ids[k])) for p in range(12)]
    listed = None if given_ is None else np.array(given_, dtype=np.int32)
    got = representative(12, np.array(pairs, dtype=np.int64).reshape(-1, 2), listed, np.array(reviews, dtype=np.int64), names)
    assert got.tolist() == expected
