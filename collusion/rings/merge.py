"""Groups to rings: refine each, score it, and keep the best of those that overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OVERLAP", "Candidate", "merge"]

OVERLAP = 0.5
"""Two groups tell of the same ring when the smaller shares at least this part of its reviewers with the other."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A group with its score and everyone who brought it forth.

    ``plain`` is the score with meetings counted once a product, where ``score`` counts them once a seller.
    """

    reviewers: NDArray[np.int32]
    products: NDArray[np.int32]
    score: float
    detectors: tuple[str, ...]
    plain: float


def merge(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the best of each set of overlapping groups, best-scored first, with the detectors of all of them.

    Parameters
    ----------
    candidates : sequence of Candidate

    Notes
    -----
    The best is the one with the most evidence in all (score a member times members): between a ring and its densest part, the ring; and a
    bystander more makes it less. Greedy from the best: a group joins the first kept one that it overlaps by `OVERLAP` of the smaller; its
    members are not added, since a union of groups is scored by nobody. O(sum of sizes + overlaps), by an index from reviewer to kept
    groups.
    """
    kept: list[Candidate] = []
    names: list[set[str]] = []
    of_reviewer: dict[int, list[int]] = {}
    ranked = sorted(
        candidates, key=lambda c: (-_evidence(c), -len(c.reviewers), -len(c.products), c.detectors, tuple(c.reviewers), tuple(c.products))
    )
    for candidate in ranked:
        shared: dict[int, int] = {}
        for u in candidate.reviewers.tolist():
            for k in of_reviewer.get(u, ()):
                shared[k] = shared.get(k, 0) + 1
        same = [k for k, n in shared.items() if n >= OVERLAP * min(len(candidate.reviewers), len(kept[k].reviewers))]
        if same:
            names[min(same)].update(candidate.detectors)
            continue
        for u in candidate.reviewers.tolist():
            of_reviewer.setdefault(u, []).append(len(kept))
        kept.append(candidate)
        names.append(set(candidate.detectors))
    merged = [replace(candidate, detectors=tuple(sorted(by))) for candidate, by in zip(kept, names, strict=True)]
    return sorted(merged, key=lambda c: -c.score)


def _evidence(candidate: Candidate) -> float:
    """Return the evidence in all; of groups that are no better than chance, by the member, or the smallest would be best."""
    return candidate.score * (len(candidate.reviewers) if candidate.score > 0 else 1)
