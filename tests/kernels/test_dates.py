"""Near pairs of drawn dates are those that plain Python counts, with the random numbers of each product's key."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from collusion.kernels.dates import draw_from_product, draw_own_times

DRAWS = 7
GOLDEN = 0x9E3779B97F4A7C15


def scrambled(x):
    """SplitMix64 (Steele, Lea and Flood 2014)."""
    x %= 2**64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)


def below(key, k, n):
    return (scrambled(key + (k + 1) * GOLDEN) >> 31) * n >> 33


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


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("long", [0, 20, 100])
def test_near_pairs_of_dates_drawn_from_a_product(seed, long):
    time, lo, hi, own, indptr, window, seed_of = some_products(seed)
    days = time[own].astype(np.int64)
    drawn = np.zeros(DRAWS)
    observed = draw_from_product(time, lo, hi, days, indptr, window, seed_of, long, drawn)
    expected, here = [0] * DRAWS, 0
    for (a, b), begin, end in zip(pairwise(indptr), lo, hi, strict=True):
        dates, k, n = time[begin:end].tolist(), int(b - a), int(end - begin)
        key = key_of(seed_of, dates, days[a:b].tolist())
        here += near(days[a:b].tolist(), window)
        for d in range(DRAWS):
            places = smallest(key, d * n, n, k) if n <= long else [below(key, d * k + i, n) for i in range(k)]
            expected[d] += near([dates[i] for i in (range(n) if k == n else places)], window)
    assert observed == here
    assert drawn.tolist() == expected


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("long", [0, 20, 100])
def test_near_pairs_of_members_who_come_each_in_his_own_time(seed, long):
    time, lo, hi, own, indptr, window, seed_of = some_products(seed)
    days = time[own].astype(np.int64)
    drawn = np.zeros(DRAWS)
    observed = draw_own_times(time, lo, hi, own, days, indptr, window, seed_of, long, drawn)
    expected, here = [0] * DRAWS, 0
    for (a, b), begin, end in zip(pairwise(indptr), lo, hi, strict=True):
        dates, k, n = time[begin:end].tolist(), int(b - a), int(end - begin)
        key = key_of(seed_of, dates, days[a:b].tolist())
        here += near(days[a:b].tolist(), window)
        others = [day for i, day in enumerate(dates) if i + begin not in own[a:b]]
        for d in range(DRAWS):
            start = DRAWS * k
            places = smallest(key, start + d * n, n, k) if n <= long else [below(key, start + d * k + i, n) for i in range(k)]
            found = [others[i] for i in places if i < n - k]
            found += [dates[0] + below(key, d * k + i, dates[-1] - dates[0] + 1) for i in range(len(found), k)]
            expected[d] += near(found, window)
    assert observed == here
    assert drawn.tolist() == expected
