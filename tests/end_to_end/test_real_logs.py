"""Real logs, where ``COLLUSION_DATA`` names their folder: every row accounted for, honest people not accused, known campaigns found."""

import pandas as pd
import pytest

from collusion.base.config import ScanConfig
from collusion.bench.placebo import placebo_log
from collusion.bench.ranking import average_precision
from collusion.pipeline import read_log, scan
from collusion.simulate.inject.published import read_attacks, with_times

pytestmark = pytest.mark.usefixtures("no_power_statement")

LOGS = (
    "amazon_all_beauty_5.jsonl.gz",
    "ml_latest_small_ratings.csv.gz",
    "yelpchi_stripped.txt.gz",
    "nash_detect_yelpchi_training.csv",
)


@pytest.fixture(scope="module")
def read(real_data):
    """Logs by file name, each read once."""
    known = {}

    def log(name):
        if name not in known:
            known[name], _ = read_log(real_data / name, ScanConfig())
        return known[name]

    return log


@pytest.mark.parametrize("name", LOGS)
def test_every_row_is_accounted_for_and_nothing_is_flagged(read, name):
    case = scan(read(name), replicates=20)
    told = case.accounting
    assert told.rows_in == told.accepted + told.set_aside
    assert told.accepted == told.counted + told.repeated + told.copies
    assert case.flagged == ()
    if name.startswith("ml"):
        # Whoever rates dozens of films in a session coincides with others of that year, and nothing is left beyond that.
        assert {ring.explained_by for ring in case.rings if ring.status != "candidate"} == {"rating sessions"}


def test_the_two_baskets_of_variants_are_explained(read):
    """All Beauty: two baskets of four variants, which a naive detector takes for rings of hundreds."""
    case = scan(read("amazon_all_beauty_5.jsonl.gz"), replicates=20)
    baskets = [ring for ring in case.rings if ring.explained_by == "variants" and len(ring.products) == 4 and len(ring.reviewers) > 300]
    assert sorted(len(ring.reviewers) for ring in baskets) == [336, 374]
    for ring in baskets:
        assert ring.status == "explained"
        # Counted once, nothing is left of them.
        assert ring.score <= 0
        assert "variants of one listing" in ring.evidence[0].statement


def test_bought_stars_are_listed_and_nobody_is_accused_without_anybody_honest_to_compare_with(read):
    """Every account is known to be bought: of groups with a score above 5 at least two thirds acted together beyond any explanation."""
    case = scan(read("fake_github_stars_to_2023-06.csv.gz"), replicates=20)
    strong = [ring.status for ring in case.rings if ring.score > 5]
    assert len(strong) >= 20
    assert sum(status in ("flagged", "coordinated") for status in strong) >= 2 / 3 * len(strong)
    assert "flagged" not in strong


def test_who_attacks_traders_together_is_found_and_who_does_not_join_in_is_in_doubt(read):
    """Bitcoin OTC: accounts that gave -10 to the same targets and praise each other, and others nearly all of whose ratings are -10."""
    case = scan(read("bitcoin_otc_ratings.csv.gz"), replicates=20)
    attacks = []
    for ring in case.rings[:2]:
        rows = case.context(ring)
        attacks.append(int((rows.rating[rows.member & rows.target] == -10).sum()))
    first, second = case.rings[:2]
    # Two squads with members and targets in common, listed as one ring or as two.
    assert sum(attacks) > 400
    assert {first.status, second.status} <= {"flagged", "coordinated"}
    doubtful = {doubt.reviewer for ring in (first, second) for doubt in ring.doubtful}
    assert doubtful
    assert doubtful < {*first.reviewers, *second.reviewers}


def test_no_other_detector_accuses_anybody_either(read):
    for name in ("amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz"):
        assert scan(read(name), replicates=20, detectors=("core",)).flagged == ()


@pytest.mark.parametrize("name", ["amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz", "yelpchi_stripped.txt.gz"])
def test_placebos_of_real_logs_hold_nothing(read, name):
    """Permuted logs taken as input; `collusion bench placebo` runs more of them."""
    assert scan(placebo_log(read(name), 100), replicates=20, seed=100).flagged == ()


@pytest.fixture(scope="module")
def attacked(read, real_data):
    """YelpChi with times drawn, alone and with each of the training attacks of Nash-Detect: (attacking accounts, all accounts, case)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collusion.pipeline.steps.power_statement", lambda *_: "Nothing is flagged.")
        found = {}
        for attack in (None, *read_attacks(real_data / "nash_detect_yelpchi_training.csv")):
            columns = with_times(read("yelpchi_stripped.txt.gz"), attack, 50)
            case = scan(pd.DataFrame(columns), replicates=20, seed=50)
            found[attack and attack.name] = ({*attack.reviewers} if attack else set(), {*columns["reviewer_id"].tolist()}, case)
        return found


def precision(bad, people, case):
    """Average precision of the attacking accounts, ranked by the first group that lists them; explained ones and all others last."""
    first = {}
    for ring in case.rings:
        if ring.status != "explained":
            for name in ring.reviewers:
                first.setdefault(name, ring.rank)
    people = sorted(people)
    return average_precision(
        pd.Series([-first.get(u, 10**6) for u in people]).to_numpy(float), pd.Series([u in bad for u in people]).to_numpy()
    )


@pytest.mark.slow
def test_published_attacks_are_listed_where_accounts_meet(attacked):
    """Who wrote two or more fakes can be found, who wrote one cannot; nobody else is accused, and nobody in the log as it was."""
    assert attacked[None][2].flagged == ()
    for bad, _, case in attacked.values():
        assert all(2 * len(bad.intersection(ring.reviewers)) > len(ring.reviewers) for ring in case.flagged)
    assert precision(*attacked["Random"]) > 0.9
    assert precision(*attacked["IncDS"]) > 0.7
    bad, people, case = attacked["Singleton"]
    assert case.flagged == ()
    assert precision(bad, people, case) == pytest.approx(len(bad) / len(people), rel=0.2)
