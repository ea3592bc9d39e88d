"""Other libraries on the same logs, each in a process of its own under limits of time and memory."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError
from collusion.bench.processes import memory_of_machine, run_bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from collusion.bench.speed import Plan

__all__ = ["PEERS", "Peer", "PeerCost", "run_peers"]

SHARE = 2 / 3
"""Of the machine's memory that a peer may take."""

READS = "Parquet to codes of reviewers, products, categories and sellers, times and ratings, in the order of product and time"
GROUPS = "edges in memory to communities of the bipartite graph of reviewers and products, the graph's making included"
BLOCK = "edges in memory to FRAUDAR's first block, weighted by logarithms, the graph's making included"


@dataclass(frozen=True)
class Peer:
    """One library at one work; ``package`` is what it is imported as, ``version_of`` what it is installed as."""

    name: str
    package: str
    version_of: str
    work: str


PEERS = (
    Peer("collusion read", "collusion", "collusion", READS),
    Peer("pandas", "pandas", "pandas", READS),
    Peer("polars", "polars", "polars", READS),
    Peer("duckdb", "duckdb", "duckdb", READS),
    Peer("igraph louvain", "igraph", "igraph", GROUPS),
    Peer("igraph leiden", "igraph", "igraph", GROUPS),
    Peer("scikit-network louvain", "sknetwork", "scikit-network", GROUPS),
    Peer("networkit plm", "networkit", "networkit", GROUPS),
    Peer("networkit leiden", "networkit", "networkit", GROUPS),
    Peer("collusion fraudar", "collusion", "collusion", BLOCK),
    Peer("ugfraud fraudar", "UGFraud", "UGFraud", BLOCK),
)


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
