"""Near pairs of drawn dates are those that plain Python counts, with the random numbers of each product's key."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from collusion.kernels.dates import draw_from_product, draw_own_times
from oracles import GOLDEN, number, scrambled

DRAWS = 7


def key_of(seed, dates, own):
    every, ours = (sum(scrambled(day - dates[0] + GOLDEN) for day in days) % 2**64 for days in (dates, own))
    return scrambled((scrambled((seed ^ every) + GOLDEN) ^ ours) + GOLDEN)


def smallest(key, start, n, k):
    """Places of the k smallest of n numbers."""
    return sorted(sorted(range(n), key=lambda i: scrambled(key + (start + i + 1) * GOLDEN) >> 11)[:k])


def near(dates, window):
    return sum(abs(a - b) <= window for a, b in combinations(dates, 2))


def some_products(seed):
    """Dates of a few products, ascending, and the positions of the group's: one, some or all of each."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 40, 6)
    time = np.concatenate([np.sort(rng.integers(0, rng.integers(2, 60), n)) for n in sizes]).astype(np.int32)
    ends = np.concatenate(([0], np.cumsum(sizes)))
    own = [np.sort(rng.choice(n, rng.integers(1, n + 1) if seed % 2 else min(n, 3), replace=False)) for n in sizes]
    own = np.concatenate([own[j] + ends[j] for j in range(6)]), np.concatenate(([0], np.cumsum([len(one) for one in own])))
    return time, ends[:-1].copy(), ends[1:].copy(), *own, int(rng.integers(0, 30)), int(rng.integers(2**32))


def drawn_from_product(key, dates, _own, k, d, long):
    """Dates of a product, each at most once where it has few."""
    n = len(dates)
    places = smallest(key, d * n, n, k) if n <= long else [number(key, d * k + i, n) for i in range(k)]
    return [dates[i] for i in (range(n) if k == n else places)]


def drawn_own_times(key, dates, own, k, d, long):
    """Dates of others, and for members who find none any day of the product's."""
    n, start = len(dates), DRAWS * k
    others = [day for i, day in enumerate(dates) if i not in own]
    places = smallest(key, start + d * n, n, k) if n <= long else [number(key, start + d * k + i, n) for i in range(k)]
    found = [others[i] for i in places if i < n - k]
    return found + [dates[0] + number(key, d * k + i, dates[-1] - dates[0] + 1) for i in range(len(found), k)]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("long", [0, 20, 100])
@pytest.mark.parametrize("slow", [drawn_from_product, drawn_own_times])
def test_near_pairs_of_drawn_dates(seed, long, slow):
    time, lo, hi, own, indptr, window, seed_of = some_products(seed)
    days = time[own].astype(np.int64)
    drawn = np.zeros(DRAWS)
    if slow is drawn_from_product:
        observed = draw_from_product(time, lo, hi, days, indptr, window, seed_of, long, drawn)
    else:
        observed = draw_own_times(time, lo, hi, own, days, indptr, window, seed_of, long, drawn)
    expected, here = [0] * DRAWS, 0
    for (a, b), begin, end in zip(pairwise(indptr), lo, hi, strict=True):
        dates, members = time[begin:end].tolist(), days[a:b].tolist()
        key = key_of(seed_of, dates, members)
        here += near(members, window)
        for d in range(DRAWS):
            expected[d] += near(slow(key, dates, own[a:b] - begin, int(b - a), d, long), window)
    assert observed == here
    assert drawn.tolist() == expected
