"""The first page: its summary counts people once, and says no more than the scan does."""

from dataclasses import replace

import pytest
from report.fake_case import every_status, make_case, make_log, make_ring

from collusion.report.index_page import index_page


def case_of(*status, replicates=40, **config):
    log, reviewers, products = make_log(12, 6, n=1500)
    members = sorted(reviewers)
    rings = [make_ring(log, members[k:], products, rank=k + 1, status=s) for k, s in enumerate(status)]
    case = make_case(log, rings)
    return log, replace(case, provenance=replace(case.provenance, replicates=replicates, config={"fdr": 0.05} | config))


def short(case):
    return " ".join(index_page(case, ())["short"])


def test_who_is_in_two_flagged_rings_counts_once():
    log, case = case_of("flagged", "flagged", "candidate")
    figures = dict(index_page(case, ())["figures"])
    first = case.rings[0]
    assert figures["flagged groups"] == "2"
    assert figures["their reviewers"] == f"{len(first.reviewers)} of {log.reviewer_id.nunique():,}"
    assert figures["their products"] == f"{len(first.products)} of {log.product_id.nunique():,}"
    assert figures["their reviews"] == f"{first.n_reviews} of {len(log):,}"


def test_the_summary_says_what_each_question_found():
    """In numbers of groups: an explanation takes groups from the first question, and the second is asked of those above chance."""
    log = make_log(12, 6, n=1500)
    said = short(make_case(log[0], every_status(*log)))
    assert "Of the 5 groups listed here, 4 score higher than groups in shuffled logs do." in said
    assert "An innocent explanation accounts for 2 of them" in said
    assert "This could be asked of each of these 4 groups, and the answer is yes for 2 of them." in said
    assert "1 group is flagged, because the answer to both questions is yes. It has 11 reviewers" in said
    assert "The first to look at is " in said


def test_explained_groups_below_chance_are_counted_apart():
    _, case = case_of("flagged", "explained", "explained")
    rings = tuple(replace(ring, q_values={}) if ring.rank == 3 else ring for ring in case.rings)
    said = short(replace(case, rings=rings))
    assert "Of the 3 groups listed here, 2 score higher" in said
    assert "An innocent explanation accounts for 1 of them" in said
    assert "1 group with a lower score also has an innocent explanation." in said


def test_the_summary_says_how_many_flags_chance_may_make():
    said = short(case_of("flagged", "explained", "flagged")[1])
    assert (
        "You set the false-discovery rate at 5 %: on average, at most 5 % of flagged groups (here 0.1 of 2) would be chance findings."
        in said
    )
    assert "2 groups are flagged" in said


@pytest.mark.parametrize(
    ("statuses", "replicates", "expected"),
    [
        (("candidate",), 40, "Of the 1 group listed here, none scores higher"),
        (("coordinated", "explained"), 40, "This could be asked of each of these 2 groups, and the answer is yes for none of them."),
        ((), 40, "The search found no group"),
        (("candidate",), 0, "nothing was compared with chance, and no group is flagged"),
    ],
)
def test_where_nobody_is_flagged_the_summary_accuses_nobody_and_acquits_nobody(statuses, replicates, expected):
    said = short(case_of(*statuses, replicates=replicates)[1])
    assert expected in said
    assert "would be chance findings" not in said
    assert not replicates or "No group is flagged. That does not show that there is no ring" in said


def test_the_search_covers_whole_rings_within_a_budget(monkeypatch):
    """Ids that would make the page large are left out ring by ring, and the page says of how many."""
    _, case = case_of("flagged", "candidate")
    page = index_page(case, ())
    assert [set(one["ids"].split("\n")) for one in page["rings"]] == [{*ring.reviewers, *ring.products} for ring in case.rings]
    assert page["unsearched"] == ""
    monkeypatch.setattr("collusion.report.index_page.SEARCHED_BYTES", len(page["rings"][0]["ids"]) - 1)
    page = index_page(case, ())
    assert [bool(one["ids"]) for one in page["rings"]] == [False, True]
    assert page["unsearched"] == "The search does not cover the ids of 1 group; members.csv has them."


def test_where_nothing_answers_the_second_question_the_summary_says_so():
    _, case = case_of("coordinated", "candidate")
    rings = tuple(replace(ring, q_paid=None) for ring in case.rings)
    said = short(replace(case, rings=rings, notes=("A column of ratings would help.",)))
    assert "This could not be asked of any group, so no group is flagged; the notes below say what would help." in said


def test_rings_are_one_list_by_rank_whatever_their_status():
    log = make_log(12, 6, n=1500)
    case = make_case(log[0], every_status(*log))
    page = index_page(case, ())
    assert [one["rank"] for one in page["rings"]] == ["1", "2", "3", "4", "5"]
    assert [one["status"] for one in page["rings"]] == ["explained", "flagged", "coordinated", "coordinated", "candidate"]
    counts = {one["status"]: one["count"] for one in page["statuses"]}
    assert counts == {"flagged": "1", "coordinated": "2", "candidate": "1", "explained": "1"}
    assert page["headline"] == f"1 flagged, 2 coordinated, 1 candidate, 1 explained, in {len(log[0]):,} reviews."


def test_the_strongest_signal_is_of_the_second_question_or_the_score():
    """The smallest p-values of these rings are of the first question, which the search made small."""
    log = make_log(12, 6, n=1500)
    page = index_page(make_case(log[0], every_status(*log)), ())
    assert [one["strongest"] for one in page["rings"]] == ["score", "rating", "score", "rating", "score"]


@pytest.mark.parametrize(("status", "it", "yes"), [("flagged", "", "yes"), ("explained", "accounts for it:", "no, as far")])
def test_one_group_is_spoken_of_as_one(status, it, yes):
    said = short(case_of(status)[1])
    assert "The one group listed here scores higher than groups in shuffled logs do." in said
    assert it in said
    assert f"The answer is {yes}" in said


def test_without_a_rate_no_expectation_is_given():
    _, case = case_of("flagged")
    case = replace(case, provenance=replace(case.provenance, config={}))
    assert "chance findings" not in short(case)


def test_the_span_of_the_log_is_shown_where_it_is_known():
    _, case = case_of("flagged")
    assert "days of the log" not in dict(index_page(case, ())["figures"])
    dated = replace(case, span=("2020-01-01", "2021-02-03"))
    assert dict(index_page(dated, ())["figures"])["days of the log"] == "2020-01-01 to 2021-02-03"
