"""Which groups are one: of those that overlap, the one with the most evidence, or its parts; and the connected parts of a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.membership import edges_between
from collusion.inference.stages import Scored
from collusion.kernels.groups import first_overlaps
from collusion.kernels.timelines import circles

__all__ = ["OVERLAP_SHARE", "connected_parts", "merge"]

OVERLAP_SHARE = 0.5
"""Two groups are taken for the same one when the smaller shares at least this part of its reviewers with the other."""


def merge(groups: Sequence[Scored]) -> list[Scored]:
    """Return the best of each set of overlapping groups, highest score first, with the detectors of all of them.

    Notes
    -----
    The best is the one with the most evidence in all (score per member times members): between a ring and its densest part, the ring; and
    a bystander more makes it less. Greedy from the best: a group joins the first kept one that it overlaps by `OVERLAP_SHARE` of the
    smaller; its members are not added, since nobody scores a union of groups.

    A kept group whose parts have more evidence together than it has itself is no ring but two or more: members of different parts have few
    co-reviews with each other. It is left out, and its parts are kept (`_is_union`). O(sum of sizes, sorted, + overlaps) for each time that
    one is left out, by an index from reviewer to kept groups.
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
    unions: list[Scored] = []
    while True:
        joined = _joined(ranked)
        found = [kept for kept, others in joined.items() if _is_union(ranked[kept], [ranked[g] for g in others])]
        if not found:
            break
        unions += [ranked[kept] for kept in found]
        ranked = [group for g, group in enumerate(ranked) if g not in found]
    merged = []
    for kept, others in joined.items():
        same = [ranked[kept], *(ranked[g] for g in others), *(union for union in unions if _overlap(ranked[kept], union))]
        names = sorted({name for group in same for name in group.candidate.detectors})
        merged.append(replace(ranked[kept], candidate=replace(ranked[kept].candidate, detectors=tuple(names))))
    return sorted(merged, key=lambda g: -g.score)


def _joined(ranked: Sequence[Scored]) -> dict[int, list[int]]:
    """Return the positions of the kept groups, best first, each with those of the groups that join it."""
    indptr = np.concatenate(([0], np.cumsum([len(g.reviewers) for g in ranked]))).astype(np.int64)
    codes, member = np.unique(np.concatenate([np.empty(0, np.int32), *(g.reviewers for g in ranked)]), return_inverse=True)
    of = np.empty(len(ranked), np.int64)
    first_overlaps(indptr, member, len(codes), OVERLAP_SHARE, of)
    joined: dict[int, list[int]] = {}
    for g, kept in enumerate(of.tolist()):
        if kept < 0:
            joined[g] = []
        else:
            joined[kept].append(g)
    return joined


def _is_union(whole: Scored, others: Sequence[Scored]) -> bool:
    """Return whether parts of a group, of those that join it, have more evidence together than it has itself.

    The log-likelihood ratio of a group never exceeds that of two parts by more than the co-reviews between them are worth, and the penalty
    for the search is larger for two groups than for one. Of a part only the pairs of members count that no better part holds.
    """
    able = [group for group in others if group.score > 0]
    parts = [able[k] for k in _joined(able)] if len(able) > 1 else []
    if len(parts) < 2:  # one part is no union
        return False
    total, held = 0.0, np.empty(0, np.int32)
    for part in parts:
        shared = np.isin(part.reviewers, held).mean()
        total += _evidence(part) * (1.0 - shared**2)
        held = np.union1d(held, part.reviewers)
    return bool(round(total - _evidence(whole), 6) > 0)


def _overlap(one: Scored, other: Scored) -> bool:
    common = len(np.intersect1d(one.reviewers, other.reviewers))
    return common >= OVERLAP_SHARE * min(len(one.reviewers), len(other.reviewers))


def _in_order(codes: NDArray[np.int32]) -> bytes:
    """Return bytes that compare as the codes do, one after the other, among arrays of one length."""
    return codes.astype(">u4").tobytes()


def _evidence(group: Scored) -> float:
    """Return the evidence in all; of groups that are no better than chance, per member, or the smallest would be best."""
    return group.score * (len(group.reviewers) if group.score > 0 else 1)


SMALLEST_PART = 3
"""Members of a part that is a group of its own: two accounts that co-review are a pair."""


def connected_parts(
    graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32], window: int | None
) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Return the parts of a group between which nobody reviewed one of its products within ``window`` days, as (reviewers, products) each.

    Two members are joined when both reviewed one of the products within the window; the parts are the connected components of at least
    `SMALLEST_PART` members. Members without such a co-review stay with the largest part. A connected group is returned as it
    is. O(reviews of the members).

    Parameters
    ----------
    reviewers, products : int32 arrays, ascending
    window : int or None
        Days; None where the log has no times.
    """
    edges = edges_between(graph, reviewers, products)
    who, what = np.searchsorted(reviewers, graph.reviewer[edges]), graph.product[edges]
    # Edges are in the order of product and time: if any two lie within the window, so do the neighbours between them.
    near = what[1:] == what[:-1]
    if graph.time is not None and window is not None:
        time = graph.time[edges].astype(np.int64)
        near &= (np.diff(time) <= window) & (time[:-1] != NO_TIME)
    part = circles(len(reviewers), who[:-1][near], who[1:][near])
    size = np.bincount(part, minlength=len(reviewers))
    large = np.flatnonzero(size >= SMALLEST_PART)
    if len(large) < 2:
        return [(reviewers, products)]
    # By size, then by reviews: an order that does not depend on names.
    reviews = np.bincount(part[who], minlength=len(reviewers))
    large = large[np.lexsort((-reviews[large], -size[large]))]
    part = np.where(size[part] == 1, large[0], part)
    found = []
    for k in large:
        pairs = near & (part[who[1:]] == k)
        found.append((reviewers[part == k], np.unique(what[1:][pairs]).astype(np.int32)))
    return found
