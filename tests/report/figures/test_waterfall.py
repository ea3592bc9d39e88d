"""The waterfall shows the score before and after each innocent explanation is granted."""

from decimal import Decimal

from report.fake_case import make_case, make_log, make_ring

from collusion.base.model import Breakdown, Part
from collusion.report.figures.waterfall import waterfall


def drawn(signals):
    log, reviewers, products = make_log(6, 4, n=400)
    parts = (Part("quiet products", Decimal("50.25"), 812, 4.25), Part("choice of 6 among 90 reviewers", Decimal("-9.00")))
    ring = make_ring(log, reviewers, products, status="explained", breakdown=Breakdown(parts, 7, "product"))
    case = make_case(log, [ring], **signals)
    return waterfall(case, case.rings[0])


def test_what_is_left_stands_below_the_score_with_what_is_needed():
    figure = drawn({})
    texts = [one.get_text() for one in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    for text in ("+41.25", "with rating sessions granted", "-2.5 left", "with launches granted", "37.1 left"):
        assert text in texts
    assert texts.count("3.5 needed") == 2
    bars = [(bar.get_x(), bar.get_width()) for bar in figure.axes[0].patches][-3:]
    assert bars == [(0.0, 41.25), (-2.5, 2.5), (0.0, 37.125)]


def test_signals_that_the_case_does_not_list_are_no_explanations():
    texts = [one.get_text() for one in drawn({"signals": ()}).findobj(lambda artist: hasattr(artist, "get_text"))]
    assert not [text for text in texts if "granted" in text or "needed" in text]
