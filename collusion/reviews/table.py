"""The review table: every accepted row coded, every other row with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.model import NO_TIME, Source
from collusion.kernels.copies import COPY, COUNTED, REPEATED
from collusion.reviews.values import as_arrow, as_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.base.model import Basket, Link
    from collusion.reviews.owners import ByProduct
    from collusion.reviews.rows import Reread

__all__ = ["COPY", "COUNTED", "NO_TIME", "REPEATED", "Names", "Problem", "ReviewTable", "Source"]


@dataclass(frozen=True, eq=False)
class Names:
    """Ids by code, as UTF-8 bytes and offsets; a string is made when it is asked for."""

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, code: int) -> str:
        return self.data[self.offsets[code] : self.offsets[code + 1]].tobytes().decode()

    def take(self, codes: Sequence[int] | NDArray[np.integer]) -> list[str]:
        """Return the ids of the codes."""
        return [self[int(code)] for code in codes]

    def not_utf8(self) -> int | None:
        """Return the first code whose id is no UTF-8, if any."""
        try:
            self.arrow().validate(full=True)
        except pa.ArrowInvalid:
            for code in range(len(self)):
                try:
                    self[code]
                except UnicodeDecodeError:
                    return code
        return None

    def arrow(self) -> pa.Array:
        """Return all ids, without a copy."""
        return pa.Array.from_buffers(pa.large_string(), len(self), [None, pa.py_buffer(self.offsets), pa.py_buffer(self.data)])

    def rank(self, codes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the place of each of these codes in the order of their ids, by UTF-8 bytes. O(n log n), no string is made."""
        place = np.empty(len(codes), np.int64)
        place[as_numpy(pc.sort_indices(self.arrow().take(as_arrow(codes))))] = np.arange(len(codes))
        return place


Problem = dict[str, object]
"""One row set aside: ``source, row, line, column, value, reason``; ``row`` is 1 for the first data row of its source."""


@dataclass(frozen=True, eq=False)
class ReviewTable:
    """A review log that was read: one array element per accepted row, in the order of the input. Arrays are read-only.

    Parameters
    ----------
    reviewer, product : int32[n]
        Codes by first appearance.
    reviewer_names, product_names : Names
    listing : int32[n_products]
        The product that represents each product's listing; itself where a listing has one product.
    time : int32[n] or None
        Days since 1970-01-01 UTC, `NO_TIME` where absent; None where the log has no times.
    rating : float32[n] or None
        nan where absent; None where the log has no ratings.
    row : int32[n]
        (int64[n] beyond 2**31 rows.) Global data row over all sources, from 0, rows set aside included.
    category, seller, marketplace : ByProduct or None
        What the rows of each product name, as codes, with the names of the codes. By product, since that is how they are used.
    second : int32[n] or None
        Second of the UTC day, -1 where absent; None where the log has no times of day: where all are days, or at one second of the day.
    verified : int8[n] or None
        1, 0, -1 where absent; None where no review has a value.
    helpful : int32[n] or None
        Helpful votes, -1 where absent; None where the log has none.
    status : uint8[n]
        `COUNTED`; `REPEATED` (same reviewer and product again; the earliest counts); `COPY` (same reviewer, another variant of a listing).
    variants : tuple of Basket
        Baskets of products over which reviews were copied.
    sources : tuple of Source
    problems : tuple of dict
        Rows set aside, each with its reason.
    columns : mapping of str to (str or None)
        Canonical column to the log's; None where the log has none.
    notes : tuple of str
        What could not be used.
    links : tuple of Link
        Which reviewers show which values of the linking columns, as they were asked for.
    """

    reviewer: NDArray[np.int32]
    product: NDArray[np.int32]
    reviewer_names: Names
    product_names: Names
    listing: NDArray[np.int32]
    time: NDArray[np.int32] | None
    rating: NDArray[np.float32] | None
    row: NDArray[np.int32] | NDArray[np.int64]
    category: ByProduct | None
    category_names: Names | None
    seller: ByProduct | None
    seller_names: Names | None
    marketplace: ByProduct | None
    marketplace_names: Names | None
    second: NDArray[np.int32] | None
    verified: NDArray[np.int8] | None
    helpful: NDArray[np.int32] | None
    status: NDArray[np.uint8]
    variants: tuple[Basket, ...]
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str | None]
    notes: tuple[str, ...]
    reread: Reread
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        for name in ("reviewer", "product", "listing", "time", "rating", "row", "second", "verified", "helpful", "status"):
            array = getattr(self, name)
            if array is not None:
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.reviewer)

    def __repr__(self) -> str:
        names = [name for name, column in self.columns.items() if column is not None]
        return (
            f"<ReviewTable: {self.accepted:,} reviews by {len(self.reviewer_names):,} reviewers of {len(self.product_names):,} products "
            f"({', '.join(names)}); {self.set_aside:,} rows set aside>"
        )

    @property
    def rows_in(self) -> int:
        """Data rows of all sources: ``accepted + set_aside``."""
        return sum(source.rows for source in self.sources)

    @property
    def accepted(self) -> int:
        """Rows accepted: counted, repeated and copies."""
        return len(self.reviewer)

    @property
    def set_aside(self) -> int:
        """Rows set aside, each with a reason in ``problems``."""
        return len(self.problems)

    @property
    def repeated(self) -> int:
        """Rows by the same reviewer on the same product again."""
        return int(np.count_nonzero(self.status == REPEATED))

    @property
    def copies(self) -> int:
        """Rows by the same reviewer on another variant of the same listing."""
        return int(np.count_nonzero(self.status == COPY))

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Read the sources again and return these global rows, in the order asked for.

        Columns: ``row``, ``source``, ``source_row`` (1 is the first data row), then the canonical columns the log has (``timestamp`` as
        ISO 8601 in UTC), the linking ones, then the log's other columns, but for JSON lines. All values are text, None where absent.

        Raises
        ------
        InputError
            When a source has changed since it was read.
        """
        return self.reread(rows)

    def texts(self, rows: Sequence[int] | NDArray[np.integer]) -> list[str | None]:
        """Read the texts of these global rows from the sources, in the order asked for; None where a review has none.

        Raises
        ------
        InputError
            When a source has changed since it was read.
        """
        return self.reread.texts(rows)

    def values(self, column: str) -> Iterator[str]:
        """Yield the cells of a canonical column as `rows` has them, those of rows set aside too; the sources are read again.

        Raises
        ------
        InputError
            When a source has changed since it was read.
        """
        return self.reread.values(column)

    def seller_of_listing(self) -> NDArray[np.int32] | None:
        """Return the seller of each product's listing, by the majority of its rows (int32[n_products], -1 unknown)."""
        if self.seller is None or self.seller_names is None:
            return None
        return self.seller.majority(len(self.product_names), self.seller_names, self.listing)

    def category_of_listing(self) -> NDArray[np.int32] | None:
        """Return the category (x marketplace) of each product's listing, by the majority of its rows (int32[n_products], -1 unknown)."""
        found: NDArray[np.int32] | None = None
        for codes, names in ((self.category, self.category_names), (self.marketplace, self.marketplace_names)):
            if codes is None or names is None:
                continue
            one = codes.majority(len(self.product_names), names, self.listing)
            if found is None:
                found = one
            else:
                none = (found < 0) & (one < 0)
                pair = (found.astype(np.int64) + 1) * (len(names) + 1) + one + 1
                found = np.where(none, -1, np.unique(pair, return_inverse=True)[1].ravel()).astype(np.int32)
        return found
