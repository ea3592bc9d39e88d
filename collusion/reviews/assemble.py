"""The coded columns of all sources to one `ReviewTable`: which rows count, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from collusion.base.errors import InputError
from collusion.base.hints import hint
from collusion.base.model import CANONICAL, NEEDED, NO_TIME, Source
from collusion.base.tally import reasons
from collusion.kernels.columns import take, where
from collusion.kernels.copies import mark_repeats
from collusion.kernels.csr import group_by
from collusion.kernels.mapped import drop_pages, in_memory, memory_mapped
from collusion.kernels.owners import count_codes
from collusion.reviews.coded import CODED, IDS
from collusion.reviews.days import has_time_of_day
from collusion.reviews.links import key_of, link_of
from collusion.reviews.listing import baskets_of, copies_of, infer_listings, representative
from collusion.reviews.odd_ids import odd_ids
from collusion.reviews.rows import Origin, Reread
from collusion.reviews.table import ReviewTable
from collusion.reviews.wording import FILES, listed, plural, verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.base.model import Basket
    from collusion.reviews.coded import SourceCoder
    from collusion.reviews.facts import Facts
    from collusion.reviews.owners import ByProduct
    from collusion.reviews.source import Input
    from collusion.reviews.table import Names, Problem

__all__ = ["Part", "Reading", "assemble"]

SELDOM = ("rating", "time", "second", "verified", "helpful_votes")
"""Columns that stay in temporary files where a log is large; the others are brought back to memory, where they are used at random."""


@dataclass(frozen=True, eq=False)
class Part:
    """One source, read: its coder, its file, its coded columns (of every row), and which rows are accepted.

    A column that has one value throughout may be that value. Sources that were read before are one part, without a coder.
    """

    coder: SourceCoder | None
    origin: Input | None
    columns: dict[str, NDArray[Any] | np.generic]
    ok: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reading:
    """The sources of a log, read and coded, before anything is decided that depends on all rows.

    ``facts`` are of each source, those read before first. ``names`` has the ids of each of `CODED` and of the linking columns, by first
    appearance; ``of_products`` what the rows of each product hold of those of `CODED` that are no id of the row, and ``wanted`` the
    canonical columns that the log has. ``problems`` are the rows set aside, ``not_votes`` how many numbers of helpful votes are none,
    ``unread`` files of folders, and ``noted`` what was noted about the columns.
    """

    parts: Sequence[Part]
    facts: Sequence[Facts]
    names: Mapping[str, Names]
    of_products: Mapping[str, ByProduct]
    wanted: set[str]
    links: Sequence[str]
    problems: Sequence[Problem]
    not_votes: int
    unread: Sequence[str]
    noted: Sequence[str]


def assemble(reading: Reading, threads: int) -> ReviewTable:
    """Put the parts together; their columns are used up."""
    parts, names, of_products, wanted, links = reading.parts, reading.names, reading.of_products, reading.wanted, reading.links
    kept = memory_mapped(_accepted(parts))
    if not len(kept):
        raise InputError([_nothing_accepted(part.coder, len(part.ok)) for part in parts if part.coder is not None])

    def column(name: str) -> NDArray[Any] | None:
        if name not in parts[0].columns:
            return None
        pieces = [part.columns.pop(name) for part in parts]
        filled = [np.full(len(part.ok), p) if isinstance(p, np.generic) else p for part, p in zip(parts, pieces, strict=True)]
        whole: NDArray[Any] = filled[0] if len(filled) == 1 else np.concatenate(filled)
        whole = whole if len(kept) == len(whole) else take(whole, kept, threads=threads)
        return memory_mapped(whole) if name in SELDOM else in_memory(whole)

    # A column without a value is one that the log has not.
    wanted = {name for name in wanted if name in NEEDED or name not in CODED or len(names[name])}
    reviewer, product = (column(name) for name in IDS)
    assert reviewer is not None  # noqa: S101  # both are needed of every source
    assert product is not None  # noqa: S101  # as above
    tied = [
        link_of(link, reviewer, cast("NDArray[np.int32]", column(key_of(link))), kept, names[key_of(link)], len(names["reviewer_id"]))
        for link in links
    ]
    rating, time, text = column("rating"), column("time"), column("text")
    second = None if time is None or _same(parts, "second") else _clock(column("second"), time)
    if text is not None and not text.any():
        text, wanted = None, wanted - {"text"}
    verified, helpful = (None if _same(parts, name, -1) else _with_values(column(name)) for name in ("verified", "helpful_votes"))
    wanted = wanted - {name for name, values in (("verified", verified), ("helpful_votes", helpful)) if values is None}
    drop_pages(time, second, verified, helpful, kept)
    n_products = len(names["product_id"])
    given = of_products["listing"].majority(n_products, names["listing"]) if "listing" in wanted else None
    pairs, copies = np.empty((0, 2), np.int64), None
    by_reviewer = group_by(reviewer, len(names["reviewer_id"]))
    if text is not None:
        copies = copies_of(reviewer, product, time, rating, text, by_reviewer, threads)
        del text
        seller = of_products["seller"].majority(n_products, names["seller"]) if "seller" in wanted else None
        pairs = infer_listings(copies, reviewer, product, seller, n_products)
    listing = representative(n_products, pairs, given, count_codes(product, n_products), names["product_id"])
    status = np.zeros(len(reviewer), np.uint8)
    mark_repeats(*by_reviewer, product, listing, np.zeros(len(reviewer), np.int32) if time is None else time, status, threads)
    del by_reviewer
    variants: tuple[Basket, ...] = ()
    if given is not None or len(pairs):
        variants = baskets_of(reviewer, product, kept, status, listing, None if given is not None else copies, names["product_id"])
    first = np.cumsum([0, *(one.rows for one in reading.facts)]).tolist()
    sources = tuple(Source(one.name, one.format, one.rows, start, one.sha256) for one, start in zip(reading.facts, first[:-1], strict=True))
    drop_pages(time)
    time = None if time is None or not (time != NO_TIME).any() else time
    drop_pages(time)
    rating = None if rating is None or np.isnan(rating).all() else rating
    has = wanted - {name for name, values in (("timestamp", time), ("rating", rating)) if values is None}
    # What JSON might have brought later and did not is not a column of the log.
    found = [{name: column for name, column in one.found.items() if name in has or column in one.header} for one in reading.facts]

    notes = [*_odd_ids(names, reviewer, product), *reading.noted, *_notes(time, rating, wanted, reading.not_votes, reading.unread)]
    drop_pages(time, rating)

    def coded(name: str) -> tuple[ByProduct | None, Names | None]:
        return (of_products[name], names[name]) if name in wanted else (None, None)

    return ReviewTable(
        reviewer=reviewer,
        product=product,
        reviewer_names=names["reviewer_id"],
        product_names=names["product_id"],
        listing=listing,
        time=time,
        rating=rating,
        row=kept,
        category=coded("category")[0],
        category_names=coded("category")[1],
        seller=coded("seller")[0],
        seller_names=coded("seller")[1],
        marketplace=coded("marketplace")[0],
        marketplace_names=coded("marketplace")[1],
        second=second,
        verified=verified,
        helpful=helpful,
        status=status,
        variants=variants,
        sources=sources,
        problems=tuple(reading.problems),
        columns={name: next((own[name] for own in found if name in own), None) for name in CANONICAL},
        notes=(
            *notes,
            *(f"The linking column {link.name!r} has no value in any accepted row." for link in tied if not len(link)),
        ),
        reread=_reread(parts, found, sources),
        links=tuple(tied),
    )


def _reread(parts: Sequence[Part], found: Sequence[Mapping[str, str]], sources: tuple[Source, ...]) -> Reread:
    """Return the way back to the rows of the sources that were read now; those read before cannot be read again."""
    own = [(part.coder, part.origin) for part in parts if part.coder is not None]
    before = len(sources) - len(own)
    origins = tuple(Origin.of(coder, columns, path) for (coder, path), columns in zip(own, found[before:], strict=True))
    return Reread(origins, sources[before:])


def _odd_ids(names: Mapping[str, Names], reviewer: NDArray[np.int32], product: NDArray[np.int32]) -> list[str]:
    """Return notes on ids that look wrong, and give back the memory that it took to look at them."""
    found = [*odd_ids(names["reviewer_id"], reviewer, "reviewer"), *odd_ids(names["product_id"], product, "product")]
    drop_pages(*(array for own in names.values() for array in (own.offsets, own.data)))
    pa.default_memory_pool().release_unused()
    return found


def _same(parts: Sequence[Part], name: str, value: int | None = None) -> bool:
    """Return whether a column has one value in all sources: this one, where it is given."""
    held = [part.columns.get(name) for part in parts]
    return all(isinstance(one, np.generic) and one == (held[0] if value is None else value) for one in held)


def _clock(second: NDArray[np.int32] | None, time: NDArray[np.int32]) -> NDArray[np.int32] | None:
    """Return the seconds of the day, -1 where a row has no time; None where the log has no times of day."""
    if second is None:
        return None
    second[time == NO_TIME] = -1
    return second if has_time_of_day(second) else None


def _with_values(column: NDArray[Any] | None) -> NDArray[Any] | None:
    """Return a column in which -1 means no value; None if it holds nothing else."""
    return column if column is not None and (column >= 0).any() else None


def _accepted(parts: Sequence[Part]) -> NDArray[Any]:
    """Return the rows accepted, over all sources; 32 bits wide where that is enough."""
    if all(part.ok.all() for part in parts):
        rows = sum(len(part.ok) for part in parts)
        return np.arange(rows, dtype=np.int32 if rows < 2**31 else np.int64)
    return where(parts[0].ok if len(parts) == 1 else np.concatenate([part.ok for part in parts]))


def _nothing_accepted(coder: SourceCoder, rows: int) -> str:
    """Return why no row of a source can be used, the most frequent reason first."""
    said = []
    for reason, column, n in reasons(coder.problems):
        name, _, missing = reason.partition(" is missing")
        if name in NEEDED and not missing:
            empty = f"{n:,} of {plural(rows, 'cell')} of the column {column!r} {verb(n, 'is', 'are')} empty"
            said.append(f"{empty}; is it the right column? ({hint('map', {name: 'COLUMN'})})")
        else:
            said.append(f"{plural(n, 'row')}: {reason} (column {column!r})")
    return f"{coder.reader.name}: no row can be used: {'; '.join(said)}"


def _notes(
    time: NDArray[np.int32] | None, rating: NDArray[np.float32] | None, wanted: set[str], not_votes: int, unread: Sequence[str]
) -> tuple[str, ...]:
    notes = []
    if unread:
        one = "file of the folder has a format that is not known and was"
        several = "files of the folder have formats that are not known and were"
        notes.append(f"{plural(len(unread), one, several)} not read.{FILES}{listed(unread)}.")
    if time is None:
        notes.append("The log has no times, so bursts and reviews at the same time cannot be found.")
    elif absent := int((time == NO_TIME).sum()):
        notes.append(f"{plural(absent, 'accepted row has', 'accepted rows have')} no time and cannot coincide with others.")
    if rating is None:
        notes.append("The log has no ratings, so unusual ratings, and what they did to a product's mean, cannot be found.")
    elif absent := int(np.isnan(rating).sum()):
        notes.append(f"{plural(absent, 'accepted row has', 'accepted rows have')} no rating.")
    if not_votes:
        said = plural(not_votes, "value of the column of helpful votes is", "values of the column of helpful votes are")
        notes.append(f"{said} not {'a whole number' if not_votes == 1 else 'whole numbers'} and {verb(not_votes, 'was', 'were')} not used.")
    if "seller" not in wanted:
        notes.append("The log has no sellers: co-reviews count once per product, so fans of one seller can look coordinated.")
    if not wanted & {"text", "listing"}:
        notes.append(
            "The log has neither review texts nor listings, so copies of one review across the variants of a listing cannot be recognised."
        )
    return tuple(notes)
