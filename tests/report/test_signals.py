"""Questions and kinds are the case's own; a signal that it does not list has its name and no kind."""

from report.fake_case import SIGNALS, make_case, make_log, make_ring

from collusion.base.model import Evidence
from collusion.report.signals import evidence_of, question, residuals, scored


def test_a_signal_that_the_case_does_not_list_is_its_name_made_harmless():
    case = make_case(make_log(3, 2, n=100)[0], [])
    assert question("rating", case) == "Do they rate the products unlike other reviewers do?"
    assert question("my \u202esignal", case) == question("my \u202esignal", None) == "my \\u202esignal"


def test_all_evidence_has_one_place_in_the_order_of_the_case():
    log, reviewers, products = make_log(5, 3, n=300)
    ring = make_ring(log, reviewers, products)
    ring = make_ring(
        log, reviewers, products, evidence=(Evidence("theirs", "x", 1.0), *reversed(ring.evidence), Evidence("launches", "untested"))
    )
    case = make_case(log, [ring])
    kinds = ("acts together", "behaves like paid", "remark", None)
    found = [one for kind in kinds for one in evidence_of(ring, case, kind)]
    assert sorted(map(id, found)) == sorted(map(id, ring.evidence))
    assert [one.signal for one in found] == [
        *("co-reviews", "rating sessions", "launches", "launches", "rating", "exclusivity", "density", "crowd", "theirs")
    ]
    assert [one.signal for one in residuals(ring, case)] == ["rating sessions", "launches"]
    assert [(one.signal, one.statement[:7]) for one in scored(ring, case)] == [("co-reviews", "Members"), ("launches", "untested"[:7])]
    assert [one.signal for one in evidence_of(ring, None, None)] == [one.signal for one in ring.evidence]
    assert len(SIGNALS) == 7
