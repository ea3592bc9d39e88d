"""From a source to the coded log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError, InputError
from collusion.base.hints import hint
from collusion.base.model import Accounting
from collusion.graph import store
from collusion.graph.graph import graph_of, read_only
from collusion.graph.log import Log, Names, renumbered
from collusion.graph.order import busiest_first, ranks, sellers_together
from collusion.kernels.columns import relabel, take
from collusion.kernels.mapped import drop_pages, memory_mapped
from collusion.kernels.owners import count_codes
from collusion.pipeline.memory import check_memory
from collusion.pipeline.progress import Progress, silent
from collusion.reviews import read_reviews
from collusion.reviews.assemble import assemble
from collusion.reviews.days import has_time_of_day
from collusion.reviews.kept import is_kept, keep, keep_columns, kept, kept_files
from collusion.reviews.read import read_sources
from collusion.reviews.reopen import reread_of
from collusion.reviews.table import COUNTED, ReviewTable
from collusion.reviews.wording import FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from collusion.base.model import Link
    from collusion.graph.graph import ReviewGraph
    from collusion.reviews.assemble import Reading
    from collusion.reviews.before import Before
    from collusion.reviews.facts import Facts
    from collusion.reviews.rows import Reread

__all__ = ["Added", "append", "encode", "is_read", "read_log", "texts_of"]

UNNAMED = ("frame", "standard input")
"""What sources are called that have no name."""

SOURCES = "sources"
"""Folder inside a coded log with what further sources need (`collusion.reviews.kept`)."""


def read_log(source: Any, config: ScanConfig, progress: Progress = silent) -> tuple[Log, Reread | None]:  # noqa: ANN401  # a path, paths, a frame or a table
    """Read a source and code it; return with it the way back to the source's rows, None for a folder made by `encode`.

    The source is a path, paths, a data frame, a ReviewTable, a Log or a folder made by `encode`.

    Raises
    ------
    InputError
        When the source cannot be used, or lacks a linking column; all problems at once.
    BudgetError
        When files would take more memory than there is (`collusion.pipeline.memory`); nothing was read.
    """
    if isinstance(source, Log):
        return _linked(source, config, "the log"), None
    paths = _paths(source)
    if stores := _stores(source):
        if len(paths) > 1:
            raise ConfigError(f"{stores[0]}: is a folder made by `collusion encode`; scan only this folder, or the logs it was made from")
        return _with_rows_of(_linked(store.load(Path(stores[0])), config, str(stores[0])), Path(stores[0]))
    if isinstance(source, ReviewTable):
        _in_time(config, "the table")
        log, reread = _log_of(source, config.threads)
        return _linked(log, config, "the table"), reread
    if paths:
        check_memory(paths, config.memory, config.replicates, config.threads)
    # The table is named nowhere here, so that its columns can go while the graph takes their place.
    return _log_of(read_reviews(paths or source, **config.reading(), threads=config.threads, progress=progress), config.threads, ours=True)


def _with_rows_of(log: Log, folder: Path) -> tuple[Log, Reread | None]:
    """Return with a coded log the way back to the rows of its files, where these are as they were; else note that they are not.

    Folders that do not keep their sources lead to no rows.
    """
    if not is_kept(folder / SOURCES):
        return log, None
    facts, options, has = kept_files(folder / SOURCES)
    reread = reread_of(facts, {**options, "link": [link.name for link in log.links]}, has)
    if not isinstance(reread, str):
        return log, reread
    note = f"The log was encoded, and a file of it is not there as it was, so texts and further columns are not used.{FILES}{reread!r}."
    return replace(log, notes=(*log.notes, note)), None


def _paths(source: Any) -> list[Any]:  # noqa: ANN401  # as read_log
    return [source] if isinstance(source, (str, Path)) else list(source) if isinstance(source, (list, tuple)) else []


def _stores(source: Any) -> list[Any]:  # noqa: ANN401  # as read_log
    return [path for path in _paths(source) if store.is_store(Path(path))]


def texts_of(reread: Reread | None) -> Callable[[NDArray[np.integer]], list[str | None]] | None:
    """Return what reads the texts of source rows (sorted), in one pass over the column of texts; None where there are none to be read.

    Nothing is read until it is called. A folder made by `encode` holds no texts.
    """
    return reread.texts if reread is not None and reread.has_texts else None


def encode(source: Any, folder: Path, config: ScanConfig | None = None, progress: Progress = silent) -> Log:  # noqa: ANN401  # as read_log
    """Read a source and write the coded log into an existing, empty folder, which `scan` takes in place of the log."""
    # Nothing is searched.
    config = (config or ScanConfig()).with_overrides(replicates=0)
    if is_read(source) or _stores(source):
        log, _ = read_log(source, config, progress)
    else:
        log = _kept(_sources(source, config, progress), folder, config)
    progress("write", 0, None)
    store.save(log, folder)
    return log


@dataclass(frozen=True, eq=False)
class Added:
    """A log to which sources were added: how many, their rows, and how many of these were set aside; ``warnings`` are not of the log."""

    log: Log
    sources: int
    rows: int
    set_aside: int
    warnings: tuple[str, ...]


def append(
    source: Any,  # noqa: ANN401  # paths or a frame, as read_log
    coded: Path,
    folder: Path,
    config: ScanConfig | None = None,
    progress: Progress = silent,
    *,
    again: bool = False,
) -> Added:
    """Read further sources of a log that `encode` wrote, and write all of it into an existing, empty folder, as `encode` writes it.

    The earlier sources are not read again. ``config`` gives threads and memory; the sources are read as the earlier ones were. With
    ``again`` a source may be one that the log has already.

    Raises
    ------
    InputError
        When ``coded`` cannot take further sources, when these cannot be used with the earlier ones, or are among them; all problems at
        once.
    BudgetError
        When all together would take more memory than there is; nothing was read.

    Notes
    -----
    The files of ``folder`` have the bytes that `encode` of all sources at once writes. O(rows of all sources), of which only the new ones
    are read as text.
    """
    before, options = _before(coded)
    default = ScanConfig() if config is None else config
    _in_time(default, str(coded))
    config = replace(default, replicates=0, **options)
    log = _kept(_sources(source, config, progress, before, again=again), folder, config)
    progress("write", 0, None)
    store.save(log, folder)
    n = len(before.facts)
    new, known = log.sources[n:], {one.name for one in log.sources[:n]}
    same = [one.name for one in new if one.name in known and one.name not in UNNAMED]
    return Added(log, len(new), sum(one.rows for one in new), log.accounting.set_aside - len(before.problems), tuple(map(_grown, same)))


def _grown(name: str) -> str:
    return (
        f"{name}: the log has another source of this name. If the file has grown, its first rows are in the log twice now; then encode "
        "all files again."
    )


def _before(coded: Path) -> tuple[Before, dict[str, Any]]:
    """Return what a folder made by `encode` keeps of its sources, and how they were read."""
    if not store.is_store(coded):
        raise InputError(f"{coded}: is not a folder made by `collusion encode`; name one, or make one from all files")
    if not is_kept(coded / SOURCES):
        raise InputError(
            f"{coded}: does not keep what further files need: it was made by an earlier version, or not from files; make it again from "
            "all files with `collusion encode`"
        )
    return kept(coded / SOURCES)


def _sources(
    source: Any,  # noqa: ANN401  # paths or a frame
    config: ScanConfig,
    progress: Progress,
    before: Before | None = None,
    *,
    again: bool = False,
) -> Reading:
    """Read sources that follow those read before."""
    paths = _paths(source)
    if stores := _stores(source):
        raise ConfigError(f"{stores[0]}: is a folder made by `collusion encode`; name the logs it was made from")
    if paths:
        check_memory(paths, config.memory, 0, config.threads, earlier=0 if before is None else len(before.ok))
    reading = read_sources(paths or source, **config.reading(), threads=config.threads, progress=progress, before=before)
    if before is not None and not again and (twice := _twice(reading.facts, len(before.facts))):
        raise InputError(twice)
    return reading


def _twice(facts: Sequence[Facts], earlier: int) -> list[str]:
    """Name the sources that follow the first ``earlier`` ones and have the content of one of these, or of one another."""
    first: dict[str, Facts] = {}
    problems = []
    for k, one in enumerate(facts):
        same = first.setdefault(one.sha256, one)
        if k >= earlier and same is not one:
            other = "" if same.name == one.name else f", as {same.name}"
            what = f"is in the log already{other} (SHA-256 {one.sha256[:12]}...)"
            problems.append(f"{one.name}: {what}; leave it out, or add it with {hint('again', value=True)}")
    return problems


def _kept(reading: Reading, folder: Path, config: ScanConfig) -> Log:
    """Write what further sources need into the folder, and code the log further."""
    inside = folder / SOURCES
    inside.mkdir()
    keep(reading, inside, config.reading())
    # The reading is named nowhere else, so that its columns can go while the graph takes their place.
    table = assemble(reading, config.threads)
    keep_columns(inside, table.columns)
    del reading
    return _log_of(table, config.threads, ours=True)[0]


def is_read(source: Any) -> bool:  # noqa: ANN401  # as read_log
    """Return whether a source was read before: a table, a log, or a folder made by `encode`."""
    return isinstance(source, (Log, ReviewTable)) or (isinstance(source, (str, Path)) and store.is_store(Path(source)))


def _in_time(config: ScanConfig, where: str) -> None:
    """Raise ConfigError where the configuration says how to read a log that was read before."""
    default = ScanConfig().reading()
    late = [name for name, value in config.reading().items() if name != "link" and value != default[name]]
    if late:
        raise ConfigError(f"{where}: was read before, so {' and '.join(map(hint, late))} would have no effect; read the log again with it")


def _linked(log: Log, config: ScanConfig, where: str) -> Log:
    """Return a log that was read before with the linking columns that are asked for; with all of its own where none is."""
    _in_time(config, where)
    if not config.link:
        return log
    own = {link.name: link for link in log.links}
    held = f"its linking columns are {', '.join(map(repr, own))}" if own else "it was read without linking columns"
    wrong = [
        f"{where}: has no linking column {name!r}; {held}; read the log again with {hint('link')}"
        for name in config.link
        if name not in own
    ]
    if wrong:
        raise InputError(wrong)
    return replace(log, links=tuple(own[name] for name in config.link))


def _log_of(table: ReviewTable, threads: int, *, ours: bool = False) -> tuple[Log, Reread]:
    """Code a table further; one of ``ours``, which nobody else holds, is written to."""
    counted = table.status == COUNTED
    listing = table.listing
    alone = bool((listing == np.arange(len(listing))).all())
    category, seller = table.category_of_listing(), table.seller_of_listing()
    accounting = Accounting(
        rows_in=table.rows_in,
        accepted=table.accepted,
        set_aside=table.set_aside,
        counted=int(np.count_nonzero(counted)),
        repeated=table.repeated,
        copies=table.copies,
        reviewers=0,
        products=0,
    )
    names = {role: Names(own.offsets, own.data) for role, own in (("reviewer", table.reviewer_names), ("product", table.product_names))}
    sold_by = None if seller is None or table.seller_names is None else Names(table.seller_names.offsets, table.seller_names.data)
    baskets = [*table.variants]
    sources, problems, notes, reread = table.sources, tuple(table.problems), table.notes, table.reread
    links = [replace(link, values=Names(link.values.offsets, link.values.data)) for link in table.links]
    columns: dict[str, Any] = {name: getattr(table, name) for name in ("reviewer", "product", "time", "rating", "row")}
    optional: dict[str, Any] = {name: column for name in store.OPTIONAL_COLUMNS if (column := getattr(table, name)) is not None}
    del table
    # The graph needs none of these: in a large log they wait on disk.
    optional = {name: memory_mapped(column) for name, column in optional.items()}
    # Codes so far are in the order of the rows; from here on in the order that searches like.
    reviewer, n_reviewers = columns["reviewer"], len(names["reviewer"])
    orders = {"reviewer": busiest_first(count_codes(reviewer, n_reviewers) - count_codes(reviewer[~counted], n_reviewers))}
    del reviewer
    if seller is not None:
        orders["product"] = sellers_together(seller)
    for role, first in orders.items():
        rank = ranks(first)
        columns[role] = relabel(rank, columns[role], threads) if ours else take(rank, columns[role], threads=threads)
        names[role] = _mapped_names(names[role].reordered(first))
        if role == "reviewer":
            baskets = [replace(basket, reviewers=np.sort(rank[basket.reviewers])) for basket in baskets]
            links = [_at_rest(renumbered(link, rank)) for link in links]
        else:
            assert seller is not None  # noqa: S101  # otherwise products keep their order
            baskets = [replace(basket, products=np.sort(rank[basket.products])) for basket in baskets]
            listing, category, seller = rank[listing[first]], None if category is None else category[first], seller[first]
    # Rows lead to the product as the log names it, the graph to the one that stands for its listing.
    names = {role: _mapped_names(own) for role, own in names.items()}
    product, source_row = None if alone else columns["product"], columns.pop("row")
    columns["product"] = columns["product"] if product is None else take(listing, product, threads=threads)
    # Of a reviewer's reviews of a product, and of a listing, one is counted.
    graph = graph_of(
        columns,
        category=category,
        seller=seller,
        n_reviewers=n_reviewers,
        n_products=len(names["product"]),
        threads=threads,
        unique=True,
        counted=None if accounting.counted == len(counted) else counted,
    )
    graph, order = _with_rows(graph, source_row, threads)
    del source_row
    for name, column in list(optional.items()):
        by_edge = take(column, order, threads=threads)
        # Rows that are not counted may have held all there was.
        says = has_time_of_day(by_edge) if name == "second" else (by_edge >= 0).any()
        optional[name] = memory_mapped(read_only(by_edge)) if says else None
        drop_pages(column)
    variant = graph.product if product is None else memory_mapped(take(product, order, threads=threads))
    drop_pages(order, graph.row)
    return Log(
        graph=graph,
        reviewers=names["reviewer"],
        products=names["product"],
        variant=variant,
        baskets=tuple(baskets),
        accounting=replace(
            accounting,
            reviewers=int(np.count_nonzero(np.diff(graph.indptr))),
            products=int(np.count_nonzero(np.diff(graph.product_indptr))),
        ),
        sources=sources,
        problems=problems,
        notes=notes,
        links=tuple(links),
        sellers=None if sold_by is None else _mapped_names(sold_by),
        **optional,
    ), reread


def _with_rows(graph: ReviewGraph, source_row: NDArray[Any], threads: int) -> tuple[ReviewGraph, Any]:
    """Return a graph of which ``row`` is the row in the source, and what it was before: the place of each edge among the columns."""
    order = memory_mapped(graph.row)
    graph = graph.with_columns(row=order)  # else it is in memory as well
    if len(source_row) and int(source_row[-1]) != len(source_row) - 1:
        graph = graph.with_columns(row=memory_mapped(take(source_row, order, threads=threads)))
    drop_pages(order, source_row)
    return graph, order


def _mapped_names(names: Names) -> Names:
    return Names(memory_mapped(names.offsets), memory_mapped(names.data))


def _at_rest(link: Link) -> Link:
    """Return a link whose large columns lie on disk."""
    reviewer, value, row = (memory_mapped(column) for column in (link.reviewer, link.value, link.row))
    return replace(link, reviewer=reviewer, value=value, row=row, values=_mapped_names(link.values))
