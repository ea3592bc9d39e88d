"""What a notebook shows of a case and of a ring: a table and a card, in HTML without script, styles of the page, or reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from collusion.report import words
from collusion.report.sparkline import sparkline
from collusion.report.visible import elide, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collusion.model import Case, Evidence, Ring

__all__ = ["case_table", "ring_card"]

ROWS = 100
"""Most rings in the table; `case.rings` has all."""

IDS = 12
"""Most reviewers, and most products, named on a card."""

STATEMENT = 1000
"""Most characters of a statement: twice the longest of ours."""

OPEN = (("for", "Evidence for"), ("explains", "Innocent explanations that hold"))
FOLDED = (("against", "against"), ("neutral", "tested, and deciding nothing"))
"""Evidence that a card shows, and evidence that it unfolds."""

_LEFT = Markup('<td style="text-align:left">{}</td>')
_RIGHT = Markup('<td style="text-align:right;white-space:nowrap">{}</td>')
_COLUMN = Markup('<th scope="col" style="text-align:{}">{}</th>')
_HEAD = (
    ("rank", False),
    ("ring", True),
    ("status", True),
    ("q (N1)", False),
    ("score", False),
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
    """Return the table of a case: a line a ring, in the order of their ranks.

    Parameters
    ----------
    case : Case
    """
    title = f"{len(case.flagged):,} flagged of {words.count(len(case.rings), 'group')} in {words.count(case.accounting.counted, 'review')}"
    decided, notes = case.decided()
    # A column only where there is something to say: most cases are new.
    names = (*_HEAD, _DECISION) if decided else _HEAD
    head = _joined(_COLUMN.format("left" if left else "right", name) for name, left in names)
    left_out = len(case.rings) - ROWS
    return Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}{}").format(
        title,
        head,
        _joined(_line(case, ring, decided) for ring in case.rings[:ROWS]),
        Markup("<p>{} more are in <code>case.rings</code>.</p>").format(f"{left_out:,}") if left_out > 0 else _NOTHING,
        _joined(Markup("<p>{}</p>").format(visible(note, prose=True)) for note in notes),
    )


def _line(case: Case, ring: Ring, decided: Mapping[str, str]) -> Markup:
    cells: tuple[str, ...] = (
        words.count(ring.rank),
        words.name(ring.id),
        words.status(ring),
        words.q_value(ring),
        words.score(ring.score),
        words.count(len(ring.reviewers)),
        words.count(len(ring.products)),
        words.count(ring.n_reviews),
        words.strongest(ring),
        sparkline(case, ring),
        ring.first_review or "",
        ring.last_review or "",
    )
    if decided:
        cells = (*cells, visible(decided.get(ring.id, ""), prose=True))
    return Markup("<tr>{}</tr>").format(
        _joined((_LEFT if left else _RIGHT).format(cell) for cell, (_, left) in zip(cells, (*_HEAD, _DECISION), strict=False))
    )


def ring_card(case: Case | None, ring: Ring) -> Markup:
    """Return the card of a ring: what it is, what its score is made of, and what can be said for and against it.

    Parameters
    ----------
    case : Case or None
        Where it comes from; without one the card shows no activity.
    ring : Ring
    """
    figures = (
        ("rank", words.count(ring.rank)),
        ("status", words.status(ring)),
        ("q (N1)", words.q_value(ring)),
        ("score", words.score(ring.score)),
        ("size", f"{words.count(len(ring.reviewers), 'reviewer')}, {words.count(len(ring.products), 'product')}"),
        ("strongest signal", words.strongest(ring)),
        ("activity", _NOTHING if case is None else sparkline(case, ring)),
    )
    shown = _joined(
        Markup('<span style="display:inline-block;margin:0 1.5em .4em 0">{} <b>{}</b></span>').format(name, value)
        for name, value in figures
        if value
    )
    return Markup(
        '<div style="max-width:60em;overflow-wrap:anywhere"><div style="font-size:1.15em;font-weight:bold">{}</div>'
        "<p>{}</p><div>{}</div>{}{}{}{}{}<p><i>A ring is a lead for review, not a verdict.</i></p></div>"
    ).format(
        words.name(ring.id),
        words.summary(ring),
        shown,
        _breakdown(case, ring),
        _joined(_evidence(ring, stance, title) for stance, title in OPEN),
        _folded(ring),
        _ids("Reviewers", ring.reviewers),
        _ids("Products", ring.products),
    )


def _breakdown(case: Case | None, ring: Ring) -> Markup:
    if ring.breakdown is None:
        return _NOTHING
    parts = _joined(
        Markup("<tr>{}{}{}{}</tr>").format(_LEFT.format(name), *(_RIGHT.format(figure) for figure in figures))
        for name, *figures in words.parts(ring)
    )
    total = Markup("<tr>{}{}{}{}</tr>").format(
        _LEFT.format(Markup("<b>score</b>")),
        _RIGHT.format(""),
        _RIGHT.format(""),
        _RIGHT.format(Markup("<b>{}</b>").format(words.nats(ring.breakdown.total))),
    )
    heads = _joined(
        _COLUMN.format(side, name)
        for name, side in (("what the score is made of", "left"), ("met", "right"), ("expected", "right"), ("nats a member", "right"))
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}{}</tbody></table><p>{}</p>").format(
        heads, parts, total, words.how_counted(ring, case)
    )


def _evidence(ring: Ring, stance: str, title: str) -> Markup:
    found = [one for one in ring.evidence if one.stance == stance]
    if not found:
        return _NOTHING
    return Markup('<div style="font-weight:bold;margin-top:.6em">{}</div>{}').format(title, _list(found))


def _folded(ring: Ring) -> Markup:
    parts = [(title, [one for one in ring.evidence if one.stance == stance]) for stance, title in FOLDED]
    if not any(found for _, found in parts):
        return _NOTHING
    return Markup("<details><summary>Evidence {}</summary>{}</details>").format(
        ", ".join(f"{title}: {len(found):,}" for title, found in parts if found),
        _joined(Markup("<i>{}</i>{}").format(title, _list(found)) for title, found in parts if found),
    )


def _list(found: Sequence[Evidence]) -> Markup:
    return Markup("<ul>{}</ul>").format(
        _joined(
            Markup("<li><b>{}</b>: {}</li>").format(
                words.signal(one), elide(visible(one.statement[: 2 * STATEMENT], prose=True), STATEMENT)
            )
            for one in found
        )
    )


def _ids(title: str, names: Sequence[str]) -> Markup:
    left = len(names) - IDS
    shown = Markup(", ").join(Markup("<bdi><code>{}</code></bdi>").format(words.name(name)) for name in names[:IDS])
    return Markup("<div><b>{}</b>: {}{}</div>").format(title, shown, f" and {left:,} more" if left > 0 else "")


def _joined(parts: Iterable[Markup]) -> Markup:
    return _NOTHING.join(parts)
