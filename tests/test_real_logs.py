"""Real logs, where ``COLLUSION_DATA`` names their folder: every row accounted for, and nobody accused."""

import pytest

from collusion.bench.attacks import attacks
from collusion.bench.placebo import placebos
from collusion.pipeline import scan

ROWS = {
    "amazon_all_beauty_5.jsonl.gz": 5_269,
    "ml_latest_small_ratings.csv.gz": 100_004,
    "yelpchi_stripped.txt.gz": 67_395,
    "nash_detect_yelpchi_training.csv": 2_250,
}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_accounted_for_and_nothing_is_flagged(real_data, name):
    case = scan(real_data / name, replicates=20)
    told = case.accounting
    assert told.rows_in == ROWS[name] == told.accepted + told.set_aside
    assert told.accepted == told.counted + told.repeated + told.copies
    assert case.flagged == ()


def test_the_two_baskets_of_variants_are_explained(real_data):
    """All Beauty: two baskets of four variants, which a naive detector takes for rings of hundreds."""
    case = scan(real_data / "amazon_all_beauty_5.jsonl.gz", replicates=20)
    baskets = [ring for ring in case.rings if ring.explained_by == "variants" and len(ring.products) == 4 and len(ring.reviewers) > 300]
    assert sorted(len(ring.reviewers) for ring in baskets) == [336, 374]
    assert all("variants of one listing" in ring.evidence[0].statement for ring in baskets)


@pytest.mark.parametrize("detector", ["fraudar", "densest", "core", "leiden"])
def test_no_other_detector_accuses_anybody_either(real_data, detector):
    for name in ("amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz"):
        assert scan(real_data / name, replicates=20, detectors=(detector,)).flagged == ()


@pytest.mark.parametrize("name", ["amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz", "yelpchi_stripped.txt.gz"])
def test_placebos_of_real_logs_hold_nothing(real_data, name):
    """Null replicates taken as input; `collusion bench placebo` runs more of them."""
    assert [one.flagged for one in placebos(real_data / name, 4, seed=100)] == [0, 0, 0, 0]


@pytest.mark.slow
def test_published_attacks_are_found_where_accounts_meet(real_data):
    """Nash-Detect's training attacks in YelpChi's graph: who wrote two or more fakes can be found, who wrote one cannot."""
    told = attacks(real_data / "yelpchi_stripped.txt.gz", real_data / "nash_detect_yelpchi_training.csv", runs=3, seed=50)
    found = {attack: [one for one in told if one.attack == attack] for attack in {one.attack for one in told}}
    assert all(one.false == 0 for one in told)
    assert all(one.flagged == 0 for one in found[""])
    assert all(one.average_precision > 0.9 for one in found["Random"])
    # Of a single draw .76 to .90.
    assert sum(one.average_precision for one in found["IncDS"]) / 3 > 0.8
    assert all(one.accounts_flagged == 15 for one in found["IncBP"])  # all that wrote more than one
    assert all(one.precision_50 > 0.25 for one in found["IncPR"])
    # One review an account: expected to be missed, and it is, at the base rate.
    for single in found["Singleton"]:
        assert single.flagged == 0
        assert single.average_precision == pytest.approx(single.accounts / single.reviewers)
