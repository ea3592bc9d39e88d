"""Where the nodes of a small network are drawn: near what they are linked to, apart from each other, and the same on every machine.

Stress majorization (Gansner, Koren and North 2004) from a spiral in the order of the nodes, so neither names nor random numbers matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["layout"]

GAP, LINK = 7.0, 34.0
"""Least points between two circles, and those between two that are linked, where there is room."""

FAR = 0.75
"""Power of the length of a path: long chains are drawn shorter, so that they fit on a page."""

ROOM, SPREAD = 60.0, 2.5
"""Points of the side of the square that a node gets where there is room, and how much places are spread for it at most."""

STEPS, PUSHES = 150, 400
"""Rounds of the majorization, and most rounds that move circles apart. Both end long before for a few nodes."""

DECIMALS = 6
"""To which places are rounded after each step, so that the last bits of a machine's arithmetic have no effect."""

GOLDEN = np.pi * (3 - np.sqrt(5))


def layout(radii: Sequence[float], links: Iterable[tuple[int, int]], wide: float, high: float | None = None) -> NDArray[np.float64]:
    """Return the centres of circles in a frame whose top left corner is (0, 0).

    Parameters
    ----------
    radii : sequence of float, length n
        In points.
    links : iterable of (int, int)
        Which circles are linked, by their numbers from 0.
    wide : float
        Most points from left to right.
    high : float, optional
        Points from top to bottom; as many as needed when left out.

    Returns
    -------
    array of shape (n, 2)
        Circles do not overlap unless ``high`` leaves no room. O(n^3) time; n is at most some hundred.
    """
    radius = np.asarray(radii, dtype=np.float64)
    apart = radius[:, None] + radius[None, :]
    place = _upright(_majorized(_distances(apart, links), len(radius)))
    return _fitted(place, radius, apart, wide, high)


def _distances(apart: NDArray[np.float64], links: Iterable[tuple[int, int]]) -> NDArray[np.float64]:
    """Return the length of the shortest path between any two circles; those without one are as far as the farthest, and a link more."""
    far = np.full(apart.shape, np.inf)
    np.fill_diagonal(far, 0.0)
    for a, b in links:
        far[a, b] = far[b, a] = apart[a, b] + LINK
    for k in range(len(far)):
        far = np.minimum(far, far[:, k, None] + far[None, k, :])
    known = far[np.isfinite(far)]
    far[np.isinf(far)] = known.max() + LINK
    unit = float(apart.mean()) + LINK
    shorter: NDArray[np.float64] = unit * (far / unit) ** FAR
    return shorter


def _majorized(far: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return places whose distances are near those given, weighted by their inverse squares."""
    turn = GOLDEN * np.arange(n)
    away = 0.5 * float(far.max()) * np.sqrt((np.arange(n) + 0.5) / n)
    place: NDArray[np.float64] = away[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if n == 1:
        return place
    weight = np.where(far > 0, 1 / np.maximum(far, 1e-9) ** 2, 0.0)
    total = weight.sum(axis=1)
    for _ in range(STEPS):
        way = place[:, None, :] - place[None, :, :]
        length = np.maximum(np.sqrt((way**2).sum(axis=2)), 1e-9)
        # Each circle goes to the mean of where the others want it; half of the way, since all move at once.
        wanted = place[None, :, :] + far[:, :, None] * way / length[:, :, None]
        step = (weight[:, :, None] * wanted).sum(axis=1) / total[:, None]
        place = np.round(0.5 * (place + step), DECIMALS)
    return place


def _upright(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the longest axis to the horizontal, and the first node to the left and to the top."""
    place = place - place.mean(axis=0)
    x, y = place.T
    across, tilt = float((x * x - y * y).sum()), 2 * float((x * y).sum())
    if np.hypot(across, tilt) > 1e-6 * float((place**2).sum()):
        angle = 0.5 * np.arctan2(tilt, across)
        cos, sin = np.cos(angle), np.sin(angle)
        place = place @ np.array([[cos, -sin], [sin, cos]])
    return np.asarray(np.where(place[0] > 1e-3, -place, place), dtype=np.float64).round(DECIMALS)


def _fitted(
    place: NDArray[np.float64], radius: NDArray[np.float64], apart: NDArray[np.float64], wide: float, high: float | None
) -> NDArray[np.float64]:
    """Scale places into the frame and move circles apart within its sides."""
    room = np.array([wide, np.inf if high is None else high]) - 2 * radius.max()
    span = np.maximum(np.ptp(place, axis=0), 1e-9)
    if high is None:
        # Many nodes with many links lie close together; they get as much of the page as they need.
        wanted = np.sqrt(len(radius) * ROOM**2 / float(span.prod())) if span.min() > ROOM else 1.0
        room[1] = room[0]
        scale = np.full(2, min(max(1.0, min(wanted, SPREAD)), float((room / span).min())))
    else:
        scale = np.minimum(SPREAD, room / span)
    place = (place - place.min(axis=0)) * scale + radius.max()
    for _ in range(PUSHES):
        way = place[:, None, :] - place[None, :, :]
        length = np.sqrt((way**2).sum(axis=2))
        over = np.maximum(apart + GAP - length, 0.0)
        np.fill_diagonal(over, 0.0)
        if over.max(initial=0.0) < 1e-2:
            break
        place = place + 0.45 * (over[:, :, None] * way / np.maximum(length, 1e-9)[:, :, None]).sum(axis=1)
        place[:, 0] = np.clip(place[:, 0], radius, max(wide - float(radius.max()), float(radius.max())))
        if high is not None:
            place[:, 1] = np.clip(place[:, 1], radius, max(high - float(radius.max()), float(radius.max())))
        place = np.round(place, DECIMALS)
    if high is None:
        place[:, 1] -= (place[:, 1] - radius).min()
        place[:, 0] -= (place[:, 0] - radius).min()
    return place
