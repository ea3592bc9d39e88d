"""The way back from a ring to the log, as a case asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from collusion.base.answer import Findings, Role
    from collusion.base.model import Context
    from collusion.case.case import Case
    from collusion.case.ring import Ring

__all__ = ["Lookup", "Readable", "Reader", "Replicates"]


class Lookup(Protocol):
    """The way back from a ring to the log; `collusion.pipeline` provides it."""

    def context(self, ring: Ring) -> Context:
        """Return the reviews around a ring."""
        ...

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return source rows, in the order asked for, with the log's own columns as text.

        The first columns are ``row`` (global row), ``source`` (its file) and ``source_row`` (1 is the first data row of that file),
        followed by the canonical columns (``reviewer_id``, ``product_id``, ``rating``, ``timestamp`` as ISO 8601 in UTC,
        ``review_id``, ``text``, ``verified``, ...) that the log has.
        """
        ...

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return rows set aside: mappings with ``source, row, line, column, value, reason`` (text or int or None)."""
        ...


class Replicates(Protocol):
    """A `Lookup` that can draw null replicates again."""

    def null_case(self) -> Case:
        """Return a case that holds the strongest group the search found in a null replicate, as its only ring (none where none was found).

        Its notes say which replicate it is. Its reviewers are numbered: in a shuffled log nobody did what is shown.

        Raises
        ------
        CollusionError
            When no replicate was run.
        """
        ...


class Reader(Protocol):
    """The log of a case, to be asked about one account, product or seller; `collusion.pipeline` provides it."""

    def roles(self, name: str) -> Sequence[Role]:
        """Return what an id is in the log: nothing, or one or several of reviewer, product and seller."""
        ...

    def close(self, name: str, role: Role | None = None) -> Sequence[tuple[str, Role]]:
        """Return the ids that are most like ``name``, the closest first, with their roles."""
        ...

    def ask(self, name: str, role: Role, rings: Sequence[Ring]) -> Findings:
        """Return what the log says of one that it has."""
        ...


class Readable(Protocol):
    """A `Lookup` that leads to the whole log."""

    def reader(self, case: Case, log: Any = None) -> Reader:  # noqa: ANN401  # as scan
        """Return the log of ``case``: read where the case found it, or from ``log``.

        Raises
        ------
        InputError
            When ``log`` is another log.
        CollusionError
            When the log is not to be had.
        """
        ...
