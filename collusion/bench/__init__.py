"""Benchmarks: methods on logs whose truth is known, calibration, and costs.

`compare` runs methods in this process. ``collusion bench run`` runs them in processes under limits and keeps a record, which `read_rows`
reads; `summary_frame` turns rows into a data frame.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collusion.bench.board.grid import Grid, run_grid
    from collusion.bench.board.in_process import Comparison, compare
    from collusion.bench.board.log_specs import LogSpec, make_log
    from collusion.bench.board.record import Cell, Row, read_rows
    from collusion.bench.board.summaries import Interval, Lead, Summary, leads, summaries, summary_frame
    from collusion.bench.intervals import clopper_pearson

__all__ = [
    "Cell",
    "Comparison",
    "Grid",
    "Interval",
    "Lead",
    "LogSpec",
    "Row",
    "Summary",
    "clopper_pearson",
    "compare",
    "leads",
    "make_log",
    "read_rows",
    "run_grid",
    "summaries",
    "summary_frame",
]

_MODULES = {
    "board.grid": ("Grid", "run_grid"),
    "board.in_process": ("Comparison", "compare"),
    "board.log_specs": ("LogSpec", "make_log"),
    "board.record": ("Cell", "Row", "read_rows"),
    "board.summaries": ("Interval", "Lead", "Summary", "leads", "summaries", "summary_frame"),
    "intervals": ("clopper_pearson",),
}
_HOME = {name: f"collusion.bench.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the type depends on the name
    # Loaded on first use: a worker process that waits for tasks needs none of this.
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'collusion.bench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
