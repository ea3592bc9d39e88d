"""Groups to rings: refine each, score it, and keep the best of those that overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.overlap import first_overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    members are not added, since a union of groups is scored by nobody. O(sum of sizes, sorted, + overlaps), by an index from reviewer to
    kept groups.
    """
    ranked = sorted(
        candidates,
        key=lambda c: (-_evidence(c), -len(c.reviewers), -len(c.products), c.detectors, _in_order(c.reviewers), _in_order(c.products)),
    )
    indptr = np.concatenate(([0], np.cumsum([len(c.reviewers) for c in ranked]))).astype(np.int64)
    codes, member = np.unique(np.concatenate([np.empty(0, np.int32), *(c.reviewers for c in ranked)]), return_inverse=True)
    of = np.empty(len(ranked), np.int64)
    first_overlaps(indptr, member, len(codes), OVERLAP, of)
    names: dict[int, set[str]] = {}
    for g, (candidate, kept) in enumerate(zip(ranked, of.tolist(), strict=True)):
        names.setdefault(g if kept < 0 else kept, set()).update(candidate.detectors)
    merged = [replace(ranked[g], detectors=tuple(sorted(by))) for g, by in names.items()]
    return sorted(merged, key=lambda c: -c.score)


def _in_order(codes: NDArray[np.int32]) -> bytes:
    """Return bytes that compare as the codes do, one after the other, among arrays of one length."""
    return codes.astype(">u4").tobytes()


def _evidence(candidate: Candidate) -> float:
    """Return the evidence in all; of groups that are no better than chance, by the member, or the smallest would be best."""
    return candidate.score * (len(candidate.reviewers) if candidate.score > 0 else 1)
