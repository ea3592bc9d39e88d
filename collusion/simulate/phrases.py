"""Review texts from stock parts: the same seed and rating give the same text, and others hardly ever do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.plan import RingPlan

__all__ = ["reused", "review_texts", "reworded"]

# No comma, quote or backslash in any part: texts then need no quotes in CSV and no escapes in JSON.
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
PARTS = ("the size", "the colour", "the handle", "the packaging", "the finish", "delivery", "the manual", "the fit")
VERDICTS = ("was as described", "surprised me", "could matter to some", "is what I noticed first", "made my family smile", "was not for me")
SUBJECTS = tuple(f"{what} {verdict}" for what in PARTS for verdict in VERDICTS)
USES = ("Used it", "Had it", "Tried it", "Gave it away", "Took it along", "Compared it")
PLACES = ("at home", "for a friend", "on a trip", "every day", "in the garden", "at work", "once", "with the children")
OCCASIONS = tuple(f"{use} {when}" for use in USES for when in PLACES)
STOCK = ("Poor.", "Not good.", "Okay.", "Good.", "Great!")
"""What terse reviewers write, by rating."""

SPAN = 60
"""Most weeks of use that a text mentions."""

TEMPLATE_COUNT = 4
"""Texts that a ring uses again: a person who writes for pay has few."""

TERSE = 1000
"""Steps of the share of stock phrases."""

SLOTS = (TERSE, len(OPENINGS[0]), len(VERDICTS), len(PARTS), len(PLACES), len(USES), SPAN)
"""Choices for each part of a text, in the order in which a seed gives them; the first decides whether it is a stock phrase."""


def review_texts(seed: NDArray[np.int64], rating: NDArray[np.int8], terse: float) -> pa.Array:
    """Return one text per review.

    Parameters
    ----------
    seed : int64 array
        From 0 up to 2**60.
    rating : int8 array
        1 to 5.
    terse : float
        Share of texts that are a stock phrase of their rating.
    """
    terse_at, opening, verdict, part, place, use, weeks = _digits(seed)
    short = terse_at < terse * TERSE
    stars = rating.astype(np.int64) - 1
    openings = pa.array([text for row in OPENINGS for text in row]).take(pa.array(stars * len(OPENINGS[0]) + opening))
    middle = pa.array([f". For us {text}. " for text in SUBJECTS]).take(pa.array(part * len(VERDICTS) + verdict))
    occasion = pa.array(OCCASIONS).take(pa.array(use * len(PLACES) + place))
    after = pa.array([f" for {week + 1} weeks." for week in range(SPAN)]).take(pa.array(weeks))
    long = pc.binary_join_element_wise(openings, middle, occasion, after, "")
    return pc.if_else(pa.array(short), pa.array(STOCK).take(pa.array(stars)), long)


def reworded(source: NDArray[np.int64], own: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return seeds of texts like their sources, with a share of the parts exchanged for those of another text.

    Each text has six parts of one to five words: the opening, the part of the product, the verdict on it, the use, the place and the weeks.
    Which are exchanged is drawn for each text; the result is no stock phrase.

    Parameters
    ----------
    source, own : int64 arrays of equal length
        Seeds of the texts to use again, and of the texts that the parts are exchanged for.
    share : float
        0 to 1.
    """
    kept, other = np.array(_digits(source)), np.array(_digits(own))
    parts = len(SLOTS) - 1
    nth = np.argsort(rng.random((parts, len(source))), axis=0)
    exchanged = nth < round(share * parts)
    digits = np.concatenate([np.full((1, len(source)), TERSE - 1), np.where(exchanged, other[1:], kept[1:])])
    seed: NDArray[np.int64] = np.ravel_multi_index(tuple(digits[::-1]), SLOTS[::-1]).astype(np.int64)
    return seed


def reused(plan: RingPlan, own: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the seeds of the texts of a ring's paid reviews: a share ``plan.reuse`` of them are made from the ring's templates.

    ``own`` holds the seeds of the texts that the accounts would have written themselves.
    """
    result = own.copy()
    chosen = np.sort(rng.choice(len(own), round(plan.reuse * len(own)), replace=False))
    templates = rng.integers(2**60, size=TEMPLATE_COUNT)
    result[chosen] = reworded(rng.choice(templates, len(chosen)), own[chosen], plan.reworded, rng)
    return result


def _digits(seed: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the choice for each of `SLOTS`."""
    digits, rest = [], seed.copy()
    for base in SLOTS:
        digits.append(rest % base)
        rest //= base
    return digits
