"""How many of a group's reviews are of verified purchases: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
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
        verified = group.log.verified
        if verified is None:
            return None
        own, others = group.known(verified)
        if not len(own):
            return None
        mean, usual = float(verified[own].mean()), float(verified[others].mean()) if len(others) else None
        beside = "others: none" if usual is None else f"{usual:.0%} of the {plural(len(others), 'review')} of the same products by others"
        statement = f"{mean:.0%} of the group's {plural(len(own), 'review')} are of verified purchases; {beside}. Paid reviewers buy, too."
        return answer(self, statement, mean, usual, group.log.rows(own))
