"""Escapes can be undone, and never leave a formula."""

import json
from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collusion.export.escape import cell, number, shortest, uncell, xml_text

# Surrogates included: ids can come from a frame.
text = st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r\n' a\\x05cud8\x00\ud800\uff1d"), st.characters()), max_size=8)


@given(text, text)
def test_cells_come_back_and_stay_apart(a, b):
    assert uncell(cell(a)) == a
    assert (cell(a) == cell(b)) == (a == b)


@given(text)
def test_cells_are_no_formulas_and_can_be_written(a):
    assert not cell(a).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not cell(a).lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert "\x00" not in cell(a)
    cell(a).encode("utf-8")


def test_cells_that_are_harmless_stay_as_they_are():
    for plain in ("", "B000123", "a=b", "x-1", "日本", "C:\\temp", "it's", "\\u0041"):
        assert cell(plain) == plain
    assert [cell(one) for one in ("=1", "'=1", "'a", " =1", "\x00", "\ud800", "\\x00")] == [
        "'=1",
        "''=1",
        "''a",
        "' =1",
        "\\x00",
        "\\ud800",
        "\\x5cx00",
    ]


@given(text, text)
def test_xml_text_parses_and_stays_apart(a, b):
    element = ET.fromstring(f"<a>{xml_text(a).replace('&', '&amp;').replace('<', '&lt;').replace(']]>', ']]&gt;')}</a>")  # our own
    assert (element.text or "") == xml_text(a)
    assert (xml_text(a) == xml_text(b)) == (a == b)


def test_numbers_json_has_no_word_for():
    assert number(float("nan")) is None
    assert number(float("inf")) is None
    assert number(None) is None
    assert json.dumps(number(2)) == "2.0"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_ratings_print_as_the_log_has_them(value):
    assert np.float32(shortest(np.float32(value))) == np.float32(value)
    assert shortest(np.float32(4.3)) == 4.3
