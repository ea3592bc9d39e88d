"""What a scan costs, by stage, beside what decoding the same file costs alone: each in a process of its own, on one generated log."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.errors import CollusionError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Measured", "Speed", "measure", "run_scan"]

STAGES = ("decode", "read", "find", "null", "evidence", "scan")
"""In the order of a scan; ``decode`` is pyarrow alone, ``scan`` the whole."""

MIB = 2**20


@dataclass(frozen=True)
class Measured:
    """One stage: medians over the runs.

    Parameters
    ----------
    stage : str
    seconds : float
        Wall time.
    peak : float
        Largest resident memory of the process up to the end of the stage, MiB; of ``decode`` in a process of its own.
    ratio : float
        Seconds as a multiple of decoding in the same run.
    """

    stage: str
    seconds: float
    peak: float
    ratio: float


@dataclass(frozen=True)
class Speed:
    """What was measured, on what."""

    reviews: int
    file_bytes: int
    generated_seconds: float
    runs: int
    replicates: int
    found: bool
    stages: tuple[Measured, ...]


def measure(
    reviews: int,
    *,
    seed: int = 0,
    runs: int = 3,
    replicates: int = 0,
    threads: int = 2,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Speed:
    """Generate a log with one planted ring, then decode and scan it ``runs`` times each, in turn.

    Parameters
    ----------
    reviews : int
        Ordinary reviews; the market's look-alikes and the ring come on top.
    seed : int, default 0
    runs : int, default 3
        Medians are over these, after one run that compiles the kernels and warms the page cache.
    replicates : int, default 0
    threads : int, default 2
    progress : callable, optional

    Raises
    ------
    CollusionError
        When a run fails.
    """
    from collusion.bench.market import Market, simulate  # noqa: PLC0415  # not in the processes that are measured
    from collusion.bench.planting import RingPlan  # noqa: PLC0415  # as above
    from collusion.bench.writing import write_log  # noqa: PLC0415  # as above

    say = progress or (lambda *_: None)
    with tempfile.TemporaryDirectory(prefix="collusion-speed-") as folder:
        path = Path(folder) / "log.parquet"
        start = time.perf_counter()
        say("generate", 0, None)
        log = simulate(Market(reviews=reviews, rings=(RingPlan(50, 20, 0.8),)), seed)
        write_log(log, path, "parquet", text=False)
        planted, total = set(log.rings[0].reviewers), len(log)
        del log
        generated = time.perf_counter() - start
        rounds = []
        for k in range(runs + 1):
            say("measure", k, runs + 1)
            rounds.append(_round(path, replicates, threads))
        size = path.stat().st_size
    found = all(planted == set(one.ring) for one in rounds)
    counted = rounds[1:]
    stages = []
    for stage in STAGES:
        seconds = [one.seconds[stage] for one in counted]
        ratios = [one.seconds[stage] / one.seconds["decode"] for one in counted]
        peaks = [one.peak[stage] for one in counted]
        stages.append(Measured(stage, statistics.median(seconds), statistics.median(peaks), statistics.median(ratios)))
    return Speed(total, size, generated, runs, replicates, found, tuple(stages))


@dataclass(frozen=True)
class _Round:
    seconds: dict[str, float]
    peak: dict[str, float]
    ring: list[str]


def _round(path: Path, replicates: int, threads: int) -> _Round:
    decoded, scanned = _run("decode", path), _run("scan", path, replicates, threads)
    return _Round({**decoded["seconds"], **scanned["seconds"]}, {**decoded["peak"], **scanned["peak"]}, scanned["ring"])


def _run(kind: str, *arguments: object) -> Any:  # noqa: ANN401  # what the process printed
    command = [sys.executable, "-m", "collusion.bench.speed", kind, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this very program
    if done.returncode:
        raise CollusionError(f"the {kind} run failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def run_decode(path: str) -> dict[str, object]:
    """Decode the columns that a scan reads, and do nothing with them."""
    import pyarrow.parquet  # noqa: PLC0415  # its import is not what is measured

    names = [name for name in pyarrow.parquet.read_schema(path).names if name not in ("review_id", "text", "helpful_votes")]
    start = time.perf_counter()
    file = pyarrow.parquet.ParquetFile(path, memory_map=True)
    for _ in file.iter_batches(batch_size=1 << 16, columns=names, use_threads=False):
        pass
    return {"seconds": {"decode": time.perf_counter() - start}, "peak": {"decode": _peak()}, "ring": []}


def run_scan(path: str, replicates: str, threads: str) -> dict[str, object]:
    """Scan a log; return seconds and peak memory by stage, and the members of the best ring."""
    from collusion.pipeline import scan  # noqa: PLC0415  # its import is not what is measured

    peaks: dict[str, float] = {}
    last = ["read"]

    def note(stage: str, done: int, total: int | None) -> None:  # noqa: ARG001  # the names of the protocol
        # The memory at the first word of a stage is the peak of all before it.
        if stage != last[0]:
            peaks[last[0]] = _peak()
            last[0] = stage

    start = time.perf_counter()
    case = scan([path], replicates=int(replicates), threads=int(threads), progress=note)
    whole = time.perf_counter() - start
    peaks[last[0]] = peaks["scan"] = _peak()
    peaks = {**dict.fromkeys(STAGES[1:], peaks["scan"]), **peaks}
    seconds = {**case.provenance.seconds, "scan": whole}
    return {"seconds": seconds, "peak": peaks, "ring": list(case.rings[0].reviewers) if case.rings else []}


def _peak() -> float:
    """Return the largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Of this program alone: the figure of getrusage begins with that of the process that started it.
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    import resource  # noqa: PLC0415  # not on Windows, where only this benchmark is missed

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


if __name__ == "__main__":
    runs_of: dict[str, Callable[..., dict[str, object]]] = {"decode": run_decode, "scan": run_scan}
    sys.stdout.write(json.dumps(runs_of[sys.argv[1]](*sys.argv[2:])))
