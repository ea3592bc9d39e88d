"""The table of widths is that of the font."""

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.ft2font import FT2Font

from collusion.report.letters import width

TEXTS = ("8 of 12 members", "When the reviews were written", "B00KXYZ123/WMW_il.", "Łódź Größe ça Ωμέγα Привет")


def measured(text, file):
    """Points of a line of 100 points as the font lays it out, without kerning."""
    font = FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / file))
    font.set_size(100, 72)
    return sum(font.load_char(ord(letter)).linearHoriAdvance / 65536 for letter in text)


@pytest.mark.parametrize("text", TEXTS)
def test_widths_are_those_of_dejavu_sans(text):
    assert width(text, 100) == pytest.approx(measured(text, "DejaVuSans.ttf"), rel=0.01)


@pytest.mark.parametrize("text", TEXTS[:3])
def test_bold_widths_too(text):
    assert width(text, 100, bold=True) == pytest.approx(measured(text, "DejaVuSans-Bold.ttf"), rel=0.01)


def test_square_letters_and_unknown_ones_have_room():
    assert width("日本語", 10) == 30
    assert width("مراجعة", 10) >= 0.9 * measured("مراجعة", "DejaVuSans.ttf") / 10
    assert width("", 10) == 0
