"""How helpful others found a group's reviews: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signals.own_and_others import own_and_others
from collusion.evidence.words import plural

__all__ = ["HelpfulVotes"]


@dataclass(frozen=True)
class HelpfulVotes:
    """Show the mean number of helpful votes next to that of others on the same products. Votes are bought, too, and go to early reviews."""

    name: ClassVar[str] = "helpful votes"
    question: ClassVar[str] = "Do others find their reviews helpful?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("helpful_votes",)
    null: ClassVar[str] = ""

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where the log has no votes for the group's reviews."""
        if group.log.helpful is None:
            return None
        own, others = own_and_others(group, group.log.helpful)
        if not len(own):
            return None
        usual = f"{others.mean():.1f} on average" if len(others) else "there are none"
        statement = (
            f"The group's {plural(len(own), 'review')} have {own.mean():.1f} helpful votes on average; others' reviews of the "
            f"same products: {usual}."
        )
        return Evidence(
            signal=self.name,
            statement=statement,
            observed=round(float(own.mean()), 6),
            expected=round(float(others.mean()), 6) if len(others) else None,
            rows=tuple(np.sort(group.log.graph.row[group.edges[group.log.helpful[group.edges] >= 0]]).tolist()),
            stance="neutral",
        )
