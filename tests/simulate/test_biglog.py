"""Laws of the generated logs of any size."""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
import pyarrow.parquet as pq
import pytest

from collusion import scan
from collusion.base.errors import ConfigError
from collusion.bench.metrics import matched_jaccard
from collusion.kernels.draw_log import draw_for, write_ids
from collusion.simulate import biglog
from collusion.simulate.biglog import ALPHABET, BATCH_ROWS, LEAST_REVIEWS, BigLog, read_truth, truth_path, write_big_log
from collusion.simulate.bigrings import ring_count
from collusion.simulate.powerlaw import write_power_law
from oracles import GOLDEN, scrambled

N = 200_000


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("big") / "log.parquet"
    write_big_log(path, N, seed=5)
    return path


@pytest.fixture(scope="module")
def table(log):
    return pq.read_table(log).to_pandas()


@pytest.mark.parametrize("write", [write_big_log, write_power_law])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_log(tmp_path, write):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(tmp_path / f"{name}.parquet", LEAST_REVIEWS, seed=seed)
    read = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert read["a.parquet"] == read["b.parquet"] != read["c.parquet"]
    assert read["a.truth.json"] == read["b.truth.json"]
    assert len(read) == 6


def test_a_bare_log_is_the_same_without_what_is_known_of_products(log, table, tmp_path):
    truth = write_big_log(tmp_path / "bare.parquet", N, seed=5, bare=True)
    assert truth == read_truth(log)
    bare = pq.read_table(tmp_path / "bare.parquet").to_pandas()
    assert bare.equals(table[["reviewer_id", "product_id", "rating", "timestamp"]])


def test_a_review_depends_on_its_number_alone(monkeypatch):
    """However the log is cut into batches, it is the same log."""
    whole = [np.concatenate(column) for column in zip(*BigLog(50_000).rows(), strict=True)]
    monkeypatch.setattr(biglog, "BATCH_ROWS", 7_777)
    parts = [np.concatenate(column) for column in zip(*BigLog(50_000).rows(), strict=True)]
    for mine, theirs in zip(whole, parts, strict=True):
        assert np.array_equal(mine, theirs)


def test_rows_are_as_many_as_asked_for_and_in_the_order_of_time(table):
    assert len(table) == N
    assert list(table) == ["reviewer_id", "product_id", "rating", "timestamp", "category", "seller"]
    assert table.timestamp.is_monotonic_increasing
    assert (table.timestamp.min().year, table.timestamp.max().year) == (2005, 2023)
    per_year = table.timestamp.dt.year.value_counts()
    assert per_year[2022] > 1.3 * per_year[2014] > 0  # the site grows


def test_the_proportions_are_those_of_amazon_2023(table):
    by_reviewer, by_product = table.reviewer_id.value_counts(), table.product_id.value_counts()
    assert by_reviewer.mean() == pytest.approx(571.54 / 54.51, rel=0.1)
    assert by_product.mean() == pytest.approx(571.54 / 48.19, rel=0.1)
    # Heavy tails: most have few, the largest have many times the mean.
    for counts in (by_reviewer, by_product):
        assert counts.median() <= 6
        assert counts.max() > 25 * counts.mean()
    ratings = table.rating.value_counts(normalize=True)
    assert 0.6 < ratings[5] < 0.72
    assert ratings[1] > ratings[2]
    shares = table.category.value_counts(normalize=True)
    assert len(shares) > 25
    assert shares["Home_and_Kitchen"] > 0.09
    # 1 % at 10M; the smaller the log, the fewer products there are to choose from.
    assert 1 - len(table.drop_duplicates(["reviewer_id", "product_id"])) / N < 0.06


def test_a_product_has_one_category_and_one_seller_and_a_seller_few_products(table):
    by_product = table.groupby("product_id")
    assert by_product.seller.nunique().max() == 1
    assert by_product.category.nunique().max() == 1
    per_seller = table.groupby("seller").product_id.nunique()
    assert 2 < per_seller.mean() < 6
    assert per_seller.max() > 15 * per_seller.mean()


def test_products_have_launches_and_bursts(table):
    """Half of a typical product's reviews come within a small part of the log, and some weeks bring many to one product."""
    large = table[table.groupby("product_id").product_id.transform("size") >= 30]
    days = (large.timestamp - large.timestamp.min()).dt.total_seconds() / 86400
    spread = days.groupby(large.product_id).quantile([0.25, 0.75]).unstack()
    assert (spread[0.75] - spread[0.25]).median() < 6800 / 4
    week = large.groupby(["product_id", large.timestamp.dt.to_period("W")]).size()
    assert week.max() > 20


def test_reviewers_have_sittings_and_tastes(table):
    gaps = table.groupby("reviewer_id").timestamp.diff().dropna()
    assert 0.15 < (gaps < np.timedelta64(6, "h")).mean() < 0.5
    busy = table[table.groupby("reviewer_id").reviewer_id.transform("size") >= 10]
    each = busy.groupby(["reviewer_id", "category"], observed=True).size().sort_values(ascending=False).groupby(level=0)
    assert (each.head(3).groupby(level=0).sum() / each.sum()).median() > 0.6


def test_planted_rings_are_in_the_log_as_the_truth_says(log, table):
    truth = read_truth(log)
    assert truth.rings[0].reviewers[0].startswith("A")
    assert (truth.reviews, truth.seed, len(truth.rings)) == (N, 5, ring_count(N))
    everybody = [one for ring in truth.rings for one in ring.reviewers]
    assert len(everybody) == len(set(everybody))
    for ring in truth.rings:
        assert 30 <= len(ring.reviewers) <= 100
        assert 5 <= len(ring.products) <= 30
        assert 0.35 < ring.density < 0.95
        assert 0 < ring.last - ring.first <= 28
        by_members = table[table.reviewer_id.isin(ring.reviewers)]
        days = (by_members.timestamp - np.datetime64("2005-01-01")).dt.total_seconds() / 86400
        paid = by_members[by_members.product_id.isin(ring.products) & days.between(ring.first - 0.01, ring.last + 0.01)]
        assert len(paid) >= ring.reviews
        assert paid.rating.mean() > 4.8
        assert paid.groupby("reviewer_id").size().min() >= 2
        assert len(by_members) > 1.2 * len(paid)  # camouflage
        assert not by_members.duplicated(["reviewer_id", "product_id"]).any()


def test_the_scan_finds_the_planted_rings(log):
    planted = [set(ring.reviewers) for ring in read_truth(log).rings]
    found = [set(ring.reviewers) for ring in scan(log, replicates=0).rings]
    assert (matched_jaccard(planted, found) >= 0.5).all()


def test_rings_grow_slowly_with_the_log():
    assert [ring_count(n) for n in (10_000, 100_000, 1_000_000, 571_000_000)] == [1, 2, 20, 100]


def test_a_log_that_was_not_written_whole_has_no_truth(tmp_path):
    path = tmp_path / "log.parquet"
    assert read_truth(path) is None
    write_big_log(path, LEAST_REVIEWS)
    truth_path(path).unlink()
    assert read_truth(path) is None


@pytest.mark.parametrize("write", [write_big_log, write_power_law])
def test_a_tiny_log_is_refused(tmp_path, write):
    with pytest.raises(ConfigError, match="at least 10,000 reviews"):
        write(tmp_path / "log.parquet", LEAST_REVIEWS - 1)


def test_progress_ends_at_the_last_row(tmp_path):
    reported = []
    write_big_log(tmp_path / "log.parquet", BATCH_ROWS + 50_000, progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == BATCH_ROWS + 50_000 == pq.read_metadata(tmp_path / "log.parquet").num_rows


def test_ids_are_those_of_the_slow_oracle_and_all_different():
    numbers = np.arange(0, 32**5, 997)
    text = np.empty((len(numbers), 6), np.uint8)
    write_ids(numbers, 5, np.frombuffer(b"x", np.uint8), ALPHABET, text)
    mask = 32**5 - 1
    for k in range(0, len(numbers), 1013):
        x = int(numbers[k]) * 0xBF58476D1CE4E5B9 & mask
        x ^= x >> 13
        x = x * 0x94D049BB133111EB & mask
        x ^= x >> 13
        assert bytes(text[k]) == b"x" + bytes(int(ALPHABET[x >> 5 * j & 31]) for j in range(5))
    assert len(np.unique(text, axis=0)) == len(numbers)


class Slow:
    """The draws of a key as the docstrings of `collusion.kernels.draw_log` and Steele, Lea and Flood have them: whole numbers of Python."""

    def __init__(self, seed, kind, number):
        self.key = scrambled(scrambled(seed + kind * 0x94D049BB133111EB) + number * GOLDEN)

    def __getitem__(self, k):
        return ((scrambled(self.key + k * GOLDEN) >> 11) + 0.5) / 2**53


def heavy(v):
    return v * v * math.sqrt(math.sqrt(v))


def slow_review(log, number, reviewer, u):
    """Product, rating, category and seller of one ordinary review; blocks and categories are found by bisection."""
    seed, last = int(log.key), len(log.share) - 1
    one, own = Slow(seed, 0, number), Slow(seed, 2, reviewer)
    v = one[6] if one[5] >= 0.6 else own[0] if one[5] < 0.36 else own[1] if one[5] < 0.51 else own[2]
    category = min(bisect_right(log.share, v), last)
    began = u + math.log(one[8]) * (0.004 if one[7] < 0.3 else 0.05) if one[7] < 0.7 else -1
    began = began if began >= 0 else u * one[9]
    edges, _, block = log.products
    product = (bisect_right(edges, category + min(began, 1 - 1e-9)) - 1) * block + int(block * heavy(one[10]))
    v = one[12] * (1 + 0.9 * (Slow(seed, 4, product)[0] - 0.5) + 0.5 * (Slow(seed, 5, reviewer)[0] - 0.5))
    first, end = log.sellers[category : category + 2].tolist()
    return product, bisect_right([0.085, 0.13, 0.19, 0.32], v) + 1, category, first + int((end - first) * heavy(Slow(seed, 6, product)[0]))


def test_ordinary_reviews_are_those_of_the_slow_oracle():
    log = BigLog(100_000)
    rng = np.random.default_rng(0)
    reviewer, u = rng.integers(0, log.n_accounts, 2000), rng.random(2000)
    out = (np.empty(2000, np.int64), np.empty(2000, np.int8), np.empty(2000, np.int8), np.empty(2000, np.int64))
    draw_for(log.key, 100_000, reviewer, u, log.products, log.share, log.sellers, out)
    reported = [slow_review(log, 100_000 + k, int(reviewer[k]), float(u[k])) for k in range(2000)]
    assert list(zip(*(column.tolist() for column in out), strict=True)) == reported
