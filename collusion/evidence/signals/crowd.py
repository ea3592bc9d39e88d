"""Whether the group is the busy end of a launch or promotion crowd: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
from collusion.evidence.words import plural
from collusion.graph.membership import edges_around
from collusion.kernels.timelines import runs

__all__ = ["Crowd"]

CROWD_SHARE = 0.5
"""Others per member, above which the group cannot be separated from the crowd around it."""


@dataclass(frozen=True)
class Crowd:
    """How many others did half as much as the members, or more.

    Bargain hunters co-review often without knowing each other. But then many others review some of the same products, and the group is
    only the end of a continuous distribution. Around a ring there is usually a gap. The distributions overlap (AUC 0.6 to 0.8 on
    real and simulated logs), so this is shown and decides nothing. None where the members never co-reviewed the products.
    """

    name: ClassVar[str] = "crowd"
    question: ClassVar[str] = "Is there a crowd around them that reviewed the same products?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("timestamp",)
    null: ClassVar[str] = ""

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made: without times nobody can say who else was active then."""
        graph, co_reviews, reviewers = group.log.graph, group.co_reviews, group.reviewers
        if graph.time is None:
            return None
        opened = edges_around(co_reviews, group.edges)
        if not len(opened):
            return None
        place = co_reviews.unit_of[graph.product[opened]].astype(np.int64)
        visits, _ = runs(np.sort(graph.reviewer[opened].astype(np.int64) << 32 | place))
        who, places = runs(visits >> 32)
        inside = np.isin(who, reviewers)
        if not inside.any():
            return None
        usual = float(np.median(places[inside]))
        others = int((places[~inside] >= usual / 2).sum())
        many = others > CROWD_SHARE * len(reviewers)
        statement = (
            f"While the group was active, its typical member reviewed {usual:g} of its products. {plural(others, 'outsider')} reviewed at "
            f"least half as many (the group has {plural(len(reviewers), 'member')}). "
            + ("The group cannot be separated from the crowd around it." if many else "The group stands apart from the crowd around it.")
        )
        return answer(self, statement, float(others), CROWD_SHARE * len(reviewers), group.rows)
