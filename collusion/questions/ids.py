"""Which account, product or seller an id means, and which ids are like one that there is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.answer import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from collusion.graph.log import Log, Names

__all__ = ["Asked", "close_ids", "codes_of", "find_id"]

SHOWN = 3
"""Ids that are proposed."""

LEAST_ALIKE = 70.0
"""Similarity from which an id is proposed, 0 to 100 (`rapidfuzz.fuzz.ratio`)."""

CANDIDATES = 20_000
"""Ids of one role that are compared with the one that was asked for."""

LENGTH = 0.4
"""Share of its length by which a proposed id may be longer or shorter. Together with the above: others cannot be so alike."""


@dataclass(frozen=True)
class Asked:
    """An account, product or seller of the log: its id, its role and its code."""

    id: str
    role: Role
    code: int


def find_id(log: Log, name: str) -> tuple[Asked, ...]:
    """Return all that have this id: at most one of each role. O(ids), no text is made of them.

    Parameters
    ----------
    log : Log
    name : str
    """
    found = ((role, code_of(names, name)) for role, names in codes_of(log).items())
    return tuple(Asked(name, role, code) for role, code in found if code is not None)


def codes_of(log: Log) -> dict[Role, Names]:
    """Return the ids of the log by role; without sellers where it has none."""
    held = (log.reviewers, log.products, log.sellers)
    return {role: names for role, names in zip(ROLES, held, strict=True) if names is not None}


def code_of(names: Names, name: str) -> int | None:
    """Return the code of an id; None where there is none. O(ids)."""
    raw = np.frombuffer(name.encode("utf-8", "surrogatepass"), np.uint8)
    # Byte by byte: hardly any id is left after the last few, in which ids differ most.
    left = _as_long(names, len(raw), len(raw))
    for k in range(len(raw) - 1, -1, -1):
        if not len(left):
            return None
        left = left[names.data[names.offsets[left] + k] == raw[k]]
    return int(left[0]) if len(left) else None


def close_ids(log: Log, name: str, role: Role | None = None) -> list[tuple[str, Role]]:
    """Return the ids of the log that are most like ``name``, the closest first, with their roles. A second for a million ids."""
    wanted = {one: names for one, names in codes_of(log).items() if role in (None, one)}
    return close_among(name, ((names[int(code)], one) for one, names in wanted.items() for code in _candidates(names, name)))


def _candidates(names: Names, name: str) -> NDArray[np.int64]:
    """Return the codes of at most `CANDIDATES` ids: those that begin and end most like ``name``.

    One wrong, missing or additional character leaves all others at the beginning or at the end.
    """
    raw = _lower(np.frombuffer(name.encode("utf-8", "surrogatepass"), np.uint8))
    left = _as_long(names, int(len(raw) * (1 - LENGTH)), int(len(raw) * (1 + LENGTH)) + 1)
    if len(left) <= CANDIDATES:
        return left
    begin, end = names.offsets[left], names.offsets[left + 1]
    alike = np.zeros(len(left), np.int64)
    for side in (1, -1):
        at = np.arange(len(left))
        for k in range(len(raw)):
            at = at[(end - begin)[at] > k]
            byte = names.data[begin[at] + k] if side == 1 else names.data[end[at] - 1 - k]
            at = at[_lower(byte) == raw[k if side == 1 else -1 - k]]
            alike[at] += 1
    return left[np.argpartition(-alike, CANDIDATES)[:CANDIDATES]]


def _lower(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    lower: NDArray[np.uint8] = np.where((raw >= ord("A")) & (raw <= ord("Z")), raw + np.uint8(32), raw)
    return lower


def close_among(name: str, known: Iterable[tuple[str, Role]]) -> list[tuple[str, Role]]:
    """Return the known ids that are most like ``name``, whatever the case of letters, the closest first."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  # only for who mistyped

    pairs = list(known)
    ids = [one for one, _ in pairs]
    found = process.extract(name, ids, scorer=fuzz.ratio, processor=_plain, score_cutoff=LEAST_ALIKE, limit=SHOWN * 4)
    order = sorted(found, key=lambda one: (-one[1], one[0]))
    return list(dict.fromkeys((text, pairs[at][1]) for text, _, at in order))[:SHOWN]


def _plain(text: str) -> str:
    """Return text for comparison: ids are mistyped in case and with blanks; lone surrogates cannot be compared."""
    return text.strip().lower().encode("utf-8", "replace").decode()


def _as_long(names: Names, least: int, most: int) -> NDArray[np.int64]:
    """Return the codes of ids of some lengths in bytes."""
    length = np.diff(names.offsets)
    return np.flatnonzero((length >= least) & (length <= most))
