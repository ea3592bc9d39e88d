"""What is asked of a group beyond chance, since no null knows every honest habit.

A null that deals people anew within category and month knows no bargain hunters, who meet again and again without any plan. What tells
them from a ring is that paid reviews favour or harm. So the less a group's ratings say, the more its meetings must.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.evidence.rating import ratings_tell
from collusion.evidence.significance import adjusted
from collusion.graph.projection import chance_bar
from collusion.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.graph.graph import ReviewGraph

__all__ = ["LEANING", "SILENT", "Asked", "asked", "bar"]

LEANING = 3.0
"""Asked of a group whose ratings lie nearer to a campaign's than to everybody's, but are too few or too mixed to favour beyond chance; in
units of `chance_bar`, on top of the one that is subtracted from every score."""

SILENT = 4.0
"""Asked of a group whose ratings say nothing. The busiest of a crowd, who come each by himself to a third of an event's places, reach
about three, and more the larger the crowd: no bound is safe against every crowd, so that ratings do better where there are some."""


@dataclass(frozen=True)
class Asked:
    """A group as far as habit is concerned.

    Parameters
    ----------
    size : int
        Reviewers.
    score : float
        Of `collusion.evidence.score`.
    rating : Evidence or None
        Of `collusion.evidence.rating`.
    """

    size: int
    score: float
    rating: Evidence | None


def asked(graph: ReviewGraph, groups: Sequence[Asked], fdr: float) -> list[tuple[float, Evidence]]:
    """Return for each group the score that it must exceed, and what is to be said of that.

    Groups that favour or harm their products beyond chance, at a false-discovery rate of ``fdr`` among all that meet more than chance, must
    meet more than chance and no more than that. All are tested together, those that habits explain too: otherwise the groups that
    happened to rate well would be all that is left.

    Parameters
    ----------
    graph : ReviewGraph
    groups : sequence of Asked
    fdr : float
    """
    tested = [k for k, one in enumerate(groups) if one.score > 0 and one.rating is not None and one.rating.p_value is not None]
    told = [(k, groups[k].rating) for k in tested]
    clear = adjusted([rating.p_value for _, rating in told if rating is not None and rating.p_value is not None]) <= fdr
    favours = {k for (k, rating), passes in zip(told, clear, strict=True) if passes and rating is not None and rating.stance == "for"}
    return [_asked(graph, one, favours=k in favours) for k, one in enumerate(groups)]


def bar(graph: ReviewGraph, size: int, *, favours: bool, leans: bool = False) -> float:
    """Return the score that a group of so many reviewers must exceed."""
    return 0.0 if favours else (LEANING if leans else SILENT) * chance_bar(graph.n_reviewers, size)


def _asked(graph: ReviewGraph, one: Asked, *, favours: bool) -> tuple[float, Evidence]:
    leans = one.rating is not None and one.rating.stance != "explains" and ratings_tell(graph)
    least = bar(graph, one.size, favours=favours, leans=leans)
    unit = chance_bar(graph.n_reviewers, one.size) or 1.0
    why = (
        "Its ratings favour or harm its products beyond chance"
        if favours
        else "Its ratings lean towards a campaign, but not beyond chance"
        if leans
        else "Its ratings are like everybody else's"
        if one.rating is not None and one.rating.stance == "explains"
        else "Ratings say nothing here"
    )
    asks = "0" if favours else f"{least:.1f} nats a member, {least / unit:g} times what chance reaches in groups of {one.size:,}"
    statement = (
        f"No null knows every honest habit, so the less ratings say, the more meetings must. {why}: the score must exceed {asks}, and is "
        f"{one.score:.1f}."
    )
    return least, Evidence(
        signal="habit",
        statement=statement,
        observed=round(one.score, 6),
        expected=round(least, 6),
        stance="for" if one.score > least else "against",
    )
