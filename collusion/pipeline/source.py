"""From a source to the coded log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from collusion.config import ScanConfig
from collusion.errors import ConfigError
from collusion.graph import store
from collusion.graph.graph import build_graph
from collusion.graph.log import Basket, Log, Names
from collusion.model import Accounting, Source
from collusion.pipeline.progress import Progress, silent
from collusion.reviews import read_reviews
from collusion.reviews.table import COUNTED, ReviewTable

__all__ = ["encode", "read_log"]


def read_log(source: Any, config: ScanConfig, progress: Progress = silent) -> tuple[Log, ReviewTable | None]:  # noqa: ANN401  # a path, paths, a frame or a table
    """Read a source and code it.

    Parameters
    ----------
    source : path, sequence of paths, data frame, ReviewTable, Log or folder made by `encode`
    config : ScanConfig
    progress : callable, optional

    Returns
    -------
    log : Log
    table : ReviewTable or None
        The way back to the source's rows; None for a folder made by `encode`.
    """
    if isinstance(source, Log):
        return source, None
    paths = [source] if isinstance(source, (str, Path)) else list(source) if isinstance(source, (list, tuple)) else []
    stores = [path for path in paths if store.is_store(Path(path))]
    if stores:
        if len(paths) > 1:
            raise ConfigError(f"{stores[0]}: is a folder made by `collusion encode`; scan it alone, or scan the logs it was made from")
        return store.load(Path(stores[0])), None
    if isinstance(source, ReviewTable):
        table = source
    else:
        table = read_reviews(
            paths or source, map=config.map, time_unit=config.time_unit, dialect=config.dialect, threads=config.threads, progress=progress
        )
    return _log_of(table), table


def encode(source: Any, folder: Path, config: ScanConfig | None = None, progress: Progress = silent) -> Log:  # noqa: ANN401  # as read_log
    """Read a source and write the coded log into an existing, empty folder, which `scan` takes in place of the log."""
    log, _ = read_log(source, config or ScanConfig(), progress)
    progress("write", 0, None)
    store.save(log, folder)
    return log


def _log_of(table: ReviewTable) -> Log:
    counted = np.flatnonzero(table.status == COUNTED)
    graph = build_graph(
        table.reviewer[counted],
        table.listing[table.product[counted]],
        time=None if table.time is None else table.time[counted],
        rating=None if table.rating is None else table.rating[counted],
        row=counted,
        category=table.category_of_listing(),
        seller=table.seller_of_listing(),
        n_reviewers=len(table.reviewer_names),
        n_products=len(table.product_names),
    )
    # Rows of the table lead to the product as the log names it; then to the source, which is what evidence cites.
    variant = table.product[graph.row]
    return Log(
        graph=replace(graph, row=table.row[graph.row]),
        reviewers=Names(table.reviewer_names.offsets, table.reviewer_names.data),
        products=Names(table.product_names.offsets, table.product_names.data),
        variant=variant,
        baskets=tuple(Basket(v.products, v.reviewers, v.rows, v.copies, v.inferred) for v in table.variants),
        accounting=Accounting(
            rows_in=table.rows_in,
            accepted=table.accepted,
            set_aside=table.set_aside,
            counted=len(counted),
            repeated=table.repeated,
            copies=table.copies,
            reviewers=int(np.count_nonzero(np.diff(graph.indptr))),
            products=int(np.count_nonzero(np.diff(graph.product_indptr))),
        ),
        sources=tuple(Source(s.name, s.format, s.rows, s.first_row, s.digest) for s in table.sources),
        problems=tuple(table.problems),
        notes=table.notes,
    )
