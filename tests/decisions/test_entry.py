"""A decision and its line: nothing is lost, and nothing but a whole line is read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from decisions.people import decision, subject
from hypothesis import given
from hypothesis import strategies as st
from report.hostile import HOSTILE

from collusion.decisions.entry import HEAD, STATUSES, decode, encode, fault_of_name, shown

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))  # lone surrogates, too
Q = st.none() | st.floats(0, 1)
IDS = st.lists(ANY_TEXT, max_size=4).map(tuple)


@given(st.sampled_from(STATUSES), ANY_TEXT, IDS, IDS, st.tuples(Q, Q), st.none() | ANY_TEXT)
def test_a_line_gives_the_decision_back_whatever_its_text(status, note, reviewers, products, q, explained_by):
    ring = subject(reviewers, products, q_value=q[0], q_paid=q[1], explained_by=explained_by, detectors=("a", "b"))
    one = decision(status, ring, note, line=7)
    raw = encode(one)
    assert raw.startswith(HEAD)
    assert raw.isascii()
    assert b"\n" not in raw
    assert b"\r" not in raw
    assert decode(raw, 7) == one


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 1_000_000, "\u2028" * 1000, "\x00", "\ud800"])
def test_hostile_notes_and_ids_come_back_as_they_were(text):
    one = decision(ring=subject((text,), (text,)), note=text, line=1)
    assert decode(encode(one), 1) == one


def test_every_cut_of_a_line_is_told_from_the_whole():
    raw = encode(decision(note='"check":"0123456789abcdef"}'))
    for length in range(len(raw)):
        with pytest.raises(ValueError, match=r"is incomplete|was changed"):
            decode(raw[:length], 1)


@given(st.data())
def test_any_other_byte_is_told(data):
    raw = bytearray(encode(decision(note="fine")))
    position = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != raw[position]))
    raw[position] = byte
    with pytest.raises(ValueError, match=r"is incomplete|was changed"):
        decode(bytes(raw), 1)


def test_two_halves_make_no_whole():
    one, other = encode(decision(note="one")), encode(decision(note="other"))
    with pytest.raises(ValueError, match="was changed after"):
        decode(one[: len(one) // 2] + other[len(other) // 2 :], 1)


def forged(**changes):
    """A line with other values and a right digest."""
    values = json.loads(encode(decision()))
    del values["check"]
    values = {name: value for name, value in {**values, **changes}.items() if value is not ...}
    from collusion.decisions.entry import _digest  # noqa: PLC0415  # what only a forger needs

    body = json.dumps(values, separators=(",", ":")).encode()
    return body[:-1] + b',"check":"' + _digest(body) + b'"}'


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "guilty"},
        {"status": ["open"]},
        {"note": ...},
        {"note": 5},
        {"by": "a\nb"},
        {"by": "\u202eAnn"},
        {"reviewers": "abc"},
        {"reviewers": [1]},
        {"q_value": "small"},
        {"q_value": True},
        {"q_paid": "small"},
        {"log": None},
    ],
)
def test_a_line_that_no_release_wrote_is_refused_even_with_a_right_digest(changes):
    assert decode(forged(), 1) == replace(decision(), line=1)
    with pytest.raises(ValueError, match="is not a decision"):
        decode(forged(**changes), 1)


@pytest.mark.parametrize("found", ["flagged", "coordinated", "candidate", "explained", None])
def test_a_line_of_an_earlier_release_is_read(found):
    """It knows no second question, and three statuses."""
    assert decode(forged(q_paid=..., found=found, q_value=0.01), 1).ring == subject(found=found, q_value=0.01, q_paid=None)


def test_a_line_of_a_later_version_is_told_as_such():
    with pytest.raises(ValueError, match=r"version 3 .* update collusion"):
        decode(forged(collusion_decision=3), 1)


@pytest.mark.parametrize("name", [None, "Ann", "Ann-Marie O'Neil", "李", "ann@example.org", "<b>"])
def test_names_of_people_are_taken(name):
    assert fault_of_name(name) is None


@pytest.mark.parametrize("name", ["", " ", " Ann", "a\nb", "a\x00", "\x1b[31m", "\u202e", "a\u2028b", "\ud800", "x" * 101, 5, ("Ann",)])
def test_names_that_hide_something_are_refused_and_shown(name):
    fault = fault_of_name(name)
    assert fault.startswith("by: ")
    assert fault.isprintable()


def test_shown_is_one_printable_line_of_bounded_length():
    for text in [*HOSTILE, "x" * 1_000_000]:
        assert shown(text).isprintable()
        assert len(shown(text)) <= 800
    assert shown("a\x1b\u202eb") == "a\\x1b\\u202eb"
