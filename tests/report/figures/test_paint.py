"""A picture on axes has the marks of the page's picture, at the same places."""

import numpy as np
import pytest
from report.fake_case import make_case, make_log, make_ring
from report.test_svg import PARTS, PICTURES

import collusion as cl
from collusion.base.model import Breakdown
from collusion.report.drawing import Drawing, Text
from collusion.report.figures.canvas import axes_for, house_style, quiet
from collusion.report.figures.paint import paint


@pytest.mark.parametrize("picture", PICTURES)
def test_a_page_and_axes_say_the_same(picture):
    log, reviewers, products = make_log(12, 6, n=1500, burst=10)
    case = make_case(log, [make_ring(log, reviewers, products, breakdown=Breakdown(PARTS, 7, "product"))])
    marks = picture(case, case.rings[0]).marks
    figure = getattr(cl.plot, picture.__name__)(case, case.rings[0])
    assert [text.get_text() for text in figure.axes[0].texts] == [mark.text for mark in marks if isinstance(mark, Text)]


def test_marks_are_where_the_page_has_them():
    """To half a point: texts inside and outside the frame and turned, rectangles, lines, dots and cells."""
    drawing = Drawing(200, 100)
    drawing.text(-3, 20, "left", anchor="end")
    drawing.text(50, 112, "below", anchor="middle")
    drawing.text(205, 30, "beside", turned=90, middle=True)
    drawing.text(20, 103, "turned", turned=-90, anchor="end", middle=True)
    drawing.rectangle(10, 20, 30, 40, "#ff0000")
    drawing.frame(50, 5, 20, 10)
    drawing.lines([(0, 0, 200, 100)], "#0000ff")
    drawing.steps([0, 10, 20], [5, np.nan, 7], "#0000ff", 1)
    drawing.dots([(60, 70)], 4, "#00ff00")
    drawing.cells((100, 40), (10, 20), np.ones((2, 3)), "#000000")
    with house_style(), quiet():
        figure, ax = axes_for(None, 100 / 72, 200 / 72)
        paint(drawing, ax)
        figure.draw_without_rendering()

    def points(box):
        """Left, top, right and bottom."""
        scale = 72 / figure.dpi
        return box.x0 * scale, 100 - box.y1 * scale, box.x1 * scale, 100 - box.y0 * scale

    left, below, beside, turned = (points(one.get_window_extent()) for one in ax.texts)
    assert left[2] == pytest.approx(-3, abs=1)
    assert left[1] < 20 < left[3] < 24
    assert (below[0] + below[2]) / 2 == pytest.approx(50, abs=1)
    assert 103 < below[1] < 112
    assert beside[1] == pytest.approx(30, abs=1)
    assert (beside[0] + beside[2]) / 2 == pytest.approx(205, abs=1.5)
    assert turned[1] == pytest.approx(103, abs=1)
    assert (turned[0] + turned[2]) / 2 == pytest.approx(20, abs=1.5)
    rectangle, frame, line, _ = (points(one.get_path().get_extents(one.get_transform())) for one in ax.patches)
    assert rectangle == pytest.approx((10, 20, 40, 60), abs=0.5)
    assert frame == pytest.approx((50, 5, 70, 15), abs=0.5)
    assert line == pytest.approx((0, 0, 200, 100), abs=0.5)
    assert ax.lines[0].get_xydata().tolist() == [[60, 70]]
    assert points(ax.images[0].get_window_extent()) == pytest.approx((100, 40, 130, 80), abs=0.5)
