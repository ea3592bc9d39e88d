"""Whether a sale or promotion brought others to the group's products on the same days: a remark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import gammainc

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
from collusion.evidence.signals.synchrony import joint_reviews
from collusion.evidence.words import p_text, plural
from collusion.graph.launches import NEW_DAYS, first_reviews
from collusion.kernels.timelines import count_around

__all__ = ["Promotion"]

NEAR_DAYS = 2
"""Days before and after a member's review within which reviews by others are counted with it."""

BASELINE_DAYS = 60
"""Days before and after the members' days, from which the usual number of reviews by others is estimated."""

PROMOTION_LEVEL = 0.001
"""Level at which more others reviewed than at other times. It is strict, since a group is one of many and chose its products."""

LEAST_EXTRA = 0.125
"""Others beyond those expected, per review by a member, below which they are too few to be a crowd around the group: one in eight.
Members of a ring that were not found add to the others, too."""


@dataclass(frozen=True)
class Promotion:
    """Whether more others reviewed on the members' days than before and after.

    Bargain hunters buy independently, so a sale that attracted people who bought several things also attracted many who bought one. When
    paid accounts review, the others go on as before. Products within `NEW_DAYS` of their launch are left out, since everybody reviews
    then. None without times, or where less than half of the group's reviews are left.

    Notes
    -----
    Others in the days around the members' reviews are Poisson with the rate of the `BASELINE_DAYS` days before and after, half a review
    added. O(reviews of the group x log of those of a product).
    """

    name: ClassVar[str] = "promotion"
    question: ClassVar[str] = "Did a sale or promotion bring others on the same days?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("timestamp",)
    null: ClassVar[str] = "Others review at the rate of the days before and after."

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made."""
        graph = group.log.graph
        if graph.time is None:
            return None
        joint = joint_reviews(graph, group.edges, at_least=1)
        if joint is None:
            return None
        opened = first_reviews(graph.timeline)[joint.product].astype(np.int64) + NEW_DAYS
        counts, start = np.diff(joint.indptr), joint.indptr[:-1]
        later = joint.days[start] > opened
        own = int(counts[later].sum())
        if not own or own < int(counts[~later].sum()):
            return None
        near, around, days, rest = count_around(
            graph.time, joint.first, joint.last, joint.days, joint.indptr, opened, NEAR_DAYS, BASELINE_DAYS
        )[:, later]
        others = int(near.sum())
        usual = ((around + 0.5) / np.maximum(rest, 1) * days).tolist()
        expected = math.fsum(usual)  # exact, so the order of products, which follows their names, changes nothing
        p_value = float(gammainc(others, expected)) if others else 1.0
        many = p_value <= PROMOTION_LEVEL and others - expected >= LEAST_EXTRA * own
        statement = (
            f"On the days of the members' {plural(own, 'review')}, others wrote {plural(others, 'review')} of the same products; "
            f"{expected:.1f} would be expected from the {BASELINE_DAYS} days before and after ({p_text(p_value)}). "
            + (
                "Whatever brought the members brought others too, as a sale or promotion does."
                if many
                else "Hardly more others reviewed on those days than at other times, so a sale or promotion does not explain it."
            )
        )
        return answer(self, statement, float(others), expected, group.log.rows(joint.edges[np.repeat(later, counts)]), p_value)
