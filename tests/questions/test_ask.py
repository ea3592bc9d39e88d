"""What about this account: numbers worked out by hand, a planted ring, honest accounts, and ids that are wrong or hostile."""

import json
import re
import shutil
from dataclasses import replace
from math import log as ln

import numpy as np
import pandas as pd
import pytest

import collusion as cl
from collusion.base.errors import CollusionError, ConfigError, InputError
from collusion.base.model import Doubt
from collusion.cli import main
from collusion.graph.projection import co_reviews_of
from collusion.questions import Asked, Target
from collusion.questions.closeness import closeness_of
from collusion.questions.ids import code_of
from markets import frame, market, narrow_market

HOSTILE = '<img src=x onerror=alert(1)>\u202e"=1+1&'

TINY = pd.DataFrame(
    [
        ("a", "p1", 0, 5),
        ("a", "p2", 0, 5),
        ("a", "p3", 10, 4),
        ("b", "p1", 1, 5),
        ("b", "p2", 5, 3),
        ("b", "p3", 11, 3),
        ("c", "p1", 0, 1),
        ("c", "p4", 3, None),
        ("d", "p4", 4, 2),
        ("d", "p2", 1, 4),
    ],
    columns=["reviewer_id", "product_id", "timestamp", "rating"],
).assign(timestamp=lambda table: pd.to_datetime(table["timestamp"] + 18_000, unit="D"))
"""Ten reviews in one stratum. Within two days are 6 of their 45 pairs: 3 of p1 (a, b, c), 1 each of p2 (a, d), p3 (a, b), p4 (c, d)."""


@pytest.fixture(scope="module")
def tiny():
    return cl.scan(TINY, replicates=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A case folder and its log: a ring one of whose members is hostile, and a product named as an account."""
    rows, truth = market(6_000, 7, [(12, 6, 0.9)])
    table = frame(rows)
    member = f"u{truth[0][0][0]}"
    table["reviewer_id"] = table["reviewer_id"].replace(member, HOSTILE)
    table["product_id"] = table["product_id"].replace("p0", "u0")
    base = tmp_path_factory.mktemp("ask")
    table.to_csv(base / "reviews.csv", index=False)
    cl.write_case(cl.scan(base / "reviews.csv", seed=3, replicates=40), base / "case")
    return base


@pytest.fixture(scope="module")
def case(folder):
    return cl.read_case(folder / "case", log=folder / "reviews.csv")


@pytest.fixture(scope="module")
def table(folder):
    return pd.read_csv(folder / "reviews.csv", dtype=str)


def outsider(case, table, *, customer):
    """The account in no group with the most reviews; of those that reviewed a product of the strongest group, if a customer is wanted."""
    inside = {one for ring in case.rings for one in ring.reviewers}
    rows = table[~table["reviewer_id"].isin(inside) & (table["reviewer_id"] != "u0")]
    of_ring = set(rows[rows["product_id"].isin(case.rings[0].products)]["reviewer_id"])
    rows = rows[rows["reviewer_id"].isin(of_ring)] if customer else rows
    counts = rows.groupby("reviewer_id").size().sort_values(kind="stable")
    return counts.index[0 if customer else -1]


def flat(answer):
    """The words of an answer in one line."""
    return " ".join(str(answer).split())


# By hand


def test_co_reviews_and_what_is_expected_of_them(tiny):
    """Any two of the 10 reviews are near with probability 6 / 45; a and b wrote 3 each, c and d 2."""
    found = tiny.ask("a").findings
    assert (found.window, found.unit, found.n_co_reviewers) == (2, "product", 3)
    listed = [(one.reviewer, one.co_reviews, one.expected) for one in found.co_reviewers]
    assert listed == [("b", 2, pytest.approx(3 * 3 * 6 / 45)), ("c", 1, pytest.approx(0.8)), ("d", 1, pytest.approx(0.8))]
    assert found.co_reviewers[0].surprise == pytest.approx(2 * ln(2 / 1.2) - 2 + 1.2, abs=1e-6)


def test_figures_against_comparable_accounts(tiny):
    """All four wrote 2 or 3 reviews."""
    found = tiny.ask("a").findings
    assert found.comparable == (2, 3)
    assert {one.name: (one.value, one.percentile, one.median, one.n) for one in found.comparisons} == {
        "reviews": (3, pytest.approx(100 * 2.5 / 3, abs=0.05), 2, 3),
        "days active": (11, pytest.approx(100 * 2.5 / 3, abs=0.05), 4, 3),
        "share on the busiest day": (pytest.approx(2 / 3, abs=1e-6), 100, 0.5, 3),
        "mean rating": (pytest.approx(14 / 3, abs=1e-6), 100, 3, 3),
        "share of 5-star ratings": (pytest.approx(2 / 3, abs=1e-6), 100, 0, 3),
    }
    product = {one.name: one.value for one in tiny.ask("p2").findings.comparisons}
    assert product["share in the busiest week"] == 1
    assert product["share by accounts in groups"] == 0
    assert tiny.ask("p3").findings.comparable == (2, 3)


def test_what_keeps_an_account_and_a_product_out(tiny):
    """The group {a, b} on p1 and p3. c has 2 of the 4 reviews that others wrote, and 1 review near is by neither a nor b."""
    log = tiny.lookup.log
    members = np.sort([code_of(log.reviewers, one) for one in "ab"]).astype(np.int32)
    products = np.sort([code_of(log.products, one) for one in ("p1", "p3")]).astype(np.int32)
    two, seven = (Target("R", members, products, co_reviews_of(log.graph, days), True) for days in (2, 7))
    c = Asked("c", "reviewer", code_of(log.reviewers, "c"))
    [account] = closeness_of(log, c, np.array([c.code], np.int32), [two])
    assert (account.shared, account.of, account.observed, account.expected) == (1, 2, 1, 2 * 1 / 4)
    assert account.p_value == pytest.approx(1 - 0.75**2)
    assert (account.needed, account.passes, account.co_reviews) == (None, False, 2)
    p2 = Asked("p2", "product", code_of(log.products, "p2"))
    [product] = closeness_of(log, p2, np.array([p2.code], np.int32), [two])
    assert (product.shared, product.observed, product.passes) == (2, 0, False)
    [product] = closeness_of(log, p2, np.array([p2.code], np.int32), [seven])
    # Of its 3 reviews members wrote 2; elsewhere they wrote 4 of 7.
    assert (product.observed, product.expected) == (2, pytest.approx(3 * 4 / 7, abs=1e-6))


def test_a_case_without_groups(tiny):
    answer = tiny.ask("a")
    assert (answer.groups, answer.nearest) == ((), None)
    assert "The case has no groups" in flat(answer)


@pytest.mark.parametrize("columns", [["timestamp"], ["rating"], ["timestamp", "rating"]])
def test_a_log_that_lacks_columns_is_asked_for_what_it_has(columns):
    """Without times any two reviews of a product are a co-review: 3 + 3 + 1 + 1 of the 45 pairs."""
    answer = cl.scan(TINY.drop(columns=columns), replicates=0).ask("a")
    names = {one.name for one in answer.findings.comparisons}
    if "timestamp" in columns:
        assert answer.findings.co_reviewers[0].co_reviews == 3
        assert answer.findings.co_reviewers[0].expected == pytest.approx(9 * 8 / 45)
        assert not re.search(r"\bdays?\b", flat(answer))
        assert "days active" not in names
    assert ("mean rating" in names) == ("rating" not in columns)


def test_a_variant_is_asked_about_as_its_listing():
    answer = cl.scan(TINY.assign(listing=TINY["product_id"].replace("p2", "p1")), replicates=0).ask("p2")
    assert answer.findings.products == ("p1", "p2")
    assert "These are the reviews of a listing of 2 variants" in flat(answer)
    # a and b reviewed both variants, which counts once.
    assert answer.findings.n_reviews == 4


# A planted ring


def test_a_member(case, table):
    ring = case.rings[0]
    answer = case.ask(ring.reviewers[1])
    [group] = [one for one in answer.groups if one.ring_id == ring.id]
    assert (ring.status, group.status, group.rank) == ("flagged", "flagged", 1)
    assert group.why in flat(answer)
    own = table[(table["reviewer_id"] == ring.reviewers[1]) & table["product_id"].isin(ring.products)]
    assert group.n_reviews == len(own)
    assert group.closeness.passes
    assert group.closeness.observed > 10 * group.closeness.expected
    assert {one.reviewer for one in answer.findings.co_reviewers[:5]} <= set(ring.reviewers)
    assert answer.findings.co_reviewers[0].rings == (ring.id,)


def test_a_doubt_about_a_member_and_the_evidence_are_part_of_the_answer(case):
    ring = case.rings[0]
    doubted = replace(ring, doubtful=(Doubt(ring.reviewers[1], "Reviewed 1 of the group's 6 products."),))
    said = flat(replace(case, rings=(doubted, *case.rings[1:])).ask(ring.reviewers[1]))
    assert "The account may not belong to the group. Reviewed 1 of the group's 6 products." in said
    assert "Evidence about" in said
    assert ring.evidence[0].statement in said


def test_a_decision_is_part_of_the_answer(folder, tmp_path):
    shutil.copytree(folder / "case", tmp_path / "case")
    found = cl.read_case(tmp_path / "case", log=folder / "reviews.csv")
    found.decide(found.rings[0], "confirmed", by="ann")
    assert "Decision: confirmed by ann" in flat(found.ask(found.rings[0].reviewers[1]))


def test_a_customer_of_the_products_is_nearest_to_the_group_and_not_in_it(case, table):
    answer = case.ask(outsider(case, table, customer=True))
    assert answer.groups == ()
    assert answer.nearest.shared >= 1
    assert answer.nearest.observed < (answer.nearest.needed or np.inf)
    assert not answer.nearest.passes
    assert "What keeps it out: " in flat(answer)


def test_a_busy_honest_account_has_many_co_reviews_and_more_are_expected(case, table):
    answer = case.ask(outsider(case, table, customer=False))
    assert answer.groups == ()
    assert not (answer.nearest and answer.nearest.passes)
    counted = sum(one.co_reviews for one in answer.findings.co_reviewers)
    expected = sum(one.expected for one in answer.findings.co_reviewers)
    assert counted < 30 * expected
    assert max(one.surprise for one in answer.findings.co_reviewers) < 8
    member = case.ask(case.rings[0].reviewers[1])
    assert max(one.surprise for one in member.findings.co_reviewers) > 8


def test_a_product_and_a_seller_of_the_ring(case, table):
    ring = case.rings[0]
    product = ring.products[0]
    answer = case.ask(product)
    [group] = [one for one in answer.groups if one.ring_id == ring.id]
    of_ring = table[table["product_id"].eq(product) & table["reviewer_id"].isin(ring.reviewers)]
    assert group.n_reviews == len(of_ring)
    assert {one.name: one.percentile for one in answer.findings.comparisons}["share by accounts in groups"] > 90
    seller = table[table["product_id"] == product]["seller"].iloc[0]
    sold = case.ask(seller)
    assert ring.id in {one.ring_id for one in sold.groups}
    assert sold.findings.products == tuple(sorted(set(table[table["seller"] == seller]["product_id"])))
    assert sold.findings.n_reviews == len(table[table["seller"] == seller])
    assert product in next(one for one in sold.groups if one.ring_id == ring.id).products


def test_names_and_order_change_nothing(case, table):
    mixed = table.sample(frac=1, random_state=1).reset_index(drop=True)
    before = mixed["reviewer_id"].tolist()
    for column, mark in (("reviewer_id", "r"), ("product_id", "q"), ("seller", "t")):
        mixed[column] = mark + mixed[column].astype("category").cat.codes.astype(int).rsub(10_000).astype(str)
    names = dict(zip(before, mixed["reviewer_id"].tolist(), strict=True))
    other = cl.scan(mixed, seed=3, replicates=40)
    for name in (case.rings[0].reviewers[2], outsider(case, table, customer=True)):
        one, two = case.ask(name), other.ask(names[name])
        assert one.findings.comparisons == two.findings.comparisons
        mapped = sorted((names[n.reviewer], n.co_reviews, n.expected, n.surprise) for n in one.findings.co_reviewers)
        assert mapped == sorted((n.reviewer, n.co_reviews, n.expected, n.surprise) for n in two.findings.co_reviewers)
        for a, b in zip((*one.findings.groups, one.nearest), (*two.findings.groups, two.nearest), strict=True):
            assert a is b is None or replace(a, ring_id="") == replace(b, ring_id="")


# Ids


def test_an_unknown_id_is_an_error_that_proposes_others(case):
    ring = case.rings[0]
    with pytest.raises(ConfigError, match=rf"the log has no account, product or seller .*{ring.reviewers[1]}' \(reviewer\)"):
        case.ask(ring.reviewers[1].upper() + " ")
    with pytest.raises(ConfigError, match="is a group; its page"):
        case.ask(ring.id)
    with pytest.raises(ConfigError, match=r"id: '' is not an id.*\nrole: there is no role 'sellr'; did you mean 'seller'"):
        case.ask("", role="sellr")
    with pytest.raises(ConfigError, match=r"is a reviewer, not a seller; leave out `role=\.\.\.`"):
        case.ask(ring.reviewers[1], role="seller")


def test_an_id_that_is_several_needs_a_role(case, folder, capsys):
    with pytest.raises(ConfigError, match='is a reviewer and a product; say which one you mean, as in `role="reviewer"`'):
        case.ask("u0")
    assert case.ask("u0", role="product").role == "product"
    assert main(["ask", str(folder / "case"), "u0"]) == 2
    assert "as in --role reviewer" in capsys.readouterr().err


def test_a_hostile_id_stays_text(case, folder, capsys):
    answer = case.ask(HOSTILE)
    assert answer.groups
    shown, html = str(answer), answer._repr_html_()
    assert "\u202e" not in shown + html
    assert "\\u202e" in shown
    assert "<img" not in html
    assert "&lt;img" in html
    assert main(["ask", str(folder / "case"), HOSTILE, "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["id"] == HOSTILE
    assert "\u202e" not in out
    with pytest.raises(ConfigError, match=r"\\x1b\[2J") as raised:
        case.ask("\x1b[2J nobody")
    assert "\x1b" not in str(raised.value)


# Without the log


@pytest.fixture
def lost(folder, tmp_path):
    """The case folder where its log is not."""
    shutil.copytree(folder / "case", tmp_path / "case")
    tree = json.loads((tmp_path / "case" / "case.json").read_text())
    tree["provenance"]["sources"][0]["name"] = "gone.csv"
    (tmp_path / "case" / "case.json").write_text(json.dumps(tree))
    return tmp_path / "case"


def test_without_the_log_the_folder_says_what_it_knows(lost, case, folder, table, capsys):
    ring, alone = case.rings[0], cl.read_case(lost)
    answer, whole = alone.ask(ring.reviewers[1]), case.ask(ring.reviewers[1])
    assert answer.findings is None
    assert [(one.ring_id, one.why, one.n_reviews) for one in answer.groups] == [(o.ring_id, o.why, o.n_reviews) for o in whole.groups]
    assert "'gone.csv' is not there" in answer.unavailable[1]
    assert "Without the log, nothing can be said of its reviews outside the groups" in flat(answer)
    assert len(answer.to_frame("co-reviewers")) == 0
    seller = table[table["product_id"] == ring.products[0]]["seller"].iloc[0]
    assert alone.ask(seller).groups[0].products == case.ask(seller).groups[0].products
    customer = outsider(case, table, customer=True)
    assert alone.ask(customer).nearest.shared == 1
    with pytest.raises(ConfigError, match=r"the case folder knows no account, product or seller 'u-none'.*\n.*is not there"):
        alone.ask("u-none")
    # Given again, in Python and at the command line, it says all.
    assert alone.ask(ring.reviewers[1], log=folder / "reviews.csv").findings == whole.findings
    assert main(["ask", str(lost), ring.reviewers[1]]) == 0
    assert "give it with --log when you read the case" in " ".join(capsys.readouterr().out.split())
    assert main(["ask", str(lost), ring.reviewers[1], "--log", str(folder / "reviews.csv")]) == 0
    assert "Strongest co-reviewers" in capsys.readouterr().out


def test_inferred_categories_are_inferred_again_when_the_log_is_read_again(tmp_path):
    """What is expected depends on them."""
    graph = narrow_market(12_000, 1)
    columns = {"reviewer_id": [f"u{code}" for code in graph.reviewer], "product_id": [f"p{code}" for code in graph.product]}
    rows = pd.DataFrame(columns).assign(timestamp=pd.to_datetime(graph.time + 15_000, unit="D"))
    rows.to_csv(tmp_path / "reviews.csv", index=False)
    case = cl.scan(tmp_path / "reviews.csv", replicates=0)
    assert case.lookup.log.graph.inferred
    cl.write_case(case, tmp_path / "case", ("json",))
    name = rows["reviewer_id"].mode()[0]
    assert cl.read_case(tmp_path / "case").ask(name).findings == case.ask(name).findings


def test_a_changed_log_is_not_used(folder, case, tmp_path, lost):
    other = tmp_path / "changed.csv"
    other.write_text((folder / "reviews.csv").read_text() + "new,p1,5,2020-01-01,c1,s1\n")
    with pytest.raises(InputError, match="is not the log of this case"):
        case.ask(case.rings[0].reviewers[1], log=other)
    tree = json.loads((lost / "case.json").read_text())
    tree["provenance"]["sources"][0]["name"] = str(other)
    (lost / "case.json").write_text(json.dumps(tree))
    answer = cl.read_case(lost).ask(case.rings[0].reviewers[1])
    assert answer.findings is None
    assert "its files have changed since they were scanned" in answer.unavailable[1]


def test_a_case_with_pseudonyms_answers_from_its_groups(case):
    hidden = cl.pseudonymise(case, bytes(range(32)))
    answer = hidden.ask(hidden.rings[0].reviewers[0])
    assert answer.groups[0].ring_id == hidden.rings[0].id
    assert "does not lead back to its log" in answer.unavailable[1]
    with pytest.raises(CollusionError, match="no log can be given"):
        hidden.ask(hidden.rings[0].reviewers[0], log="x.csv")


# Forms


def test_an_answer_is_short_at_a_prompt_and_fits_80_columns(case):
    answer = case.ask(case.rings[0].reviewers[1])
    assert len(repr(answer).splitlines()) < 40
    assert max(map(len, str(answer).splitlines())) <= 80
    assert str(answer).endswith("This is a lead for review, not a verdict.")


def test_an_answer_as_data(case, folder, capsys):
    ring = case.rings[0]
    answer = case.ask(ring.reviewers[1])
    assert main(["ask", str(folder / "case"), ring.reviewers[1], "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(json.dumps(answer.to_dict()))
    assert printed["groups"][0]["ring_id"] == ring.id
    assert answer.to_frame("groups").loc[0, "status"] == "flagged"
    assert answer.to_frame()["reviewer"].tolist() == [one["reviewer"] for one in printed["co_reviewers"]["strongest"]]
    assert answer.to_frame("comparisons")["n"].min() > 0
    with pytest.raises(ConfigError, match="did you mean 'groups'"):
        answer.to_frame("group")


def test_an_encoded_log_knows_its_sellers(folder, case, table, tmp_path):
    assert main(["encode", str(folder / "reviews.csv"), "--out", str(tmp_path / "store"), "--quiet"]) == 0
    seller = table["seller"].iloc[0]
    assert case.ask(seller, log=tmp_path / "store").to_dict() == case.ask(seller).to_dict()
