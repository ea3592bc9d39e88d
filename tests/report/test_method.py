"""What a report says of its method is true of the scan: nothing is said of what was not run, and every question is the case's own."""

from dataclasses import replace

import pytest
from report.fake_case import SIGNALS, every_status, make_case, make_log, make_ring

from collusion.base.model import Breakdown, Evidence, SignalInfo
from collusion.report.method import asked, method


@pytest.fixture(scope="module")
def log():
    return make_log(8, 5, n=800)


def with_config(case, **more):
    return replace(case, provenance=replace(case.provenance, **more))


def test_the_method_says_only_what_was_run(log):
    case = make_case(log[0], [make_ring(*log)])
    assert "lockstep joins two people" in method(case)["Searching"]
    assert "2, 7, 21" not in method(case)["Searching"]
    windows = {"detectors": ["lockstep"], "detector": {"lockstep": {"windows": [14, 3]}}}
    assert "within 3 or 14 days of each other, more often" in method(with_config(case, config=windows))["Searching"]
    counted = replace(case.rings[0], breakdown=Breakdown((), 21, "product"))
    assert "within 21 days of each other)" in method(replace(case, rings=(counted,)))["Searching"]
    assert "shuffled 40 times" in method(case)["Comparing with chance"]
    other = with_config(case, config={"detectors": ["fraudar", "<b>"]}, replicates=0)
    assert "by fraudar, <b>" in method(other)["Searching"]  # escaped where it is written, as everything is
    assert "lockstep" not in " ".join(method(other).values())
    assert "nothing was compared with chance" in method(other)["Comparing with chance"]
    assert "searched for in it by" not in method(with_config(case, config={}))["Searching"]


def test_what_was_asked_is_what_the_case_lists(log):
    """Every signal once, under its kind, in the order of the case; groups are counted once, whatever they have of it."""
    own = SignalInfo("ours", "Is it \u202e<b>?", "behaves like paid", ("ip",))
    evidence = (Evidence("ours", "a", stance="for"), Evidence("ours", "b", stance="neutral"))
    rings = [*every_status(*log), make_ring(log[0], sorted(log[1])[:3], log[2], rank=6, evidence=evidence)]
    told = asked(make_case(log[0], rings, signals=(*SIGNALS, own)))
    listed = {one["signal"]: one for kind in told for one in kind["signals"]}
    assert [kind["title"] for kind in told] == [
        "Did they act together?",
        "Do they behave unlike other reviewers of the same products?",
        "Remarks, which decide nothing",
    ]
    assert list(listed) == [one.name for one in SIGNALS[:5]] + ["ours", "density", "crowd"]
    assert (listed["ours"]["tested"], listed["ours"]["says"], listed["ours"]["needs"]) == ("1", "1", "ip")
    assert listed["ours"]["question"] == "Is it \\u202e<b>?"
    assert (listed["rating sessions"]["tested"], listed["rating sessions"]["says"]) == ("5", "2")
    assert (listed["rating"]["tested"], listed["rating"]["says"]) == ("5", "2")
    assert listed["co-reviews"]["says"] == listed["density"]["says"] == ""


def test_a_case_that_lists_no_signals_was_asked_nothing(log):
    assert asked(make_case(log[0], every_status(*log), signals=())) == []
