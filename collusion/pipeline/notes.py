"""What a reader of the case must know about the log and the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.categories import APART
from collusion.graph.strata import DAYS_A_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collusion.config import ScanConfig
    from collusion.pipeline.search import Search

__all__ = ["notes_of"]


def notes_of(search: Search, config: ScanConfig, own: Iterable[str] = ()) -> list[str]:
    """Return sentences about what the log lacks and what the run left out; ``own`` names detectors that are not installed."""
    meet = search.meets[-1]
    notes = [
        f"{name} is no installed detector: its parameters are on record, its code is not. Keep that with the case, to make it again."
        for name in own
    ]
    if meet.window is None:
        notes.append(
            "The log has no times, so meetings cannot be told from taste: the null keeps how much each reviewer and product was reviewed "
            "(N0), and nothing is flagged."
        )
    strata = meet.strata
    if strata.category == "inferred":
        notes.append(
            "The log has no categories, so products were sorted into categories by which of them the same people come back to after more "
            f"than {APART} days. What shared taste explains is thereby estimated itself: q-values are less certain than with categories."
        )
    elif strata.category is None:
        reach = "all products" if strata.days is None else f"all products of {strata.days} days"
        notes.append(
            f"The log has no categories and shows none: the null permutes reviewers over {reach}, so shared taste can look like lockstep."
        )
    if strata.days is not None and strata.days > DAYS_A_MONTH:
        notes.append(
            f"The log is small: the null permutes reviewers within {strata.days} days instead of {DAYS_A_MONTH}, since shorter spans hold "
            "too few reviews to permute."
        )
    if meet.crowded:
        notes.append(
            f"{meet.crowded:,} reviews are at places with more than {meet.largest_crowd:,} reviews in the window; "
            "meetings there are too common to count."
        )
    if not config.replicates:
        notes.append("No null replicate was run (replicates = 0), so there are no q-values and nothing is flagged.")
    elif 1 / config.replicates > config.fdr:
        notes.append(
            f"With {config.replicates} replicates a single ring reaches no q-value below {1 / config.replicates:.3g}; "
            f"for a false-discovery rate of {config.fdr} run at least {int(np.ceil(1 / config.fdr))}."
        )
    return notes
