"""The colours of pages and pictures, and the width of a picture."""

from __future__ import annotations

__all__ = ["DARK", "LIGHT", "OTHER", "RING", "WIDTH"]

LIGHT = {
    "ink": "#1f2328",
    "soft": "#59636e",
    "line": "#d0d7de",
    "paper": "#ffffff",
    "ring": "#0969c3",
    "without": "#b4530a",
    "band": "#e6f0fb",
    "shade": "#f1f3f5",
}
"""Colours on a light page. Blue and orange stay apart for every common kind of colour blindness (after Okabe and Ito)."""

DARK = {
    "ink": "#e6e8eb",
    "soft": "#a0aab4",
    "line": "#3a424b",
    "paper": "#15181c",
    "ring": "#5eaef5",
    "without": "#f0a35a",
    "band": "#1d2b3a",
    "shade": "#1e2328",
}
"""The same on a dark page; the page's style sheet replaces one by the other."""

RING = (0x1F / 255, 0x83 / 255, 0xDB / 255)
"""Red, green and blue of the ring's cells: a tone that reads on light and dark pages, of any strength."""

OTHER = (0x8B / 255, 0x94 / 255, 0x9E / 255)
"""As `RING`, for reviews that are not the ring's."""

WIDTH = 8.6
"""Inches; the width of a page's column."""
