"""What is kept of a source that was read, so that others can be added to its log without reading it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collusion.base.errors import InputError

__all__ = ["Facts", "Fits"]

Fits = dict[str, dict[str, bool]]
"""By canonical column and column of the source: whether the first values are what the name says."""


@dataclass(frozen=True)
class Facts:
    """One source of a log, without its rows.

    Parameters
    ----------
    name, format : str
    rows : int
        Rows set aside included.
    sha256 : str
    header : tuple of str
    may_grow : bool
        Whether later rows could have columns that the header lacks.
    named : mapping of str to str
        Canonical column to the source's, by the header alone.
    found : mapping of str to str
        The same with the columns that were recognised by the values of all sources, and those that JSON could bring later.
    fits : mapping
        What was asked of the values of columns, as `collusion.reviews.recognise.recognise` returns it.
    path : str or None
        Of its file, as it was given; None where there is none any more, as of a pipe.
    compression : str or None
    folders : tuple of (str, str or None)
        Columns that its folders hold (`collusion.reviews.source.Input`).
    unit, absent : str or None
        Unit of its times, and its word for an absent value.
    """

    name: str
    format: str
    rows: int
    sha256: str
    header: tuple[str, ...]
    may_grow: bool
    named: Mapping[str, str]
    found: Mapping[str, str]
    fits: Mapping[str, Mapping[str, bool]]
    path: str | None
    compression: str | None
    folders: tuple[tuple[str, str | None], ...]
    unit: str | None
    absent: str | None

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> Facts:
        """Return what JSON holds of `asdict`."""
        return cls(**{**tree, "header": tuple(tree["header"]), "folders": tuple((name, value) for name, value in tree["folders"])})

    def fit(self, column: str, canonical: str) -> bool:
        """Return whether the first values of a column were what its name says; raise InputError where nobody asked when it was read."""
        found = self.fits.get(canonical, {}).get(column)
        if found is None:
            raise InputError(
                f"{self.name}: whether its column {column!r} is the {canonical} was not looked at when it was read, and with the new "
                "files it would be; encode all files again"
            )
        return found
