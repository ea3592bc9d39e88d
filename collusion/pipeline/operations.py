"""From links between groups to operations: with the names of the log, and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.operation import Operation, RingLink, core_of, kind_of_column, operation_id
from collusion.inference.operations import joined, links_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.case import Ring
    from collusion.evidence.facts import LogFacts
    from collusion.graph.log import Log
    from collusion.inference.operations import GroupLink
    from collusion.inference.stages import Tested
    from collusion.pipeline.rings import Built

__all__ = ["operations_of"]

JOINED = ("flagged", "coordinated")
"""Statuses of groups that can be part of an operation: of the others the scan says that they are chance, or explained."""


def operations_of(log: Log, facts: LogFacts, tested: Sequence[Tested], built: Built, fdr: float) -> tuple[Operation, ...]:
    """Return the operations of a log, by rank.

    Parameters
    ----------
    tested : sequence of Tested
        Of which those that acted together take part.
    built : Built
        Their rings.
    fdr : float
        Over all pairs of groups and all kinds of what they may share.
    """
    of = {tuple(codes[0].tolist()): name for name, codes in built.codes.items()}
    rings = {ring.id: ring for ring in built.rings}
    able = [(one.scored, rings[of[tuple(one.scored.reviewers.tolist())]]) for one in tested if one.status in JOINED]
    able.sort(key=lambda one: one[1].rank)
    links = links_between(facts, [scored for scored, _ in able], fdr)
    found = []
    for part in joined(len(able), links):
        own = [link for link in links if link.first in part]
        found.append(
            _operation(log, [able[k][1] for k in part], [_named(log, link, able[link.first][1], able[link.second][1]) for link in own])
        )
    found.sort(
        key=lambda one: (-len(one.rings), -len({name for ring in one.rings for name in rings[ring].reviewers}), rings[one.rings[0]].rank)
    )
    return tuple(Operation(one.id, rank, one.rings, one.links, one.core) for rank, one in enumerate(found, start=1))


def _operation(log: Log, rings: Sequence[Ring], links: Sequence[RingLink]) -> Operation:  # noqa: ARG001
    ids = tuple(ring.id for ring in rings)
    return Operation(operation_id(ids), 0, ids, tuple(links), core_of([ring.reviewers for ring in rings], links))


def _named(log: Log, link: GroupLink, first: Ring, second: Ring) -> RingLink:
    if link.kind == "sellers":
        assert log.sellers is not None  # noqa: S101  # a link by sellers needs them
        names = log.sellers
    elif link.kind in {"accounts", "texts"}:
        names = log.reviewers
    else:
        names = next(one.values for one in log.links if kind_of_column(one.name) == link.kind)
    shared = tuple(sorted(names.take(link.codes).tolist()))
    return RingLink(first.id, second.id, link.kind, shared, link.expected, link.p_value, link.q_value)
