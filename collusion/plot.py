"""Pictures of a ring: ``cl.plot.timeline(case, ring)``.

Each returns a figure that a notebook shows by itself; with ``ax`` it draws there and returns the figure of that ``ax``.
"""

from __future__ import annotations

from collusion.figures.adjacency import adjacency
from collusion.figures.compare import compare
from collusion.figures.coreview import coreview
from collusion.figures.rating_impact import rating_impact
from collusion.figures.timeline import timeline
from collusion.figures.waterfall import waterfall
from collusion.report.rating_impact import impact

__all__ = ["adjacency", "compare", "coreview", "impact", "rating_impact", "timeline", "waterfall"]
