"""Pictures of a ring: ``cl.plot.timeline(case, ring)``.

Each returns a figure that a notebook shows by itself; with ``ax`` it draws there and returns the figure of that ``ax``.
"""

from __future__ import annotations

from collusion.report.figures.adjacency import adjacency
from collusion.report.figures.compare import compare
from collusion.report.figures.coreview import coreview
from collusion.report.figures.rating_impact import rating_impact
from collusion.report.figures.timeline import timeline
from collusion.report.figures.waterfall import waterfall
from collusion.report.rating_impact import impact

__all__ = ["adjacency", "compare", "coreview", "impact", "rating_impact", "timeline", "waterfall"]
