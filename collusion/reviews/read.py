"""Sources to a `ReviewTable`: batches are coded as they come; what cannot be read is set aside with its reason."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from collusion.base.errors import ConfigError, InputError, did_you_mean
from collusion.base.folders import Spooled
from collusion.base.model import CANONICAL
from collusion.kernels.coding import Coder
from collusion.kernels.mapped import memory_mapped
from collusion.reviews.ahead import ahead
from collusion.reviews.assemble import Part, Reading, assemble
from collusion.reviews.batches import Frame, Parquet, Reader
from collusion.reviews.before import Before, read_otherwise
from collusion.reviews.coded import CODED, READ, SourceCoder
from collusion.reviews.dialect import Dialect, clashes, columns_of, late, named
from collusion.reviews.facts import Facts
from collusion.reviews.failures import damaged
from collusion.reviews.layout import Layout
from collusion.reviews.links import check_links, key_of, wrong_links
from collusion.reviews.moments import time_format_problems
from collusion.reviews.partitions import Partitioned
from collusion.reviews.partitions import opened as open_source
from collusion.reviews.recognise import recognise, unused, unused_note
from collusion.reviews.source import Input, expand, sha256
from collusion.reviews.table import Names
from collusion.reviews.values import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from collusion.reviews.coded import Coded
    from collusion.reviews.facts import Fits
    from collusion.reviews.table import ReviewTable

__all__ = ["read_reviews", "read_sources"]

WAITING = 2
"""Coded batches that may wait until the rest of them is read: one being made, one being used, and these hold both sides busy."""


def read_reviews(
    source: Any,  # noqa: ANN401  # a path, paths, or a frame with the Arrow stream interface
    *,
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    dialect: str | None = None,
    time_unit: str | None = None,
    time_format: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: Sequence[str] | None = None,
    link: Sequence[str] | None = None,
    head: int | None = None,
    threads: int = 2,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> ReviewTable:
    """Read a review log.

    Parameters
    ----------
    source : path, sequence of paths, or data frame
        Parquet, CSV, TSV (plain, ``.gz``, ``.zst``), JSON lines, folders of them; pandas, polars, DuckDB or anything with
        ``__arrow_c_stream__``.
    map : mapping of str to str, optional
        Canonical column to the log's: ``{"reviewer_id": "user"}``. Columns that are not mapped are recognised by the header.
    dialect : str, optional
        Name of a known dialect; recognised by the header if not given.
    time_unit : {"s", "ms", "us", "ns", "days", "yyyymmdd"}, optional
        Unit of numeric times; recognised by the values if not given.
    time_format : str, optional
        Form of all times, as `datetime.datetime.strptime` takes it: ``"%d/%m/%Y"`` for 31/12/2021. Needed if a date can be read in two
        ways.
    delimiter : str, optional
        Of text files: one character or several, or ``"tab"``; recognised from the first line if not given.
    quote : {"double", "none"}, optional
        ``"none"``: quotes are ordinary characters. ``"double"``: everything between two quotes is one cell. If not given, as ``"double"``,
        but lines inside a cell that look like records are an error.
    columns : sequence of str, optional
        Names of all columns of text without a header line.
    link : sequence of str, optional
        Columns of the log whose values link accounts, such as ``["ip", "device"]``; each source must have them.
    head : int, optional
        Read only about this many rows, for a first look. Sources then have no digest, and sources after these rows are left out.
    threads : int, default 2
        1 reads and codes in turn; changes no result.
    progress : callable, optional
        Called with ("read", rows done, rows in all or None).

    Returns
    -------
    ReviewTable

    Raises
    ------
    InputError
        When a source is missing, damaged or malformed, or its columns or time unit are not recognised; the problems of all sources at once.
    ConfigError
        When an option is wrong.

    Notes
    -----
    One pass, O(rows); memory is about 26 bytes per row, plus the distinct ids. Columns of 256 MiB and more lie in temporary files (in
    ``TMPDIR``, 24 bytes per row) while they are not used. Sources are read again only by `ReviewTable.rows`.
    """
    return assemble(
        read_sources(
            source,
            map=map,
            dialect=dialect,
            time_unit=time_unit,
            time_format=time_format,
            delimiter=delimiter,
            quote=quote,
            columns=columns,
            link=link,
            head=head,
            threads=threads,
            progress=progress,
        ),
        threads,
    )


def read_sources(
    source: Any,  # noqa: ANN401  # as read_reviews
    *,
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    dialect: str | None = None,
    time_unit: str | None = None,
    time_format: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: Sequence[str] | None = None,
    link: Sequence[str] | None = None,
    head: int | None = None,
    threads: int = 2,
    progress: Callable[[str, int, int | None], None] | None = None,
    before: Before | None = None,
) -> Reading:
    """Read sources as `read_reviews` does, whose parameters these are, without putting them together (`assemble`).

    With ``before``, what was kept of a log that was read in the same way, the sources are its next ones. Raises InputError also where all
    of them together would be read in another way than the earlier ones were.
    """
    mapping = _mapping(map or {})
    links = check_links(link or ())
    layout = Layout.of(delimiter, quote, columns)
    wrong = time_format_problems(time_format)
    if time_format is not None and time_unit is not None:
        wrong.append("times are read by time_format or by time_unit; give one of them")
    if head is not None and head < 1:
        wrong.append(f"head is {head}; at least 1 is needed")
    if threads < 1:
        wrong.append(f"threads is {threads}; at least 1 is needed")
    if time_unit is not None and time_unit not in UNITS:
        wrong.append(f"{time_unit!r} is not a unit of time; {did_you_mean(time_unit, UNITS)}")
    if wrong:
        raise ConfigError("\n".join(wrong))
    if dialect is not None:
        named(dialect)
    paths = _paths(source)
    inputs, unread = expand(paths) if paths else ([], [])
    before = before or Before.nothing([*CODED, *(key_of(name) for name in links)])
    by_header = _open(inputs, source, mapping, dialect, layout, links, before.facts)
    opened, earlier, noted, fits = _recognised(by_header, links, time_unit, time_format, before.facts)
    coders, of_products = before.coders(), before.of_products
    wanted = {name for found in (*(found for _, _, found in opened), *(one.found for one in earlier)) for name in found}
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(threads) as beside:
        digests = [pool.submit(sha256, one.path) for one in inputs if head is None]
        try:
            parts = _parts(
                [
                    SourceCoder(
                        reader,
                        form,
                        found,
                        coders,
                        of_products,
                        wanted,
                        time_unit,
                        time_format=time_format,
                        digest=not inputs,
                        links=links,
                        pool=beside if threads > 1 else None,
                    )
                    for reader, form, found in opened
                ],
                inputs,
                head,
                threads,
                progress,
            )
            sha = [digest.result() for digest in digests] or [part.coder.sha256 for part in parts if part.coder is not None]
        except OSError as error:
            raise damaged(str(error.filename), error) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    # The tables of the coders go before the rows are worked on: of tens of millions of ids, they take gigabytes.
    names = {name: _names_of(coders.pop(name)) for name in list(coders)}
    # Arrow keeps what batches took for further batches, and there are none.
    pa.default_memory_pool().release_unused()
    read = [part.coder for part in parts if part.coder is not None]
    own = [_facts(part, digest, by_name, asked) for part, digest, (_, _, by_name), asked in zip(parts, sha, by_header, fits, strict=False)]
    return Reading(
        parts=[*before.parts(wanted, [key_of(name) for name in links]), *parts],
        facts=[*earlier, *own],
        names=names,
        of_products=of_products,
        wanted=wanted,
        links=links,
        problems=[*before.problems, *(problem for one in read for problem in one.problems)],
        not_votes=before.not_votes + sum(one.not_votes for one in read),
        unread=[*before.unread, *unread],
        noted=noted,
    )


def _facts(part: Part, digest: str, by_name: Mapping[str, str], asked: Fits) -> Facts:
    one, path = part.coder, part.origin
    assert one is not None  # noqa: S101  # it was read now
    return Facts(
        name=one.reader.name,
        format=one.reader.format,
        rows=one.rows,
        sha256=digest,
        header=one.reader.header,
        may_grow=one.reader.may_grow,
        named=by_name,
        found=one.found,
        fits=asked,
        path=None if path is None or isinstance(path.path, Spooled) else str(path.path),
        compression=None if path is None else path.compression,
        folders=() if path is None else path.folders,
        unit=one.unit,
        absent=one.form.absent,
    )


def _names_of(coder: Coder) -> Names:
    offsets, data = coder.names()
    return Names(memory_mapped(offsets), memory_mapped(data))


def _mapping(asked: Mapping[str, str]) -> dict[str, str]:
    """Return canonical column to the log's, as asked for."""
    mapping = dict(asked)
    wrong = [f"{name!r} is not a column of a review log; {did_you_mean(name, CANONICAL)}" for name in mapping if name not in CANONICAL]
    taken: dict[str, str] = {}
    for name, column in mapping.items():
        if taken.setdefault(column, name) != name:
            wrong.append(f"the column {column!r} is mapped to both {taken[column]} and {name}; name one column for each")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return mapping


def _parts(
    coders: Sequence[SourceCoder],
    inputs: Sequence[Input],
    head: int | None,
    threads: int,
    progress: Callable[[str, int, int | None], None] | None,
) -> list[Part]:
    """Read all sources, or about the first ``head`` rows; raise InputError naming the problems of all of them."""
    known = [coder.reader.rows for coder in coders]
    total = sum(rows for rows in known if rows is not None) if None not in known else None
    parts: list[Part] = []
    problems: list[str] = []
    done = 0
    for k, coder in enumerate(coders):
        if head is not None and done >= head:
            break
        reader = coder.reader
        batches = reader.batches(coder.columns, coder.ids) if isinstance(reader, Parquet | Partitioned) else reader.batches(coder.columns)
        try:
            for batch in _beside(coder, batches, head) if threads > 1 else coder.coded(batches):
                coder.add(batch)
                if progress is not None:
                    progress("read", done + coder.rows, total)
                if head is not None and done + coder.rows >= head:
                    break
            columns, ok = coder.end()
        except InputError as error:
            problems += error.problems
            continue
        done += coder.rows
        if not problems:  # otherwise the rest is read for its problems only
            origin = inputs[k] if inputs else None
            parts.append(Part(coder, origin, columns, ok))
    if problems:
        raise InputError(problems)
    return parts


def _beside(coder: SourceCoder, batches: Iterator[pa.RecordBatch], head: int | None) -> Iterator[Coded]:
    """Yield coded batches: one is decoded while the ids of the one before are coded, and both while the rest of an earlier one is read."""
    coded = coder.coded(ahead(batches))
    # Of a log that is read in part, no id may be coded beyond the rows that are kept.
    return coded if head is not None else ahead(coded, WAITING)


def _paths(source: Any) -> list[str | os.PathLike[str]]:  # noqa: ANN401  # as read_reviews
    if isinstance(source, (str, os.PathLike)):
        return [source]
    if isinstance(source, Sequence) and not hasattr(source, "__arrow_c_stream__"):
        if not source or not all(isinstance(one, (str, os.PathLike)) for one in source):
            raise InputError("a source is a path, a list of paths or a data frame; this list is empty or holds something else")
        return list(source)
    return []


def _open(
    inputs: Sequence[Input],
    source: Any,  # noqa: ANN401  # as read_reviews
    mapping: Mapping[str, str],
    dialect: str | None,
    layout: Layout,
    links: Sequence[str],
    earlier: Sequence[Facts],
) -> list[tuple[Reader, Dialect, dict[str, str]]]:
    """Return for each source how to read it, its dialect, and its columns; raise InputError naming the problems of all."""
    problems: list[str] = []
    opened: list[tuple[Reader, Dialect, dict[str, str]]] = []
    makers: list[Callable[[], Reader]] = [partial(open_source, one, mapping, dialect, layout) for one in inputs] or [partial(Frame, source)]
    for make in makers:
        try:
            reader = make()
            opened.append((reader, *columns_of(reader.name, reader.header, mapping, dialect, reader)))
            problems += wrong_links(reader, opened[-1][2], links)
        except InputError as error:
            problems += error.problems
    if clash := clashes([*((one.name, one.named) for one in earlier), *((reader.name, found) for reader, _, found in opened)]):
        problems.append(clash)
    if problems:
        raise InputError(problems)
    return opened


def _recognised(
    opened: Sequence[tuple[Reader, Dialect, dict[str, str]]],
    links: Sequence[str],
    time_unit: str | None,
    time_format: str | None,
    before: Sequence[Facts],
) -> tuple[list[tuple[Reader, Dialect, dict[str, str]]], list[Facts], list[str], list[Fits]]:
    """Return the sources with the columns that are recognised by their values and those that JSON may bring later.

    Returned with them are the sources read before, notes, and what was found of the values of each of ``opened``.
    """
    chosen, notes, fits = recognise(
        [*((one, None, one.named) for one in before), *((reader, form.absent, found) for reader, form, found in opened)],
        links,
        time_unit,
        time_format,
    )
    earlier = [replace(one, fits=asked) for one, asked in zip(before, fits, strict=False)]
    if problems := [problem for one in earlier for problem in read_otherwise(one, chosen)]:
        raise InputError(problems)
    with_chosen = []
    for reader, form, own in opened:
        there = {name: column for name, column in chosen.items() if column in reader.header or reader.format == "jsonl"}
        found = {name: {**own, **there}[name] for name in CANONICAL if name in own or name in there}
        # A key that the first objects of a JSON file lack is absent there, as it is where it is null.
        with_chosen.append((reader, form, late(form, found, reader.header, READ) if reader.format == "jsonl" else found))
    every: list[tuple[Reader | Facts, Mapping[str, str]]] = [*((one, one.found) for one in earlier)]
    every += [(reader, found) for reader, _, found in with_chosen]
    return with_chosen, earlier, [*notes, *unused_note(unused(every, links))], fits[len(before) :]
