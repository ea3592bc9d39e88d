"""A ring's page lists what the log says, and says what it leaves out."""

from dataclasses import replace

import pytest
from report.fake_case import every_status, make_case, make_log, make_ring

from collusion.base.model import Evidence, SignalInfo
from collusion.report.listings import NAMES, REVIEWS, REVIEWS_BYTES
from collusion.report.ring_page import LINKS, ring_page, shown_rows
from collusion.report.waterfall import bars


def page_of(case, ring):
    wanted = shown_rows(case, ring)
    frame = case.lookup.rows(wanted)
    return ring_page(case, ring, {row["row"]: row for row in frame.to_dict("records")}, pictures=False)


def test_reviews_are_listed_by_date_with_their_rows():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products)
    listed = page_of(make_case(log, [ring]), ring)["reviews"]
    assert sorted(one["row"] for one in listed["rows"]) == list(ring.rows)
    assert [one["date"] for one in listed["rows"]] == sorted(one["date"] for one in listed["rows"])
    for one in listed["rows"]:
        assert (one["reviewer"], one["product"], one["text"]) == tuple(log.loc[one["row"], ["reviewer_id", "product_id", "text"]])
        assert one["source_row"] == one["row"] + 1
    assert listed["more"] == ""


def test_many_reviews_are_cut_and_counted():
    log, reviewers, products = make_log(60, 20, n=800)
    ring = make_ring(log, reviewers, products)
    listed = page_of(make_case(log, [ring]), ring)["reviews"]
    assert len(listed["rows"]) == REVIEWS
    assert listed["more"] == f"The first {REVIEWS} by date; {ring.n_reviews - REVIEWS:,} more are in reviews.csv."


def test_long_texts_do_not_swell_the_page():
    log, reviewers, products = make_log(60, 20, n=800)
    log["text"] = '"\u202e<&' * 5000
    ring = make_ring(log, reviewers, products)
    listed = page_of(make_case(log, [ring]), ring)["reviews"]
    assert 0 < len(listed["rows"]) < REVIEWS
    assert f"{ring.n_reviews - len(listed['rows']):,} more" in listed["more"]
    assert listed["rows"][0]["text"].endswith("… (20,000 characters)")
    assert REVIEWS_BYTES < 2_000_000


def test_evidence_leads_to_the_reviews_it_counts():
    log, reviewers, products = make_log(8, 5, n=800)
    rows = make_ring(log, reviewers, products).rows
    evidence = (
        Evidence("x", "y", 3.0, None, None, (*rows, 0, 1)),
        Evidence("n", "m", stance="against"),
        Evidence("o", "p", rows=rows[::2]),
        Evidence("q", "r", rows=(min({*range(len(log))} - set(rows)),)),
    )
    ring = make_ring(log, reviewers, products, evidence=evidence)
    page = page_of(make_case(log, [ring]), ring)
    first, second, third, last = page["others"]
    assert first["links"] == [(1, len(rows))]
    assert first["figures"] == [("observed", "3")]
    extra = len({0, 1} - set(rows))
    assert first["more"] == f"{extra} of them not in the list below; see case.json"
    number_of = {one["row"]: one["number"] for one in page["reviews"]["rows"]}
    linked = [number for a, b in third["links"] for number in range(a, b + 1)]
    assert linked == sorted(number_of[row] for row in rows[::2])[: len(linked)]
    assert len(third["links"]) <= LINKS
    assert second["figures"] == []
    assert (last["rows"], last["links"], last["more"]) == ("1 review", [], "none of them in the list below; see case.json")


@pytest.mark.parametrize(
    ("status", "together", "unlike"),
    [
        ("flagged", "Yes: the score is above", "Yes. All signals together have a false-discovery estimate of 2 %."),
        (
            "coordinated",
            "Yes: the score is above",
            "Nothing shows that they do. All signals together have a false-discovery estimate of 40 %.",
        ),
        ("explained", "An innocent explanation accounts for it", "Nothing shows that they do."),
        ("candidate", "This cannot be distinguished from chance.", "This was not decided"),
    ],
)
def test_the_two_questions_have_their_answers_and_evidence(status, together, unlike):
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products, status=status)
    page = page_of(make_case(log, [ring]), ring)
    assert page["together"]["answer"].startswith(together)
    assert page["unlike"]["answer"].startswith(unlike)
    (score,) = page["together"]["score"]
    assert "In 0 of 20 shuffled logs did any of 1,204 groups score this high." in score["statement"]
    assert score["p_value"] == ""
    granted = {one["signal"]: (one["answer"], one["figures"]) for one in page["together"]["granted"]}
    explains = status == "explained"
    left = "-2.5" if explains else "20.6"
    assert granted["rating sessions"] == (
        "accounts for the score" if explains else "does not account for it",
        [("score before", "41.2"), ("score left", left), ("score needed", "3.5")],
    )
    found = [(one["signal"], one["answer"], one["p_value"]) for one in page["unlike"]["found"]]
    rating = ("unlike others", "0.002") if status == "flagged" else ("no clear difference", "0.3")
    assert found == [("rating", *rating), ("exclusivity", "no clear difference", "0.2")]
    assert [one["signal"] for one in page["remarks"]] == ["density", "crowd"]
    assert page["others"] == []
    assert "paid" not in page["status_statement"] + page["unlike"]["answer"] + page["summary"]


def test_what_was_not_asked_is_not_answered():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products, status="coordinated", q_paid=None, q_values={})
    page = page_of(make_case(log, [ring]), ring)
    assert page["together"]["answer"] == "Not known, since the group was not compared with chance."
    assert page["unlike"]["answer"].startswith("This could not be asked")


def test_doubtful_members_are_marked_with_their_reason():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = every_status(log, reviewers, products)[1]
    members = page_of(make_case(log, [ring]), ring)["members"]
    assert members["doubtful"].startswith("2 members may not belong to the group")
    assert {one["id"]: one["doubt"] for one in members["rows"] if one["doubt"]} == {one.reviewer: one.reason for one in ring.doubtful}
    assert page_of(make_case(log, [ring]), replace(ring, doubtful=()))["members"]["doubtful"] == ""


def test_products_and_members_count_what_the_log_holds():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products)
    page = page_of(make_case(log, [ring]), ring)
    for one in page["members"]["rows"]:
        mine = log[log.reviewer_id == one["name"]]
        own = mine[mine.product_id.isin(products)]
        assert (one["total"], one["own"]) == (str(len(mine)), str(len(own)))
    for one in page["products"]["rows"]:
        every = log[log.product_id == one["name"]]
        assert one["mean"] == f"{every.rating.mean():.2f}"


def test_many_members_are_cut_and_counted():
    log, reviewers, products = make_log(NAMES + 10, 2, n=300, density=1.0)
    ring = make_ring(log, reviewers, products)
    members = page_of(make_case(log, [ring]), ring)["members"]
    assert len(members["rows"]) == NAMES
    assert members["more"] == "10 more reviewers are in members.csv and case.json."


@pytest.mark.parametrize(("times", "ratings"), [(False, True), (True, False), (False, False)])
def test_what_the_log_lacks_is_left_out(times, ratings):
    log, reviewers, products = make_log(8, 5, n=800, text=False)
    ring = make_ring(log, reviewers, products, times=times)
    page = page_of(make_case(log, [ring], times=times, ratings=ratings), ring)
    assert page["rated"] is ratings
    assert page["reviews"]["written"] is False
    assert {bool(one["date"]) for one in page["reviews"]["rows"]} == {times}


def test_a_picture_that_cannot_be_drawn_has_no_caption():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products, times=False)
    case = make_case(log, [ring], times=False, ratings=False)
    captions = [bool(one["caption"]) for one in ring_page(case, ring, {}, pictures=True)["pictures"]]
    assert captions == [False, True, False, True, False]  # the ring does not say what its score is made of


def basket_case():
    """A set of three variants of which the group names two; its members also reviewed the third, which counts as the same product."""
    log, reviewers, products = make_log(6, 3, n=400)
    named = sorted(products)[:2]
    variants = Evidence("variants", "These are variants of one listing.", observed=6.0, expected=3.0, rows=(0, 1), stance="explains")
    found = {"detectors": ("variants",), "explained_by": "variants", "q_values": {}, "q_paid": None, "residual": None, "residual_of": None}
    ring = make_ring(log, reviewers, named, status="explained", evidence=(variants,), score=-5.8, **found)
    case = make_case(log, [ring], signals=[SignalInfo("variants", "Is it one listing?", "acts together")])
    whole = make_ring(log, reviewers, products)
    case.lookup.context = lambda _ring, asked=case.lookup.context: asked(whole)
    return case, ring


def test_reviews_of_another_variant_of_the_listing_are_the_groups_own():
    case, ring = basket_case()
    page = page_of(case, ring)
    assert [one["id"] for one in page["products"]["rows"]] == list(ring.products)
    assert {one["product"] for one in page["reviews"]["rows"]} > {*ring.products}


def test_of_a_set_of_variants_no_score_is_said_to_be_left():
    case, ring = basket_case()
    page = page_of(case, ring)
    (granted,) = page["together"]["granted"]
    assert (granted["answer"], granted["figures"]) == (
        "accounts for the group",
        [("rows", "6"), ("reviews when copies count once", "3")],
    )
    assert "score" not in page["together"]["answer"] + page["together"]["granted_title"]
    assert "score" not in page["status_statement"]
    assert not [bar for bar in bars(case, ring) if "granted" in bar.name]
