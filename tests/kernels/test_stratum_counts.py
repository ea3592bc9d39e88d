"""Counts of reviews by stratum agree with numpy's."""

import itertools

import numpy as np
import pytest

from collusion.kernels.activity import count_members, count_sizes, largest_sizes, runs_of


@pytest.mark.parametrize("seed", range(20))
def test_sizes_runs_and_members(seed):
    rng = np.random.default_rng(seed)
    n_products, n_strata, n_reviewers = 30, 6, 25
    indptr = np.concatenate(([0], np.cumsum(rng.integers(0, 40, n_products))))
    stratum = np.concatenate([np.sort(rng.integers(0, n_strata, d)) for d in np.diff(indptr)]).astype(np.int32)
    held = np.array([[(stratum[a:b] == s).sum() for s in range(n_strata)] for a, b in itertools.pairwise(indptr)])

    most = np.zeros(n_strata, np.int64)
    largest_sizes(indptr, stratum, most)
    assert most.tolist() == held.max(axis=0).tolist()
    first = np.concatenate(([0], np.cumsum(most)))
    times = np.zeros(first[-1], np.int32)
    count_sizes(indptr, stratum, first, times)
    for s in range(n_strata):
        assert times[first[s] : first[s + 1]].tolist() == [(held[:, s] == k + 1).sum() for k in range(most[s])]

    products = np.sort(rng.choice(n_products, 8, replace=False)).astype(np.int32)
    where, own = runs_of(products, indptr, stratum)
    assert list(zip(where.tolist(), own.tolist(), strict=True)) == [
        (s, held[p, s]) for p in products for s in range(n_strata) if held[p, s]
    ]

    reviewer = rng.integers(0, n_reviewers, len(stratum))
    edges, rows = np.argsort(reviewer, kind="stable").astype(np.int32), np.searchsorted(np.sort(reviewer), np.arange(n_reviewers + 1))
    members = rng.choice(n_reviewers, 7, replace=False).astype(np.int32)
    there = np.unique(where)[::2].copy()
    wrote = [(s, k) for s in there for u in members if (k := int(((reviewer == u) & (stratum == s)).sum()))]
    expected = [(s, k, wrote.count((s, k))) for s, k in sorted(set(wrote))]
    assert list(zip(*(a.tolist() for a in count_members(members, rows, edges, stratum, there)), strict=True)) == expected
