"""The method of a scan in plain words, and what was asked of the groups, for readers who must check it and did not build it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from collusion.report.formatting import count, name
from collusion.report.sanitize import sanitize
from collusion.report.signals import SCORE, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collusion.base.model import SignalInfo, SignalKind
    from collusion.case import Case

__all__ = ["asked", "method"]

_KINDS: tuple[tuple[SignalKind, str, str], ...] = (
    ("acts together", "Did they act together?", "accounts for"),
    ("behaves like paid", "Do they behave unlike other reviewers of the same products?", "unlike others"),
    ("remark", "Remarks, which decide nothing", ""),
)
"""Kind of signal, the heading above its table, and the heading of the column that counts the groups whose evidence says so."""


def method(case: Case) -> dict[str, str]:
    """Return the steps of the scan: title to what was done."""
    rows, replicates = case.accounting, case.provenance.replicates
    return {
        "Reading": f"All {count(rows.rows_in, 'row')} of the log were read, and each is accounted for below. One review counts per "
        f"reviewer and product, and copies across the variants of a listing count once: {count(rows.counted, 'review')} by "
        f"{count(rows.reviewers, 'reviewer')} of {count(rows.products, 'product')}. Nothing but this log was used.",
        "Searching": _searching(case),
        "Scoring": "Each group gets a score: how far the co-reviews of its members exceed what their activity, the categories and the rush "
        "of the time explain. Co-reviews on products that hardly anybody else reviewed at the time count most. Groups are ranked by score.",
        "Comparing with chance": "No shuffled log was searched, so nothing was compared with chance, and nothing can be flagged."
        if not replicates
        else f"The reviewers were shuffled {count(replicates, 'time')}, so that nobody acts together, and the whole search was "
        "repeated each time. A score counts only as far as it exceeds what the search finds there.",
        "Granting innocent explanations": "Honest people coincide, too. For each explanation listed below, the score was computed again "
        "with that explanation granted. What is left must still exceed chance.",
        "Comparing with other reviewers": "The members of each group whose score exceeds chance were compared with other reviewers of the "
        "same products, as far as the columns of the log allow. Whether somebody was paid is a conclusion that only a person can draw.",
        "Giving a status": "A group is flagged if the answer to both questions is yes. If only one is, it is coordinated, or explained if "
        "an innocent explanation accounts for its score and its members behave like others. All other groups are candidates.",
    }


def _searching(case: Case) -> str:
    given = case.provenance.config.get("detectors")
    names = [sanitize(str(name)) for name in given] if isinstance(given, list | tuple) else []
    said = (
        "Reviewers and products are the two sides of a network, and each review is a link. "
        f"Groups were searched for in it{'' if not names else ' by ' + ', '.join(names)}. "
    )
    if "lockstep" in names:
        said += (
            f"lockstep joins two people if they reviewed several of the same products {_within(case)}, more often than their activity "
            "explains, or if they did so on products that hardly anybody else reviewed then. It splits the resulting network into "
            "communities and keeps the densest part of each. "
        )
    return said + "Then people are added to each group and removed from it one by one, by a test of the products that they reviewed."


def _within(case: Case) -> str:
    """Name the windows that were configured; otherwise those that were used, since they separate the groups listed best."""
    tables = case.provenance.config.get("detector")
    table = tables.get("lockstep") if isinstance(tables, Mapping) else None
    given = table.get("windows") if isinstance(table, Mapping) else None
    if isinstance(given, list | tuple) and given:
        return f"within {_listed(given)} days of each other"
    used = {ring.breakdown.window for ring in case.rings if ring.breakdown is not None and ring.breakdown.window is not None}
    return f"at about the same time (for the groups below, within {_listed(used)} days of each other)" if used else "at about the same time"


def _listed(windows: Iterable[object]) -> str:
    *first, last = sorted({int(str(one)) for one in windows})
    return f"{', '.join(map(str, first))} or {last}" if first else str(last)


def asked(case: Case) -> list[dict[str, object]]:
    """Return what the scan asked of the groups: for each kind of signal its heading and its signals, with the groups that they speak of."""
    return [
        {
            "title": title,
            "says": says,
            "signals": [_asked(one, case) for one in case.signals if one.kind == kind],
        }
        for kind, title, says in _KINDS
        if any(one.kind == kind for one in case.signals)
    ]


def _asked(one: SignalInfo, case: Case) -> dict[str, str]:
    stances = [{e.stance for e in ring.evidence if e.signal == one.name} for ring in case.rings]
    tested = Counter(stance for found in stances for stance in (*found, "any") if found)
    telling = {"acts together": "explains", "behaves like paid": "for"}.get(one.kind)
    return {
        "signal": name(one.name),
        "question": shortened(one.question),
        "null": shortened(one.null),
        "needs": ", ".join(name(column) for column in one.needs),
        "tested": count(tested["any"]),
        "says": "" if telling is None or one.name == SCORE else count(tested[telling]),
    }
