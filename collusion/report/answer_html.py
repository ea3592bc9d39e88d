"""What a notebook shows of an answer or an expansion: paragraphs and tables, in HTML without script; everything from the log is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from collusion.report import expansion
from collusion.report.answer import paragraphs, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collusion.case.answer import Answer
    from collusion.case.expansion import Expansion
    from collusion.report.answer import Table

__all__ = ["card", "expansion_card"]

LEFT = {"account", "figure", "group", "product", "seller"}
"""Columns of text."""


def card(answer: Answer) -> Markup:
    """Return the card of an answer."""
    return _card(paragraphs(answer), tables(answer), "This is a lead for review, not a verdict.")


def expansion_card(found: Expansion) -> Markup:
    """Return the card of an expansion."""
    return _card(expansion.paragraphs(found), expansion.tables(found), expansion.VERDICT)


def _card(said: list[str], listed: list[Table], verdict: str) -> Markup:
    first, *rest = said
    return Markup('<div style="max-width:60em;overflow-wrap:anywhere"><p><b>{}</b></p>{}{}<p><i>{}</i></p></div>').format(
        first, _joined(Markup("<p>{}</p>").format(one) for one in rest), _joined(map(_table, listed)), verdict
    )


def _table(table: Table) -> Markup:
    # On a narrow screen ids break, figures and headings do not, and what is left scrolls.
    sides = ["left" if name in LEFT else "right;white-space:nowrap" for name in table.header]
    head = _joined(
        Markup('<th scope="col" style="text-align:{};white-space:nowrap">{}</th>').format(*pair)
        for pair in zip(sides, table.header, strict=True)
    )
    body = _joined(
        Markup("<tr>{}</tr>").format(
            _joined(
                Markup('<td style="text-align:{}"><bdi>{}</bdi></td>').format(side, cell) for side, cell in zip(sides, row, strict=True)
            )
        )
        for row in table.rows
    )
    return Markup(
        '<p>{}</p><div style="overflow-x:auto"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div><p><small>{}</small></p>'
    ).format(table.title, head, body, table.note)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
