"""An innocent explanation: one review copied over the variants of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.model import Evidence

if TYPE_CHECKING:
    from collusion.graph.log import Basket

__all__ = ["variants"]


def variants(basket: Basket, counted: int) -> Evidence:
    """State how many of a basket's rows are copies, and what is left when each review counts once.

    Parameters
    ----------
    basket : Basket
    counted : int
        Reviews of the basket's reviewers on its listing after counting once.
    """
    how = (
        "each reviewer's reviews of them are one review, copied (same text, rating and day), and nearly all reviewers of the smaller "
        "products are shared"
        if basket.inferred
        else "the log gives them one listing"
    )
    statement = (
        f"{len(basket.reviewers):,} reviewers reviewed the same {len(basket.products):,} products, but these are variants of one listing: "
        f"{how}. Of {len(basket.rows):,} rows {basket.copies:,} are copies; counted once, {counted:,} reviews at one meeting place remain, "
        "and no pair met twice there."
    )
    return Evidence(
        signal="variants",
        statement=statement,
        observed=float(len(basket.rows)),
        expected=float(counted),
        rows=tuple(int(row) for row in basket.rows),
        stance="explains",
    )
