"""Linking columns: what accounts may share, such as a device, and which reviewers show which value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError, did_you_mean
from collusion.base.model import CANONICAL, Link
from collusion.kernels.coding import gather_strings
from collusion.kernels.columns import take
from collusion.kernels.csr import group_by
from collusion.kernels.owners import count_codes
from collusion.reviews.table import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.reviews.batches import Reader

__all__ = ["check_links", "key_of", "link_of", "missing_link", "wrong_links"]

ROW_COLUMNS = ("row", "source", "source_row")
"""Columns that say where a row is, beside those of the log (`ReviewTable.rows`)."""


def key_of(link: str) -> str:
    """Return what a linking column is called beside the canonical ones, none of which has a blank in its name."""
    return f"link {link}"


def check_links(links: Sequence[str]) -> tuple[str, ...]:
    """Return the names of linking columns.

    Raises
    ------
    ConfigError
        When they are no list of names, one comes twice, or one has a meaning already; all problems at once.
    """
    if isinstance(links, str) or not all(_is_name(name) for name in links):
        raise ConfigError(f"link must be a list of names of columns, such as ['ip', 'device'], not {links!r}")
    wrong = [f"link names the column {name!r} more than once" for name in dict.fromkeys(links) if list(links).count(name) > 1]
    wrong += [
        f"link: the column {name!r} already has a meaning, so it cannot link accounts; name a column that accounts may share, "
        "such as a device"
        for name in dict.fromkeys(links)
        if name in CANONICAL
    ]
    wrong += [
        f"link: {name!r} is a column name that collusion uses for its own; rename the log's column"
        for name in dict.fromkeys(links)
        if name in ROW_COLUMNS
    ]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return tuple(links)


def _is_name(name: object) -> bool:
    # A lone surrogate can be written into no file of a case.
    return isinstance(name, str) and name != "" and not any("\ud800" <= c <= "\udfff" for c in name)


def wrong_links(reader: Reader, found: Mapping[str, str], links: Sequence[str]) -> list[str]:
    """Return what is wrong with the linking columns of one source, whose canonical columns are ``found``."""
    meaning = {column: name for name, column in found.items()}
    problems = [
        f"{reader.name}: the column {name!r} holds the {meaning[name]}, so it cannot link accounts; "
        "name a column that accounts may share, such as a device"
        for name in links
        if name in meaning
    ]
    return problems + [missing_link(reader, name) for name in links if name not in reader.header and not reader.may_grow]


def missing_link(reader: Reader, name: str) -> str:
    """Return that a source has not the column, which it has, and which of these is like it."""
    hint = did_you_mean(name, reader.header)
    close = f"; {hint}" if hint.startswith("did") else ""
    return (
        f"{reader.name}: has no column {name!r}, which should link accounts; its columns are {', '.join(map(repr, reader.header))}{close}"
    )


def link_of(
    name: str, reviewer: NDArray[np.int32], value: NDArray[np.int32], row: NDArray[np.integer], values: Names, n_reviewers: int
) -> Link:
    """Bring the accepted rows of a linking column, ascending, to pairs. A value of -1 is none; those that no row holds are left out.

    O(rows + reviewers + values): two counting sorts.
    """
    counts = count_codes(value, len(values))
    if not counts.all():
        used = np.flatnonzero(counts).astype(np.int32)
        place = np.full(len(values) + 1, -1, np.int32)  # the last is where rows without a value lead
        place[used] = np.arange(len(used), dtype=np.int32)
        value, values = take(place, value), Names(*gather_strings(values.offsets, values.data, used))
    at = np.flatnonzero(value >= 0).astype(np.int32) if (value < 0).any() else None
    if at is not None:
        reviewer, value = take(reviewer, at), take(value, at)
    # Stable sorts, by value and then by reviewer: of equal pairs the first row stays first.
    order = group_by(value, len(values))[1]
    order = take(order, group_by(take(reviewer, order), n_reviewers)[1])
    reviewer, value = take(reviewer, order), take(value, order)
    first = np.ones(len(order), bool)
    first[1:] = (reviewer[1:] != reviewer[:-1]) | (value[1:] != value[:-1])
    position = order[first] if at is None else at[order[first]]
    return Link(name, reviewer[first], value[first], take(row, position, np.int64), values)
