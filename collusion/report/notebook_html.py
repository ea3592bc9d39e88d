"""What a notebook shows of a case and of a ring: a table and a card, in HTML without script, styles of the page, or reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from collusion.report import formatting
from collusion.report.sanitize import elide, sanitize
from collusion.report.signals import evidence_of, question, residuals, scored
from collusion.report.sparkline import sparkline
from collusion.report.statuses import counted, status_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collusion.base.model import Evidence
    from collusion.case import Case, Ring

__all__ = ["case_table", "ring_card"]

TABLE_ROWS = 100
"""Most rings in the table; `case.rings` has all."""

IDS = 12
"""Most reviewers, and most products, named on a card."""

STATEMENT_LENGTH = 1000
"""Most characters of a statement: twice the longest of ours."""

DOUBTFUL_NAMES = 5
"""Most doubtful members named on a card, with their reasons."""

_LEFT = Markup('<td style="text-align:left">{}</td>')
_WHOLE = Markup('<td style="text-align:left;white-space:nowrap">{}</td>')
_RIGHT = Markup('<td style="text-align:right;white-space:nowrap">{}</td>')
_ALONE = Markup(" <small>(p-value of this signal alone: {})</small>")
_COLUMN = Markup('<th scope="col" style="text-align:{}">{}</th>')
_UNBROKEN = {"ring", "first", "last"}
"""Columns of text whose cells stay on one line."""

_HEAD = (
    ("rank", False),
    ("ring", True),
    ("status", True),
    ("score", False),
    ("q, acted together", False),
    ("q, unlike others", False),
    ("reviewers", False),
    ("products", False),
    ("reviews", False),
    ("strongest signal", True),
    ("activity", True),
    ("first", True),
    ("last", True),
)
_DECISION = ("decision", True)
_NOTHING = Markup("")


def case_table(case: Case) -> Markup:
    """Return the table of a case: one line per ring, sorted by rank.

    Parameters
    ----------
    case : Case
    """
    title = f"{counted(case.rings)}, in {formatting.count(case.accounting.counted, 'review')}"
    decided, notes = case.decided()
    # A column only where there is something to say: most cases are new.
    names = (*_HEAD, _DECISION) if decided else _HEAD
    head = _joined(_COLUMN.format("left" if left else "right", name) for name, left in names)
    left_out = len(case.rings) - TABLE_ROWS
    return Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}{}").format(
        title,
        head,
        _joined(_line(case, ring, decided) for ring in case.rings[:TABLE_ROWS]),
        Markup("<p>{} more are in <code>case.rings</code>.</p>").format(f"{left_out:,}") if left_out > 0 else _NOTHING,
        _joined(Markup("<p>{}</p>").format(sanitize(note, prose=True)) for note in notes),
    )


def _line(case: Case, ring: Ring, decided: Mapping[str, str]) -> Markup:
    cells: tuple[str, ...] = (
        formatting.count(ring.rank),
        formatting.name(ring.id),
        formatting.status(ring),
        formatting.score(ring.score),
        formatting.q_value(ring),
        formatting.figure(ring.q_paid),
        formatting.count(len(ring.reviewers)),
        formatting.count(len(ring.products)),
        formatting.count(ring.n_reviews),
        formatting.strongest(ring, case),
        sparkline(case, ring),
        ring.first_review or "",
        ring.last_review or "",
    )
    if decided:
        cells = (*cells, sanitize(decided.get(ring.id, ""), prose=True))
    return Markup("<tr>{}</tr>").format(
        _joined(
            (_WHOLE if name in _UNBROKEN else _LEFT if left else _RIGHT).format(cell)
            for cell, (name, left) in zip(cells, (*_HEAD, _DECISION), strict=False)
        )
    )


def ring_card(case: Case | None, ring: Ring) -> Markup:
    """Return the card of a ring: what it is, what its score is made of, and what the two questions found.

    Parameters
    ----------
    case : Case or None
        Where it comes from; without one the card shows no activity, and signals by their names.
    ring : Ring
    """
    figures = (
        ("rank", formatting.count(ring.rank)),
        ("status", formatting.status(ring)),
        ("score", formatting.score(ring.score)),
        ("least score left", formatting.residual(ring)),
        ("q, acted together", formatting.q_value(ring)),
        ("q, unlike others", formatting.figure(ring.q_paid)),
        ("size", f"{formatting.count(len(ring.reviewers), 'reviewer')}, {formatting.count(len(ring.products), 'product')}"),
        ("strongest signal", formatting.strongest(ring, case)),
        ("activity", _NOTHING if case is None else sparkline(case, ring)),
    )
    shown = _joined(
        Markup('<span style="display:inline-block;margin:0 1.5em .4em 0">{} <b>{}</b></span>').format(name, value)
        for name, value in figures
        if value
    )
    return Markup(
        '<div style="max-width:60em;overflow-wrap:anywhere"><div style="font-size:1.15em;font-weight:bold">{}</div>'
        "<p>{}</p><p>{}</p><div>{}</div>{}{}{}{}{}{}{}<p><i>A ring is a lead for review, not a verdict.</i></p></div>"
    ).format(
        formatting.name(ring.id),
        formatting.ring_summary(ring),
        status_statement(ring, case),
        shown,
        _breakdown(case, ring),
        _evidence("Did they act together?", [*scored(ring, case), *residuals(ring, case)], case),
        _evidence(
            "Do they behave unlike other reviewers of the same products?", evidence_of(ring, case, "behaves like paid"), case, small=True
        ),
        _folded([*evidence_of(ring, case, "remark"), *evidence_of(ring, case, None)], case),
        _doubtful(ring),
        _ids("Reviewers", ring.reviewers),
        _ids("Products", ring.products),
    )


def _breakdown(case: Case | None, ring: Ring) -> Markup:
    if ring.breakdown is None:
        return _NOTHING
    parts = _joined(
        Markup("<tr>{}{}{}{}</tr>").format(_LEFT.format(name), *(_RIGHT.format(figure) for figure in figures))
        for name, *figures in formatting.parts(ring)
    )
    total = Markup("<tr>{}{}{}{}</tr>").format(
        _LEFT.format(Markup("<b>score</b>")),
        _RIGHT.format(""),
        _RIGHT.format(""),
        _RIGHT.format(Markup("<b>{}</b>").format(formatting.nats(ring.breakdown.total))),
    )
    heads = _joined(
        _COLUMN.format(side, name)
        for name, side in (
            ("what the score is made of", "left"),
            ("co-reviews", "right"),
            ("expected", "right"),
            ("points per member", "right"),
        )
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}{}</tbody></table><p>{}</p>").format(
        heads, parts, total, formatting.how_counted(ring, case)
    )


def _evidence(title: str, found: Sequence[Evidence], case: Case | None, *, small: bool = False) -> Markup:
    if not found:
        return _NOTHING
    return Markup('<div style="font-weight:bold;margin-top:.6em">{}</div>{}').format(title, _list(found, case, small=small))


def _folded(found: Sequence[Evidence], case: Case | None) -> Markup:
    if not found:
        return _NOTHING
    return Markup("<details><summary>{}, with no effect on the status</summary>{}</details>").format(
        formatting.count(len(found), "remark"), _list(found, case)
    )


def _list(found: Sequence[Evidence], case: Case | None, *, small: bool = False) -> Markup:
    """Return evidence as questions with their statements; p-values in small print, where they bear on the status."""
    return Markup("<ul>{}</ul>").format(
        _joined(
            Markup("<li><b>{}</b> {}{}</li>").format(
                question(one.signal, case),
                elide(sanitize(one.statement[: 2 * STATEMENT_LENGTH], prose=True), STATEMENT_LENGTH),
                _ALONE.format(formatting.p_value(one.p_value)) if small and one.p_value is not None else "",
            )
            for one in found
        )
    )


def _doubtful(ring: Ring) -> Markup:
    if not ring.doubtful:
        return _NOTHING
    named = _joined(
        Markup("<li><bdi><code>{}</code></bdi>: {}</li>").format(
            formatting.name(one.reviewer), elide(sanitize(one.reason[: 2 * STATEMENT_LENGTH], prose=True), STATEMENT_LENGTH)
        )
        for one in ring.doubtful[:DOUBTFUL_NAMES]
    )
    left = len(ring.doubtful) - DOUBTFUL_NAMES
    return Markup("<div><b>Members who may not belong to the group</b></div><ul>{}{}</ul>").format(
        named, Markup("<li>and {} more</li>").format(f"{left:,}") if left > 0 else ""
    )


def _ids(title: str, names: Sequence[str]) -> Markup:
    left = len(names) - IDS
    shown = Markup(", ").join(Markup("<bdi><code>{}</code></bdi>").format(formatting.name(name)) for name in names[:IDS])
    return Markup("<div><b>{}</b>: {}{}</div>").format(title, shown, f" and {left:,} more" if left > 0 else "")


def _joined(parts: Iterable[Markup]) -> Markup:
    return _NOTHING.join(parts)
