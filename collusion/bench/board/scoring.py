"""The result of a method compared with the truth: rings, then reviewers, products and reviews, then what fakes still change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.board.methods import KINDS
from collusion.bench.influence import influence_left
from collusion.bench.metrics import (
    TRUE,
    false_per_million,
    jaccard,
    matched_jaccard,
    merges_and_splits,
    omega_index,
    planted_share,
    ring_precision_recall,
    symmetric_f1,
)
from collusion.bench.ranking import average_precision, base_rate, ndcg_at, precision_at, roc_auc

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from collusion.bench.board.methods import MethodResult
    from collusion.graph.log import Log
    from collusion.simulate.labelled import LabelledLog

__all__ = ["AT", "MATCHED", "RingFound", "Truth", "ring_hits", "score"]

MATCHED = 0.5
"""Jaccard from which a group is a planted ring."""

AT = 100
"""Cut-off of P@k and NDCG@k."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth about a log, by the codes of its graph: the reviewers of each planted ring, and the ids of these rings.

    ``relevant`` has a bool array for each of `KINDS`: accounts of rings, targets of rings, paid reviews (by edge).
    """

    rings: tuple[frozenset[int], ...]
    names: tuple[str, ...]
    relevant: dict[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, labelled: LabelledLog, log: Log) -> Truth:
        """Return the truth about a labelled log that was read."""
        graph = log.graph
        code = {name: k for k, name in enumerate(log.reviewers.take(np.arange(graph.n_reviewers)).tolist())}
        fake = labelled.fake[graph.row]
        accounts, targets = np.zeros(graph.n_reviewers, np.bool_), np.zeros(graph.n_products, np.bool_)
        # Rows set aside or counted once may leave an account without a review: no method could find it.
        rings = tuple(frozenset(code[name] for name in ring.reviewers if name in code) for ring in labelled.rings)
        for ring in rings:
            accounts[list(ring)] = True
        targets[graph.product[fake]] = True
        return cls(rings, tuple(ring.id for ring in labelled.rings), dict(zip(KINDS, (accounts, targets, fake), strict=True)))


@dataclass(frozen=True)
class RingFound:
    """A planted ring and how well it was found: means over rings of either figure are figures of the method.

    Parameters
    ----------
    ring : str
    precision : float
        Where one of the groups is the ring (`MATCHED`): share of the groups down to the first such one that are rings; else 0. The mean
        over rings is the average precision of the list of groups.
    jaccard : float
        With the group that is matched to it one to one, whichever its rank; 0 without one.
    """

    ring: str
    precision: float
    jaccard: float


def ring_hits(rings: Sequence[Collection[int]], groups: Sequence[Collection[int]]) -> list[float]:
    """Return for each ring the precision at the group that finds it, 0 where none does.

    Down the list, a group is a hit where its Jaccard with a ring not found before is at least `MATCHED`; two rings that share members can
    match one group, which then stands for the closer one. The mean is the average precision, whose sum runs over rings: what is never
    found adds nothing, and groups that are no ring cost only the rings below them. O(sum of group sizes).
    """
    holds: dict[int, list[int]] = {}
    for k, ring in enumerate(rings):
        for member in set(ring):
            holds.setdefault(member, []).append(k)
    precision, hits = [0.0] * len(rings), 0
    left = set(range(len(rings)))
    for rank, group in enumerate(groups, start=1):
        touched = left.intersection(k for member in set(group) for k in holds.get(member, ()))
        best = max(touched, key=lambda k: (jaccard(rings[k], group), -k), default=None)
        if best is not None and jaccard(rings[best], group) >= MATCHED:
            left.remove(best)
            hits += 1
            precision[best] = hits / rank
            if not left:
                break
    return precision


def score(result: MethodResult, truth: Truth, log: Log) -> tuple[dict[str, float], list[RingFound]]:
    """Return all figures of a cell, and what became of each ring; figures that a method does not have are left out.

    Ring level (methods that find groups): ``ring_ap``, ``ring_jaccard`` (means over rings of `RingFound`), ``ring_recall`` and
    ``ring_precision`` (matched at `MATCHED`), ``symmetric_f1``, ``omega``, ``groups``, ``false_rings`` (less than half of the members
    planted), ``false_share``, ``false_per_million``, ``merges``, ``splits``.

    For reviewers, products and reviews: ``KIND_ap``, ``KIND_base`` (base rate), ``KIND_p100``, ``KIND_ndcg100``, ``KIND_auc``.

    ``shift_planted`` and ``shift_left``, ``places_planted`` and ``places_left``: mean absolute rating points and ranks that fakes move
    their targets by, at first, and once as many reviewers as are planted, those of highest score, are taken out with all their reviews.
    """
    figures: dict[str, float] = {}
    found: list[RingFound] = []
    if result.groups is not None:
        ring_figures, found = _rings(result, truth, log)
        figures |= ring_figures
    for kind in KINDS:
        values, relevant = result.scores.get(kind), truth.relevant[kind]
        if values is not None:
            figures |= {
                f"{kind}_ap": average_precision(values, relevant),
                f"{kind}_base": base_rate(relevant),
                f"{kind}_p{AT}": precision_at(AT, values, relevant),
                f"{kind}_ndcg{AT}": ndcg_at(AT, values, relevant),
                f"{kind}_auc": roc_auc(values, relevant),
            }
    figures |= _influence(result, truth, log)
    return {name: value for name, value in figures.items() if math.isfinite(value)}, found


def _rings(result: MethodResult, truth: Truth, log: Log) -> tuple[dict[str, float], list[RingFound]]:
    groups = [frozenset(people.tolist()) for people, _ in result.groups or ()]
    hits, matched = ring_hits(truth.rings, groups), matched_jaccard(truth.rings, groups)
    found = [RingFound(*one) for one in zip(truth.names, hits, matched.tolist(), strict=True)]
    shares = ring_precision_recall(truth.rings, groups, MATCHED)
    false = int((planted_share(truth.rings, groups) < TRUE).sum())
    mixed = merges_and_splits(truth.rings, groups)
    figures = {
        "ring_ap": float(np.mean(hits)) if hits else math.nan,
        "ring_jaccard": float(matched.mean()) if len(matched) else math.nan,
        "ring_recall": shares.recall,
        "ring_precision": shares.precision,
        "symmetric_f1": symmetric_f1(truth.rings, groups) if truth.rings else math.nan,
        "omega": omega_index(truth.rings, groups, log.graph.n_reviewers),
        "groups": float(len(groups)),
        "false_rings": float(false),
        # 0 where nothing was found, so that its mean over logs is a false discovery rate.
        "false_share": false / max(len(groups), 1),
        "false_per_million": false_per_million(false, log.graph.n_reviews),
        "merges": float(mixed.merges),
        "splits": float(mixed.splits),
    }
    return figures, found


def _influence(result: MethodResult, truth: Truth, log: Log) -> dict[str, float]:
    graph, people = log.graph, result.scores.get("reviewers")
    fake, planted = truth.relevant["reviews"], int(truth.relevant["reviewers"].sum())
    if graph.rating is None or people is None or not planted:
        return {}
    # Ties at the cut are broken by the codes, which are assigned at random.
    out = np.zeros(graph.n_reviewers, np.bool_)
    out[np.argsort(-people, kind="stable")[:planted]] = True
    rating = graph.rating.astype(np.float64)
    before = influence_left(graph.product, rating, fake, np.zeros(len(fake), np.bool_))
    after = influence_left(graph.product, rating, fake, out[graph.reviewer])
    return {
        "shift_planted": before.mean_absolute_shift,
        "shift_left": after.mean_absolute_shift,
        "places_planted": before.mean_absolute_gained,
        "places_left": after.mean_absolute_gained,
    }
