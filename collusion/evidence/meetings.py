"""The figure the ring is ranked by: its members' meetings against N1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.evidence.words import of_stratum
from collusion.model import Evidence

if TYPE_CHECKING:
    from collusion.evidence.score import Score
    from collusion.graph.strata import Strata

__all__ = ["meetings"]


def meetings(
    score: Score, strata: Strata, rows: tuple[int, ...], *, by_seller: bool, exceeding: tuple[int, int] | None, replicate: bool = False
) -> Evidence:
    """State the members' meetings, their expectation and how many null replicates held a group that scores as high.

    Parameters
    ----------
    score : Score
    strata : Strata
    rows : tuple of int
    by_seller : bool
        Whether a pair's meetings are counted once a seller rather than once a product.
    exceeding : (int, int) or None
        Replicates whose best group scores at least as high, and the number of replicates; None where none were run.
    replicate : bool, default False
        Whether the group was found in a null replicate itself.
    """
    when = f"within {score.window} days" if score.window is not None else "at any time, since the log has no times"
    where = "" if score.crowd is None else f" where at most {score.crowd} reviews of it lay as near,"
    p_value = None if exceeding is None else (1 + exceeding[0]) / (1 + exceeding[1])
    searched = (
        "The group was found in a null replicate: all of this is chance."
        if replicate
        else "No null replicate was run, so chance is not excluded."
        if exceeding is None
        else f"The best group of the same search scored as high in {exceeding[0]} of {exceeding[1]} null replicates."
    )
    statement = (
        f"Pairs of members met {score.meetings:,} times on one product {when},{where} counted once a {'seller' if by_seller else 'product'}"
        f"; {score.expected:.1f} such meetings are expected when reviewers are dealt anew {of_stratum(strata)} (N1). {searched}"
    )
    return Evidence(
        signal="meetings",
        statement=statement,
        observed=float(score.meetings),
        expected=round(score.expected, 6),
        p_value=p_value,
        rows=rows,
        stance="for" if score.value > 0 else "neutral",
    )
