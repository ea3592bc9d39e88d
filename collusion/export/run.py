"""Figures of one run, which differ from run to run: how long it took, and how much memory."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.base.model import Provenance
    from collusion.case import Case

__all__ = ["run_figures", "write_run"]


def write_run(case: Case, folder: Path, writing: float, *, flagged_only: bool) -> None:
    """Write ``run.json``: ``version``, ``seconds`` by stage, ``total_seconds``, ``peak_memory_mib`` and ``flagged_only``.

    A case that was compared with an earlier one has ``earlier_journals``, too: paths from the folder that holds the case.

    Parameters
    ----------
    case : Case
    folder : Path
    writing : float
        Seconds that the other files took.
    flagged_only : bool
        Whether tables and networks hold flagged rings alone.
    """
    figures = {**run_figures(case.provenance, writing), "flagged_only": flagged_only}
    if case.earlier_journals:
        # Relative, so that cases that are moved together find them. The hidden folder has the parent that the case will have.
        figures["earlier_journals"] = [os.path.relpath(one, folder.resolve().parent) for one in case.earlier_journals]
    (folder / "run.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="ascii")


def run_figures(provenance: Provenance, writing: float) -> dict[str, Any]:
    """Return the figures of one run: ``version``, ``seconds`` by stage, ``total_seconds`` and ``peak_memory_mib``.

    Parameters
    ----------
    provenance : Provenance
    writing : float
        Seconds that writing took.
    """
    seconds = {stage: round(value, 6) for stage, value in {**provenance.seconds, "write": writing}.items()}
    return {
        "version": provenance.versions.get("collusion"),
        "seconds": seconds,
        "total_seconds": round(sum(seconds.values()), 6),
        "peak_memory_mib": _peak_memory(),
    }


def _peak_memory() -> float | None:
    """Return the largest resident memory of this process so far, in MiB; None where the system does not tell."""
    try:
        with open("/proc/self/status", encoding="ascii") as stream:  # noqa: PTH123  # Linux; a child starts from 0 there
            return round(next(int(line.split()[1]) for line in stream if line.startswith("VmHWM:")) / 1024, 1)
    except (OSError, StopIteration):
        pass
    try:
        resource = importlib.import_module("resource")  # Unix only
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit / 2**20, 1)
