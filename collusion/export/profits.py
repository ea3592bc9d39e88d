"""Who profits and who is harmed, as the content of `sellers.csv` and `products.csv`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from collusion.export.escape import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from collusion.base.profits import Harm, Profit
    from collusion.case import Case

__all__ = ["REALS", "WHOLE", "profit_table"]

DIGITS = 6

Cells = dict[str, "Callable[[Profit], Any]"]

SHARED: Cells = {
    "n_reviews": lambda one: one.n_reviews,
    "n_flagged": lambda one: one.n_flagged,
    "share_flagged": lambda one: number(round(one.share_flagged, DIGITS)),
    "share_flagged_low": lambda one: number(one.flagged_low),
    "share_flagged_high": lambda one: number(one.flagged_high),
    "n_coordinated": lambda one: one.n_coordinated,
    "share_coordinated": lambda one: number(round(one.share_coordinated, DIGITS)),
    "share_coordinated_low": lambda one: number(one.coordinated_low),
    "share_coordinated_high": lambda one: number(one.coordinated_high),
    "n_groups": lambda one: len(one.groups),
    "groups": lambda one: ";".join(one.groups),
    "first_review": lambda one: one.first_review,
    "last_review": lambda one: one.last_review,
    "dose": lambda one: ";".join(f"{month.month}:{month.n_flagged + month.n_coordinated}" for month in one.dose) or None,
    "mean_rating": lambda one: number(one.mean),
    "mean_without": lambda one: number(one.mean_without),
    "difference": lambda one: number(None if one.difference is None else round(one.difference, DIGITS)),
    "difference_low": lambda one: number(one.difference_low),
    "difference_high": lambda one: number(one.difference_high),
    "rank": lambda one: one.rank,
    "rank_without": lambda one: one.rank_without,
    "n_ranked": lambda one: one.n_ranked,
}

SELLER_CELLS: Cells = {
    "seller": lambda one: one.id,
    "n_products": lambda one: one.n_products,
    **SHARED,
    "n_by_members": lambda one: one.n_by_members,
    "expected_by_members": lambda one: number(one.expected),
    "p_value": lambda one: number(one.p_value),
    "q_value": lambda one: number(one.q_value),
}
"""Columns of ``sellers.csv``, and how each is made."""

PRODUCT_CELLS: Cells = {
    "product_id": lambda one: one.id,
    "seller": lambda one: one.seller,
    "n_variants": lambda one: one.n_products,
    **SHARED,
    "rating_p": lambda one: number(one.rating_p),
    "rating_q": lambda one: number(one.rating_q),
    "effect": lambda one: one.effect,
}
"""Columns of ``products.csv`` but the last two, which name the products that gained from a campaign against one."""

WHOLE = frozenset({"n_reviews", "n_products", "n_variants", "n_flagged", "n_coordinated", "n_groups"})
REALS = frozenset((SELLER_CELLS.keys() | PRODUCT_CELLS.keys() | {"n_gained"}) - WHOLE) - {
    "seller",
    "product_id",
    "groups",
    "first_review",
    "last_review",
    "dose",
    "effect",
}
"""Columns of whole numbers that every row has, and of other numbers."""


def profit_table(case: Case, table: Literal["sellers", "products"]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the columns of ``sellers.csv`` or ``products.csv`` and its rows; none where the case does not know."""
    profits = case.profits
    sellers, products, harms = ((), (), ()) if profits is None else (profits.sellers, profits.products, profits.harmed)
    if table == "sellers":
        return tuple(SELLER_CELLS), [tuple(cell(one) for cell in SELLER_CELLS.values()) for one in sellers]
    harmed = {one.product: one for one in harms}
    return (*PRODUCT_CELLS, "n_gained", "gained"), [_product(one, harmed.get(one.id)) for one in products]


def _product(one: Profit, harm: Harm | None) -> tuple[Any, ...]:
    gained = (None, None) if harm is None else (harm.n_gained, ";".join(harm.gained) or None)
    return (*(cell(one) for cell in PRODUCT_CELLS.values()), *gained)
