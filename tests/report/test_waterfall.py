"""The waterfall shows the score before and after each innocent explanation is granted."""

from decimal import Decimal

from report.fake_case import make_case, make_log, make_ring

from collusion.base.model import Breakdown, Part
from collusion.report.drawing import Text
from collusion.report.waterfall import bars, waterfall


def drawn(signals):
    log, reviewers, products = make_log(6, 4, n=400)
    parts = (Part("quiet products", Decimal("50.25"), 812, 4.25), Part("choice of 6 among 90 reviewers", Decimal("-9.00")))
    ring = make_ring(log, reviewers, products, status="explained", breakdown=Breakdown(parts, 7, "product"))
    case = make_case(log, [ring], **signals)
    texts = [mark.text for mark in waterfall(case, case.rings[0]).marks if isinstance(mark, Text)]
    return texts, bars(case, case.rings[0])


def test_what_is_left_stands_below_the_score_with_what_is_needed():
    texts, shown = drawn({})
    for text in ("+41.25", "with rating sessions granted", "-2.5 left", "with launches granted", "37.1 left"):
        assert text in texts
    assert texts.count("3.5 needed") == 2
    assert [(bar.start, bar.end) for bar in shown[-3:]] == [(0.0, 41.25), (0.0, -2.5), (0.0, 37.125)]


def test_signals_that_the_case_does_not_list_are_no_explanations():
    texts, _ = drawn({"signals": ()})
    assert not [text for text in texts if "granted" in text or "needed" in text]
