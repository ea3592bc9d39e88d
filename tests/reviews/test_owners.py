"""What a product's rows name is told batch by batch as a count of all rows tells it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.reviews import owners
from collusion.reviews.owners import ByProduct
from collusion.reviews.table import Names

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 3), st.booleans()), max_size=60)
LISTINGS = st.lists(st.integers(0, 4), min_size=5, max_size=5)


def slow(rows, names, of):
    """The commonest code of each product that stands for others; ties go to the code with more rows, then to the first name."""
    known = [(of[product], code) for product, code, ok in rows if ok and code >= 0]
    total, own = Counter(code for _, code in known), Counter(known)
    return [min((c for c in range(4) if own[p, c]), key=lambda c, p=p: (-own[p, c], -total[c], names[c]), default=-1) for p in range(5)]


@pytest.mark.parametrize("pending", [0, 3, owners.PENDING])
@given(rows=ROWS, size=st.integers(1, 9), order=st.permutations(range(4)), to=st.none() | LISTINGS)
def test_the_majority_is_that_of_a_count(pending, rows, size, order, to):
    """However rows are cut into batches, whenever those at odds are counted together, whatever stands for what."""
    names = Names(np.arange(0, 10, 2), np.frombuffer("".join(f"n{k}" for k in order).encode(), np.uint8))
    # What stands for others stands for itself.
    of = list(range(5)) if to is None else [to[p] if to[to[p]] == to[p] else p for p in range(5)]
    of = [p if of[of[p]] != of[p] else of[p] for p in range(5)]
    held = ByProduct()
    before, owners.PENDING = owners.PENDING, pending
    try:
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            product, code = (np.array([row[k] for row in batch], dtype=np.int32) for k in range(2))
            ok = np.array([row[2] for row in batch], dtype=bool)
            held.add(product, code, ok, int(product.max()) + 1, 4)
    finally:
        owners.PENDING = before
    expected = slow(rows, names, of)
    assert held.majority(5, names, None if to is None else np.array(of, dtype=np.int32)).tolist() == expected
    assert held.known == any(ok and code >= 0 for _, code, ok in rows)


def test_many_products_and_codes_find_room():
    held = ByProduct()
    rng = np.random.default_rng(1)
    product, code = rng.integers(0, 5000, 20_000).astype(np.int32), rng.integers(0, 3000, 20_000).astype(np.int32)
    for start in range(0, 20_000, 999):
        part = slice(start, start + 999)
        held.add(product[part], code[part], np.ones(len(product[part]), bool), 5000, 3000)
    raw = [f"{k:04}".encode() for k in range(3000)]
    names = Names(np.arange(0, 12_001, 4), np.frombuffer(b"".join(raw), np.uint8))
    total, own = Counter(code.tolist()), Counter(zip(product.tolist(), code.tolist(), strict=True))
    best = {}
    for (p, c), times in own.items():
        best[p] = min(best.get(p, (0, 0, 0)), (-times, -total[c], c))
    assert held.majority(5000, names).tolist() == [best[p][2] if p in best else -1 for p in range(5000)]
