"""Who profits from the groups of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.graph.membership import edges_between
from collusion.profits import GroupReviews
from collusion.profits import profits_of as profits_of_groups

if TYPE_CHECKING:
    from collusion.base.config import ScanConfig
    from collusion.base.profits import Profits
    from collusion.graph.log import Log
    from collusion.pipeline.rings import Built

__all__ = ["profits_of"]


def profits_of(log: Log, built: Built, config: ScanConfig) -> Profits:
    """Return the sellers and products that have reviews of flagged or coordinated groups (`collusion.profits`)."""
    groups = [
        GroupReviews(ring.id, ring.status, reviewers, edges_between(log.graph, reviewers, products))
        for ring in built.rings
        if ring.status in ("flagged", "coordinated")
        for reviewers, products in (built.codes[ring.id],)
    ]
    return profits_of_groups(log, groups, rank_by=config.rank_by, fdr=config.fdr)
