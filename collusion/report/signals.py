"""The signals of a case as the report shows them: their questions and kinds are those that the case lists, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.report.sanitize import elide, sanitize

if TYPE_CHECKING:
    from collusion.base.model import Evidence, SignalInfo, SignalKind
    from collusion.case import Case, Ring

__all__ = ["SCORE", "evidence_of", "info", "is_basket", "question", "residuals", "scored", "shortened"]

QUESTION_LENGTH = 240
"""Most characters of a question: twice the longest of ours. Those of others could be of any length."""

SCORE = "co-reviews"
"""The signal that states the score itself. The others of the kind "acts together" state what an innocent explanation leaves of it."""


def info(name: str, case: Case | None) -> SignalInfo | None:
    """Return what the case says of a signal; None where it lists none of that name."""
    return next((one for one in case.signals if one.name == name), None) if case is not None else None


def question(name: str, case: Case | None) -> str:
    """Return the question of a signal; its name where the case does not list it."""
    known = info(name, case)
    return shortened(name if known is None else known.question)


def shortened(text: str) -> str:
    """Return a sentence of a signal, hidden characters written out, the middle left out where it is long."""
    return elide(sanitize(elide(text, 2 * QUESTION_LENGTH)), QUESTION_LENGTH)


def evidence_of(ring: Ring, case: Case | None, kind: SignalKind | None) -> list[Evidence]:
    """Return the evidence of one kind, in the order in which the case lists the signals; with None, that of signals it does not list."""
    listed = {one.name: k for k, one in enumerate(case.signals if case is not None else ())}
    found = [one for one in ring.evidence if (None if (known := info(one.signal, case)) is None else known.kind) == kind]
    return sorted(found, key=lambda one: listed.get(one.signal, len(listed)))


def scored(ring: Ring, case: Case | None) -> list[Evidence]:
    """Return the evidence of the first question that states the score, not what is left of it."""
    return [one for one in evidence_of(ring, case, "acts together") if not _is_residual(one)]


def residuals(ring: Ring, case: Case | None) -> list[Evidence]:
    """Return the evidence of what is left of the score when an explanation is granted: left is ``observed``, needed ``expected``.

    A set of variants is explained from the start, and no score is computed again: its figures are rows and reviews (`is_basket`).
    """
    return [one for one in evidence_of(ring, case, "acts together") if _is_residual(one)]


def is_basket(ring: Ring) -> bool:
    """Return whether a group is a set of variants of one listing, whose evidence counts rows and the reviews left of them."""
    return "variants" in ring.detectors


def _is_residual(one: Evidence) -> bool:
    return one.signal != SCORE and one.observed is not None
