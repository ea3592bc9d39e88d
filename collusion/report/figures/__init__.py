"""Pictures of a ring on the axes of matplotlib: ``cl.plot.timeline(case, ring)``. `collusion.plot` is this module.

Each returns a figure that a notebook shows by itself; with ``ax`` it draws there and returns the figure of that ``ax``.
"""

from __future__ import annotations

from functools import partial
from inspect import getdoc
from typing import TYPE_CHECKING, Protocol

from collusion.report.figures.canvas import Picture, axes_for, house_style
from collusion.report.figures.comparison import DRAWINGS, Draw, compare
from collusion.report.figures.paint import fit, inches, paint
from collusion.report.operation_map import operation_map
from collusion.report.rating_impact import impact

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from collusion.base.operation import Operation
    from collusion.case import Case, Ring
    from collusion.report.drawing import Drawing

__all__ = ["adjacency", "compare", "coreview", "impact", "operation", "rating_impact", "timeline", "waterfall"]

_PARAMETERS = """Parameters
----------
case : Case
ring : Ring
ax : matplotlib Axes, optional
    Where to draw, labels and all; a new figure when left out.

Returns
-------
matplotlib Figure
"""


class _OnAxes(Protocol):
    def __call__(self, case: Case, ring: Ring, ax: Axes | None = None) -> Picture: ...


def _drawn(draw: Callable[..., Drawing], ax: Axes | None) -> Picture:
    with house_style():
        if ax is not None:
            fit(draw, ax)
            return axes_for(ax, 0)[0]
        drawing = draw()
        wide, high = inches(drawing)
        figure, ax = axes_for(None, high, wide)
        paint(drawing, ax)
        return figure


def _on_axes(draw: Draw) -> _OnAxes:
    """Return a picture of the report as one on axes."""

    def picture(case: Case, ring: Ring, ax: Axes | None = None) -> Picture:
        return _drawn(partial(draw, case, ring), ax)

    picture.__name__ = picture.__qualname__ = draw.__name__
    picture.__doc__ = (getdoc(draw) or "").partition("Parameters\n")[0] + _PARAMETERS
    return picture


def operation(case: Case, operation: Operation, ax: Axes | None = None) -> Picture:
    """Draw the map of an operation: its rings as circles, and what they share as lines.

    Parameters
    ----------
    case : Case
    operation : Operation
        Of ``case.operations``.
    ax : matplotlib Axes, optional
        Where to draw, labels and all; a new figure when left out.

    Returns
    -------
    matplotlib Figure
    """
    return _drawn(partial(operation_map, case, operation), ax)


adjacency, timeline, coreview, rating_impact, waterfall = map(_on_axes, DRAWINGS.values())
