"""All that a log says of one account, product or seller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.answer import Findings
from collusion.graph.graph import NO_TIME
from collusion.questions.behaviour import comparisons
from collusion.questions.closeness import closeness_of, edges_on, nearest_of, nodes_of, own_groups, unit_of
from collusion.questions.coreviewers import co_reviewers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.log import Log
    from collusion.graph.projection import CoReviews
    from collusion.questions.closeness import Target
    from collusion.questions.ids import Asked

__all__ = ["ask_log"]


def ask_log(log: Log, by_window: Sequence[CoReviews], targets: Sequence[Target], asked: Asked) -> Findings:
    """Return what the log says of one account, product or seller.

    Parameters
    ----------
    log : Log
        With the categories that the scan inferred, where it did.
    by_window : sequence of CoReviews
        By which the scan scored groups; shortest window first.
    targets : sequence of Target
        The groups of the case, in the order of their ranks.
    asked : Asked

    Notes
    -----
    O(n_reviews) once per log for strata and rates, and then O(reviews near those of the one asked about and of the groups near it).
    """
    nodes = nodes_of(log, asked)
    edges = _edges(log, asked, nodes)
    own = own_groups(asked, nodes, targets)
    close = closeness_of(log, asked, nodes, own)
    nearest = None if own else nearest_of(log, asked, nodes, targets)
    # In the window of its strongest group, or of the nearest one; else in the shortest.
    window = next((one.window for one in (*close, nearest) if one is not None), by_window[0].window)
    co_reviews = next(one for one in by_window if one.window == window)
    accounts, n_accounts = co_reviewers(log, co_reviews, asked.code, targets) if asked.role == "reviewer" else ((), 0)
    beyond = [target.reviewers for target in targets if target.beyond_chance]
    in_groups = np.unique(np.concatenate([np.empty(0, np.int32), *beyond]))
    code = int(nodes[0]) if asked.role == "product" and len(nodes) else asked.code
    bounds, figures = comparisons(log, asked.role, code, in_groups) if len(edges) else (None, ())
    first, last = _dates(log, edges)
    return Findings(
        id=asked.id,
        role=asked.role,
        n_reviews=len(edges),
        first_review=first,
        last_review=last,
        products=_products(log, asked, edges),
        groups=tuple(close),
        nearest=nearest,
        co_reviewers=accounts,
        n_co_reviewers=n_accounts,
        window=co_reviews.window,
        unit=unit_of(log, co_reviews),
        comparable=bounds,
        comparisons=figures,
    )


def _edges(log: Log, asked: Asked, nodes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the counted reviews: of a product, those of its whole listing."""
    graph = log.graph
    if asked.role == "reviewer":
        return graph.edges[graph.indptr[asked.code] : graph.indptr[asked.code + 1]].astype(np.int64)
    return edges_on(log, nodes)


def _products(log: Log, asked: Asked, edges: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the products of a seller, or the variants of a product's listing where it has several."""
    if asked.role == "reviewer":
        return ()
    found = tuple(sorted(set(log.products.take(np.unique(log.variant[edges])).tolist())))
    return found if asked.role == "seller" or len(found) > 1 else ()


def _dates(log: Log, edges: NDArray[np.int64]) -> tuple[str | None, str | None]:
    """Return the ISO dates of the first and the last review that has one."""
    if log.graph.time is None:
        return None, None
    days = log.graph.time[edges].astype(np.int64)
    days = days[days != NO_TIME]
    return (_iso(days.min()), _iso(days.max())) if len(days) else (None, None)


def _iso(day: np.int64) -> str:
    return str(np.datetime64(int(day), "D"))
