"""Of groups that overlap, keep the one with the most evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.overlap import first_overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.inference.stages import Scored

__all__ = ["OVERLAP", "merge"]

OVERLAP = 0.5
"""Two groups are taken for the same one when the smaller shares at least this part of its reviewers with the other."""


def merge(groups: Sequence[Scored]) -> list[Scored]:
    """Return the best of each set of overlapping groups, highest score first, with the detectors of all of them.

    Parameters
    ----------
    groups : sequence of Scored

    Notes
    -----
    The best is the one with the most evidence in all (score per member times members): between a ring and its densest part, the ring; and
    a bystander more makes it less. Greedy from the best: a group joins the first kept one that it overlaps by `OVERLAP` of the smaller; its
    members are not added, since nobody scores a union of groups. O(sum of sizes, sorted, + overlaps), by an index from reviewer to
    kept groups.
    """
    ranked = sorted(
        groups,
        key=lambda g: (
            -_evidence(g),
            -len(g.reviewers),
            -len(g.products),
            g.candidate.detectors,
            _in_order(g.reviewers),
            _in_order(g.products),
        ),
    )
    indptr = np.concatenate(([0], np.cumsum([len(g.reviewers) for g in ranked]))).astype(np.int64)
    codes, member = np.unique(np.concatenate([np.empty(0, np.int32), *(g.reviewers for g in ranked)]), return_inverse=True)
    of = np.empty(len(ranked), np.int64)
    first_overlaps(indptr, member, len(codes), OVERLAP, of)
    names: dict[int, set[str]] = {}
    for g, (group, kept) in enumerate(zip(ranked, of.tolist(), strict=True)):
        names.setdefault(g if kept < 0 else kept, set()).update(group.candidate.detectors)
    merged = [replace(ranked[g], candidate=replace(ranked[g].candidate, detectors=tuple(sorted(by)))) for g, by in names.items()]
    return sorted(merged, key=lambda g: -g.score)


def _in_order(codes: NDArray[np.int32]) -> bytes:
    """Return bytes that compare as the codes do, one after the other, among arrays of one length."""
    return codes.astype(">u4").tobytes()


def _evidence(group: Scored) -> float:
    """Return the evidence in all; of groups that are no better than chance, per member, or the smallest would be best."""
    return group.score * (len(group.reviewers) if group.score > 0 else 1)
