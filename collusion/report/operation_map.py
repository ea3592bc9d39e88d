"""The map of an operation: its rings as circles, and what they share as lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collusion.report.axes import title
from collusion.report.drawing import PLAIN, SMALL, Drawing
from collusion.report.formatting import count, figure
from collusion.report.layout import layout
from collusion.report.letters import width
from collusion.report.palette import LIGHT, WIDTH
from collusion.report.sanitize import label
from collusion.report.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from collusion.base.operation import Operation, RingLink
    from collusion.case import Case, Ring
    from collusion.report.drawing import Frame

__all__ = ["MOST_LINES", "MOST_RINGS", "drawn_links", "operation_map"]

MOST_RINGS, MOST_LINES = 120, 300
"""Rings and lines that a map has; more would be a blot. Tables have all."""

SMALLEST, LARGEST = 9.0, 24.0
"""Points of the radius of a circle: of the smallest, which has room for a rank, and of the largest."""

THINNEST, THICKEST, MANY = 0.7, 5.0, 30
"""Points of the thinnest and the thickest line; this thick only if there are at most ``MANY`` of them."""

DASHES = {"accounts": "", "sellers": "6 3", "texts": "1.5 2.5"}
OTHER_DASHES = ("7 2.5 1.5 2.5", "10 3 3 3", "3 3", "12 4", "1.5 5")
"""Dashes of the lines of each kind; those of linking columns in the order of their names."""

SIDE = 3.0
"""Points between two lines of the same rings."""


class _Node(NamedTuple):
    ring: Ring
    x: float
    y: float
    radius: float


def operation_map(case: Case, operation: Operation, frame: Frame | None = None, *, linked: Collection[str] = ()) -> Drawing:
    """Draw the rings of an operation and what they share.

    A circle is a ring: its area is the number of members, its fill and outline the status, its number the rank. A line is what two rings
    share more of than chance gives: its width is how much, its dashes the kind.

    Parameters
    ----------
    case : Case
    operation : Operation
    frame : pair of float, optional
        Width and height in points of the picture without what surrounds it; as large as it needs when left out.
    linked : collection of str
        Ids of rings that have a page, to which their circles lead.
    """
    rings = _rings(case, operation)[:MOST_RINGS]
    links = drawn_links(operation, [ring.id for ring in rings])
    radii = _radii([len(ring.reviewers) for ring in rings])
    numbers = {ring.id: k for k, ring in enumerate(rings)}
    ends = [(numbers[one.first], numbers[one.second]) for one in links]
    wide, high = frame or (72 * WIDTH, None)
    place = layout(radii, ends, wide, high)
    nodes = [_Node(ring, float(x), float(y), r) for ring, (x, y), r in zip(rings, place, radii, strict=True)]
    drawing = Drawing(*(frame or (max(n.x + n.radius for n in nodes), max(n.y + n.radius for n in nodes))))
    _lines(drawing, nodes, links, ends)
    _circles(drawing, nodes, linked)
    _legend(drawing, nodes, links, wide)
    title(drawing, "Rings, and what they share", 26)
    return drawing


def _rings(case: Case, operation: Operation) -> list[Ring]:
    wanted = set(operation.rings)
    return sorted((ring for ring in case.rings if ring.id in wanted), key=lambda ring: ring.rank)


def drawn_links(operation: Operation, rings: Sequence[str]) -> list[RingLink]:
    """Return the links that are drawn between some rings: all, or those that hold the map together and the strongest of the others."""
    shown = set(rings)
    links = [one for one in operation.links if one.first in shown and one.second in shown]
    if len(links) <= MOST_LINES:
        return links
    rank = {ring: k for k, ring in enumerate(rings)}
    links.sort(key=lambda one: (one.q_value, -len(one.shared), rank[one.first], rank[one.second], one.kind))
    root = {ring: ring for ring in rings}

    def top(ring: str) -> str:
        while root[ring] != ring:
            ring = root[ring]
        return ring

    tree: list[RingLink] = []
    others: list[RingLink] = []
    for one in links:
        a, b = top(one.first), top(one.second)
        (others if a == b else tree).append(one)
        root[b] = a
    return (tree + others)[: max(MOST_LINES, len(tree))]


def _radii(members: Sequence[int]) -> list[float]:
    """Return radii whose squares are as the numbers of members, but for those too small to read."""
    scale = LARGEST / max(np.sqrt(max(members)), 5.0)
    return [max(SMALLEST, float(scale * np.sqrt(n))) for n in members]


def _dashes(links: Sequence[RingLink]) -> dict[str, str]:
    kinds = {one.kind for one in links}
    others = sorted(kinds - set(DASHES))
    return {kind: DASHES[kind] for kind in DASHES if kind in kinds} | {
        kind: OTHER_DASHES[k % len(OTHER_DASHES)] for k, kind in enumerate(others)
    }


def _thick(shared: int, most: int, lines: int) -> float:
    thickest = max(2.5 * THINNEST, THICKEST * min(1.0, math.sqrt(MANY / lines)))
    return THINNEST + (thickest - THINNEST) * math.sqrt(shared / most)


def _lines(drawing: Drawing, nodes: Sequence[_Node], links: Sequence[RingLink], ends: Sequence[tuple[int, int]]) -> None:
    """Draw each link; several of the same rings lie side by side."""
    dashes, most = _dashes(links), max((len(one.shared) for one in links), default=1)
    beside: dict[tuple[int, int], int] = {}
    of = {pair: ends.count(pair) for pair in set(ends)}
    for one, (a, b) in zip(links, ends, strict=True):
        k = beside[a, b] = beside.get((a, b), -1) + 1
        first, second = nodes[a], nodes[b]
        long = float(np.hypot(second.x - first.x, second.y - first.y)) or 1.0
        off = SIDE * (k - (of[a, b] - 1) / 2)
        x, y = off * (first.y - second.y) / long, off * (second.x - first.x) / long
        with drawing.linked("", f"{_share(one)}: ranks {first.ring.rank} ({one.first}) and {second.ring.rank} ({one.second})"):
            line = (first.x + x, first.y + y, second.x + x, second.y + y)
            drawing.lines([line], LIGHT["soft"], _thick(len(one.shared), most, len(links)), dashes[one.kind])


def _share(one: RingLink) -> str:
    return f"{count(len(one.shared))} {label(one.kind)} shared, {figure(one.expected)} expected, q {figure(one.q_value)}"


def _circles(drawing: Drawing, nodes: Sequence[_Node], linked: Collection[str]) -> None:
    tip = drawing.height + 18
    for x, y, r, ring in ((one.x, one.y, one.radius, one.ring) for one in nodes):
        said = f"Rank {ring.rank}, {ring.id}, {ring.status}: {count(len(ring.reviewers), 'member')}, {count(len(ring.products), 'product')}"
        with drawing.linked(f"rings/{ring.id}.html" if ring.id in linked else "", said, (0, tip)):
            _circle(drawing, x, y, r, ring.status)
            dark = ring.status == "flagged"
            drawing.text(
                x, y, f"{ring.rank}", size=PLAIN, colour=LIGHT["paper" if dark else "ink"], anchor="middle", bold=True, middle=True
            )


def _circle(drawing: Drawing, x: float, y: float, r: float, status: str) -> None:
    """Draw the mark of a status, which needs no colour: full, a thick outline, a dashed one, or two outlines."""
    if status == "flagged":
        drawing.disc(x, y, r, LIGHT["without"])
    elif status == "coordinated":
        drawing.disc(x, y, r, LIGHT["paper"], edge=LIGHT["without"], thick=2.4)
    elif status == "candidate":
        drawing.disc(x, y, r, LIGHT["paper"], edge=LIGHT["soft"], thick=1.2, dash="2.5 2")
    else:
        drawing.disc(x, y, r, LIGHT["paper"], edge=LIGHT["ring"], thick=0.9)
        drawing.disc(x, y, r - 2.2, LIGHT["paper"], edge=LIGHT["ring"], thick=0.9)


def _legend(drawing: Drawing, nodes: Sequence[_Node], links: Sequence[RingLink], wide: float) -> None:
    """Write below the map what its marks mean, of those that it has."""
    x, y = 0.0, drawing.height + 36
    present = {one.ring.status for one in nodes}
    rows: list[tuple[str, str]] = [("status", one) for one in STATUSES if one in present]
    rows += [("kind", kind) for kind in _dashes(links)]
    for what, said in rows:
        if x and x + 30 + width(label(said), PLAIN) > wide:
            x, y = 0.0, y + 16
        if what == "status":
            _circle(drawing, x + 6, y, 6, said)
            x += 16
        else:
            drawing.lines([(x, y, x + 26, y)], LIGHT["soft"], 1.6, _dashes(links)[said])
            x += 30
        drawing.text(x, y, label(said), size=PLAIN, middle=True)
        x += 16 + width(label(said), PLAIN)
    for k, said in enumerate(_scale(nodes, links)):
        drawing.text(0, y + 16 + 11 * k, said, size=SMALL, middle=True)


def _scale(nodes: Sequence[_Node], links: Sequence[RingLink]) -> list[str]:
    members = [len(one.ring.reviewers) for one in nodes]
    shared = [len(one.shared) for one in links]
    lines = [f"Number: rank. Area: members, {_range(members)}."]
    if any(one.radius == SMALLEST for one in nodes):
        lines.append("The smallest are drawn larger, to have room for their rank.")
    if shared:
        lines.append(f"Width of a line: how many they share, {_range(shared)}.")
    return lines


def _range(numbers: Sequence[int]) -> str:
    return " to ".join(dict.fromkeys(f"{n:,}" for n in (min(numbers), max(numbers))))
