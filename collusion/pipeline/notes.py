"""What a reader of the case must know about the log and the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.hints import hint
from collusion.evidence.words import plural
from collusion.graph.core_products import APART_DAYS
from collusion.graph.strata import DAYS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from collusion.base.config import ScanConfig
    from collusion.evidence.signal import Signal
    from collusion.inference.search import Search

__all__ = ["flags_unsure", "left_out", "notes_of"]


def notes_of(search: Search, config: ScanConfig, own: Iterable[str], columns: Collection[str], signals: Sequence[Signal]) -> list[str]:
    """Return sentences about what the log lacks and what the run left out.

    ``own`` are the names of detectors that are not installed, and ``columns`` those that signals can use here (`LogFacts.columns`).
    """
    co_reviews = search.by_window[-1]
    notes = [
        f"The detector {name} is not installed: the case records its parameters, not its code. Keep the code to repeat the scan."
        for name in own
    ]
    paid = [signal for signal in signals if signal.kind == "behaves like paid"]
    if not any(set(signal.needs) <= set(columns) for signal in paid):
        notes.append(
            "The log has no column that could show whether a group behaves unlike other reviewers, so nothing is flagged. Add ratings, "
            f"dates, review texts, or columns that link accounts ({hint('link', ['ip', 'device'])})."
        )
    if co_reviews.window is None:
        notes.append(
            "No date column was recognised, so timing could not be used: groups are compared with shuffled logs that keep only how "
            "many reviews each reviewer and each product has (N0). Shared taste alone can look coordinated. Add one with "
            f"{hint('map', {'timestamp': 'COLUMN'})}."
        )
    strata = co_reviews.strata
    if strata.category == "inferred":
        notes.append(
            "There is no category column, so categories were inferred: products are in one category if the same people review them more "
            f"than {APART_DAYS} days apart, more often than their dates explain. q-values are less certain than with a category column. "
            f"Add one with {hint('map', {'category': 'COLUMN'})}."
        )
    elif strata.category is None:
        reach = "all products" if strata.days is None else f"all products within {strata.days} days"
        notes.append(
            "There is no category column, and none could be inferred from what people review, so reviewers were shuffled across "
            f"{reach}. Shared taste can look coordinated. Add a column with {hint('map', {'category': 'COLUMN'})}."
        )
    if strata.days is not None and strata.days > DAYS_PER_MONTH:
        notes.append(
            f"The log is small: reviewers were shuffled within {strata.days} days instead of {DAYS_PER_MONTH}, since shorter periods hold "
            "too few reviews to shuffle."
        )
    if co_reviews.n_skipped:
        notes.append(
            f"{plural(co_reviews.n_skipped, 'review')} {'is' if co_reviews.n_skipped == 1 else 'are'} on very busy products (over "
            f"{co_reviews.largest_degree:,} reviews in the window) and {'was' if co_reviews.n_skipped == 1 else 'were'} not used: "
            "coincidences there mean little."
        )
    if co_reviews.window is None and config.null_models:
        notes.append(f"{' and '.join(config.null_models)} could not be used, since the log has no times to keep or to shuffle.")
    if not config.replicates:
        notes.append("No shuffled log was searched (replicates = 0), so there are no q-values and nothing is flagged.")
    elif 1 / config.replicates > config.fdr:
        notes.append(
            f"With {plural(config.replicates, 'replicate')} a single ring reaches no q-value below {1 / config.replicates:.3g}; "
            f"for a false-discovery rate of {config.fdr} run at least {int(np.ceil(1 / config.fdr))}."
        )
    return notes


def left_out(found: int, listed: int, baskets: int, config: ScanConfig) -> list[str]:
    """Return sentences about groups that are not listed."""
    notes = []
    if found > listed:
        notes.append(
            f"{plural(found - listed, 'weaker group')} {'is' if found - listed == 1 else 'are'} not listed (raise max_candidates, now "
            f"{config.max_candidates}, to list more)."
        )
    if (smaller := baskets - config.max_candidates) > 0:
        notes.append(
            f"{plural(smaller, 'smaller set')} of product variants {'is' if smaller == 1 else 'are'} not listed (raise max_candidates, now "
            f"{config.max_candidates}, to list more)."
        )
    return notes


def flags_unsure(search: Search) -> list[str]:
    """Return a warning where more flags are false than the rate promises; for a case with flags."""
    if search.by_seller or search.by_window[-1].strata.category == "given":
        return []
    # `collusion bench calibration --columns` (data/calibration/columns.md).
    return [
        (
            "The log has neither sellers nor categories. On simulated markets without both, 8.5 % of the flags at a rate of 5 % were wrong "
            "(95 % interval 4.0 to 13.4 %): followers of one seller look like a ring where nothing shows whose the products are. "
            f"Add the seller or brand with {hint('map', {'seller': 'COLUMN'})}."
        )
    ]
