"""How the rings of one scan follow from those of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collusion.base.model import Status

__all__ = ["KINDS", "Change", "ChangeKind", "Growth", "Since"]

ChangeKind = Literal["new", "grown", "shrunk", "changed", "merged", "split", "gone", "unchanged"]

KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
"""In the order in which they are listed."""

Growth = Literal["files", "rows", "other"]
"""``files``: every input of the earlier scan is an input of this one, by its digest. ``rows``: not so, but no fewer rows were accepted, so
each ring is checked by its reviews. ``other``: fewer rows, so it is another log."""


@dataclass(frozen=True)
class Change:
    """What became of one ring since the earlier scan.

    Parameters
    ----------
    lineage_id : str
        Id of the first ring of the line.
    kind : str
        One of `KINDS`, by reviewers alone.
    ring_id : str or None
        The ring of this scan; None where the line is gone.
    before : tuple of str
        Rings of the earlier scan that it comes from, the one whose line it continues first. Empty for a new ring.
    status, status_before : str or None
        Of the ring, and of the first in ``before``.
    flagged_before : bool
        Whether a ring of the line was flagged in any earlier scan, of all lines that it comes from.
    unbroken : int
        How many earlier scans, the latest first, hold the line with no review of its members lost on the way.
    n_reviewers, n_before : int
        Numbers of reviewers, of ``before`` together.
    came, left, products_came, products_left : tuple of str
        Reviewers and products, sorted: of the ring and not of ``before``, and the reverse.
    """

    lineage_id: str
    kind: ChangeKind
    ring_id: str | None
    before: tuple[str, ...]
    status: Status | None
    status_before: Status | None
    flagged_before: bool
    unbroken: int
    n_reviewers: int
    n_before: int
    came: tuple[str, ...] = field(default=(), repr=False)
    left: tuple[str, ...] = field(default=(), repr=False)
    products_came: tuple[str, ...] = field(default=(), repr=False)
    products_left: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Since:
    """What a scan was compared with, and the result.

    Parameters
    ----------
    growth : {"files", "rows", "other"}
        Whether the log is the earlier one with rows added (`Growth`).
    logs : tuple of str
        Digests of the inputs of the earlier scans, the latest first: of the one that was given, of the one that it was compared with, and
        so on.
    span : (str, str) or None
        Dates of the first and the last review of the earlier log.
    counted : int
        Counted reviews of the earlier log.
    changes : tuple of Change
        One for each ring of this scan, by rank, then one for each ring that is gone.
    """

    growth: Growth
    logs: tuple[str, ...]
    span: tuple[str, str] | None
    counted: int
    changes: tuple[Change, ...]

    def of(self, ring_id: str) -> Change | None:
        """Return the change of one ring of this scan."""
        return next((one for one in self.changes if one.ring_id == ring_id), None)

    def counts(self) -> dict[ChangeKind, int]:
        """Return how many changes are of each kind, in the order of `KINDS`."""
        return {kind: sum(one.kind == kind for one in self.changes) for kind in KINDS}
