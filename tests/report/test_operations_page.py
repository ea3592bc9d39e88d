"""The page of operations: what it says and links to, its map without scripts, and nothing of the log runs in it."""

import re
from dataclasses import replace
from html import unescape

import pytest
from report.fake_case import make_case
from report.hostile import HOSTILE
from report.operations import case_of

import collusion as cl
from collusion.base.errors import OutputError
from collusion.report.decided import Decided, RingDecision
from collusion.report.operation_map import MOST_LINES, MOST_RINGS, drawn_links, operation_map
from collusion.report.operations_page import operations_page
from collusion.report.pages import write_report


def pages(case, folder, **more):
    write_report(case, folder, pictures=0, **more)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def svg(case, **more):
    return str(operation_map(case, case.operations[0], **more).svg("Map"))


def test_the_page_is_there_where_operations_are_and_every_link_leads_to_a_page(tmp_path):
    case = case_of(6)
    found = pages(case, tmp_path / "report")
    page = found["operations.html"]
    assert 'href="operations.html"' in found["index.html"]
    assert set(re.findall(r'href="([^"#]+)"', page)) == {"index.html", *(f"rings/{ring.id}.html" for ring in case.rings)}
    for ring in case.rings:
        assert f'<a href="../operations.html#{case.operations[0].id}">operation' in found[f"rings/{ring.id}.html"]
    assert f'id="{case.operations[0].id}"' in page
    without = pages(replace(case, operations=()), tmp_path / "other")
    assert "operations.html" not in without
    assert not [name for name, text in without.items() if "peration" in text]


def test_the_tables_have_what_the_operation_has():
    case = case_of(5)
    one = case.operations[0]
    (told,) = operations_page(case, {ring.id for ring in case.rings})["operations"]
    links = {(link["ends"][0]["id"], link["ends"][1]["id"]): link for link in told["links"]}
    assert {*links} == {(link.first, link.second) for link in one.links}
    for link in one.links:
        row = links[link.first, link.second]
        assert (row["kind"], row["shared"], row["expected"]) == (link.kind, str(len(link.shared)), "1.25")
    assert [worker["name"] for worker in told["core"]] == list(one.core[:100])
    for ring, row in zip(case.rings, told["rings"], strict=True):
        assert row["core"] == str(len(set(ring.reviewers) & set(one.core)))


def test_the_map_has_a_circle_per_ring_and_a_line_per_link_and_says_it_in_words():
    case = case_of(9)
    drawn, one = svg(case, linked={ring.id for ring in case.rings}), case.operations[0]
    titles = [unescape(said) for said in re.findall(r"<title>(.*?)</title>", drawn)]
    circles = [said for said in titles if said.startswith("Rank")]
    assert len(circles) == 9 == drawn.count("<a href=")
    assert len(titles) - 9 == len(one.links)
    for ring in case.rings:
        assert f"Rank {ring.rank}, {ring.id}, {ring.status}: {len(ring.reviewers)} members" in " ".join(circles)
    assert 'role="group"' in drawn
    assert drawn.count('class="tip" visibility="hidden"') == 9
    assert not re.findall(r"<script|<style|style=| id=|on\w+=", drawn)


def test_a_wider_line_is_more_shared_and_another_kind_has_other_dashes():
    case = case_of(2)
    one = case.operations[0].links[0]
    few, many = replace(one, shared=("a",), kind="accounts"), replace(one, shared=tuple(map(str, range(40))), kind="ip")
    drawn = svg(replace(case, operations=(replace(case.operations[0], links=(few, many)),)))
    lines = re.findall(r"<g><title>([^<]*)</title><path[^>]*stroke-width=\"([\d.]+)\"( stroke-dasharray)?", drawn)
    assert [(said.split()[0], bool(dash)) for said, _, dash in lines] == [("1", False), ("40", True)]
    assert float(lines[1][1]) > 3 * float(lines[0][1])


@pytest.mark.parametrize("status", ["flagged", "coordinated", "candidate", "explained"])
def test_each_status_has_a_mark_of_its_own_without_colour(status):
    case = case_of(2)
    rings = [replace(ring, status=status) for ring in case.rings]
    drawn = svg(replace(make_case(case.lookup.log, rings), operations=case.operations))
    first = re.search(r"<g><title>Rank.*?<text", drawn)[0]
    shape = (first.count("<circle"), first.count("stroke-width"), "dasharray" in first)
    assert shape == {"flagged": (1, 0, False), "coordinated": (1, 1, False), "candidate": (1, 1, True), "explained": (2, 2, False)}[status]


def test_names_change_nothing_but_the_names():
    case = case_of(12)
    renamed = [replace(ring, id=f"R-{k:012x}") for k, ring in enumerate(case.rings)]
    new = dict(zip((ring.id for ring in case.rings), (ring.id for ring in renamed), strict=True))
    one = case.operations[0]
    links = tuple(replace(link, first=new[link.first], second=new[link.second]) for link in one.links)
    other = replace(make_case(case.lookup.log, renamed), operations=(replace(one, rings=tuple(new.values()), links=links),))
    expected = re.sub("R-[0-9a-f]{12}", lambda found: new[found[0]], svg(case))
    assert svg(other) == expected


def test_the_same_case_gives_the_same_bytes(tmp_path):
    assert pages(case_of(8), tmp_path / "one") == pages(case_of(8), tmp_path / "other")


def test_a_large_operation_is_cut_connected_and_says_so():
    case = case_of(MOST_RINGS + 10, more=0.9)
    one = case.operations[0]
    shown = [ring.id for ring in case.rings[:MOST_RINGS]]
    lines = drawn_links(one, shown)
    assert len(lines) == MOST_LINES
    reached, before = {shown[0]}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {end for link in lines if reached & {link.first, link.second} for end in (link.first, link.second)}
    assert reached == set(shown)
    (told,) = operations_page(case, set())["operations"]
    assert f"The map has the first {MOST_RINGS} of {MOST_RINGS + 10} rings. It has {MOST_LINES} of " in told["left_out"]
    assert told["more_links"].endswith("in operations.csv.")


def test_hostile_names_run_nowhere(tmp_path):
    case = case_of(4, kinds=("<script>alert(1)</script>", '"><svg onload=alert(1)>', "\x1b[31m"), shared=tuple(HOSTILE))
    page = pages(case, tmp_path / "report")["operations.html"]
    assert not re.findall(r"<script|<svg onload|<img|<iframe|[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<svg") == 1


def test_rings_that_a_filter_left_out_are_named_and_not_linked(tmp_path):
    case = case_of(3)
    kept = case.rings[0].id
    rings = {ring.id: RingDecision(*(2 * ("confirmed" if ring.id == kept else "open",))) for ring in case.rings}
    found = pages(case, tmp_path / "report", decided=Decided(rings, {}, ("confirmed",), "x.jsonl", "", (), ()))
    assert {*re.findall(r"rings/(R-[0-9a-f]{12})\.html", found["operations.html"])} == {kept}
    assert all(ring.id in found["operations.html"] for ring in case.rings)


@pytest.mark.parametrize("change", [{"id": "../x"}, {"rings": ("R-000000000000",)}])
def test_an_operation_that_cannot_be_shown_is_one_clear_error(tmp_path, change):
    case = case_of(3)
    with pytest.raises(OutputError, match="operation"):
        write_report(replace(case, operations=(replace(case.operations[0], **change),)), tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_the_map_is_drawn_on_axes_too():
    case = case_of(4)
    figure = cl.plot.operation(case, case.operations[0])
    (axes,) = figure.axes
    assert {text.get_text() for text in axes.texts} >= {"1", "2", "3", "4", "flagged"}
    # Two circles for the explained ring, and the same marks in the legend.
    assert sum(type(patch).__name__ == "Circle" for patch in axes.patches) == 2 * (4 + 1)
