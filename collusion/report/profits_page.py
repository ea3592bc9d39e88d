"""What the page "Who profits" says, as plain values for its template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.base.glossary import definition
from collusion.report.formatting import count, difference, figure, mean, name, p_value, share
from collusion.report.profits_pictures import SHOWN, dose_picture, ratings_picture

if TYPE_CHECKING:
    from collusion.base.profits import Harm, Profit, Profits
    from collusion.case import Case

__all__ = ["profit_statement", "profits_page"]

LISTED = 100
"""Most sellers and most products on the page; the files have all."""

NAMED_GROUPS = 2
"""Groups that a line links."""

COLUMNS = {"by members": "n_by_members", "expected": "expected_by_members", "q": "q_value"}
"""Columns whose meaning the page prints as the file has it."""

RULES = {
    "bayes": "by Bayesian average: the mean of a product's ratings and of some imagined ones at the mean of its category, so that a single "
    "rating of 5 makes no winner. How many are imagined comes from the log: the variance of ratings of one product over that of "
    "products' means",
    "mean": "by mean rating",
    "count": "by number of reviews",
}


def profits_page(case: Case, profits: Profits) -> dict[str, Any]:
    """Return what the template ``profits.html.j2`` needs."""
    known = {ring.id for ring in case.rings}
    small = [one for one in profits.sellers if one.q_value is not None and one.q_value <= _fdr(case)]
    return {
        "lead": f"{count(len(profits.products), 'product')}"
        + (f" of {count(len(profits.sellers), 'seller')}" if profits.sellers else "")
        + f" {'has' if len(profits.products) == 1 else 'have'} reviews of flagged or coordinated groups.",
        "figures": [
            ("reviews of flagged groups", count(sum(one.n_flagged for one in profits.products))),
            ("reviews of coordinated groups", count(sum(one.n_coordinated for one in profits.products))),
            *(
                [("sellers tested", count(profits.n_sellers)), (f"sellers with q ≤ {figure(_fdr(case))}", count(len(small)))]
                if profits.sellers
                else []
            ),
            ("products rated up", count(sum(one.effect == "raised" for one in profits.products))),
            ("products rated down", count(len(profits.harmed))),
        ],
        "sellers": [_seller(one, known) for one in profits.sellers[:LISTED]],
        "products": [_product(one, known) for one in profits.products[:LISTED]],
        "more_sellers": _more(len(profits.sellers), "seller", "sellers.csv"),
        "more_products": _more(len(profits.products), "product", "products.csv"),
        "harmed": [_harm(one) for one in profits.harmed[:LISTED]],
        "more_harmed": _more(len(profits.harmed), "product", "products.csv"),
        "dose": dose_picture(profits.products).svg("Reviews of flagged and coordinated groups per month, over all products"),
        "ratings": ratings_picture(profits.products).svg("Mean rating of products with the reviews of groups and without them"),
        "pictured": SHOWN,
        "rule": RULES[profits.rank_by],
        "terms": {shown: definition(column, "sellers") for shown, column in COLUMNS.items()},
        "notes": profits.notes,
    }


def _fdr(case: Case) -> float:
    value = case.provenance.config.get("fdr", 0.05)
    return float(value) if isinstance(value, (int, float)) else 0.05


def _more(n: int, noun: str, file: str) -> str:
    return f"{count(n - LISTED, 'more ' + noun)} in {file}." if n > LISTED else ""


def _shared(one: Profit, known: set[str]) -> dict[str, Any]:
    listed = [group for group in one.groups if group in known]
    return {
        "id": name(one.id),
        "n_reviews": count(one.n_reviews),
        "flagged": _part(one.n_flagged, one.share_flagged, one.flagged_low, one.flagged_high),
        "coordinated": _part(one.n_coordinated, one.share_coordinated, one.coordinated_low, one.coordinated_high),
        "groups": listed[:NAMED_GROUPS],
        "more_groups": f"and {count(len(listed) - NAMED_GROUPS)} more" if len(listed) > NAMED_GROUPS else "",
        "mean": mean(one.mean),
        "without": mean(one.mean_without),
        "difference": difference(one.difference),
        "interval": f"{difference(one.difference_low)} to {difference(one.difference_high)}" if one.difference_low is not None else "",
        "rank": count(one.rank) if one.rank else "",
        "rank_without": count(one.rank_without) if one.rank_without else "none",
        "n_ranked": count(one.n_ranked) if one.n_ranked else "",
    }


def _part(n: int, part: float, low: float, high: float) -> dict[str, str]:
    return (
        {"n": count(n), "share": share(part), "interval": f"{share(low)} to {share(high)}"} if n else {"n": "", "share": "", "interval": ""}
    )


def _seller(one: Profit, known: set[str]) -> dict[str, Any]:
    return _shared(one, known) | {
        "by_members": "" if one.n_by_members is None else count(one.n_by_members),
        "expected": figure(None if one.expected is None else round(one.expected, 2)),
        "q_value": p_value(one.q_value),
    }


def _product(one: Profit, known: set[str]) -> dict[str, Any]:
    return _shared(one, known) | {
        "seller": "" if one.seller is None else name(one.seller),
        "effect": one.effect or "",
        "q_value": p_value(one.rating_q),
    }


def _harm(one: Harm) -> dict[str, Any]:
    return {
        "product": name(one.product),
        "seller": "" if one.seller is None else name(one.seller),
        "gained": [name(product) for product in one.gained],
        "more": f"and {count(one.n_gained - len(one.gained))} more" if one.n_gained > len(one.gained) else "",
    }


def profit_statement(one: Profit) -> str:
    """Return in words what reviews of groups do to a seller or product."""
    shares = " and ".join(
        f"{count(n)} ({share(n / one.n_reviews)}) {'is' if n == 1 else 'are'} of {status} groups"
        for n, status in ((one.n_flagged, "flagged"), (one.n_coordinated, "coordinated"))
        if n
    )
    said = [f"Of its {count(one.n_reviews, 'review')}, {shares}."]
    if one.difference is not None:
        said.append(f"Its mean rating is {mean(one.mean)}, and {mean(one.mean_without)} without these.")
    if one.q_value is not None and one.expected is not None:
        said.append(
            f"Members of flagged groups wrote {count(one.n_by_members or 0)} of its reviews. If they reviewed this seller as often "
            f"as others, they would have written {figure(round(one.expected, 2))} (q = {p_value(one.q_value)} over all sellers)."
        )
    return " ".join([*said, "Who profits from reviews, or is harmed by them, did not necessarily order them."])
