"""What all pictures on axes share: the figure, and text that is never read as mathematics."""

from __future__ import annotations

import io
import os
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

import matplotlib.style
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from collusion.report.palette import LIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Panel", "Picture", "axes_for", "bare", "house_style", "plain_numbers", "quiet", "say", "title"]

_STYLE = {
    "font.size": 8.0,
    "axes.titlesize": 10.0,
    "text.usetex": False,
    "text.parse_math": False,
    "text.color": LIGHT["ink"],
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["soft"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "xtick.color": LIGHT["soft"],
    "ytick.color": LIGHT["soft"],
    "figure.facecolor": LIGHT["paper"],
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "collusion",
}

_FURTHER_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans JP",
    "Noto Sans SC",
    "Source Han Sans",
    "Hiragino Sans",
    "PingFang SC",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "IPAGothic",
    "Arial Unicode MS",
)
"""Fonts for ids that the font of matplotlib has no letters for; the first that is there is used."""

_UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""By format, what a file is not to say, so that the same picture gives the same bytes."""


class Picture(Figure):
    """A figure that a notebook shows by itself: pyplot, and its global state, is not needed."""

    def savefig(self, fname: Any, *, transparent: bool | None = None, **options: Any) -> None:  # noqa: ANN401  # as matplotlib has it
        """Save as any figure, in the style it was drawn in, with all that surrounds its axes; the same picture gives the same bytes.

        Parameters
        ----------
        fname : path or binary file
        transparent : bool, optional
        **options
            As `matplotlib.figure.Figure.savefig` takes them; they go before ours.
        """
        suffix = PurePath(fname).suffix.lstrip(".") if isinstance(fname, str | os.PathLike) else ""
        unsaid = _UNDATED.get(str(options.get("format") or suffix).lower(), {})
        if unsaid:
            options["metadata"] = unsaid | (options.get("metadata") or {})
        with house_style(), quiet():
            super().savefig(fname, transparent=transparent, **({"bbox_inches": "tight", "pad_inches": 0.1} | options))

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=110)
        return stream.getvalue()


class Panel(Axes):
    """Axes of a `Picture` that show their figure in a notebook: what a ring's methods return."""

    def _repr_png_(self) -> bytes | None:
        figure = self.get_figure()
        return figure._repr_png_() if isinstance(figure, Picture) else None


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the same style whatever the user's matplotlibrc says; above all, ids are never handed to TeX."""
    with matplotlib.style.context(["default", _STYLE | {"font.family": _families()}]):
        yield


@cache
def _families() -> list[str]:
    there = set(font_manager.fontManager.get_font_names())
    return ["DejaVu Sans", *[name for name in _FURTHER_FONTS if name in there][:1], "sans-serif"]


@contextmanager
def quiet() -> Iterator[None]:
    """Let ids in any script pass: a character that the font lacks is drawn as a box in images, and is text in SVG."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*Glyph .* missing from font", category=UserWarning)
        yield


def axes_for(ax: Axes | None, height: float, width: float = WIDTH) -> tuple[Picture, Axes]:
    """Return the axes to draw on and their figure: those given, or new ones of so many inches."""
    if ax is not None:
        # Of a subfigure, the figure that it is part of; get_figure(root=True) says so from matplotlib 3.10 on only.
        return cast("Picture", cast("Figure", ax.get_figure()).figure), ax
    figure = Picture(figsize=(width, height))
    figure.subplots_adjust(left=0, right=1, bottom=0, top=1)  # saved tight: labels are outside and are never cut
    return figure, figure.add_subplot(axes_class=Panel)


def title(ax: Axes, text: str, *, points: float = 6.0) -> None:
    """Put a title above the axes, ``points`` away from them."""
    ax.set_title(text, loc="left", pad=points, color=LIGHT["ink"], weight="bold", parse_math=False)


def bare(ax: Axes) -> None:
    """Take ticks and frame away."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def plain_numbers(ax: Axes) -> None:
    """Write the numbers of logarithmic axes out: powers of ten would be mathematics, which no text here is read as."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())


def say(ax: Axes, text: str) -> None:
    """Write one sentence where a picture cannot be drawn."""
    bare(ax)
    ax.text(0, 0.5, text, transform=ax.transAxes, va="center", color=LIGHT["soft"], fontsize=9, parse_math=False)
