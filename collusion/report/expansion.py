"""The answer to "who else?" in words and tables of 80 columns. Nobody is said to be paid: accounts act together, or they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.report.answer import Table, filled, grid
from collusion.report.formatting import count, figure, p_value, percent
from collusion.report.sanitize import label, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collusion.base.expansion import FoundAccount, FoundPlace
    from collusion.case.expansion import Expansion

__all__ = ["VERDICT", "paragraphs", "tables", "text"]

LISTED = 20
"""Most lines of a table in words; the frames, the files and the JSON have all."""

VERDICT = "These are leads for review, not a verdict."


def text(found: Expansion, worded: Callable[[str], str] = str) -> str:
    """Return all of an expansion as text of at most 80 columns; ``worded`` puts the options in a paragraph as the reader can use them."""
    listed = ("\n".join([filled(one.title), *grid(one), *([filled(one.note)] if one.note else [])]) for one in tables(found))
    return "\n\n".join([*(filled(worded(one)) for one in paragraphs(found)), *listed, VERDICT])


def paragraphs(found: Expansion) -> list[str]:
    """Return the summary in sentences, one paragraph each."""
    said = [_start(found), _answer(found), _rounds(found)]
    said += [" ".join(one.statement for one in found.evidence)] if found.evidence and found.accounts else []
    return [*said, *(sanitize(one, prose=True) for one in found.notes)]


def tables(found: Expansion) -> list[Table]:
    """Return the first accounts, products and sellers; no table of what there is none of."""
    return [*_accounts(found), *_places("product", found.products), *_places("seller", found.sellers)]


def _start(found: Expansion) -> str:
    known = [
        *([count(len(found.seeds), "known account")] if found.seeds else []),
        *([count(len(found.seed_products), "product")] if found.seed_products else []),
    ]
    return f"The expansion starts from {' and '.join(known)} (seeds)."


def _answer(found: Expansion) -> str:
    """Say what was found, and how much that shows."""
    n = len(found.accounts)
    rate = f"at a false-discovery rate of {percent(found.fdr)}"
    known = "together with the seeds" if found.seeds else "together at these products"
    if not n:
        return (
            f"No {'other ' if found.seeds else ''}account acts {known} more than chance gives, {rate}. That does not show that the seeds "
            "are genuine, or that nobody else is with them."
        )
    acts = f"{count(n, 'account acts', 'accounts act')} {known}, {rate}"
    if found.passes:
        return f"{acts}, and as a group they behave unlike others (p = {p_value(found.paid)})."
    shared = "products or sellers with the seeds" if found.seeds else "these products, and others,"
    kept = f"They are listed as connected: they share {shared} more than chance gives, and nothing shows more."
    if found.paid is None:
        return f"{acts}. Whether they behave unlike others could not be asked: no column of the log can answer. {kept}"
    return f"{acts}. They do not behave unlike others (p = {p_value(found.paid)}). {kept}"


def _rounds(found: Expansion) -> str:
    sizes = ", ".join(f"{one:,}" for one in found.rounds) or "none"
    said = f"Accounts in the group after each round: {sizes} (the first rounds ask for less than the last)."
    if not found.accounts:
        return said
    return (
        f"{said} In shuffled logs that keep the reviews of the seeds, the same rounds find {figure(round(found.null_found, 3))} accounts "
        "with p-values as small, on average."
    )


def _accounts(found: Expansion) -> Iterator[Table]:
    if not found.accounts:
        return
    what = "Accounts found" if found.passes else "Accounts connected with the seeds"
    rows = [_account(one) for one in found.accounts[:LISTED]]
    note = (
        "Shared: products (sellers, where the log has them) that it shares with seeds and other accounts found. Expected: how many of its "
        "reviews would be there by chance. Rows: its reviews in the log that speak for it."
    )
    yield Table(_title(what, len(found.accounts)), ("account", "q-value", "p-value", "shared", "expected", "round", "rows"), rows, note)


def _account(one: FoundAccount) -> tuple[str, ...]:
    return (
        label(one.id),
        p_value(one.q_value),
        p_value(one.p_value),
        count(one.shared),
        figure(round(one.expected, 3)),
        count(one.round),
        count(len(one.rows)),
    )


def _places(noun: str, places: Sequence[FoundPlace]) -> Iterator[Table]:
    if not places:
        return
    rows = [
        (label(one.id), p_value(one.q_value), p_value(one.p_value), count(one.reviews), figure(round(one.expected, 3)))
        for one in places[:LISTED]
    ]
    title = _title(f"{noun.capitalize()}s that the seeds and these accounts reviewed more than others did", len(places))
    yield Table(title, (noun, "q-value", "p-value", "reviews", "expected"), rows)


def _title(what: str, n: int) -> str:
    return f"{what}: {n:,}." if n <= LISTED else f"{what}: the first {LISTED} of {n:,}."
