"""Quotes are sound exactly where Python's strict reader says so, however the text is cut into blocks."""

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.kernels.quoting import QuoteCheck

TEXT = st.text(st.sampled_from('"",\n\rab\té'), max_size=40)


def strict(text, delimiter):
    try:
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


@pytest.mark.parametrize("delimiter", [",", "\t"])
@given(text=TEXT, cuts=st.lists(st.integers(0, 60), max_size=5))
def test_quotes_are_sound_where_a_strict_reader_says_so(delimiter, text, cuts):
    raw = text.encode()
    check = QuoteCheck(delimiter)
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    for start, stop in pairwise(edges):
        check.add(raw[start:stop])
    assert check.sound == strict(text, delimiter)


def test_a_quote_within_a_plain_cell_is_a_character_even_at_the_edge_of_a_block():
    check = QuoteCheck(",")
    for block in (b"u,5", b'" wide\nv,', b'"a ""b"""', b"\n"):
        check.add(block)
        assert check.sound
    check.add(b'x,"')
    assert not check.sound
