"""A process that runs cells, one after the other: a line of JSON in, a line when the method begins, and one with what came of it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from collusion.bench.board.environments import PREFIX
from collusion.bench.board.methods import run, run_in_environment
from collusion.bench.board.recipes import Recipe, make
from collusion.bench.board.scoring import Truth, score
from collusion.bench.calibration import World, world_log
from collusion.bench.peers import MemoryLimitError, TimeLimitError
from collusion.bench.stages import forget_peak, peak
from collusion.config import ScanConfig
from collusion.pipeline import read_log
from collusion.simulate.writing import to_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.graph.log import Log
    from collusion.simulate.labelled import LabelledLog

__all__ = ["Bench", "main"]

WARM = World("warm", 1, 2_000, ("dense",))
"""The log that each method is run on once before it is timed, so that what it loads is not counted."""


class Bench:
    """Holds the log at hand, and which methods are warm."""

    def __init__(self) -> None:
        self._recipe: tuple[Recipe, str | None] | None = None
        self._log: tuple[LabelledLog, Log, Truth, str] | None = None
        self._small: Log | None = None
        self._warm: set[str] = set()

    def prepare(self, recipe: Recipe, folder: str | None) -> tuple[LabelledLog, Log, Truth, str]:
        """Return the log of a recipe, read and coded: that of the last cell where it is the same."""
        if self._log is None or self._recipe != (recipe, folder):
            self._log = None
            labelled = make(recipe, None if folder is None else Path(folder))
            log, _ = read_log(labelled.table, ScanConfig(threads=1))
            self._recipe, self._log = (recipe, folder), (labelled, log, Truth.of(labelled, log), labelled.digest())
        return self._log

    def warm(self, method: str, values: Mapping[str, Any], begins: IO[str]) -> None:
        """Run a method on a small log, once in the life of this process; whatever goes wrong there will go wrong by the clock too."""
        if method in self._warm:
            return
        tell(begins, {"warms": method})
        if self._small is None:
            self._small = read_log(to_table(world_log(WARM)), ScanConfig(threads=1))[0]
        try:
            run(method, values, self._small, WARM.seed)
        except Exception:  # noqa: BLE001  # see above
            return
        self._warm.add(method)

    def cell(self, task: Mapping[str, Any], begins: IO[str]) -> dict[str, Any]:
        """Run one cell and return its figures; a line to ``begins`` when the method is about to start."""
        method, values = task["method"], task["values"]
        recipe = Recipe(task["data"], task["attack"], task["seed"])
        labelled, log, truth, digest = self.prepare(recipe, task["folder"])
        most: float | None = None
        remark = ""
        if method.startswith(PREFIX):
            tell(begins, {"begins": method})
            with tempfile.TemporaryDirectory(prefix="collusion-peer-") as scratch:
                told, seconds, remark = run_in_environment(method, Path(task["peers"]), log, Path(scratch), *task["limits"])
        else:
            self.warm(method, values, begins)
            forget_peak()
            tell(begins, {"begins": method})
            start = time.perf_counter()
            told = run(method, values, log, recipe.seed)
            seconds, most = time.perf_counter() - start, peak()
        tell(begins, {"judges": method})
        figures, found = score(told, truth, log)
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


def tell(to: IO[str], value: Mapping[str, Any]) -> None:
    """Write one line of JSON, at once."""
    to.write(json.dumps(value, allow_nan=False) + "\n")
    to.flush()


def main() -> None:
    """Run cells until the input ends."""
    # What a method prints must not stand among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    bench = Bench()
    for line in sys.stdin:
        try:
            answer: dict[str, Any] = {"done": bench.cell(json.loads(line), answers)}
        except TimeLimitError as error:
            answer = {"time-out": str(error)}
        except MemoryLimitError as error:
            answer = {"memory": str(error)}
        except MemoryError:
            answer = {"memory": "it ran out of memory"}
        except Exception as error:  # noqa: BLE001  # a method that fails is a row of the table
            answer = {"failed": f"{type(error).__name__}: {error}"[:500]}
        tell(answers, answer)


if __name__ == "__main__":
    main()
