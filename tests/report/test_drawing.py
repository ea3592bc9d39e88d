"""What the drawing layer writes is what it was asked for."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from collusion.report.axes import Mark, legend
from collusion.report.drawing import PADDING, Drawing, number, sentence
from collusion.report.palette import LIGHT


def root_of(drawing):
    return ET.fromstring(str(drawing.svg("d")))


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (-0.001, "0"), (100, "100"), (1.5, "1.5"), (2.345678, "2.35"), (-7.10, "-7.1"), (1e6, "1000000")]
)
def test_numbers_are_short_and_fixed(value, text):
    assert number(value) == text


def test_cells_are_those_of_a_slow_count():
    """Each cell of the grid lies on one run of its strength, and no other."""
    rng = np.random.default_rng(5)
    strength = np.where(rng.random((17, 23)) < 0.6, rng.integers(1, 5, (17, 23)) / 4, 0)
    drawing = Drawing(230, 170)
    drawing.cells((0, 0), (10, 10), strength, LIGHT["ring"])
    found = np.zeros_like(strength)
    for path in root_of(drawing).iter("path"):
        x = y = 0
        for move, right, down, long in re.findall(r"([Mm])(\d+) (\d+)h(\d+)", path.get("d")):
            x, y = (int(right), int(down)) if move == "M" else (x + int(right), y + int(down))
            assert (found[y, x : x + int(long)] == 0).all()
            found[y, x : x + int(long)] = float(path.get("stroke-opacity", 1))
            x += int(long)
    assert np.allclose(found, strength)


def test_faint_cells_are_not_lost():
    drawing = Drawing(10, 10)
    drawing.cells((0, 0), (10, 10), np.array([[1e-6]]), LIGHT["ring"])
    assert len(list(root_of(drawing).iter("path"))) == 1


def test_lines_leave_gaps_where_there_is_no_height():
    drawing = Drawing(10, 10)
    drawing.steps([0, 1, 2, 3, 4], [np.nan, 1, 2, np.nan, 4], LIGHT["ring"], 1)
    (path,) = root_of(drawing).iter("path")
    assert path.get("d") == "M1 1H2V2H3M4 4"


@pytest.mark.parametrize("turned", [0, 90, -90])
@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_the_element_holds_its_texts(anchor, turned):
    """A text of 200 points is inside, wherever it is anchored and turned to."""
    drawing = Drawing(10, 10)
    drawing.text(5, 5, "m" * 26, anchor=anchor, turned=turned)
    _, _, wide, high = (float(part) for part in root_of(drawing).get("viewBox").split())
    long, short = (high, wide) if turned else (wide, high)
    assert 200 <= long <= 220
    assert short < 10 + 2 * PADDING + 8


def test_text_is_escaped_and_bare_of_hidden_characters():
    drawing = Drawing(10, 10)
    drawing.text(0, 0, "<b>\x00\u202e\ud800&amp;\"'\x1b")
    (text,) = root_of(drawing).iter("text")
    assert text.text == "<b>&amp;\"'"


def test_a_legend_ends_where_the_frame_ends():
    drawing = Drawing(300, 10)
    legend(drawing, [Mark("one", LIGHT["ring"], "dot", 3), Mark("another", LIGHT["ring"], "line")], 5)
    assert float(root_of(drawing).get("viewBox").split()[2]) == pytest.approx(300 + 2 * PADDING, abs=0.1)


def test_a_sentence_says_why_there_is_no_picture():
    drawing = sentence("There is none.", ["There", "is none."])
    assert drawing.reason == "There is none."
    assert [one.text for one in root_of(drawing).iter("text")] == ["There", "is none."]
