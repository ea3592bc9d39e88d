"""What `collusion.read_case` needs beyond the tables: the reviews around the rings of a case, and what the source says of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.model import CANONICAL, NO_TIME
from collusion.export.escape import number, shortest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.base.model import Context
    from collusion.case import Case, Ring

__all__ = ["LIMIT", "surroundings", "written_reviews"]

LIMIT = 200_000
"""Most reviews around rings that ``case.json`` holds: about 6 MB. Rings that would go beyond, last in rank, are left out."""


def surroundings(case: Case, limit: int = LIMIT) -> dict[str, Any]:
    """Return the reviews around the rings (`Case.context`) as columns, each review once.

    Returns
    -------
    dict
        ``reviewers``, ``products``: ids. ``row``, ``reviewer``, ``product`` (positions among the ids), ``day`` (days since 1970-01-01, null
        if unknown) and ``rating``: one element per review, in the order of the rows; ``day`` and ``rating`` are null if the log has none.
        ``targets``: by ring, the positions of the products that count as its own, variants of a listing included.
    """
    around: list[tuple[Ring, Context]] = []
    rows = np.empty(0, dtype=np.int64)
    for ring in case.rings:
        context = case.context(ring)
        together = np.union1d(rows, context.row)
        if len(together) > limit:
            break
        rows = together
        around.append((ring, context))
    reviewers, products = _ids([one.reviewer for _, one in around]), _ids([one.product for _, one in around])
    reviewer, product = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    day, rating = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.float32)
    for _, one in around:
        at = np.searchsorted(rows, one.row)
        reviewer[at] = [reviewers[name] for name in one.reviewer]
        product[at] = [products[name] for name in one.product]
        if one.time is not None:
            day[at] = one.time
        if one.rating is not None:
            rating[at] = one.rating
    return {
        "reviewers": list(reviewers),
        "products": list(products),
        "row": rows.tolist(),
        "reviewer": reviewer.tolist(),
        "product": product.tolist(),
        "day": None if any(one.time is None for _, one in around) else [None if one == NO_TIME else one for one in day.tolist()],
        "rating": None if any(one.rating is None for _, one in around) else [number(shortest(one)) for one in rating],
        "targets": {ring.id: sorted({products[name] for name in one.product[one.target]}) for ring, one in around},
    }


def written_reviews(case: Case) -> dict[str, Any]:
    """Return what the source says of the reviews of the rings.

    Returns
    -------
    dict
        ``row``: rows, ascending. ``columns``: names of columns, canonical (`collusion.base.model.CANONICAL`) and linking ones; others may
        hold anything, and stay in the log. ``cells``: by column, the text of each row, null if it has none.
    """
    rows = sorted({row for ring in case.rings for row in ring.rows})
    if not rows:
        return {"row": [], "columns": [], "cells": []}
    links = case.provenance.config.get("link")
    wanted = {*CANONICAL, *(map(str, links) if isinstance(links, (list, tuple)) else ())}
    frame = case.lookup.rows(rows)
    columns = [name for name in frame.columns if name in wanted]
    return {"row": rows, "columns": columns, "cells": [[one if isinstance(one, str) else None for one in frame[name]] for name in columns]}


def _ids(names: Sequence[Any]) -> dict[str, int]:
    """Return distinct ids with their positions, sorted."""
    distinct = sorted({name for some in names for name in some.tolist()})
    return {name: k for k, name in enumerate(distinct)}
