from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import hypergeom

from collusion.base.model import Evidence

MORNING = 6 * 3600


@dataclass(frozen=True)
class NightShift:
    """Whether the members write at night (0 to 6 o'clock) more than others who reviewed the same products.

    Everybody counts once, with the first of their reviews of these products that has a time of day: people have habits, so that two
    reviews of one person are not two witnesses.

    Notes
    -----
    Dangerous where the members live in another time zone than most who review these products.
    """

    name: ClassVar[str] = "night shift"
    question: ClassVar[str] = "Do they write at night more than others who reviewed these products?"
    kind: ClassVar[str] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("timestamp", "time of day")
    null: ClassVar[str] = "Who of all that reviewed these products is a member does not depend on the time of day."

    def test(self, group):
        graph, second = group.log.graph, group.log.second
        if graph.time is None or second is None:
            return None
        slots = np.flatnonzero(np.isin(graph.product, group.products) & (second >= 0))
        slots = slots[np.lexsort((second[slots], graph.time[slots]))]
        who, first = np.unique(graph.reviewer[slots], return_index=True)
        slots = slots[first]
        night, member = second[slots] < MORNING, np.isin(who, group.reviewers)
        if not member.any() or member.all():
            return None
        own, others = night[member], night[~member]
        p = max(float(hypergeom.sf(own.sum() - 1, len(who), night.sum(), len(own))), 1e-300)
        p = min(p, 1.0)
        return Evidence(
            signal=self.name,
            statement=f"{own.mean():.0%} of the members wrote at night, and {others.mean():.0%} of the others ({p:.2g}).",
            observed=float(own.mean()),
            expected=float(others.mean()),
            p_value=p,
            rows=tuple(np.sort(graph.row[slots[member]]).tolist()),
            stance="for" if p <= 0.05 else "neutral",
        )
