"""The summary of a case in sentences: what the two questions found, in numbers of groups, and how far a flag can be trusted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from collusion.base.tally import reasons
from collusion.report.formatting import count, figure, name, percent, ring_summary, share
from collusion.report.statuses import behaves_unlike, beyond_chance, false_discovery_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.case import Case, Ring

__all__ = ["LARGE_SHARE", "flagged_sizes", "rejected", "summary"]

LARGE_SHARE = 0.05
"""Share of rejected rows from which on a scan says so on every channel.

Damaged cells are rarely one in a hundred rows. One in twenty is no accident: it is a file, a month or a form of dates that was not
understood, and the reviews of a ring can be among them.
"""

MOST_REASONS = 3
"""Reasons that the warning names."""


def flagged_sizes(case: Case) -> tuple[int, int, int]:
    """Return the numbers of reviewers, products and reviews of all flagged rings; who is in two counts once."""
    parts = ("reviewers", "products", "rows")
    reviewers, products, reviews = (len({one for ring in case.flagged for one in getattr(ring, part)}) for part in parts)
    return reviewers, products, reviews


def rejected(case: Case) -> str | None:
    """Return a warning where a large share of the rows was rejected, of the log or most rows of one source; None where not."""
    rows = case.accounting
    if not rows.set_aside:
        return None
    own = Counter(str(one.get("source") or "") for one in case.lookup.problems())
    sources = [source for source in case.provenance.sources if 2 * own[source.name] > source.rows]
    if rows.set_aside < LARGE_SHARE * rows.rows_in and not sources:
        return None
    every = reasons(case.lookup.problems())
    named = [f"{count(n, 'row')}: {name(reason)}{f' (column {name(column)})' if column else ''}" for reason, column, n in every]
    more = f"; and {count(len(every) - MOST_REASONS, 'more reason')}" if len(every) > MOST_REASONS else ""
    said = (
        f"{count(rows.set_aside)} of {count(rows.rows_in, 'row')} ({share(rows.set_aside / rows.rows_in)}) "
        f"{'was' if rows.set_aside == 1 else 'were'} rejected, so nothing is known about these reviews. "
        f"{'; '.join(named[:MOST_REASONS])}{more}."
    )
    if sources and len(case.provenance.sources) > 1:
        most = ", ".join(name(source.name) for source in sources[:MOST_REASONS])
        rest = f" and {count(len(sources) - MOST_REASONS, 'more file')}" if len(sources) > MOST_REASONS else ""
        said += f" Most rows of {most}{rest} were rejected."
    return said


def summary(case: Case) -> list[str]:
    """Return the summary, one paragraph each; first of all, whether a large share of the rows was rejected."""
    warning = rejected(case)
    return [*([] if warning is None else [warning]), *_found(case)]


def _found(case: Case) -> list[str]:
    if not case.provenance.replicates:
        return ["No shuffled log was searched, so nothing was compared with chance, and no group is flagged."]
    if not case.rings:
        return ["The search found no group to report.", _flags(case)]
    beyond = [ring for ring in case.rings if beyond_chance(ring, case.provenance)]
    said = [_together(case, beyond), *([_unlike(case, beyond)] if beyond else []), _flags(case)]
    n, rate = len(case.flagged), false_discovery_rate(case.provenance)
    if n and rate is not None:
        bound = percent(rate)
        said.append(
            f"You set the false-discovery rate at {bound}: on average, at most {bound} of flagged groups (here {figure(rate * n)} of "
            f"{count(n)}) would be chance findings."
        )
    if n:
        said.append(f"The first to look at is {case.flagged[0].id}: {ring_summary(case.flagged[0])}")
    return said


def _together(case: Case, beyond: Sequence[Ring]) -> str:
    """Say what the first question found; ``beyond`` are the groups whose score is above what shuffled logs reach."""
    n, explained = len(beyond), sum(ring.explained_by is not None for ring in beyond)
    said = (
        f"Did they act together? Of the {count(len(case.rings), 'group')} listed here, {count(n) if n else 'none'} "
        f"{'score' if n > 1 else 'scores'} higher than groups in shuffled logs do."
    )
    if len(case.rings) == 1 and n == 1:
        said = "Did they act together? The one group listed here scores higher than groups in shuffled logs do."
    if explained:
        those = "it" if n == 1 else f"{count(explained)} of them"
        said += f" An innocent explanation accounts for {those}: nothing is left of the score once it is granted."
    below = sum(ring.status == "explained" for ring in case.rings) - sum(ring.status == "explained" for ring in beyond)
    if below:
        said += f" {count(below, 'group')} with a lower score also {'has' if below == 1 else 'have'} an innocent explanation."
    return said


def _unlike(case: Case, beyond: Sequence[Ring]) -> str:
    """Say what the second question found of these groups."""
    said = "Do they behave unlike other reviewers of the same products? "
    yes = sum(map(behaves_unlike, beyond))
    could = sum(ring.q_paid is not None or behaves_unlike(ring) for ring in beyond)
    if not could:
        return f"{said}This could not be asked of any group, so no group is flagged{_notes(case, ' say what would help')}."
    if len(beyond) == 1:
        return f"{said}The answer is {'yes' if yes else 'no, as far as this log shows'}."
    return (
        f"{said}This could be asked of {'each' if could == len(beyond) else count(could)} of these {len(beyond):,} groups, and the "
        f"answer is yes for {count(yes) if yes else 'none'} of them."
    )


def _flags(case: Case) -> str:
    n = len(case.flagged)
    if not n:
        return f"No group is flagged. That does not show that there is no ring{_notes(case, ' say what such a log could have shown')}."
    reviewers, _, reviews = flagged_sizes(case)
    return (
        f"{count(n, 'group is', 'groups are')} flagged, because the answer to both questions is yes. "
        f"{'It has' if n == 1 else 'They have'} {count(reviewers, 'reviewer')}, {share(reviewers / case.accounting.reviewers)} "
        f"of all, who wrote {count(reviews, 'review')} of the products that they share, "
        f"{share(reviews / case.accounting.counted)} of all."
    )


def _notes(case: Case, say: str) -> str:
    return f"; the notes below{say}" if case.notes else ""
