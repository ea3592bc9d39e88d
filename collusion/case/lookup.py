"""The way back from a ring to the log, as a case asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from collusion.base.model import Context
    from collusion.case.case import Case
    from collusion.case.ring import Ring

__all__ = ["Lookup", "Replicates"]


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
