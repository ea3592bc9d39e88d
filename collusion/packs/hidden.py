"""A case as the addressee of a pack may see it: its own rings alone, the ids of others as pseudonyms, no texts of reviews."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from collusion.privacy.case import COLUMNS, pseudonymised
from collusion.privacy.names import Pseudonyms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from collusion.base.model import Context
    from collusion.case import Case, Lookup, Ring
    from collusion.packs.subject import Subject

__all__ = ["LEFT_OUT", "Names", "case_for", "names_of"]

LEFT_OUT = "(left out, since it may name others)"

ANYWHERE = 4
"""Characters from which an id is looked for within words. Shorter ones are looked for as words: any text holds an ``a`` or a ``12``."""


@dataclass(frozen=True)
class _Part:
    """The lookup of a part of a case: what people wrote, and rows that were set aside, stay behind."""

    inner: Lookup

    def context(self, ring: Ring) -> Context:
        return self.inner.context(ring)

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        return self.inner.rows(rows).drop(columns="text", errors="ignore")

    def problems(self) -> Sequence[Mapping[str, object]]:
        return ()


def case_for(case: Case, subject: Subject, secret: bytes | None) -> Case:
    """Return the part of a case that a pack is made of.

    Parameters
    ----------
    case : Case
    subject : Subject
    secret : bytes or None
        The key of the pseudonyms. None where ids stay as they are: the case has pseudonyms already, or the pack may hold real ids.
    """
    part = replace(case, rings=subject.rings, lookup=_Part(case.lookup))
    return part if secret is None else pseudonymised(part, secret, Pseudonyms(secret, subject.own))


@dataclass(frozen=True)
class Names:
    """Ids of others, which free text must not hold.

    Parameters
    ----------
    shown : mapping of str to str
        Id to pseudonym. Empty where ids may be shown.
    """

    shown: Mapping[str, str]

    def within(self, text: str) -> list[str]:
        """Return the ids that a text holds, longest first: as it is, URL-encoded, or HTML-escaped, in capitals or not."""
        forms = [form.casefold() for form in dict.fromkeys((text, unquote_plus(text), html.unescape(text)))]
        found = [name for name in self.shown if any(_holds(form, name.casefold()) for form in forms)]
        return sorted(found, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Return a text with pseudonyms in place of ids; nothing of it where an id is written in another way."""
        found = self.within(text)
        if not found:
            return text
        by_form = {name.casefold(): self.shown[name] for name in reversed(found)}
        pattern = "|".join(re.escape(name) if len(name) >= ANYWHERE else rf"(?<!\w){re.escape(name)}(?!\w)" for name in found)
        # Between the ids, so that what was put in is not searched.
        pieces = re.split(f"({pattern})", text, flags=re.IGNORECASE)
        if any(self.within(piece) for piece in pieces[::2]) or any(piece.casefold() not in by_form for piece in pieces[1::2]):
            return LEFT_OUT
        return "".join(by_form[piece.casefold()] if k % 2 else piece for k, piece in enumerate(pieces))


def _holds(text: str, name: str) -> bool:
    if name not in text:
        return False
    return len(name) >= ANYWHERE or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def names_of(case: Case, subject: Subject, secret: bytes | None) -> Names:
    """Return the ids that the case has of others: all members, and whoever and whatever is around the rings of the subject."""
    if secret is None:
        return Names({})
    names, own = Pseudonyms(secret), frozenset().union(*subject.own.values())
    return Names({name: names.made(role, name) for role, name in _all(case, subject) if name not in own and name.strip()})


def _all(case: Case, subject: Subject) -> Iterator[tuple[str, str]]:
    for ring in case.rings:
        yield from (("reviewer", name) for name in ring.reviewers)
        yield from (("product", name) for name in ring.products)
    for ring in subject.rings:
        around = case.context(ring)
        yield from (("reviewer", name) for name in set(around.reviewer))
        yield from (("product", name) for name in set(around.product))
        rows = case.lookup.rows(ring.rows)
        for column, role in COLUMNS.items():
            yield from ((role, name) for name in set(rows.get(column, ())) if isinstance(name, str))
