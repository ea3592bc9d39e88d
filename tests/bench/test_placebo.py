"""Placebo logs keep what N1 keeps and nothing else; scanned, they hold nothing."""

import gzip
from dataclasses import replace

import numpy as np
import pytest

from collusion import cli
from collusion.base.config import ScanConfig
from collusion.bench.placebo import placebo_log, placebos
from collusion.graph.strata import strata_of
from collusion.pipeline import read_log
from markets import frame, market


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A log with a strong ring."""
    path = tmp_path_factory.mktemp("log") / "log.csv.gz"
    with gzip.open(path, "wt") as file:
        frame(market(8_000, 2, [(20, 10, 0.8)])[0]).to_csv(file, index=False)
    return path


@pytest.mark.parametrize("known", [True, False])
def test_a_placebo_keeps_products_dates_ratings_and_how_much_each_reviewer_wrote(path, known):
    log, _ = read_log(path, ScanConfig())
    if not known:
        log = replace(log, graph=log.graph.with_columns(category=None))
    graph, drawn = log.graph, placebo_log(log, 5)
    assert drawn.accounting.counted == drawn.graph.n_reviews >= graph.n_reviews - 40  # a repeated pair is counted once
    pair = drawn.graph.reviewer.astype(np.int64) * graph.n_products + drawn.graph.product
    assert len(np.unique(pair)) == len(pair)
    kept = np.isin(graph.row, drawn.graph.row)
    order = np.argsort(drawn.graph.row)
    by_row = np.flatnonzero(kept)[np.argsort(graph.row[kept])]
    for name in ("product", "time", "rating"):
        np.testing.assert_array_equal(getattr(drawn.graph, name)[order], getattr(graph, name)[by_row])
    np.testing.assert_array_equal(drawn.variant, drawn.graph.product)
    assert (drawn.graph.reviewer[order] != graph.reviewer[by_row]).mean() > 0.9
    assert not drawn.graph.inferred
    if not known:
        assert drawn.graph.category is None
        return
    np.testing.assert_array_equal(drawn.graph.category, graph.category)
    strata, dealt = strata_of(graph), np.zeros((2, graph.n_reviewers, strata_of(graph).n), np.int32)
    at = np.empty(graph.row.max() + 1, np.int32)
    at[graph.row] = strata.of
    for k, one in enumerate((graph, drawn.graph)):
        np.add.at(dealt[k], (one.reviewer, at[one.row]), 1)
    assert np.abs(dealt[0] - dealt[1]).sum() == graph.n_reviews - drawn.graph.n_reviews


def test_the_same_seed_gives_the_same_placebo_and_another_another(path):
    log, _ = read_log(path, ScanConfig())
    one, same, other = (placebo_log(log, seed).graph for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.reviewer, same.reviewer)
    assert len(one.reviewer) != len(other.reviewer) or (one.reviewer != other.reviewer).any()


@pytest.mark.usefixtures("no_power_statement")
def test_placebos_do_not_depend_on_jobs_and_hold_nothing(path, request):
    told = placebos(path, 2, seed=7, jobs=2)
    assert [one.seed for one in told] == [7, 8]
    assert [one.flagged for one in told] == [0, 0]
    request.getfixturevalue("no_processes")
    assert placebos(path, 2, seed=7, jobs=1) == told


@pytest.mark.usefixtures("no_power_statement", "no_processes")
def test_the_command_tells_the_share_of_each_log(path, capsys):
    assert cli.main(["bench", "placebo", str(path), "--runs", "2", "--jobs", "1"]) == 0
    shown = capsys.readouterr()
    assert "log.csv.gz" in shown.out
    assert "0.000 (0.000 to 0.842)" in shown.out
    assert cli.main(["bench", "placebo", str(path), "--runs", "0"]) == 2
    assert cli.main(["bench", "placebo", "nowhere.csv"]) == 3
