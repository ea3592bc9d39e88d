"""The process side of the leaderboard: one cell after the other, the log of the last one kept."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.base.config import ScanConfig
from collusion.bench.board.environments import PREFIX
from collusion.bench.board.log_specs import LogSpec, make_log
from collusion.bench.board.methods import run, run_in_environment
from collusion.bench.board.scoring import Truth, score
from collusion.bench.stages import forget_peak, peak
from collusion.bench.worlds import World, world_log
from collusion.pipeline import read_log
from collusion.simulate.writing import to_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.bench.worker import Allow
    from collusion.graph.log import Log
    from collusion.simulate.labelled import LabelledLog

__all__ = ["GRACE", "CellWork"]

WARM_UP = World("warm-up", 1, 2_000, ("dense",))
"""The log that each method is run on once before it is timed, so that what it loads does not count."""

GRACE = 900.0
"""Seconds for making a log, and then for scoring: neither counts for the method."""

WARM_UP_SECONDS = 120.0
"""Seconds beyond its own limit that a method may take at its first run, on a small log."""

PEER_GRACE = 60.0
"""Seconds for writing the input of a peer and reading its answer."""


class CellWork:
    """Runs cells (`collusion.bench.worker`); keeps the log of the last cell, and which methods have been warmed up."""

    def __init__(self) -> None:
        self._spec: tuple[LogSpec, str | None] | None = None
        self._log: tuple[LabelledLog, Log, Truth, str] | None = None
        self._small: Log | None = None
        self._warm: set[str] = set()

    def prepare(self, spec: LogSpec, folder: str | None) -> tuple[LabelledLog, Log, Truth, str]:
        """Return a log, read and coded, with its truth and its digest."""
        if self._log is None or self._spec != (spec, folder):
            self._log = None
            self._log = coded(make_log(spec, None if folder is None else Path(folder)))
            self._spec = spec, folder
        return self._log

    def warm_up(self, method: str, values: Mapping[str, Any]) -> None:
        """Run a method on a small log; what goes wrong there goes wrong in the timed run, too."""
        if self._small is None:
            self._small = read_log(to_table(world_log(WARM_UP)), ScanConfig(threads=1))[0]
        try:
            run(method, values, self._small, WARM_UP.seed)
        except Exception:  # noqa: BLE001  # see above
            return
        self._warm.add(method)

    def __call__(self, task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:
        """Run one cell and return its figures."""
        method, values, seconds_allowed = task["method"], task["values"], task["limits"][0]
        spec = LogSpec(task["data"], task["attack"], task["seed"])
        labelled, log, truth, digest = self.prepare(spec, task["folder"])
        most: float | None = None
        remark = ""
        if method.startswith(PREFIX):
            allow(seconds_allowed + PEER_GRACE)
            with tempfile.TemporaryDirectory(prefix="collusion-peer-") as scratch:
                result, seconds, remark = run_in_environment(method, Path(task["peers"]), log, Path(scratch), *task["limits"])
        else:
            if method not in self._warm:
                allow(seconds_allowed + WARM_UP_SECONDS)
                self.warm_up(method, values)
            forget_peak()
            allow(seconds_allowed)
            start = time.perf_counter()
            result = run(method, values, log, spec.seed)
            seconds, most = time.perf_counter() - start, peak()
        allow(GRACE)
        figures, found = score(result, truth, log)
        return {
            "seconds": round(seconds, 4),
            "peak": None if most is None else round(most, 1),
            "remark": remark,
            "log": digest,
            "reviews": len(labelled),
            "rings": len(labelled.rings),
            "figures": figures,
            "found": [asdict(one) for one in found],
        }


def coded(labelled: LabelledLog) -> tuple[LabelledLog, Log, Truth, str]:
    """Return a labelled log, the same as codes, its truth by these codes, and its digest."""
    log, _ = read_log(labelled.table, ScanConfig(threads=1))
    return labelled, log, Truth.of(labelled, log), labelled.digest()
