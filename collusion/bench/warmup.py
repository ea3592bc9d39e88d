"""Compiling every kernel of a default scan before it is needed, by scanning tiny logs that reach all of them."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.kernels._jit import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Warmed", "warm_up"]

REPLICATES = 20
"""The fewest with which a ring can be flagged, or be told to be too small for it."""


@dataclass(frozen=True)
class Warmed:
    """What a warm-up did: how long it took, where the cache is, how many compiled kernels it holds, and how many of them are new.

    ``cache`` is None where nothing can be kept.
    """

    seconds: float
    cache: Path | None
    kernels: int
    compiled: int


def warm_up(progress: Callable[[str, int, int | None], None] | None = None) -> Warmed:
    """Scan a log with rings, one whose categories must be inferred, and one without rings; Parquet and text, with and without a seller.

    Raises
    ------
    OSError
        When the cache cannot be written.
    """
    from collusion.bench.market import EXAMPLE_RINGS, Market, simulate  # noqa: PLC0415  # heavy, and timed with the rest
    from collusion.bench.writing import write_log  # noqa: PLC0415  # as above
    from collusion.pipeline import scan  # noqa: PLC0415  # as above

    say = progress or (lambda *_: None)
    named = cache_folder()
    cache = Path(named) if named else None
    before = _compiled(cache)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="collusion-warmup-") as name:
        folder = Path(name)
        ringed, plain = (simulate(Market(reviews=6000, rings=rings), 0) for rings in (EXAMPLE_RINGS, ()))
        write_log(ringed, folder / "a.parquet", "parquet", listing=True)
        write_log(ringed, folder / "b.csv", "csv")
        write_log(plain, folder / "c.parquet", "parquet", text=False)
        _without(folder / "b.csv", ("category", "seller"))
        logs = sorted(folder.iterdir())
        for k, log in enumerate(logs):
            say("warm up", k, len(logs))
            scan(log, replicates=REPLICATES)
        say("warm up", len(logs), len(logs))
    after = _compiled(cache)
    return Warmed(time.perf_counter() - start, cache, len(after), len(after - before))


def _compiled(cache: Path | None) -> set[str]:
    """Return the names of the files that hold compiled code."""
    return set() if cache is None else {path.name for path in cache.glob("*.nbc")}


def _without(log: Path, names: tuple[str, ...]) -> None:
    """Take columns out of a CSV file."""
    import pyarrow.csv  # noqa: PLC0415  # as above

    table = pyarrow.csv.read_csv(log)
    pyarrow.csv.write_csv(table.drop_columns([name for name in names if name in table.column_names]), log)
