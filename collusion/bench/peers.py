"""Other libraries on the same logs, each in a process of its own that may take so long and so much memory and no more."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.errors import CollusionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from collusion.bench.speed import Plan

__all__ = [
    "PEERS",
    "MemoryLimitError",
    "Peer",
    "PeerCost",
    "TimeLimitError",
    "memory_of_machine",
    "resident",
    "run_bounded",
    "run_peers",
    "run_within",
]

SHARE = 2 / 3
"""Of the machine's memory that a peer may take."""

PATH = re.compile(r"['\"]?/")

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
    """What a peer's work cost in one run; figures are None where ``said`` is not ``done``."""

    name: str
    work: str
    said: str
    seconds: float | None = None
    cpu: float | None = None
    peak: float | None = None


def memory_of_machine() -> int:
    """Return the bytes of the machine's memory; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def run_peers(
    path: Path, plan: Plan, scratch: Path, failed: dict[str, str], say: Callable[[str, int, int | None], None]
) -> Iterator[PeerCost]:
    """Yield a row for each of `PEERS`, whatever becomes of it; those of ``failed``, on a smaller log, are not run again."""
    limit = int(memory_of_machine() * SHARE)
    command = [sys.executable, "-m", "collusion.bench.peer_work"]
    edges = scratch / "edges.npy"
    trouble = ""
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
                run_within([*command, "edges", str(path), str(edges), str(plan.threads)], plan.peer_seconds, limit, scratch, plan.threads)
            except CollusionError as error:
                trouble = str(error)
        if peer.work != READS and trouble:
            yield PeerCost(peer.name, peer.work, f"not run: the edges: {trouble}")
            continue
        source = path if peer.work == READS else edges
        try:
            told = run_within([*command, peer.name, str(source), str(plan.threads)], plan.peer_seconds, limit, scratch, plan.threads)
        except CollusionError as error:
            failed[peer.name] = str(error)
            yield PeerCost(peer.name, peer.work, str(error))
        else:
            yield PeerCost(peer.name, peer.work, "done", told["seconds"], told["cpu"], told["peak"])


class TimeLimitError(CollusionError):
    """A process took longer than it might."""


class MemoryLimitError(CollusionError):
    """A process took more memory than it might."""


def run_within(command: list[str], seconds: float, memory: int, folder: Path, threads: int) -> Any:  # noqa: ANN401  # what the process printed
    """Run a command and return the JSON it printed.

    Raises
    ------
    CollusionError
        As `run_bounded`.
    """
    return json.loads(run_bounded(command, seconds, memory, folder, threads).strip().splitlines()[-1])


def run_bounded(
    command: list[str], seconds: float, memory: int, folder: Path, threads: int, variables: Mapping[str, str] | None = None
) -> str:
    """Run a command, and the processes that it starts, and return what it printed.

    Parameters
    ----------
    command : list of str
    seconds : float
        That it may take.
    memory : int
        Bytes that it and the processes it starts may hold together; 0: no bound. Memory that they share counts once for each.
    folder : Path
        It runs there, and what it prints is kept there.
    threads : int
        That it is told to take at most.
    variables : mapping, optional
        Of its environment, beside those of this process.

    Raises
    ------
    TimeLimitError, MemoryLimitError
        When it took more than so many seconds or bytes; it has been ended then, with all that it started.
    CollusionError
        When it failed; in short words.
    """
    # The names by which these libraries are told how many threads they may take.
    bounds = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    out, err = folder / "peer.out", folder / "peer.err"
    said: CollusionError | None = None
    with out.open("wb") as to, err.open("wb") as complaints:
        # In the scratch folder, where what a library spills is removed with it; in a group of its own, which can be ended as a whole.
        process = subprocess.Popen(  # noqa: S603  # this very program, or one that the caller has made
            command, stdout=to, stderr=complaints, cwd=folder, env={**os.environ, **bounds, **(variables or {})}, start_new_session=True
        )
        end = time.monotonic() + seconds
        try:
            while process.poll() is None and said is None:
                if time.monotonic() > end:
                    said = TimeLimitError(f"took more than {seconds:,.0f} s")
                elif memory and sum(map(resident, _family(process.pid))) > memory:
                    said = MemoryLimitError(f"took more than {memory / 2**30:,.1f} GiB")
                else:
                    time.sleep(0.05)
        finally:
            _end(process)
    if said is not None:
        raise said
    if process.returncode:
        lines = err.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [f"exit code {process.returncode}"]
        # The file's folder is nobody's business: of a message only what stands before a path is told.
        raise CollusionError(f"failed: {PATH.split(lines[-1])[0].strip()[:120]}")
    return out.read_text(encoding="utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its group: what a killed process has started goes on without it."""
    process.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all that it and they have started, where the system tells."""
    yield pid
    try:
        told = [(task / "children").read_text(encoding="ascii") for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return  # it, or a thread of it, has just ended, or the system has no such file; the next look is soon
    for child in " ".join(told).split():
        yield from _family(int(child))


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds; 0 where it has ended, or the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0  # it has just ended, or the system has no such file
    return pages * os.sysconf("SC_PAGE_SIZE")
