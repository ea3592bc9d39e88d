"""What runs in a process of its own while it is measured: decoding, a plain copy, and the scan by stage."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Meter", "copy", "decode", "forget_peak", "peak", "scan", "warm"]

MIB = 2**20
COPIED = 512 * MIB
"""Bytes of the copy that measures the bandwidth of memory: larger than any cache."""

LAST = {"find": "evidence", "null": "evidence"}
"""Stage that a scan begins when another one has ended."""


def peak() -> float:
    """Return the largest resident memory of this process since it began, or since the last `forget_peak`, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Of this program alone: the figure of getrusage begins with that of the process that started it.
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    import resource  # noqa: PLC0415  # not on Windows, where only this benchmark is missed

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (MIB if sys.platform == "darwin" else 1024)


def forget_peak() -> None:
    """Reset what `peak` returns, where the system can: Linux since 4.0."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


class Meter:
    """Takes the progress of a scan and adds up, by stage, processor seconds (of all threads, user and system) and peak memory."""

    def __init__(self, stage: str = "read") -> None:
        self.cpu: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self._stage, self._start = stage, time.process_time()
        forget_peak()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note of how far a stage is."""
        if total is not None and done >= total:
            stage = LAST.get(stage, stage)
        if stage != self._stage:
            self.turn(stage)

    def turn(self, stage: str = "") -> None:
        """End the stage at hand, and begin another."""
        now = time.process_time()
        self.cpu[self._stage] = self.cpu.get(self._stage, 0.0) + now - self._start
        self.peaks[self._stage] = max(self.peaks.get(self._stage, 0.0), peak())
        self._stage, self._start = stage, now
        forget_peak()


def decode(path: str) -> dict[str, Any]:
    """Decode the columns that a scan reads, and do nothing with them."""
    import pyarrow.parquet  # noqa: PLC0415  # its import is not what is measured

    meter, start = Meter("decode"), time.perf_counter()
    file = pyarrow.parquet.ParquetFile(path, memory_map=True)
    for _ in file.iter_batches(batch_size=1 << 16, use_threads=False):
        pass
    seconds = time.perf_counter() - start
    meter.turn()
    return {"seconds": {"decode": seconds}, "cpu": meter.cpu, "peak": meter.peaks}


def copy() -> dict[str, Any]:
    """Copy a large array, best of three; return GB copied in a second: each is read once and written once."""
    import numpy as np  # noqa: PLC0415  # its import is not what is measured

    source = np.ones(COPIED, np.uint8)
    target = np.zeros_like(source)  # touched, so that no page is made while the clock runs
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - start)
    return {"bandwidth": COPIED / best / 1e9}


def scan(path: str, replicates: str, threads: str, max_candidates: str) -> dict[str, Any]:
    """Scan a log; return seconds, processor seconds and peak memory by stage, and the groups listed."""
    from collusion.pipeline import scan as run  # noqa: PLC0415  # its import is not what is measured

    meter, start, begun = Meter(), time.perf_counter(), time.process_time()
    case = run([path], replicates=int(replicates), threads=int(threads), max_candidates=int(max_candidates), progress=meter)
    whole, spent = time.perf_counter() - start, time.process_time() - begun
    meter.turn()
    seconds = {**case.provenance.seconds, "scan": whole}
    return {
        "seconds": seconds,
        "cpu": {**meter.cpu, "scan": spent},
        "peak": {**meter.peaks, "scan": max(meter.peaks.values())},
        "groups": [[ring.status, ring.reviewers] for ring in case.rings],
    }


def warm(path: str, replicates: str, threads: str, max_candidates: str) -> dict[str, Any]:
    """Scan a log twice, and return what the second scan cost."""
    scan(path, replicates, threads, max_candidates)
    return scan(path, replicates, threads, max_candidates)


if __name__ == "__main__":
    kinds: dict[str, Callable[..., dict[str, Any]]] = {"decode": decode, "copy": copy, "scan": scan, "warm": warm}
    sys.stdout.write(json.dumps(kinds[sys.argv[1]](*sys.argv[2:])))
