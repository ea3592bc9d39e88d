"""The answer to "what about this account?" in words and tables of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from collusion.base.operation import kind_words
from collusion.report.formatting import count, figure, name, p_value, share
from collusion.report.sanitize import elide, label, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collusion.base.answer import Closeness, Comparison
    from collusion.case.answer import Answer, InGroup, InOperation

__all__ = ["Table", "filled", "grid", "paragraphs", "tables", "text"]

WIDTH = 80

LISTED = 10
"""Most co-reviewers that are listed in words; the frame and the JSON have more."""

STATEMENTS = 3
"""Statements of a group's evidence that are shown."""

STATEMENT_LENGTH = 1000
"""Most characters of a statement: twice the longest of ours."""

NAMED = 5
"""Most products that are named in a sentence."""

NOUNS = {"reviewer": "account", "product": "product", "seller": "seller"}


class Table(NamedTuple):
    """A table below the paragraphs: all cells are text that is safe to show."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def text(answer: Answer, worded: Callable[[str], str] = str) -> str:
    """Return all of an answer as text of at most 80 columns; ``worded`` puts the options in a paragraph as the reader can use them."""
    listed = ("\n".join([filled(one.title), *grid(one), *([filled(one.note)] if one.note else [])]) for one in tables(answer))
    return "\n\n".join([*(filled(worded(one)) for one in paragraphs(answer)), *listed, "This is a lead for review, not a verdict."])


def paragraphs(answer: Answer) -> list[str]:
    """Return the answer in sentences, one paragraph each."""
    said = [_who(answer)]
    if answer.groups:
        what = {"reviewer": "is a member of", "product": "is in", "seller": "sells products of"}[answer.role]
        said.append(f"It {what} {count(len(answer.groups), 'group')} of this case.")
        said += [_in_operation(one) for one in answer.operations]
        said += [one for group in answer.groups for one in (_in_group(answer, group), *_evidence(group))]
    else:
        said += _in_none(answer)
    return [*said, *(sanitize(one, prose=True) for one in (*answer.unavailable, *answer.notes))]


def tables(answer: Answer) -> list[Table]:
    """Return the strongest co-reviewers, and the figures against comparable ones; none where the log is not to be had."""
    return [one for one in (_co_reviewers(answer), _comparisons(answer)) if one is not None]


def _who(answer: Answer) -> str:
    found, noun = answer.findings, NOUNS[answer.role].capitalize()
    if found is None:
        return f"{noun} {name(answer.id)}."
    if not found.n_reviews:
        return f"{noun} {name(answer.id)} has no counted review: its rows repeat or copy others."
    when = ""
    if found.first_review is not None:
        days = (found.first_review, found.last_review)
        when = f" on {days[0]}" if days[0] == days[1] else f" between {days[0]} and {days[1]}"
    has = "wrote" if answer.role == "reviewer" else "has"
    said = f"{noun} {name(answer.id)} {has} {count(found.n_reviews, 'counted review')}{when}."
    if answer.role == "seller":
        return f"{said} It sells {count(len(found.products), 'product')}."
    if found.products:
        return f"{said} These are the reviews of a listing of {count(len(found.products), 'variant')}, which counts as one product."
    return said


def _in_group(answer: Answer, one: InGroup) -> str:
    said = [f"{one.ring_id} (rank {one.rank:,}): {one.why}"]
    if one.decision is not None:
        said.append(f"Decision: {sanitize(one.decision, prose=True)}.")
    if one.products and answer.role == "product":
        said.append(f"The group has another variant of its listing: {_named(one.products)}.")
    if one.products and answer.role == "seller":
        said.append(f"Of its products the group has {count(len(one.products))}: {_named(one.products)}.")
    if one.n_reviews is not None:
        own = {"reviewer": "The account wrote", "product": "The product has", "seller": "These products have"}[answer.role]
        said.append(f"{own} {count(one.n_reviews) if one.n_reviews else 'none'} of the group's reviews.")
    if one.closeness is not None:
        said.append(_test(answer, one.closeness))
    if one.doubt is not None:
        said.append(f"The account may not belong to the group. {sanitize(one.doubt, prose=True)}")
    return " ".join(said)


def _in_operation(one: InOperation) -> str:
    """Say what a product, a seller or an account is to an operation."""
    kinds = ", ".join(sanitize(kind_words(kind)) for kind in one.joined_by[:NAMED])
    what = f"operation {one.operation_id}, {count(one.n_rings, 'group')} that share more {kinds} than chance"
    listed = ", ".join(one.own[:NAMED]) + _more(one.own[NAMED - 1 :])
    if one.core:
        member = f"it is a member of {count(len(one.own), 'group')} of it ({listed})"
        return f"It is a core worker of {what}: {member}. That does not show who runs them."
    is_part = "is part" if len(one.own) == 1 else "are part"
    return f"{listed} {is_part} of {what}."


def _evidence(one: InGroup) -> Iterator[str]:
    if one.evidence:
        left = len(one.evidence) - STATEMENTS
        more = f" The group's page has {count(left)} more." if left > 0 else ""
        shown = (elide(sanitize(said[: 2 * STATEMENT_LENGTH], prose=True), STATEMENT_LENGTH) for said in one.evidence[:STATEMENTS])
        yield f"Evidence about {one.ring_id}: {' '.join(shown)}{more}"


def _in_none(answer: Answer) -> Iterator[str]:
    noun, near = NOUNS[answer.role], answer.nearest
    if not answer.n_groups:
        yield f"The case has no groups, so the {noun} is in none."
        return
    yield f"It is in none of the {count(answer.n_groups, 'group')} of this case. That does not show that it is genuine."
    if near is not None:
        said = (f"The nearest group is {near.ring_id} ({answer.nearest_status}).", _shared(answer, near), _test(answer, near), _out(near))
        yield " ".join(filter(None, said))
    elif answer.findings is not None:
        yield {
            "reviewer": "What keeps it out: it reviewed no product of any group.",
            "product": "What keeps it out: no member of any group reviewed it.",
            "seller": "What keeps it out: no member of any group reviewed a product of this seller.",
        }[answer.role]


def _shared(answer: Answer, near: Closeness) -> str:
    if answer.role == "reviewer":
        return f"Of its {count(near.of, 'product')}, the account reviewed {count(near.shared)}."
    what = "it" if answer.role == "product" else "a product of this seller"
    return f"Of its {count(near.of, 'member')}, {count(near.shared)} reviewed {what}."


def _test(answer: Answer, one: Closeness) -> str:
    """Say what was observed and what is expected; nothing without the log."""
    if one.observed is None or one.expected is None:
        return ""
    near = "" if one.window is None else f" within {count(one.window, 'day')} of the members' co-reviews"
    expected, chance = figure(one.expected), f" (p = {p_value(one.p_value)})" if one.observed and one.p_value is not None else ""
    if answer.role == "reviewer":
        together = "" if one.window is None else f", within {count(one.window, 'day')}"
        where = f"{count(one.observed) if one.observed else 'none'} of the group's {one.unit}s"
        return (
            f"It reviewed at {where}{near}; its activity leads to expect "
            f"{expected}{chance}. Its co-reviews with members, over all products{together}: {count(one.co_reviews or 0)}; expected: "
            f"{figure(one.co_reviews_expected)}."
        )
    if answer.role == "product" and not one.observed:
        together = "" if one.window is None else f" within {count(one.window, 'day')} of each other"
        return f"No two members reviewed it{together}."
    if answer.role == "product":
        return f"Members wrote {count(one.observed, 'review')} of it{near}; their activity leads to expect {expected}{chance}."
    return (
        f"Members wrote {count(one.observed, 'review')} of this seller's products; their activity leads to expect {expected}. A seller is "
        "in a group if one of its products is."
    )


def _out(near: Closeness) -> str:
    """Say what kept it out of the nearest group."""
    if near.observed is None or near.passes is None:
        return ""
    if near.passes:
        return (
            f"That would be enough ({near.needed:,} needed). The search kept the group without it all the same: the group scored higher "
            "so, or a detector found it that tests its members in another way. Look at both."
        )
    if near.needed is None:
        return "What keeps it out: with so few reviews, no number of them would be beyond chance."
    return f"What keeps it out: that is too few; {near.needed:,} would be needed."


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return f"{', '.join(name(one) for one in ids[:NAMED])}{more}"


def _co_reviewers(answer: Answer) -> Table | None:
    found = answer.findings
    if found is None or answer.role != "reviewer":
        return None
    within = "at any time, since the log has no times" if found.window is None else f"within {count(found.window, 'day')} of each other"
    total = count(found.n_co_reviewers, "account has", "accounts have")
    title = f"Strongest co-reviewers. {total} a co-review with it ({within}, counted once per {found.unit})."
    rows = [
        (
            label(one.reviewer),
            count(one.co_reviews),
            figure(one.expected),
            count(one.n_reviews),
            ", ".join(one.rings[:1]) + _more(one.rings),
        )
        for one in found.co_reviewers[:LISTED]
    ]
    if not rows:
        return Table(title, (), [])
    note = (
        "Expected: from the reviews of both, at the usual rate of co-reviews in their categories and months. Many accounts are compared, "
        "so a single co-review means little."
    )
    return Table(title, ("account", "co-reviews", "expected", "reviews", "group"), rows, note)


def _more(rings: Sequence[str]) -> str:
    return f" +{len(rings) - 1}" if len(rings) > 1 else ""


def _comparisons(answer: Answer) -> Table | None:
    found = answer.findings
    if found is None or found.comparable is None:
        return None
    least, most = found.comparable
    between = "1 review" if most == 1 else f"{least:,} to {most:,} reviews"
    rows = [(one.name, _value(one, one.value), _value(one, one.median), figure(one.percentile), count(one.n)) for one in found.comparisons]
    there = "" if any(one.n for one in found.comparisons) else ": there are none"
    title = f"Against other {NOUNS[answer.role]}s with {between}{there}."
    note = "Percentile: per cent of the comparable ones with a smaller value; equal values count half."
    return Table(title, ("figure", "value", "median", "percentile", "comparable"), rows, note)


def _value(one: Comparison, value: float | None) -> str:
    if value is None:
        return ""
    return share(value) if one.name.startswith("share") else figure(value)


def filled(paragraph: str) -> str:
    """Return a paragraph in lines of at most 80 columns."""
    return textwrap.fill(paragraph, WIDTH, break_on_hyphens=False)


def grid(table: Table) -> list[str]:
    """Return the lines of a table: the first column and the last of text to the left, figures to the right."""
    if not table.rows:
        return []
    cells = [table.header, *table.rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(table.header))]
    left = {0, *([len(table.header) - 1] if table.header[-1] == "group" else [])}
    return [
        "  ".join(
            cell.ljust(width) if k in left else cell.rjust(width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
