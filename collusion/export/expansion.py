"""An expansion as files: accounts, products, sellers, the rows of the log, and all of it as JSON."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from collusion.base.expansion import FoundAccount, FoundPlace
from collusion.export.directory import atomic_directory
from collusion.export.files import csv_lines
from collusion.export.run import run_figures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from collusion.case.expansion import Expansion
    from collusion.export.directory import Seen

__all__ = ["ACCOUNT_COLUMNS", "PLACE_COLUMNS", "REVIEW_COLUMNS", "SCHEMA", "account_cells", "write_expansion"]

SCHEMA = "collusion/expansion/1"
"""Name and version of ``expansion.json``."""

ACCOUNT_COLUMNS = ("id", "found", *(one.name for one in fields(FoundAccount) if one.name not in {"id", "rows"}), "n_rows")
"""Columns of ``reviewers.csv``."""

PLACE_COLUMNS = tuple(one.name for one in fields(FoundPlace))
"""Columns of ``products.csv`` and of ``sellers.csv``."""

REVIEW_COLUMNS = ("account", "source", "row", "reviewer_id", "product_id", "rating", "timestamp", "review_id")
"""Columns of ``reviews.csv``."""

LOGGED = frozenset({"id", *REVIEW_COLUMNS} - {"row"})
"""Columns whose text comes from the log."""


def account_cells(one: FoundAccount) -> dict[str, Any]:
    """Return an account as plain data."""
    return {**asdict(one), "rows": list(one.rows)}


def write_expansion(found: Expansion, out: Path, *, overwrite: bool = False, seen: Seen | None = None) -> None:
    """Write ``expansion.json``, four tables as CSV and ``run.json`` into a folder that appears whole or not at all.

    The same log, seeds and parameters give the same bytes, except for ``run.json``.

    Parameters
    ----------
    found : Expansion
    out : Path
    overwrite : bool, default False
        Replace a folder that is there.
    seen : tuple of int, optional
        What `collusion.export.check_free` returned before the work began.

    Raises
    ------
    ConfigError
        When the folder exists and may not be overwritten.
    OutputError
        When it cannot be written; nothing is left behind.
    """
    begun = time.perf_counter()
    rows = found.reviews()
    accounts = [(found.passes, one) for one in found.accounts]
    tables: dict[str, tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]] = {
        "reviewers": (ACCOUNT_COLUMNS, (_account(one, is_found=is_found) for is_found, one in accounts)),
        "products": (PLACE_COLUMNS, (_place(one) for one in found.products)),
        "sellers": (PLACE_COLUMNS, (_place(one) for one in found.sellers)),
        "reviews": (REVIEW_COLUMNS, _reviews(found, rows)),
    }
    with atomic_directory(out, overwrite=overwrite, seen=seen) as folder:
        for name, (columns, lines) in tables.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                stream.writelines(csv_lines(columns, lines, LOGGED))
        (folder / "expansion.json").write_text(json.dumps(_tree(found), indent=1, allow_nan=False) + "\n", encoding="ascii")
        figures = run_figures(found.provenance, time.perf_counter() - begun)
        (folder / "run.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="ascii")


def _tree(found: Expansion) -> dict[str, Any]:
    made = found.provenance
    return {
        "schema": SCHEMA,
        **found.to_dict(),
        "provenance": {
            "sources": [asdict(one) for one in made.sources],
            "config": dict(made.config),
            "seed": made.seed,
            "replicates": made.replicates,
            "versions": dict(made.versions),
        },
    }


def _account(one: FoundAccount, *, is_found: bool) -> tuple[Any, ...]:
    cells = {**asdict(one), "found": is_found, "n_rows": len(one.rows)}
    return tuple(cells[name] for name in ACCOUNT_COLUMNS)


def _place(one: FoundPlace) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in PLACE_COLUMNS)


def _reviews(found: Expansion, rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of each account, in the order of the accounts."""
    names = {"row": "source_row"}
    columns = [rows[names.get(name, name)].tolist() if names.get(name, name) in rows else [None] * len(rows) for name in REVIEW_COLUMNS[1:]]
    of = dict(zip(rows["row"].tolist(), zip(*columns, strict=True), strict=True))
    for one in found.accounts:
        for row in one.rows:
            yield (one.id, *(_cell(value) for value in of[row]))


def _cell(value: object) -> object:
    """Return a cell of a frame, which may hold nan or a time where the log has nothing or a time."""
    if value is None or value != value:  # noqa: PLR0124  # nan
        return None
    return value if isinstance(value, (int, str)) else str(value)
