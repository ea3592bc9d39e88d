"""How helpful others found a group's reviews: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
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
        helpful = group.log.helpful
        if helpful is None:
            return None
        own, others = group.known(helpful)
        if not len(own):
            return None
        mean, usual = float(helpful[own].mean()), float(helpful[others].mean()) if len(others) else None
        beside = "there are none" if usual is None else f"{usual:.1f} on average"
        statement = (
            f"The group's {plural(len(own), 'review')} have {mean:.1f} helpful votes on average; others' reviews of the "
            f"same products: {beside}."
        )
        return answer(self, statement, mean, usual, group.log.rows(own))
