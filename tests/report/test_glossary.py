"""The glossary explains what the report speaks of."""

from report.fake_case import make_case, make_log, make_ring

from collusion.report.glossary import nulls


def test_ways_to_shuffle_that_were_not_used_are_said_to_be():
    log = make_log(8, 5, n=800)
    rings = [
        make_ring(*log, q_values={"N1": 0.1, "N3": 0.2}),
        make_ring(log[0], sorted(log[1])[:4], log[2], rank=2, q_values={"own": 1.0}),
    ]
    found = nulls(make_case(log[0], rings))
    assert list(found) == ["N0", "N1", "N2", "N3", "own"]
    assert [name for name, said in found.items() if "Not used in this scan." in said] == ["N0", "N2"]
    assert all("Not used" in said for said in nulls(make_case(log[0], [])).values())
