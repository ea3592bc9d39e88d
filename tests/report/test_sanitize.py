"""Hidden characters are written out, and two different ids never look alike."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from collusion.report.sanitize import elide, sanitize

anything = st.text(alphabet=st.one_of(st.sampled_from("\\xu0123  ab\u00a0\x00\u202e\ud800"), st.characters()), max_size=12)


@given(anything, anything)
def test_different_ids_stay_different(a, b):
    assert (sanitize(a) == sanitize(b)) == (a == b)


@given(anything)
def test_nothing_hidden_is_left(text):
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not {unicodedata.category(char) for char in sanitize(text)} & hidden
    sanitize(text).encode("utf-8")


@given(anything)
def test_prose_keeps_lines_and_nothing_that_turns_text_around(text):
    shown = sanitize(text, prose=True)
    assert {char for char in shown if unicodedata.category(char) == "Cc"} <= {"\n", "\t"}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\ud800")


def test_spaces_that_cannot_be_seen_are_written_out():
    assert sanitize(" a b  ") == r"\x20a b\x20\x20"
    assert sanitize(" ") == r"\x20"
    assert sanitize("a\u00a0b\u3000c") == r"a\xa0b\u3000c"
    assert sanitize(" a\u00a0b ", prose=True) == " a\u00a0b "


def test_what_can_be_seen_is_left_as_it_is():
    for text in ("", "A12", "日本語", "مرحبا", "naïve $x^2$ <b>", "C:\\temp", "👍🏽"):
        assert sanitize(text) == text
    assert sanitize("a\x00\u202e\ud800\\x00") == r"a\x00\u202e\ud800\x5cx00"
    assert sanitize("👩\u200d🔬 ok\n", prose=True) == "👩\u200d🔬 ok\n"


@given(st.text(max_size=30), st.integers(3, 12))
def test_elided_text_fits_and_keeps_its_ends(text, length):
    short = elide(text, length)
    assert len(short) <= length
    assert short == text or (short[0] == text[0] and short[-1] == text[-1] and "…" in short)
