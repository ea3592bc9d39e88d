"""The operations of a case as flat tables: what they are, what joins their rings, and who and what is part of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collusion.export.escape import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np

    from collusion.base.model import Context
    from collusion.base.operation import Operation
    from collusion.case import Case, Ring

__all__ = ["OperationMembers", "link_table", "operation_table"]

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]

OPERATION_COLUMNS = (
    "operation_id", "rank", "n_rings", "n_flagged", "n_reviewers", "n_core", "n_products", "n_reviews", "first_review", "last_review",
    "q_value", "joined_by", "rings",
)  # fmt: skip
LINK_COLUMNS = ("operation_id", "first", "second", "kind", "n_shared", "expected", "p_value", "q_value", "shared")
MEMBER_COLUMNS = ("operation_id", "role", "id", "n_rings", "rings", "n_reviews", "first_review", "last_review")


def operation_table(case: Case) -> Table:
    """Return the columns of ``operations.csv`` and its rows; the source is not read. Rings that the case has not are not counted."""
    return OPERATION_COLUMNS, [_operation(one, rings) for one, rings in _with_rings(case)]


def link_table(case: Case) -> Table:
    """Return the columns of ``operation_links.csv`` and its rows."""
    rows = [
        (one.id, link.first, link.second, link.kind, len(link.shared), number(link.expected), number(link.p_value), number(link.q_value),
         ";".join(link.shared))
        for one, _ in _with_rings(case)
        for link in one.links
    ]  # fmt: skip
    return LINK_COLUMNS, rows


def _with_rings(case: Case) -> Iterator[tuple[Operation, list[Ring]]]:
    rings = {ring.id: ring for ring in case.rings}
    for one in case.operations:
        if own := [rings[name] for name in one.rings if name in rings]:
            yield one, own


def _operation(one: Operation, rings: Sequence[Ring]) -> tuple[Any, ...]:
    first = [ring.first_review for ring in rings if ring.first_review is not None]
    last = [ring.last_review for ring in rings if ring.last_review is not None]
    return (
        one.id,
        one.rank,
        len(one.rings),
        sum(ring.flagged for ring in rings),
        len({name for ring in rings for name in ring.reviewers}),
        len(one.core),
        len({name for ring in rings for name in ring.products}),
        len({row for ring in rings for row in ring.rows}),
        min(first, default=None),
        max(last, default=None),
        number(min(link.q_value for link in one.links)),
        ";".join(dict.fromkeys(link.kind for link in one.links)),
        ";".join(one.rings),
    )


@dataclass
class OperationMembers:
    """Gathers, ring by ring, who and what is part of the operations of a case.

    An account is ``core`` where a link by accounts names it, ``one-time`` where it has no review but those of one ring, and else a
    ``member``.
    """

    case: Case
    _rows: dict[tuple[str, str, str], dict[int, str | None]] = field(default_factory=lambda: defaultdict(dict))
    _rings: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _elsewhere: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._of = {ring: one for one in self.case.operations for ring in one.rings}
        self._core = {(one.id, name) for one in self.case.operations for name in one.core}

    def add(self, ring: Ring, around: Context, own: Mapping[str, Any]) -> None:
        """Take note of a ring: the reviews around it, and its own as columns."""
        if (operation := self._of.get(ring.id)) is None:
            return
        self._elsewhere.update(_names(around.reviewer[around.member & ~around.target]))
        for role, ids in (("reviewer", ring.reviewers), ("product", ring.products)):
            for name in ids:
                self._rings[operation.id, role, name].append(ring.id)
            for name, row, date in zip(own[role], own["row"], own["date"], strict=True):
                self._rows[operation.id, role, name][row] = date

    def sellers(self, seller_of: Mapping[int, str]) -> None:
        """Take note of the sellers of rows, where the log has them."""
        for (operation, role, _), rows in list(self._rows.items()):
            for row, date in rows.items() if role == "product" else ():
                if row in seller_of:
                    self._rows[operation, "seller", seller_of[row]][row] = date
        for ring in self.case.rings:
            if ring.id in self._of:
                for seller in sorted({seller_of[row] for row in ring.rows if row in seller_of}):
                    self._rings[self._of[ring.id].id, "seller", seller].append(ring.id)

    def table(self) -> Table:
        """Return the columns of ``operation_members.csv`` and its rows: by operation, role, number of rings and id."""
        ranks = {one.id: one.rank for one in self.case.operations}
        found = [(ranks[operation], _ORDER.index(shown), -len(rings), name, self._row(operation, role, shown, name, rings))
                 for (operation, role, name), rings in self._rings.items()
                 for shown in (self._role(operation, role, name, rings),)]  # fmt: skip
        return MEMBER_COLUMNS, [row for *_, row in sorted(found, key=lambda one: one[:4])]

    def _role(self, operation: str, role: str, name: str, rings: Sequence[str]) -> str:
        if role != "reviewer":
            return role
        if (operation, name) in self._core:
            return "core"
        return "member" if name in self._elsewhere or len(rings) > 1 else "one-time"

    def _row(self, operation: str, role: str, shown: str, name: str, rings: Sequence[str]) -> tuple[Any, ...]:
        rows = self._rows[operation, role, name]
        dates = [date for date in rows.values() if date is not None]
        return operation, shown, name, len(rings), ";".join(rings), len(rows), min(dates, default=None), max(dates, default=None)


_ORDER = ("core", "member", "one-time", "product", "seller")


def _names(found: np.ndarray[Any, Any]) -> Iterable[str]:
    names: list[str] = found.tolist()
    return names
