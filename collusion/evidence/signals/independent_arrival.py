"""Whether the members share products and taste, but reviewed each at their own time, as people of one neighbourhood do: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
from collusion.evidence.signals.synchrony import joint_reviews
from collusion.evidence.words import p_text
from collusion.kernels.dates import draw_own_times

__all__ = ["IndependentArrival"]

DRAWS = 199
"""Draws of the null: the smallest p-value is 1 / (DRAWS + 1)."""

LONG_PRODUCT = 300
"""Reviews of a product above which dates are drawn with replacement."""

ARRIVAL_LEVEL = 0.05
"""Level at which the members' dates speak against independent arrivals."""

SLIGHT_RATIO = 1.5
"""Ratio of observed to expected close pairs below which the dates count as independent, even if the difference is significant: people with
one taste follow the same fashions."""


@dataclass(frozen=True)
class IndependentArrival:
    """Whether each member reviewed at a time of their own. Never a condition: patient rings look independent, too.

    Count pairs of the group's reviews of one product within the window, against dates at which everybody else reviews it.
    Who reviewed what is kept; each member's date on a product is drawn from the dates of the others' reviews of it and, with the weight of
    as many reviews as the group wrote, from the time between the product's first and last review. Members are left out of what is drawn
    from, so a group that causes the burst of reviews of its product does not explain itself (N3 itself keeps them in). The group is
    explained where its dates do not stand out, or hardly (`SLIGHT_RATIO`), and where dates all within the window would have. None without
    times, or where no two members reviewed one product.

    Notes
    -----
    Monte Carlo, (1 + draws at least as large) / (draws + 1). O(`DRAWS` x `LONG_PRODUCT` at most for each product), after a look at each
    date of the products.
    """

    name: ClassVar[str] = "independent arrival"
    question: ClassVar[str] = "Do they like the same products but review them independently, each at their own time?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("timestamp",)
    null: ClassVar[str] = "Each member reviews a product when others review it."

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made."""
        graph, window = group.log.graph, group.co_reviews.window or 0
        if graph.time is None:
            return None
        joint = joint_reviews(graph, group.edges)
        if joint is None:
            return None
        drawn = np.zeros(DRAWS)
        seed = int(group.rng(self.name).integers(2**32))
        args = (graph.time, joint.first, joint.last, joint.edges, joint.days, joint.indptr, window, seed, LONG_PRODUCT, drawn)
        observed, pairs = draw_own_times(*args), joint.pairs
        expected = float(drawn.mean())
        p_value = (1 + int((drawn >= observed).sum())) / (DRAWS + 1)
        shows = (1 + int((drawn >= pairs).sum())) / (DRAWS + 1) <= ARRIVAL_LEVEL
        independent = (p_value > ARRIVAL_LEVEL and shows) or observed < SLIGHT_RATIO * expected <= pairs
        statement = (
            f"Of {pairs:,} pairs of the group's reviews of one product, {observed:,} are within {window} days of each other; "
            f"{expected:.1f} would be expected if each member reviewed when others review the product ({p_text(p_value)}). "
            + (
                "Their dates look independent, as those of regulars and of people with one taste do; a patient ring looks the same."
                if independent
                else "Shared taste alone does not explain that they reviewed at the same time."
                if p_value <= ARRIVAL_LEVEL
                else "There are too few dates to say."
            )
        )
        return answer(self, statement, float(observed), expected, group.log.rows(joint.edges), p_value)
