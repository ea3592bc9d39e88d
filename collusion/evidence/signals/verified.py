"""How many of a group's reviews are of verified purchases: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signals.own_and_others import own_and_others
from collusion.evidence.words import plural

__all__ = ["Verified"]


@dataclass(frozen=True)
class Verified:
    """Show the share of verified purchases next to that of others on the same products. Never a reason to clear: paid reviewers buy."""

    name: ClassVar[str] = "verified"
    question: ClassVar[str] = "Did they buy what they reviewed?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("verified",)
    null: ClassVar[str] = ""

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where the log says so of none of the group's reviews."""
        if group.log.verified is None:
            return None
        own, others = own_and_others(group, group.log.verified)
        if not len(own):
            return None
        usual = (
            f"{others.mean():.0%} of the {plural(len(others), 'review')} of the same products by others" if len(others) else "others: none"
        )
        statement = (
            f"{own.mean():.0%} of the group's {plural(len(own), 'review')} are of verified purchases; {usual}. Paid reviewers buy, too."
        )
        return Evidence(
            signal=self.name,
            statement=statement,
            observed=round(float(own.mean()), 6),
            expected=round(float(others.mean()), 6) if len(others) else None,
            rows=tuple(np.sort(group.log.graph.row[group.edges[group.log.verified[group.edges] >= 0]]).tolist()),
            stance="neutral",
        )
