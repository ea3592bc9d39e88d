"""What a case knows of an id without its log: the groups that it is in, and reviews around them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.base.answer import Closeness, Role
from collusion.base.errors import CollusionError

if TYPE_CHECKING:
    from collusion.case.case import Case
    from collusion.case.ring import Ring

__all__ = ["Held", "held_by"]


@dataclass(frozen=True)
class Held:
    """What a case knows of one id.

    Parameters
    ----------
    name : str
    known : frozenset of str
        Roles that it has in the groups and in the reviews around them.
    shared : mapping of str to dict
        By role: with how many products, or members, of each group it has reviews in common, by ring id.
    products_sold : set of str
        Products of groups that the log's rows name it as the seller of.
    """

    name: str
    known: frozenset[Role]
    shared: dict[Role, dict[str, int]]
    products_sold: set[str]

    def rings(self, case: Case, role: Role) -> list[Ring]:
        """Return the groups that it is in."""
        if role == "reviewer":
            return [ring for ring in case.rings if self.name in ring.reviewers]
        wanted = {self.name} if role == "product" else self.products_sold
        return [ring for ring in case.rings if not wanted.isdisjoint(ring.products)]

    def nearest(self, case: Case, role: Role) -> Closeness | None:
        """Return the group with which most is shared; what was to be expected only the log can say."""
        shared = self.shared.get(role, {})
        best = max((ring for ring in case.rings if shared.get(ring.id)), key=lambda ring: (shared[ring.id], -ring.rank), default=None)
        if best is None:
            return None
        return Closeness(best.id, shared[best.id], len(best.products if role == "reviewer" else best.reviewers))


def held_by(case: Case, name: str, *, around: bool) -> Held:
    """Return what a case knows of an id: members and products of its groups, and ``around`` the groups what its reviews say."""
    sold = _products_of(case, name) if around else set()
    known: set[Role] = {"seller"} if sold else set()
    shared: dict[Role, dict[str, int]] = {"reviewer": {}, "product": {}}
    for ring in case.rings:
        known |= {"reviewer"} if name in ring.reviewers else set()
        known |= {"product"} if name in ring.products else set()
        if not around:
            continue
        try:
            context = case.context(ring)
        except CollusionError:
            continue
        by, on = context.reviewer == name, context.product == name
        known |= {"reviewer"} if by.any() else set()
        known |= {"product"} if on.any() else set()
        shared["reviewer"][ring.id] = len(set(context.product[by & context.target].tolist()))
        shared["product"][ring.id] = len(set(context.reviewer[on & context.member].tolist()))
    return Held(name, frozenset(known), shared, sold)


def _products_of(case: Case, seller: str) -> set[str]:
    """Return the products of groups whose rows name this seller most often."""
    rows = sorted({row for ring in case.rings for row in ring.rows})
    try:
        frame = case.lookup.rows(rows) if rows else None
    except CollusionError:
        return set()
    if frame is None or "seller" not in frame:
        return set()
    named: dict[str, Counter[str]] = {}
    for product, one in zip(frame["product_id"].tolist(), frame["seller"].tolist(), strict=True):
        if isinstance(one, str):
            named.setdefault(product, Counter())[one] += 1
    return {product for product, sellers in named.items() if sellers[seller] and sellers[seller] == max(sellers.values())}
