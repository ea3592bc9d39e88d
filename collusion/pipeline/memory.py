"""Whether a log will fit: asked before anything is read, so that a scan that cannot end does not begin."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import BudgetError
from collusion.base.hints import hint
from collusion.graph.projection import MATERIALIZED_REVIEWS
from collusion.inference.permutations import side_by_side
from collusion.kernels.mapped import LARGE_COLUMN_BYTES
from collusion.reviews.expect import expected_rows

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

__all__ = ["available", "check_memory", "needed"]

GIB = 2**30

BASE, A_ROW, A_REPLICATE = 468 * 2**20, 137, 41
"""Bytes that a scan takes at its peak whatever the log, for each row, and for each row and null replicate that is searched at a time.

Measured as the largest resident memory of ``collusion scan --format csv`` with two threads, on logs of ``collusion simulate`` with texts
and all columns: 557 and 805 MiB at 1.1 and 3.2 million rows with ``--replicates 0``, 635 and 970 MiB with ``--replicates 4``, of which each
thread searches one at a time. These are the lines through them with a tenth on top.
"""

A_FURTHER = 36
"""Bytes per row beyond `MATERIALIZED_REVIEWS`: there the windows of all edges are not kept, and seldom used columns are on disk."""

MAPPED = LARGE_COLUMN_BYTES // 4
"""Rows from which columns of four bytes that are searched lie on disk, too, so that further rows take little more memory for a while."""

MAPPED_ROW, MAPPED_REPLICATE = 28, 10
"""Bytes for each row, and for each row and replicate, of a log of more than `MAPPED` rows: one of ``collusion bench speed`` of 571 million
rows took 13.7 GiB of memory that is not a file's, and 18.5 GiB while a replicate was searched. A tenth more is asked for."""

CGROUPS = Path("/sys/fs/cgroup")


def needed(rows: int, in_parallel: int) -> int:
    """Return the bytes that a scan of so many rows is expected to take at its peak, with so many replicates searched at a time."""
    most = min(rows, MAPPED)
    held = (
        BASE + A_ROW * min(most, MATERIALIZED_REVIEWS) + A_FURTHER * max(most - MATERIALIZED_REVIEWS, 0) + A_REPLICATE * in_parallel * most
    )
    return max(held, (MAPPED_ROW + MAPPED_REPLICATE * in_parallel) * rows)


def check_memory(
    paths: Sequence[str | os.PathLike[str]], memory: float | None, replicates: int = 0, threads: int = 1, *, earlier: int = 0
) -> None:
    """Raise BudgetError where a scan of these files is expected to take more than ``memory`` (GiB), or more than is free where None.

    ``earlier`` rows of the log were read before. Of so many null replicates `side_by_side` are searched at a time. Nothing is read but the
    row counts of Parquet files and the start of text files. Where the number of rows or the free memory is not known, every log passes.
    """
    budget = available() if memory is None else int(memory * GIB)
    rows = None if budget is None else expected_rows(paths)
    if budget is None or rows is None:
        return
    rows += earlier
    in_parallel = min(side_by_side(rows, threads), replicates)
    need = needed(rows, in_parallel)
    logging.getLogger(__name__).info("about %.1f GiB for %d rows; the budget is %.1f GiB", need / GIB, rows, budget / GIB)
    if need > budget:
        fewer = f", with {in_parallel} replicates searched at a time ({hint('threads')})" if in_parallel > 1 else ""
        limit = "are free" if memory is None else f"are allowed ({hint('memory')})"
        raise BudgetError(
            f"about {rows:,} rows would take {need / GIB:.1f} GiB{fewer}, but {budget / GIB:.1f} GiB {limit}; scan a shorter range of "
            f"dates or one category at a time, use a machine with more memory, or try all the same with {hint('memory', -(-need // GIB))}"
        )


def available(root: Path = Path("/proc"), cgroups: Path = CGROUPS) -> int | None:
    """Return how many bytes this process may still take: what the machine has free, or the rest of its control group's limit if less.

    None if the system does not say.
    """
    return min([*_left_in_machine(root), *_left_in_groups(root, cgroups)], default=None)


def _left_in_machine(root: Path) -> Iterator[int]:
    try:
        lines = (root / "meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    yield from (int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _left_in_groups(root: Path, cgroups: Path) -> Iterator[int]:
    """Yield what is left of the memory limit of each control group that this process is in (both versions), and of those above it."""
    try:
        lines = (root / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, limit, used = cgroups, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            top, limit, used = cgroups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        # Inside a container the path may be that of the host, and the container's own group the top.
        inner = top / path.lstrip("/")
        for group in (inner, *inner.parents):
            if group == top.parent:
                break
            try:
                most = (group / limit).read_text(encoding="ascii").strip()
                if most != "max":
                    yield max(int(most) - int((group / used).read_text(encoding="ascii")) + _reclaimable(group), 0)
            except (OSError, ValueError):
                continue


def _reclaimable(group: Path) -> int:
    """Return the bytes of files that the group holds in memory and would give up."""
    for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            return int(value)
    return 0
