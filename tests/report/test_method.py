"""What a report says of its method is true of the scan: nothing is said of what was not run, and every signal has its question."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report.fake_case import make_case, make_log, make_ring

import collusion.evidence
from collusion.model import Evidence
from collusion.report.method import EXPLANATIONS, TERMS, explanations, method, nulls, question, standing


@pytest.fixture(scope="module")
def log():
    return make_log(8, 5, n=800)


def with_config(case, **more):
    return replace(case, provenance=replace(case.provenance, **more))


def test_every_signal_of_the_evidence_room_has_a_question():
    folder = Path(collusion.evidence.__file__).parent
    signals = {found for path in folder.glob("*.py") for found in re.findall(r'signal="([^"]+)"', path.read_text(encoding="utf-8"))}
    assert len(signals) >= 14
    assert [signal for signal in signals if question(signal) == signal] == []


def test_every_explanation_of_the_evidence_room_is_listed():
    """A module that can say "explains" is one the first page names, so that a reader knows what was tested."""
    folder = Path(collusion.evidence.__file__).parent
    able = {
        found
        for path in folder.glob("*.py")
        if '"explains"' in (text := path.read_text(encoding="utf-8"))
        for found in re.findall(r'signal="([^"]+)"', text)
    }
    assert able - {"habit"} == set(EXPLANATIONS)


def test_the_question_of_a_signal_that_is_none_of_ours_is_its_name_made_harmless():
    assert question("my \u202esignal") == "my \\u202esignal"


@pytest.mark.parametrize(
    ("status", "q_values", "rate", "words"),
    [
        ("flagged", {"N1": 0.01}, 0.05, "no innocent explanation that was tested holds"),
        ("explained", {}, 0.05, "Are they fans of one seller"),
        ("candidate", {}, 0.05, "no null replicate was run"),
        ("candidate", {"N0": 0.01}, 0.05, "the log has no times"),
        ("candidate", {"N1": 0.01, "N2": 0.02}, 0.05, "an honest habit may have made it"),
        ("candidate", {"N1": 0.01, "N2": 0.3}, 0.05, "its q-value of 0.3 does not meet the false-discovery rate of 0.05"),
        ("candidate", {"N1": 0.01}, None, "its q-value of 0.01 does not meet the false-discovery rate asked for"),
    ],
)
def test_a_status_is_told_for_the_ring(log, status, q_values, rate, words):
    ring = make_ring(*log, status=status, q_values=q_values, explained_by="fans" if status == "explained" else None)
    case = make_case(log[0], [ring])
    case = with_config(case, config={} if rate is None else {"fdr": rate})
    said = standing(ring, case.provenance)
    assert said.startswith(status.capitalize())
    assert words in said


def test_the_method_says_only_what_was_run(log):
    case = make_case(log[0], [make_ring(*log)])
    assert "lockstep joins two people" in method(case)["Searching"]
    assert "dealt anew 40 times" in method(case)["Comparing with chance"]
    other = with_config(case, config={"detectors": ["fraudar", "<b>"]}, replicates=0)
    assert "by fraudar, <b>" in method(other)["Searching"]  # escaped where it is written, as everything is
    assert "lockstep" not in " ".join(method(other).values())
    assert "nothing was compared with chance" in method(other)["Comparing with chance"]
    assert "sought in it by" not in method(with_config(case, config={}))["Searching"]


def test_only_rungs_that_were_run_are_explained(log):
    rings = [make_ring(*log, q_values={"N1": 0.1, "N3": 0.2}), make_ring(log[0], sorted(log[1])[:4], log[2], rank=2, q_values={"N0": 1.0})]
    assert list(nulls(make_case(log[0], rings))) == ["N0", "N1", "N3"]
    assert nulls(make_case(log[0], [])) == {}
    assert all(nulls(make_case(log[0], rings)).values())


def test_explanations_are_counted_once_a_group(log):
    """Twice the same signal in one group is one group tested."""
    evidence = (Evidence("fans", "a", stance="neutral"), Evidence("fans", "b", stance="explains"), Evidence("crowd", "c", stance="neutral"))
    rings = [make_ring(*log, evidence=evidence), make_ring(log[0], sorted(log[1])[:4], log[2], rank=2, evidence=evidence[2:])]
    told = {one["signal"]: (one["tested"], one["holds"]) for one in explanations(make_case(log[0], rings))}
    assert told["fans"] == ("1", "1")
    assert told["crowd"] == ("2", "0")
    assert told["variants"] == ("0", "0")


def test_a_q_value_is_never_told_as_the_probability_of_guilt():
    assert "not the probability" in TERMS["q-value"]
