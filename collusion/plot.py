"""The door to the pictures of a ring: ``cl.plot.timeline(case, ring)``.

Each returns a figure that a notebook shows by itself; with ``ax`` it draws there and returns the figure of that ``ax``.
"""

from __future__ import annotations

from collusion.report.adjacency import adjacency
from collusion.report.compare import compare
from collusion.report.coreview import coreview
from collusion.report.rating_impact import impact, rating_impact
from collusion.report.timeline import timeline
from collusion.report.waterfall import waterfall

__all__ = ["adjacency", "compare", "coreview", "impact", "rating_impact", "timeline", "waterfall"]
