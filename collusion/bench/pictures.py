"""What the pictures of all benchmarks share: colours, a frame of two sides with a legend beside it, and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.report.palette import LIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from collusion.report.figures.canvas import Picture

__all__ = ["COLOURS", "legend", "save", "two_sides"]

COLOURS = (LIGHT["ring"], LIGHT["without"], LIGHT["soft"], "#2f7d32", "#7b3fa0", "#9a6b00")


def legend(ax: Axes, pad: float | None = 0) -> None:
    """Put a legend at the right of the axes: never over data."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=pad, labelcolor=LIGHT["soft"])


def two_sides(ax: Axes) -> None:
    """Keep the two sides of the frame that are read."""
    ax.spines[["top", "right"]].set_visible(False)


def save(figure: Picture, path: Path) -> None:
    """Write a picture as SVG and as PNG, with no date or version in either."""
    figure.savefig(path.with_suffix(".svg"))
    figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})
