"""Other libraries on the same logs, each in a process of its own under limits of time and memory."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError
from collusion.bench.peer_work import PEERS, READS
from collusion.bench.processes import memory_of_machine, run_bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from collusion.bench.speed import Plan

__all__ = ["PeerCost", "run_peers"]

SHARE = 2 / 3
"""Of the machine's memory that a peer may take."""


@dataclass(frozen=True)
class PeerCost:
    """Costs of a peer in one run; figures are None where ``said`` is not ``done``."""

    name: str
    work: str
    said: str
    seconds: float | None = None
    cpu: float | None = None
    peak: float | None = None


def run_peers(
    path: Path, plan: Plan, scratch: Path, failed: dict[str, str], say: Callable[[str, int, int | None], None]
) -> Iterator[PeerCost]:
    """Yield a row for each of `PEERS`, whatever becomes of it; those of ``failed``, on a smaller log, are not run again."""
    limit = int(memory_of_machine() * SHARE)
    edges = scratch / "edges.npy"
    trouble = ""

    def run(work: str, source: Path, *more: str) -> dict[str, float]:
        command = [sys.executable, "-m", "collusion.bench.peer_work", work, str(source), *more, str(plan.threads)]
        cost: dict[str, float] = json.loads(run_bounded(command, plan.peer_seconds, limit, scratch, plan.threads).splitlines()[-1])
        return cost

    for k, peer in enumerate(PEERS):
        say("peers", k, len(PEERS))
        if importlib.util.find_spec(peer.package) is None:
            yield PeerCost(peer.name, peer.work, "not installed")
            continue
        if peer.name in failed:
            yield PeerCost(peer.name, peer.work, f"not run: on a smaller log {failed[peer.name]}")
            continue
        if peer.work != READS and not edges.exists() and not trouble:
            # What all of them begin with is made once, and outside of their time.
            try:
                run("edges", path, str(edges))
            except CollusionError as error:
                trouble = str(error)
        if peer.work != READS and trouble:
            yield PeerCost(peer.name, peer.work, f"not run: the edges: {trouble}")
            continue
        try:
            cost = run(peer.name, path if peer.work == READS else edges)
        except CollusionError as error:
            failed[peer.name] = str(error)
            yield PeerCost(peer.name, peer.work, str(error))
        else:
            yield PeerCost(peer.name, peer.work, "done", cost["seconds"], cost["cpu"], cost["peak"])
