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
    ids = {ring.id for ring in subject.rings}
    # An operation of which the pack has some rings only would say something of the others.
    operations = tuple(one for one in case.operations if ids.issuperset(one.rings))
    part = replace(case, rings=subject.rings, operations=operations, lookup=_Part(case.lookup), profits=None)
    return part if secret is None else pseudonymised(part, secret, Pseudonyms(secret, subject.own))


@dataclass(frozen=True)
class Names:
    """Ids of others, which free text must not hold.

    Parameters
    ----------
    shown : mapping of str to str
        Id to pseudonym. Empty where ids may be shown.
    own : frozenset of str
        Ids of the addressee. They stay, also where the id of somebody else is a part of one.
    """

    shown: Mapping[str, str]
    own: frozenset[str] = frozenset()

    def within(self, text: str) -> list[str]:
        """Return the ids of others that a text holds: as it is, URL-encoded, or HTML-escaped, in capitals or not."""
        found = dict.fromkeys(name for form in _forms(text) for name in self._named(form))
        return [name for name in found if name in self.shown]

    def _named(self, text: str) -> Iterator[str]:
        """Yield the ids that a text holds as it is, of others and the addressee's own."""
        # The longest first: of "joanna" nothing is said of "anna", whichever of the two is the addressee's.
        for name in self._candidates(text):
            left = re.sub(_pattern(name.casefold()), "\0", text)
            if left != text:
                yield name
            text = left

    def _candidates(self, text: str) -> list[str]:
        found = [name for name in (*self.shown, *self.own) if name.casefold() in text and name.strip()]
        return sorted(found, key=lambda name: -len(name.casefold()))

    def hide(self, text: str) -> str:
        """Return a text with pseudonyms in place of ids; nothing of it where an id is written in another way, or may be two."""
        if not self.within(text):
            return text
        if len({tuple(self._named(form)) for form in _forms(text)}) > 1:
            return LEFT_OUT
        found = self._candidates(text.casefold())
        # Between the ids, so that what was put in is not searched.
        pieces = re.split(f"({'|'.join(map(_pattern, found))})", text, flags=re.IGNORECASE)
        hidden = [self._hidden(piece, found) if k % 2 else piece for k, piece in enumerate(pieces)]
        if any(self.within(piece) for piece in pieces[::2]) or None in hidden:
            return LEFT_OUT
        return "".join(filter(None, hidden))

    def _hidden(self, piece: str, found: Sequence[str]) -> str | None:
        """Return the pseudonym of an id, or the id where it is the addressee's; None where capitals leave open whose it is."""
        meant = [piece] if piece in found else [name for name in found if name.casefold() == piece.casefold()]
        return self.shown.get(meant[0], piece) if len(meant) == 1 else None


def _forms(text: str) -> list[str]:
    return [form.casefold() for form in (text, unquote_plus(text), html.unescape(text))]


def _pattern(name: str) -> str:
    return re.escape(name) if len(name) >= ANYWHERE else rf"(?<!\w){re.escape(name)}(?!\w)"


def names_of(case: Case, subject: Subject, secret: bytes | None) -> Names:
    """Return the ids that the case has of others: all members, and whoever and whatever is around the rings of the subject."""
    if secret is None:
        return Names({})
    names, own = Pseudonyms(secret), frozenset().union(*subject.own.values())
    return Names({name: names.made(role, name) for role, name in _all(case, subject) if name not in own and name.strip()}, own)


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
