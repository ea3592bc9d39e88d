"""What fakes left in a log move: by hand, against plain fractions, and where there is nothing to move."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.bench.influence import influence_left

LOG = [
    # product, rating, fake, removed
    (0, 4.0, False, False),
    (0, 2.0, False, True),  # an honest one, removed wrongly: counts all the same
    (0, 5.0, True, False),
    (0, 5.0, True, True),
    (1, 3.5, False, False),
    (2, 4.0, False, False),
    (2, 1.0, True, False),
    (3, 5.0, True, False),  # nobody but a fake
    (5, 3.5, False, False),
    (2, math.nan, True, False),
    (6, math.nan, True, False),
]

reviews = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5), st.booleans(), st.booleans()), max_size=14)


def left(rows):
    product, rating, fake, removed = zip(*rows, strict=True) if rows else ((), (), (), ())
    return influence_left(
        np.array(product, dtype=np.int64), np.array(rating, dtype=np.float64), np.array(fake, dtype=bool), np.array(removed, dtype=bool)
    )


def test_by_hand():
    """Honest: 4, 3.5, 3.5, 3. With what is left: 11/3, 3.5, 3.5, 2.5. The product of fakes alone takes no place."""
    told = left(LOG)
    assert told.product.tolist() == [0, 2, 3]
    assert told.honest_mean[:2].tolist() == [3, 4]
    assert told.mean[:2].tolist() == [11 / 3, 2.5]
    assert told.shift[:2] == pytest.approx([2 / 3, -3 / 2])
    assert (told.honest_rank[:2].tolist(), told.rank[:2].tolist()) == ([4, 1], [1, 4])
    assert told.gained[:2].tolist() == [3, -3]
    assert all(math.isnan(values[2]) for values in (told.mean, told.honest_mean, told.shift, told.rank, told.honest_rank, told.gained))
    assert told.mean_absolute_shift == pytest.approx((2 / 3 + 3 / 2) / 2)
    assert told.mean_absolute_gained == 3


def test_nothing_moves_where_every_fake_is_removed():
    told = left([(product, rating, fake, fake) for product, rating, fake, _ in LOG])
    assert told.product.tolist() == [0, 2, 3]
    assert told.shift[:2].tolist() == told.gained[:2].tolist() == [0, 0]
    assert (told.mean_absolute_shift, told.mean_absolute_gained) == (0, 0)


@pytest.mark.parametrize("rows", [[], [(0, 4, False, True)], [(0, 4, True, False)]])
def test_no_reviews_no_fakes_nobody_honest(rows):
    told = left(rows)
    assert len(told.product) == np.isnan(told.shift).sum() == sum(fake for _, _, fake, _ in rows)
    assert math.isnan(told.mean_absolute_shift)
    assert math.isnan(told.mean_absolute_gained)


def mean(rows):
    return Fraction(sum(rating for _, rating, _, _ in rows), len(rows))


def place(means, product):
    higher, same = (sum(check(other) for other in means.values()) for check in (means[product].__lt__, means[product].__eq__))
    return higher + Fraction(same + 1, 2)


@given(reviews, st.randoms(use_true_random=False))
def test_as_in_plain_fractions_in_any_order(rows, random):
    told = left(random.sample(rows, len(rows)))
    honest = {p: mean(some) for p in range(5) if (some := [row for row in rows if row[0] == p and not row[2]])}
    both = {p: mean([row for row in rows if row[0] == p and not (row[2] and row[3])]) for p in honest}
    targets = sorted({row[0] for row in rows if row[2]})
    assert told.product.tolist() == targets
    for p, shift, before, after, gained in zip(targets, told.shift, told.honest_rank, told.rank, told.gained, strict=True):
        if p in honest:
            assert shift == pytest.approx(float(both[p] - honest[p]))
            assert (before, after) == (place(honest, p), place(both, p))
            assert gained == before - after
        else:
            assert np.isnan([shift, before, after, gained]).all()


def test_products_may_be_renumbered():
    renamed = left([(17 - 2 * product, *rest) for product, *rest in LOG])
    told = left(LOG)
    assert renamed.product.tolist() == [11, 13, 17]
    assert renamed.gained[::-1].tolist()[:2] == told.gained.tolist()[:2]
    assert renamed.mean_absolute_shift == pytest.approx(told.mean_absolute_shift)
