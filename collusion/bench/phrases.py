"""Review texts from stock parts: the same seed and rating give the same text, and others hardly ever do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STOCK", "review_texts"]

# No comma, quote or backslash in any part: texts then stand unquoted in CSV and unescaped in JSON.
OPENINGS = (
    (
        "Broke at once",
        "Not what was shown",
        "Waste of money",
        "Stopped working",
        "Very poor",
        "Sent it back",
        "Arrived damaged",
        "Avoid this one",
    ),
    ("Disappointed", "Too flimsy", "Expected more", "Does half the job", "Rather poor", "Hard to like", "Not worth it", "Poor finish"),
    ("It is all right", "Does what it must", "So so", "Fine for the price", "Neither good nor bad", "Average", "Could be better", "Usable"),
    ("Good value", "Works well", "Quite happy", "Solid", "Does the job", "Nice finish", "Would buy again", "Better than expected"),
    ("Excellent", "Love it", "Perfect", "Just what we needed", "Works like a charm", "Best I have had", "Very pleased", "Great quality"),
)
SUBJECTS = tuple(
    f"{what} {verdict}"
    for what in ("the size", "the colour", "the handle", "the packaging", "the finish", "delivery", "the manual", "the fit")
    for verdict in (
        "was as described",
        "surprised me",
        "could matter to some",
        "is what I noticed first",
        "made my family smile",
        "was not for me",
    )
)
OCCASIONS = tuple(
    f"{use} {when}"
    for use in ("Used it", "Had it", "Tried it", "Gave it away", "Took it along", "Compared it")
    for when in ("at home", "for a friend", "on a trip", "every day", "in the garden", "at work", "once", "with the children")
)
STOCK = ("Poor.", "Not good.", "Okay.", "Good.", "Great!")
"""What terse reviewers write, by rating."""

SPAN = 60
"""Weeks after which people say they write."""


def review_texts(seed: NDArray[np.int64], rating: NDArray[np.int8], terse: float) -> pa.Array:
    """Return one text a review.

    Parameters
    ----------
    seed : int64 array
        From 0 up to 2**60.
    rating : int8 array
        1 to 5.
    terse : float
        Share of texts that are a stock phrase of their rating.
    """
    digits, rest = [], seed.copy()
    for base in (1000, len(OPENINGS[0]), len(SUBJECTS), len(OCCASIONS), SPAN):
        digits.append(rest % base)
        rest //= base
    short = digits[0] < terse * 1000
    stars = rating.astype(np.int64) - 1
    openings = pa.array([text for row in OPENINGS for text in row]).take(pa.array(stars * len(OPENINGS[0]) + digits[1]))
    middle = pa.array([f". For us {text}. " for text in SUBJECTS]).take(pa.array(digits[2]))
    occasion = pa.array(OCCASIONS).take(pa.array(digits[3]))
    after = pa.array([f" for {weeks + 1} weeks." for weeks in range(SPAN)]).take(pa.array(digits[4]))
    long = pc.binary_join_element_wise(openings, middle, occasion, after, "")
    return pc.if_else(pa.array(short), pa.array(STOCK).take(pa.array(stars)), long)
