"""Rings that one operation (a broker) seems to run: which rings, and what they share."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KINDS", "Operation", "RingLink", "core_of", "kind_of_column", "kind_words", "operation_id"]

KINDS = ("accounts", "sellers", "texts")
"""Kinds of links that are not a linking column."""


@dataclass(frozen=True)
class RingLink:
    """What two rings share more of than chance would give them.

    Parameters
    ----------
    first, second : str
        Ids of the rings, the one of the better rank first.
    kind : str
        ``accounts``, ``sellers``, ``texts``, or the name of a linking column.
    shared : tuple of str
        What they share, sorted: ids of accounts or sellers, values of the column, or, for texts, the members who wrote them.
    expected : float
        How many they would share by chance.
    p_value, q_value : float
        The q-value is over all pairs of rings that were compared.
    """

    first: str
    second: str
    kind: str
    shared: tuple[str, ...]
    expected: float
    p_value: float
    q_value: float


@dataclass(frozen=True)
class Operation:
    """Rings that are joined by what they share. A lead: the same accounts may work for several brokers.

    Parameters
    ----------
    id : str
        ``O-`` and 12 hexadecimal digits, made from the ids of its rings.
    rank : int
        From 1, by the number of rings, then of members.
    rings : tuple of str
        Ids, by rank.
    links : tuple of RingLink
        Those that join them, by q-value.
    core : tuple of str
        Reviewers whom links by accounts name, those of most rings first. They are members of at least two of its rings, and reviewed
        products of each that other members of that ring reviewed: a bystander whom the search counted in two rings is none.
    """

    id: str
    rank: int
    rings: tuple[str, ...]
    links: tuple[RingLink, ...]
    core: tuple[str, ...]

    def __repr__(self) -> str:
        kinds = ", ".join(dict.fromkeys(link.kind for link in self.links))
        return f"<Operation {self.id}: {len(self.rings):,} rings joined by {kinds}; {len(self.core):,} core workers>"


def operation_id(rings: Iterable[str]) -> str:
    """Return a name made from the ids of the rings alone: ``O-`` and twelve hex digits."""
    return f"O-{hashlib.sha256(' '.join(sorted(rings)).encode()).hexdigest()[:12]}"


def core_of(members: Iterable[Iterable[str]], links: Iterable[RingLink]) -> tuple[str, ...]:
    """Return whom links by accounts name, those in most of the rings first, then by id."""
    n = Counter(name for ring in members for name in ring)
    named = {name for link in links if link.kind == "accounts" for name in link.shared}
    return tuple(sorted(named, key=lambda name: (-n[name], name)))


def kind_of_column(name: str) -> str:
    """Return the kind of links by a linking column: its name, or ``link_`` before it where it is called like another kind."""
    return f"link_{name}" if name in KINDS else name


def kind_words(kind: str) -> str:
    """Return what rings share, in words: a linking column is named as such. Holds a name of the log's columns."""
    return kind if kind in KINDS else f"values of {kind}"
