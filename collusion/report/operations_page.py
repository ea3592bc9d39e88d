"""What the page of operations says, as plain values for its template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from collusion.base.errors import OutputError
from collusion.report.formatting import count, figure, name, score
from collusion.report.operation_map import MOST_LINES, MOST_RINGS, drawn_links, operation_map
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from collusion.base.operation import Operation, RingLink
    from collusion.case import Case, Ring

__all__ = ["check_operations", "operation_of", "operations_line", "operations_page"]

LISTED = 100
"""Most links and core workers listed of an operation."""

NAMED = 12
"""Most rings named beside a core worker."""

_ID = re.compile(r"O-[0-9a-f]{12}")


def check_operations(case: Case) -> None:
    """Raise OutputError where an operation has an id that cannot be an anchor, or a ring that the case does not have."""
    known = {ring.id for ring in case.rings}
    wrong = [one.id for one in case.operations if not _ID.fullmatch(one.id)]
    if wrong:
        raise OutputError(f"{len(wrong)} operations have ids that cannot be anchors, such as {sanitize(wrong[0])!r}")
    for one in case.operations:
        if strange := [
            ring for ring in (*one.rings, *(end for link in one.links for end in (link.first, link.second))) if ring not in known
        ]:
            raise OutputError(f"operation {one.id} has rings that the case has not, such as {sanitize(strange[0])!r}")


def operations_line(case: Case) -> str:
    """Return what the first page says of the operations; empty where there are none."""
    if not case.operations:
        return ""
    rings = len({ring for one in case.operations for ring in one.rings})
    return (
        f"{count(rings, 'ring')} share accounts, sellers or other traces more than chance would give, and are joined to "
        f"{count(len(case.operations), 'operation')}."
    )


def operation_of(case: Case, ring: Ring) -> list[dict[str, str]]:
    """Return the operations that a ring is in, for its page."""
    return [
        {
            "id": one.id,
            "said": f"It is operation {one.rank}: {count(len(one.rings), 'ring')} and {count(len(one.core), 'core worker')}.",
        }
        for one in case.operations
        if ring.id in one.rings
    ]


def operations_page(case: Case, linked: Collection[str]) -> dict[str, Any]:
    """Return what the template ``operations.html.j2`` needs.

    Parameters
    ----------
    case : Case
    linked : collection of str
        Ids of the rings that have a page.
    """
    by_id = {ring.id: ring for ring in case.rings}
    return {
        "headline": operations_line(case),
        "operations": [_operation(case, one, by_id, linked) for one in case.operations],
    }


def _operation(case: Case, one: Operation, by_id: dict[str, Ring], linked: Collection[str]) -> dict[str, Any]:
    rings = sorted((by_id[ring] for ring in one.rings), key=lambda ring: ring.rank)
    people = {member for ring in rings for member in ring.reviewers}
    links = sorted(
        one.links, key=lambda link: (link.q_value, -len(link.shared), by_id[link.first].rank, by_id[link.second].rank, link.kind)
    )
    core = set(one.core)
    drawn = operation_map(case, one, linked=linked)
    return {
        "id": one.id,
        "rank": count(one.rank),
        "figures": [
            ("rings", count(len(rings))),
            ("accounts", count(len(people))),
            ("core workers", count(len(one.core))),
            ("products", count(len({product for ring in rings for product in ring.products}))),
            ("pairs of rings that are linked", count(len({(link.first, link.second) for link in one.links}))),
        ],
        "map": drawn.svg(f"Map of operation {one.id}", _said(rings, links)),
        "left_out": _left_out(one, rings),
        "rings": [_ring(ring, core, ring.id in linked) for ring in rings],
        "links": [_link(link, by_id, linked) for link in links[:LISTED]],
        "more_links": _more(len(links), "link"),
        "core": [_worker(member, rings, linked) for member in one.core[:LISTED]],
        "more_core": _more(len(one.core), "core worker"),
    }


def _said(rings: Sequence[Ring], links: Sequence[RingLink]) -> str:
    """Return the map in words, for those who do not see it."""
    pairs = {(link.first, link.second) for link in links}
    return (
        f"{count(len(rings), 'ring')} as circles, {count(len(pairs), 'pair')} of which are linked by lines. The tables have the same: "
        "each ring with its status and members, and each link with what is shared."
    )


def _left_out(one: Operation, rings: Sequence[Ring]) -> str:
    said = []
    if len(rings) > MOST_RINGS:
        said.append(f"The map has the first {MOST_RINGS} of {count(len(rings), 'ring')}.")
    shown = [ring.id for ring in rings[:MOST_RINGS]]
    among = sum(link.first in set(shown) and link.second in set(shown) for link in one.links)
    if (lines := len(drawn_links(one, shown))) < among:
        said.append(f"It has {lines:,} of {among:,} links (at most {MOST_LINES}): those that hold it together, and the smallest q-values.")
    return " ".join(said)


def _more(n: int, what: str) -> str:
    return f"{count(n - LISTED, f'more {what}')} in operations.csv." if n > LISTED else ""


def _ring(ring: Ring, core: set[str], page: bool) -> dict[str, Any]:  # noqa: FBT001  # whether it has one
    return {
        **_named(ring, page),
        "status": ring.status,
        "score": score(ring.score),
        "members": count(len(ring.reviewers)),
        "core": count(len(core & set(ring.reviewers))),
        "products": count(len(ring.products)),
        "first": ring.first_review or "",
        "last": ring.last_review or "",
    }


def _link(link: RingLink, by_id: dict[str, Ring], linked: Collection[str]) -> dict[str, Any]:
    return {
        "ends": [_named(by_id[ring], ring in linked) for ring in (link.first, link.second)],
        "kind": name(link.kind),
        "shared": count(len(link.shared)),
        "expected": figure(link.expected),
        "q_value": figure(link.q_value),
        "some": [name(one) for one in link.shared[:3]],
        "others": f"and {len(link.shared) - 3:,} more" if len(link.shared) > 3 else "",
    }


def _worker(member: str, rings: Sequence[Ring], linked: Collection[str]) -> dict[str, Any]:
    of = [ring for ring in rings if member in ring.reviewers]
    return {
        "name": name(member),
        "count": count(len(of)),
        "rings": [_named(ring, ring.id in linked) for ring in of[:NAMED]],
        "others": f"and {len(of) - NAMED:,} more" if len(of) > NAMED else "",
    }


def _named(ring: Ring, page: bool) -> dict[str, str]:  # noqa: FBT001  # whether it has one
    return {"id": ring.id, "rank": count(ring.rank), "page": f"rings/{ring.id}.html" if page else ""}
