"""What a notebook shows: the figures of the case, and nothing that runs or hides, whatever the log says."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report.fake_case import every_status, make_case, make_log, make_ring
from report.hostile import hostile_case

from collusion.base.model import Evidence
from collusion.report.notebook_html import TABLE_ROWS, case_table, ring_card

ELEMENTS = "table caption thead tbody tr th td div p b i span ul li details summary small bdi code svg title path"
ATTRIBUTES = "style scope role aria-label width height viewbox fill fill-opacity d"


class Shown(HTMLParser):
    """Elements, attributes and text, as a browser would find them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = set(), set(), [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("text", [True, False])
def test_hostile_strings_make_no_element_no_attribute_and_hide_nothing(text):
    case = hostile_case(text=text)
    for html in (case._repr_html_(), *(ring._repr_html_() for ring in case.rings)):
        shown = Shown(html)
        assert shown.tags <= set(ELEMENTS.split())
        assert shown.attributes <= set(ATTRIBUTES.split())
        assert not shown.open
        seen = "".join(shown.text)
        assert not [mark for mark in "\x00\x1b\u202e\u2066\u200b\ud800\u2028\ufffe" if mark in seen]
        html.encode()  # as a notebook file holds it


def test_ten_thousand_characters_take_no_more_than_a_name():
    log, reviewers, products = make_log(5, 3, n=400)
    ids = {name: name + "x" * 10_000 for name in reviewers | products}
    log = log.replace({"reviewer_id": ids, "product_id": ids})
    ring = make_ring(
        log,
        [ids[name] for name in reviewers],
        [ids[name] for name in products],
        evidence=(Evidence("y" * 10_000, "z" * 10_000, 1.0, 1.0, 0.1),),
    )
    case = make_case(log, [ring])
    assert "x" * 200 not in case.rings[0]._repr_html_()
    assert "z" * 1000 not in case.rings[0]._repr_html_()
    assert "y" * 200 not in case.rings[0]._repr_html_() + case._repr_html_()


def test_a_card_answers_both_questions_and_marks_doubtful_members():
    log, reviewers, products = make_log(9, 4, n=500)
    case = make_case(log, every_status(log, reviewers, products))
    ring = case.rings[1]
    text = "".join(Shown(ring._repr_html_()).text)
    order = [text.index(part) for part in ("Did they act together?", "Do they behave unlike other reviewers", "2 remarks, with no effect")]
    assert order == sorted(order)
    assert "In 0 of 20 shuffled logs did any of 1,204 groups score this high." in text
    assert "(p-value of this signal alone: 0.002)" in text
    assert "Flagged. The members acted together" in text
    assert "1e-12" not in text  # of a group that was searched for
    assert f"{ring.doubtful[0].reviewer}: They rated 4 of 5" in text


def test_the_table_is_capped_and_says_so():
    log, reviewers, products = make_log(5, 3, n=400)
    ring = make_ring(log, reviewers, products)
    case = make_case(log, [replace(ring, rank=k + 1) for k in range(TABLE_ROWS + 7)])
    html = case_table(case)
    assert html.count("<tr>") == TABLE_ROWS + 1
    assert "7 more are in" in html


def test_a_case_without_rings_has_a_table():
    log, *_ = make_log(5, 3, n=400)
    assert "0 flagged, 0 coordinated, 0 candidates, 0 explained, in" in make_case(log, [])._repr_html_()


def test_a_ring_without_a_case_has_a_card():
    log, reviewers, products = make_log(5, 3, n=400)
    ring = make_ring(log, reviewers, products)
    assert "<svg" not in ring._repr_html_()
    assert "<svg" in ring_card(make_case(log, [ring]), ring)
    assert "density" in ring._repr_html_()
