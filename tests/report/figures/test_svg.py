"""Figures of matplotlib that stand in a page: our elements only, no style, no reference beyond themselves, the same bytes every time."""

from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from report.fake_case import make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case
from report.test_svg import Tags

from collusion.report.figures import adjacency, rating_impact, waterfall
from collusion.report.figures.canvas import axes_for, house_style
from collusion.report.figures.svg import inline_svg

PICTURES = (waterfall, rating_impact)


@pytest.fixture(scope="module")
def case():
    log, reviewers, products = make_log(12, 6, n=1500)
    return make_case(log, [make_ring(log, reviewers, products)])


def svg_of(case, picture):
    return str(inline_svg(picture(case, case.rings[0]), "p", "what it shows"))


@pytest.mark.parametrize("picture", PICTURES)
def test_hostile_ids_make_no_element(picture):
    svg = svg_of(hostile_case(), picture)
    tags = Tags(svg).found
    assert {tag for tag, _ in tags} <= {"svg", "g", "defs", "path", "use", "text", "clippath", "rect"}
    names = {name for _, attributes in tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    for tag, attributes in tags:
        if "href" in attributes:
            assert tag == "use"
            assert attributes["href"].startswith("#p-")
    ET.fromstring(svg)  # our own output; well-formed


def test_ids_are_text_never_mathematics_never_markup():
    with house_style():
        figure, ax = axes_for(None, 3)
        ax.set_yticks(range(len(HOSTILE)), [name.replace("\x00", "").replace("\ud800", "") for name in HOSTILE], parse_math=False)
        ax.set_yticks([0, 1], ["$x^2$", "<b>&</b>"], parse_math=False)
    svg = str(inline_svg(figure, "p", 'say "what" <it> shows'))
    texts = [element.text for element in ET.fromstring(svg).iter("text")]
    assert "$x^2$" in texts
    assert "<b>&</b>" in texts
    assert ET.fromstring(svg).get("aria-label") == 'say "what" <it> shows'


@pytest.mark.parametrize("picture", PICTURES)
def test_same_case_same_bytes_whatever_the_user_has_set(case, picture):
    first = svg_of(case, picture)
    with mpl.rc_context(
        {"timezone": "Asia/Tokyo", "font.size": 20, "axes.grid": True, "svg.hashsalt": None, "svg.fonttype": "path", "lines.linewidth": 9}
    ):
        assert svg_of(case, picture) == first


@pytest.mark.parametrize("picture", PICTURES)
def test_every_reference_has_its_target(case, picture):
    tags = Tags(svg_of(case, picture)).found
    there = [attributes["id"] for _, attributes in tags if "id" in attributes]
    asked = {attributes["href"][1:] for tag, attributes in tags if tag == "use"}
    asked |= {attributes["clip-path"][5:-1] for _, attributes in tags if "clip-path" in attributes}
    assert asked == set(there)
    assert len(there) == len(set(there))


def test_what_is_not_known_is_refused(case):
    figure = waterfall(case, case.rings[0])
    figure.axes[0].texts[0].set_url("https://x.test/")
    with pytest.raises(ValueError, match="unexpected SVG element 'a'"):
        inline_svg(figure, "p", "d")
    with pytest.raises(ValueError, match="unexpected SVG element 'image'"):
        inline_svg(adjacency(case, case.rings[0]), "p", "d")
