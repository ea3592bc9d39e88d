"""Laws of the generated logs with power-law ids and uniform times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from collusion.simulate.biglog import read_truth
from collusion.simulate.bigrings import ring_count
from collusion.simulate.powerlaw import DAYS, PRODUCT_EXPONENT, REVIEWER_EXPONENT, write_power_law

N = 300_000


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("power") / "log.parquet"
    write_power_law(path, N, seed=5)
    return path


@pytest.fixture(scope="module")
def table(log):
    return pq.read_table(log).to_pandas()


def test_times_are_uniform_and_rows_in_no_order(table):
    assert len(table) == N
    assert list(table) == ["reviewer_id", "product_id", "rating", "timestamp"]
    day = (table.timestamp - table.timestamp.min()).dt.total_seconds().to_numpy() / 86_400
    assert np.histogram(day, 10, (0, DAYS))[0] == pytest.approx(N / 10, rel=0.15)  # rings come in bursts
    assert abs(np.corrcoef(day, np.arange(N))[0, 1]) < 0.01


@pytest.mark.parametrize(("column", "exponent"), [("reviewer_id", REVIEWER_EXPONENT), ("product_id", PRODUCT_EXPONENT)])
def test_ids_follow_a_power_law(table, column, exponent):
    """On logarithmic scales the reviews of the ids from rank 10 to 1,000 lie on a line that falls by the exponent."""
    count = table[column].value_counts().to_numpy()
    rank = np.arange(10, 1000)
    assert np.polyfit(np.log(rank), np.log(count[rank]), 1)[0] == pytest.approx(-exponent, abs=0.05)


def test_the_truth_names_the_rings_reviews(log, table):
    rings = read_truth(log).rings
    assert len(rings) == ring_count(N)
    for ring in rings:
        own = table[table.reviewer_id.isin(ring.reviewers) & table.product_id.isin(ring.products)]
        day = (own.timestamp - pd.Timestamp("2018-01-01")).dt.total_seconds() / 86_400
        own = own[(day >= ring.first - 1e-6) & (day <= ring.last + 1e-6)].drop_duplicates(["reviewer_id", "product_id"])
        assert len(own) >= ring.reviews
        assert 0.4 * len(ring.reviewers) * len(ring.products) * 0.8 < ring.reviews
        assert ring.last - ring.first <= 28
