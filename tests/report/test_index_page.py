"""The first page: its summary counts people once, and says no more than the scan does."""

from dataclasses import replace

from report.fake_case import make_case, make_log, make_ring

from collusion.report.index_page import index_page


def case_of(*status, replicates=40, **config):
    log, reviewers, products = make_log(12, 6, n=1500)
    members = sorted(reviewers)
    rings = [
        make_ring(log, members[k:], products, rank=k + 1, status=s, explained_by="crowd" if s == "explained" else None)
        for k, s in enumerate(status)
    ]
    case = make_case(log, rings)
    return log, replace(case, provenance=replace(case.provenance, replicates=replicates, config={"fdr": 0.05} | config))


def test_who_is_in_two_flagged_rings_counts_once():
    log, case = case_of("flagged", "flagged", "candidate")
    figures = dict(index_page(case, ())["figures"])
    first = case.rings[0]
    assert figures["rings flagged"] == "2"
    assert figures["their reviewers"] == f"{len(first.reviewers)} of {log.reviewer_id.nunique():,}"
    assert figures["their products"] == f"{len(first.products)} of {log.product_id.nunique():,}"
    assert figures["their reviews"] == f"{first.n_reviews} of {len(log):,}"


def test_the_summary_tells_how_many_flags_chance_may_make():
    said = " ".join(index_page(case_of("flagged", "flagged", "explained")[1], ())["short"])
    assert "2 groups of reviewers came to the same products together" in said
    assert "0.1 of 2 flagged groups are expected to be chance, at most and on average" in said
    assert "1 other group is listed below" in said
    one = " ".join(index_page(case_of("flagged")[1], ())["short"])
    assert "1 group of reviewers" in one
    assert "accounts for it." in one
    assert "other group" not in one


def test_where_nobody_is_flagged_the_summary_accuses_nobody_and_acquits_nobody():
    said = " ".join(index_page(case_of("candidate")[1], ())["short"])
    assert "No group of reviewers is flagged" in said
    assert "does not show that there is no ring" in said
    untested = " ".join(index_page(case_of("candidate", replicates=0)[1], ())["short"])
    assert "Nothing was compared with chance" in untested


def test_without_a_rate_no_expectation_is_told():
    _, case = case_of("flagged")
    case = replace(case, provenance=replace(case.provenance, config={}))
    assert "expected to be chance" not in " ".join(index_page(case, ())["short"])


def test_the_span_of_the_log_is_told_where_it_is_known():
    _, case = case_of("flagged")
    assert "days of the log" not in dict(index_page(case, ())["figures"])
    dated = replace(case, span=("2020-01-01", "2021-02-03"))
    assert dict(index_page(dated, ())["figures"])["days of the log"] == "2020-01-01 to 2021-02-03"
