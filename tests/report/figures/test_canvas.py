"""What all pictures share, and the door to them."""

import inspect
import subprocess
import sys

import matplotlib as mpl
from matplotlib.figure import Figure

import collusion as cl
from collusion.report.figures.canvas import axes_for, house_style
from collusion.report.palette import DARK, LIGHT, RING
from collusion.report.sanitize import label


def luminance(colour):
    rgb = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    low = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * low[0] + 0.7152 * low[1] + 0.0722 * low[2]


def contrast(a, b):
    bright, dim = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_colours_can_be_read_on_light_and_dark_pages():
    """Text reaches 4.5 to 1, marks and cells 3 to 1 (WCAG 2.2)."""
    for theme in (LIGHT, DARK):
        assert contrast(theme["ink"], theme["paper"]) > 7
        for name in ("soft", "ring", "without"):
            assert contrast(theme[name], theme["paper"]) >= 4.5
        cell = "#" + "".join(f"{round(255 * part):02x}" for part in RING)
        assert contrast(cell, theme["paper"]) >= 3
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT), "the style sheet tells colours apart by their value"


def test_style_is_put_back():
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["text.usetex"] is False
        assert mpl.rcParams["text.parse_math"] is False
    assert dict(mpl.rcParams) == before


def test_given_axes_are_used():
    figure = Figure()
    ax = figure.add_subplot()
    assert axes_for(ax, 3) == (figure, ax)


def test_labels_are_short_and_visible():
    assert label("x" * 100) == "x" * 13 + "…" + "x" * 12
    assert label("a\x00b") == r"a\x00b"
    assert len(label("\u202e" * 10_000)) <= 26


def test_no_pyplot_is_loaded():
    """Pictures need no global state; a server that draws many leaks no figure."""
    code = "import sys; from collusion import plot; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_door_names_are_documented():
    for name in cl.plot.__all__:
        assert "Parameters" in inspect.getdoc(getattr(cl.plot, name)) or name == "impact"
