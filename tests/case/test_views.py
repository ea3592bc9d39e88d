"""Rings show themselves: methods are the pictures of the same name, and one number is the same wherever it stands."""

import csv
import io
import json
import pickle
import re
import subprocess
import sys
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, asdict, fields, replace
from decimal import Decimal
from gc import disable, enable
from weakref import ref

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import collusion as cl
from collusion.base.errors import CollusionError, ConfigError
from collusion.case import Case
from collusion.inference.score import score_groups
from collusion.report import formatting
from markets import frame, market

PICTURES = ("waterfall", "adjacency", "timeline", "coreview", "rating_impact")


@pytest.fixture(scope="module")
def log():
    rows, _ = market(12_000, 7, [(12, 6, 0.9), (6, 4, 1.0)])
    return frame(rows).drop(columns="seller")


@pytest.fixture(scope="module")
def case(log):
    return cl.scan(log, seed=3, replicates=20)


@pytest.fixture(scope="module")
def by_seller():
    rows, _ = market(12_000, 9, [(10, 6, 0.9)])
    return cl.scan(frame(rows), seed=1, replicates=10)


@pytest.fixture(scope="module")
def without_times(log):
    return cl.scan(log.drop(columns="timestamp"), seed=3, replicates=2)


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


# A ring and its case


def test_a_ring_knows_its_case_and_is_otherwise_as_before(case):
    ring = case.rings[0]
    assert {field.name for field in fields(ring)} == set(asdict(ring))
    assert "_case" not in asdict(ring)
    assert "case" not in {field.name for field in fields(ring)}
    alone = replace(ring)
    assert alone == ring
    assert repr(alone) == repr(ring)
    assert ring.case.lookup is case.lookup
    assert ring.case.rings == ()
    with pytest.raises(FrozenInstanceError):
        ring.rank = 2


@pytest.mark.parametrize("copied", [copy, deepcopy, replace, lambda ring: pickle.loads(pickle.dumps(ring))])
def test_copies_are_equal_small_and_belong_to_no_case(case, copied):
    ring = case.rings[0]
    alone = copied(ring)
    assert alone == ring
    assert len(pickle.dumps(ring)) < 50_000
    with pytest.raises(CollusionError, match=rf"ring {ring.id}: belongs to no case.*case\.rings"):
        alone.timeline()
    assert ring._repr_html_() != ""


def test_a_ring_keeps_its_log_and_no_circle_keeps_it_longer(log):
    """What is held is freed at once when nobody holds the case or a ring of it, without the garbage collector."""
    disable()
    try:
        scanned = cl.scan(log, seed=3, replicates=0)
        graph = ref(scanned.lookup)
        ring = scanned.rings[0]
        del scanned
        assert ring.reviews().shape[0] == ring.n_reviews
        del ring
        assert graph() is None
    finally:
        enable()


def test_the_same_rings_in_another_case_know_that_one(case):
    other = replace(case, notes=("other",))
    assert other.rings == case.rings
    assert other.rings[0].case.notes == ("other",)
    assert case.rings[0].case.notes == case.notes


# The views


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_axes_that_a_notebook_shows(case, name):
    axes = getattr(case.rings[0], name)()
    assert isinstance(axes, Axes)
    assert axes._repr_png_().startswith(b"\x89PNG")
    whole = getattr(cl.plot, name)(case, case.rings[0])
    whole._repr_png_()  # ticks are made when they are drawn
    assert texts(axes.get_figure()) == texts(whole)


@pytest.mark.parametrize("name", [*PICTURES, "compare"])
def test_pictures_draw_on_axes_that_are_given(case, name):
    figure = Figure(figsize=(9, 6))
    left, right = figure.subplots(1, 2)
    more = {"null": True} if name == "compare" else {}
    assert getattr(case.rings[0], name)(ax=right, **more) is right
    assert not left.has_data()
    assert all(axes.get_position().x0 >= 0.5 for axes in figure.axes if axes is not left)
    figure.draw_without_rendering()


def test_reviews_are_the_rows_of_the_source(case, log):
    ring = case.rings[0]
    rows = ring.reviews()
    assert tuple(rows["row"]) == ring.rows
    assert set(rows["reviewer_id"]) <= set(ring.reviewers)
    assert list(rows["product_id"]) == list(log["product_id"].iloc[list(ring.rows)])


def test_networks_are_of_one_content(case):
    ring = case.rings[0]
    network, graph = ring.to_networkx(), ring.to_igraph()
    assert (network.number_of_nodes(), network.number_of_edges()) == (len(ring.reviewers) + len(ring.products), ring.n_reviews)
    assert sorted(data["row"] for *_, data in network.edges(data=True)) == list(ring.rows)
    assert [(v["role"], v["label"], v["rings"]) for v in graph.vs] == [
        tuple(d[k] for k in ("role", "label", "rings")) for _, d in network.nodes(data=True)
    ]
    assert [v["type"] for v in graph.vs] == [v["role"] == "product" for v in graph.vs]
    ends = {((graph.vs[e.source]["label"], graph.vs[e.target]["label"]), e["row"], e["rating"], e["date"]) for e in graph.es}
    assert ends == {((a[1], b[1]), d["row"], d["rating"], d["date"]) for a, b, d in network.edges(data=True)}


# The parts of the score


@pytest.mark.parametrize("which", ["case", "by_seller", "without_times"])
def test_parts_add_up_to_the_score_exactly(which, request):
    """In decimals, with nothing left over; and each is what its formula says."""
    case = request.getfixturevalue(which)
    assert case.rings
    for ring in case.rings:
        told = ring.breakdown
        assert told.total == Decimal(repr(ring.score))
        assert [part.nats.as_tuple().exponent for part in told.parts] == [-6] * len(told.parts)
        counted = told.parts[:-1]
        meetings = next(one for one in ring.evidence if one.signal == "co-reviews") if ring.explained_by != "variants" else None
        x, mean = sum(part.observed for part in counted), sum(part.expected for part in counted)
        if meetings is not None:
            assert (x, mean) == (meetings.observed, pytest.approx(meetings.expected, abs=1e-5))
        rate = max(x / mean, 1.0)
        for part in counted:
            by_hand = (part.observed * np.log(rate) - (rate - 1) * part.expected) / len(ring.reviewers)
            assert float(part.nats) == pytest.approx(by_hand, rel=1e-3, abs=1e-3)
        assert told.place == ("seller" if which == "by_seller" else "product")
        assert (told.window is None) == (which == "without_times")


def test_parts_of_any_group_add_up(case):
    """Groups drawn at random, of which most co_reviews nowhere, and groups of everybody."""
    from collusion.inference.score import breakdown  # noqa: PLC0415
    from collusion.inference.search import Search  # noqa: PLC0415

    graph, example = case.lookup.log.graph, case.lookup.example
    search, rng = Search.of(graph, example.detectors, 0), np.random.default_rng(0)
    groups = [rng.choice(graph.n_reviewers, size, replace=False).astype(np.int32) for size in (1, 2, 3, 10, 100, 1000, graph.n_reviewers)]
    for group, score in zip(groups, score_groups(graph, search.by_window, groups), strict=True):
        told = breakdown(score, graph, len(group), by_seller=False)
        assert told.total == Decimal(repr(score.value))
        assert sum(part.observed for part in told.parts[:-1]) == score.co_reviews


# One number


def test_one_number_is_the_same_wherever_it_stands(case, tmp_path):
    """Score, q, size and strongest signal: table, card, waterfall, page and files."""
    cl.write_case(case, tmp_path / "out", ("csv", "json", "report", "parquet"))
    lines = list(csv.DictReader((tmp_path / "out/rings.csv").read_text().splitlines()))
    text = (tmp_path / "out/case.json").read_text()
    tree, exactly = json.loads(text)["rings"], json.loads(text, parse_float=Decimal)["rings"]
    index = (tmp_path / "out/report/index.html").read_text()
    table = case._repr_html_()
    for ring, line, branch, exact_branch in zip(case.rings, lines, tree, exactly, strict=True):
        parts = exact_branch["breakdown"]["parts"]
        assert [(one["name"], one["nats"]) for one in parts] == [(part.name, part.nats) for part in ring.breakdown.parts]
        assert sum(one["nats"] for one in parts) == ring.breakdown.total == exact_branch["score"]
        card, page = ring._repr_html_(), (tmp_path / f"out/report/rings/{ring.id}.html").read_text()
        assert float(line["score"]) == branch["score"] == ring.score == float(ring.breakdown.total)
        rows = (
            re.search(rf"{row}(?:(?!</tr>).)*{ring.id}.*?</tr>", html)[0]
            for row, html in (("<tr>", table), (r"<tr class=.is-[a-z]+.[^>]*>", index))
        )
        cells, listed = ([re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows)
        figures = texts(cl.plot.waterfall(case, ring))
        score, q, strongest = formatting.score(ring.score), formatting.q_value(ring), formatting.strongest(ring, case)
        assert cells[3:7] == [score, q, formatting.figure(ring.q_paid), f"{len(ring.reviewers):,}"]
        assert cells[9] == strongest
        assert {score, strongest, f"{len(ring.reviewers):,}"} <= set(listed)
        assert f"score <b>{score}</b>" in card
        assert f"<dt>score</dt><dd>{score}</dd>" in page
        assert strongest in page
        exact = f"{ring.breakdown.total:+,f}"
        assert f"<b>{exact}</b>" in card
        assert exact in figures
        assert float(exact.replace(",", "")) == ring.score
        assert round(float(exact.replace(",", "")), 1) == float(score)
        for part in ring.breakdown.parts:
            assert formatting.nats(part.nats) in card
            assert formatting.nats(part.nats) in figures
            assert formatting.nats(part.nats) in page
        if q:
            assert q in listed
            assert float(line["q_value"]) == branch["q_value"] == ring.q_value


def test_shown_parts_add_up_to_the_shown_score(case):
    """What a reader adds up by hand is what stands below the line."""
    for ring in case.rings:
        shown = [
            Decimal(text.replace(",", "")) for text in texts(cl.plot.waterfall(case, ring)) if re.fullmatch(r"[+-][\d,]+\.\d{6}", text)
        ]
        assert sum(shown[:-1]) == shown[-1] == Decimal(repr(ring.score))


def test_the_waterfall_says_what_was_lacking(case, without_times, log):
    def said(case):
        return " ".join(texts(cl.plot.waterfall(case, case.rings[0]))).replace("\n", " ")

    assert "the log has no times" in said(without_times)
    assert "cannot be distinguished from shared taste" in said(without_times)
    assert "No shuffled log" not in said(case)
    assert "No shuffled log was searched" in said(cl.scan(log, seed=3, replicates=0))
    bare = replace(case, rings=(replace(case.rings[0], breakdown=None),))
    assert "comes without the parts of its score" in said(bare)


# The null


@pytest.mark.parametrize("which", ["case", "by_seller", "without_times"])
def test_the_strongest_null_group_is_found_again(which, request):
    """Drawn again from the seed, it scores what the scan saw; no other replicate held a higher one."""
    case = request.getfixturevalue(which)
    strongest = case.provenance.strongest_replicate
    null = case.lookup.null_case()
    assert case.lookup.null_case() is null
    if which == "without_times":
        # Without times the search finds nothing in a shuffled log, and says so.
        assert (strongest, null.rings) == (None, ())
        return
    (ring,) = null.rings
    assert ring.score == float(ring.breakdown.total)
    assert f"Shuffled log {strongest + 1} of {case.provenance.replicates}" in null.notes[0]
    exceeding = re.search(r"In (\d+) of (\d+) shuffled", next(e for e in case.rings[0].evidence if e.signal == "co-reviews").statement)
    if exceeding and which == "case":
        assert (int(exceeding[1]) == 0) == (case.rings[0].score > ring.score)
    assert "found in a shuffled log" in ring.evidence[0].statement


def test_the_null_names_nobody_and_has_no_rows(case, log):
    ring = case.lookup.null_case().rings[0]
    assert all(re.fullmatch(r"null \d+", name) for name in ring.reviewers)
    context = ring.case.context(ring)
    assert not set(context.reviewer) & set(log["reviewer_id"])
    assert set(context.reviewer[context.member]) == set(ring.reviewers)
    assert ring.n_reviews == np.count_nonzero(context.member & context.target)
    with pytest.raises(CollusionError, match="shuffled log"):
        ring.reviews()


def test_comparing_says_which_replicate_and_draws_both(case):
    axes = case.rings[0].compare(null=True)
    shown = texts(axes.get_figure())
    assert any(f"Shuffled log {case.provenance.strongest_replicate + 1} of 20" in text for text in shown)
    assert any(case.rings[0].id in text for text in shown)
    assert shown.count("Who reviewed what") == 2
    assert axes._repr_png_().startswith(b"\x89PNG")


def test_comparing_with_another_ring(case):
    first, second = case.rings[:2]
    shown = texts(first.compare(second, picture="waterfall").get_figure())
    assert any(second.id in text for text in shown)
    assert formatting.nats(second.breakdown.total) in shown
    assert texts(cl.plot.compare(case, first, replace(second), picture="waterfall")) == shown


def test_comparing_says_what_is_wrong(case, log):
    ring = case.rings[0]
    with pytest.raises(ConfigError, match=r"(?s)another ring or with the shuffled logs.*did you mean 'timeline'"):
        ring.compare(picture="timelin")
    with pytest.raises(ConfigError, match="not with both"):
        ring.compare(case.rings[1], null=True)
    with pytest.raises(CollusionError, match="replicates = 0"):
        cl.scan(log, seed=3, replicates=0).rings[0].compare(null=True)
    other = replace(case, lookup=Plain())
    with pytest.raises(CollusionError, match="cannot shuffle its log again"):
        other.rings[0].compare(null=True)


class Plain:
    """A lookup of somebody else's, which knows no replicates."""


def test_where_the_null_held_no_group_the_picture_says_so(case):
    lookup = replace(
        case.lookup, example=replace(case.lookup.example, provenance=replace(case.provenance, strongest_replicate=None)), drawn={}
    )
    shown = texts(replace(case, lookup=lookup).rings[0].compare(null=True).get_figure())
    assert "The search found no group in any of the 20 shuffled logs." in shown
    assert "There is no group to draw." in shown


# The same bytes


@pytest.fixture(scope="module")
def anew(log):
    """The case scanned once more, by one thread."""
    return cl.scan(log, seed=3, replicates=20, threads=1)


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_data_gives_the_same_svg(case, anew, name):
    """Drawn twice from one case, and once from a case scanned anew: null replicate and all."""

    def drawn(case):
        stream = io.StringIO()
        case.rings[0].compare(null=True, picture=name).get_figure().savefig(stream, format="svg")
        return stream.getvalue()

    first = drawn(case)
    assert drawn(case) == first
    assert drawn(anew) == first
    assert "dc:date" not in first


def test_threads_change_no_null_group(log):
    one, two = (cl.scan(log, seed=5, replicates=10, threads=n).lookup for n in (1, 2))
    assert one.null_case().rings == two.null_case().rings


# Loading


def test_showing_the_table_loads_no_matplotlib():
    code = (
        "import sys, collusion.base.model, collusion.report.notebook_html; "
        "print(sorted({'matplotlib', 'pandas', 'networkx', 'igraph', 'jinja2'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_case_of_ones_own_needs_a_lookup_alone(case):
    """The protocol asks for no more than before: a lookup without replicates gives every view but the comparison."""

    class Ours:
        context, rows, problems = case.lookup.context, case.lookup.rows, case.lookup.problems

    own = Case(case.rings, case.accounting, case.provenance, (), Ours())
    assert texts(own.rings[0].timeline().get_figure()) == texts(case.rings[0].timeline().get_figure())
    assert own.rings[0].reviews().equals(case.rings[0].reviews())
    assert "<svg" in own._repr_html_()


def test_a_prompt_shows_what_a_case_is_and_not_whom_it_names(case):
    """However large a ring is, its line names nobody, and fits a screen."""
    assert repr(case) == f"<Case: {len(case.flagged)} flagged of {len(case.rings)} groups in {case.accounting.counted:,} reviews>"
    for ring in case.rings:
        assert repr(ring).startswith(f"Ring(id='{ring.id}', rank={ring.rank}, status='{ring.status}'")
        assert len(repr(ring)) < 400
        assert not [name for name in ring.reviewers if name in repr(ring)]
