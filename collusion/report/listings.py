"""The tables of a ring's page: its products, its members, its reviews, each cut where it would make the page large, and saying so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import escape

from collusion.report import formatting
from collusion.report.neighbourhood import Neighbourhood, iso
from collusion.report.sanitize import elide, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.base.model import Doubt
    from collusion.report.rating_impact import Impact

__all__ = ["NAMES", "REVIEWS", "REVIEWS_BYTES", "Row", "listed_members", "listed_products", "listed_reviews"]

REVIEWS = 500
"""Most reviews listed."""

NAMES = 1000
"""Most members, and most products, listed."""

TEXT_LENGTH = 1500
"""Most characters of a review's text."""

REVIEWS_BYTES = 700_000
"""Most bytes that the reviews of a page take, so that it opens quickly whatever was written."""

REASON_LENGTH = 300
"""Most characters of the reason why a member is doubtful."""

LISTED_BYTES = 300_000
"""Most bytes that the members take, and the products: a thousand ordinary ids fit."""

Row = Mapping[str, Any]
"""One source row: column to cell."""


def listed_members(view: Neighbourhood, doubtful: Sequence[Doubt] = (), most: int | None = None) -> dict[str, object]:
    """Return the members with their reviews in the log and in the ring, and why they are doubtful; most of the ring first."""
    reasons = {one.reviewer: elide(sanitize(one.reason[: 2 * REASON_LENGTH], prose=True), REASON_LENGTH) for one in doubtful}
    rows = _activity(view.u, view, view.reviewers, view.n_members)
    for row in rows:
        row["doubt"] = reasons.get(row["id"], "")
        # One review per reviewer and product counts.
        row["of"] = f"{row['own']} of {formatting.count(view.n_targets)}"
    n = sum(bool(row["doubt"]) for row in rows)
    said = f"{formatting.count(n, 'member')} may not belong to the group; marked below, with the reason." if n else ""
    return {**_listed(rows, "reviewers", most), "doubtful": said}


def listed_products(view: Neighbourhood, impacts: Sequence[Impact], most: int | None = None) -> dict[str, object]:
    """Return the products with their reviews and what the ring did to their mean rating; most of the ring first."""
    known = {one.product: one for one in impacts}
    rows = _activity(view.p, view, view.products, view.n_targets)
    for row in rows:
        one = known.get(row["id"])
        row["mean"] = formatting.mean(one.mean if one else None)
        row["without"] = formatting.mean(one.mean_without if one else None)
        row["uplift"] = formatting.difference(one.uplift if one else None)
    return _listed(rows, "products", most)


def listed_reviews(view: Neighbourhood, rows: Mapping[int, Row], most: int | None = None) -> dict[str, Any]:
    """Return the ring's reviews, the first by date, with the texts and the positions of their source rows."""
    own = np.flatnonzero(view.own)
    kept, taken, written = [], 0, False
    for number, at in enumerate(own[: _least(REVIEWS, most)].tolist(), start=1):
        row = int(view.row[at])
        source = rows.get(row, {})
        text = _text(source.get("text"))
        one = {
            "number": number,
            "row": row,
            "date": iso(int(view.time[at])) if view.time is not None else "",
            "reviewer": formatting.name(view.reviewers[view.u[at]]),
            "product": formatting.name(view.products[view.p[at]]),
            "rating": formatting.figure(_number(view.rating[at])) if view.rating is not None else "",
            "text": text,
            "source": formatting.name(source.get("source", "")),
            "source_row": source.get("source_row", ""),
        }
        taken += _bytes(*(str(one[part]) for part in ("reviewer", "product", "text", "source")))
        if taken > REVIEWS_BYTES:
            break
        kept.append(one)
        written = written or bool(text)
    left = len(own) - len(kept)
    sources = {one["source"] for one in kept}
    return {
        "rows": kept,
        # Written once if all are the same: a constant column would take room from the texts.
        "source": sources.pop() if len(sources) == 1 else "",
        "rated": view.rating is not None,
        "written": written,
        "more": f"The first {len(kept):,} by date; {left:,} more are in reviews.csv." if left else "",
    }


def _activity(codes: np.ndarray[Any, Any], view: Neighbourhood, names: list[str], n: int) -> list[dict[str, Any]]:
    """Return for the first ``n`` names their reviews in the log and in the ring, the first and the last day; most of the ring first."""
    total, own = np.bincount(codes, minlength=len(names)), np.bincount(codes[view.own], minlength=len(names))
    # A set of variants has reviews of other variants of its listing too: more codes than the first n.
    days: list[list[str]] = [[] for _ in names]
    if view.time is not None:
        for code, day in zip(codes[view.own].tolist(), view.time[view.own].tolist(), strict=True):
            if iso(day):
                days[code].append(iso(day))
    order = sorted(range(n), key=lambda code: (-own[code], names[code]))
    # Reviews come in the order of time, so the first and the last day are the ends.
    return [
        {
            "id": names[code],
            "name": formatting.name(names[code]),
            "total": formatting.count(int(total[code])),
            "own": formatting.count(int(own[code])),
            "first": days[code][0] if days[code] else "",
            "last": days[code][-1] if days[code] else "",
        }
        for code in order
    ]


def _listed(rows: list[dict[str, Any]], noun: str, most: int | None) -> dict[str, object]:
    sizes = np.cumsum([_bytes(row["name"], row.get("doubt", "")) for row in rows[: _least(NAMES, most)]])
    kept = rows[: int(np.searchsorted(sizes, LISTED_BYTES, side="right"))]
    left = len(rows) - len(kept)
    return {"rows": kept, "more": f"{left:,} more {noun} are in members.csv and case.json." if left else ""}


def _least(limit: int, most: int | None) -> int:
    return limit if most is None else min(limit, most)


def _bytes(*texts: str) -> int:
    """Return about how many bytes one row of a table takes: its markup, and its texts as they are written."""
    return 250 + sum(len(str(escape(text)).encode()) for text in texts)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _text(cell: object) -> str:
    """Return the text of a review; a cell that is missing (None, or nan from a frame) is empty."""
    if not isinstance(cell, str):
        return ""
    shown = sanitize(cell[: TEXT_LENGTH + 1], prose=True)
    return shown if len(cell) <= TEXT_LENGTH else f"{elide(shown, TEXT_LENGTH)[:-1]}… ({len(cell):,} characters)"
