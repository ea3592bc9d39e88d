"""What a scan costs, by stage and by size of the log, beside what decoding the same file and copying memory cost in the same round."""

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

from collusion.errors import CollusionError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collusion.bench.biglog import Truth
    from collusion.bench.peers import PeerCost

__all__ = ["STAGES", "Cost", "Plan", "Recall", "Speed", "label", "measure", "recall_of"]

STAGES = ("decode", "read", "find", "evidence", "null", "power", "scan")
"""In the order of a scan; ``decode`` is pyarrow alone, ``scan`` the whole. ``evidence`` is on both sides of ``null``."""

MATCHED = 0.5
"""Jaccard of the members at which a planted ring counts as found."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Parameters
    ----------
    sizes : sequence of int
        Reviews of each log.
    seed : int, default 0
    runs : int, default 3
        Medians are over these, after one run that compiles the kernels and warms the page cache.
    replicates : int, default 0
    threads : int, default 2
    peers : bool, default True
    peer_seconds : float, default 300
        After which a peer is ended.
    """

    sizes: tuple[int, ...]
    seed: int = 0
    runs: int = 3
    replicates: int = 0
    threads: int = 2
    peers: bool = True
    peer_seconds: float = 300.0


@dataclass(frozen=True)
class Cost:
    """One stage of one size: medians over the runs.

    Parameters
    ----------
    stage : str
    seconds : float
        Wall time.
    cpu : float
        Processor seconds of all threads, user and system.
    peak : float
        Largest resident memory of the process in this stage, MiB (where the system cannot tell stages apart, up to its end).
    ratio : float
        Seconds as a multiple of decoding in the same round.
    """

    stage: str
    seconds: float
    cpu: float
    peak: float
    ratio: float


@dataclass(frozen=True)
class Recall:
    """How many of the planted rings were found; each group counts for one ring at most.

    ``flagged``, ``candidates`` and ``listed`` count rings matched among the groups flagged, those flagged or candidates, and all that
    are listed, explained ones too; ``others`` the groups flagged that are no planted ring.
    """

    planted: int
    flagged: int
    candidates: int
    listed: int
    others: int


@dataclass(frozen=True)
class Speed:
    """What was measured on one log.

    ``generated`` is None where the log was there already; ``bandwidth`` in GB copied a second; ``starts`` holds the seconds of a scan on
    the command line (cold) and of the second scan of one process (warm), for the smallest log only.
    """

    reviews: int
    file_bytes: int
    generated: float | None
    bandwidth: float
    recall: Recall
    stages: tuple[Cost, ...]
    starts: dict[str, float]
    peers: tuple[PeerCost, ...]


def label(reviews: int) -> str:
    """Return a number of reviews in short: 571M, 10K, 1234."""
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "K")):
        if reviews >= unit and reviews % unit == 0:
            return f"{reviews // unit}{letter}"
    return str(reviews)


def measure(plan: Plan, data: Path | None = None, progress: Callable[[str, int, int | None], None] | None = None) -> Iterator[Speed]:
    """Yield what each size costs, as soon as it is known.

    Parameters
    ----------
    plan : Plan
    data : Path, optional
        Folder where logs are kept, and used again; a temporary one where None, one log at a time.
    progress : callable, optional

    Raises
    ------
    CollusionError
        When a run fails.
    """
    from collusion.bench.peers import run_peers  # noqa: PLC0415  # which knows `Plan`

    say = progress or (lambda *_: None)
    failed: dict[str, str] = {}
    for number, reviews in enumerate(sorted(set(plan.sizes))):
        with tempfile.TemporaryDirectory(prefix="collusion-speed-") as scratch:
            path, truth, generated = _log(data or Path(scratch), reviews, plan.seed, say)
            # Room for every planted ring and as many others, so that the list's length does not bound the recall.
            listed = max(20, 2 * len(truth.rings))
            rounds = []
            for k in range(plan.runs + 1):
                say(f"measure {label(reviews)}", k, plan.runs + 1)
                rounds.append(_round(path, plan, listed))
            counted = rounds[1:]
            yield Speed(
                reviews=reviews,
                file_bytes=path.stat().st_size,
                generated=generated,
                bandwidth=statistics.median(one["bandwidth"] for one in counted),
                recall=recall_of(truth, rounds[0]["groups"]),
                stages=_medians(counted),
                starts=_starts(path, plan, listed, Path(scratch), say) if number == 0 else {},
                peers=tuple(run_peers(path, plan, Path(scratch), failed, say)) if plan.peers else (),
            )


def recall_of(truth: Truth, groups: Sequence[tuple[str, Sequence[str]]]) -> Recall:
    """Match planted rings one to one with the groups of a scan, each a status and its members."""
    from collusion.bench.metrics import matched_jaccard  # noqa: PLC0415  # scipy, as above

    planted = [set(ring.reviewers) for ring in truth.rings]

    def matched(*statuses: str) -> int:
        found = [set(members) for status, members in groups if status in statuses]
        return int((matched_jaccard(planted, found) >= MATCHED).sum()) if found else 0

    flagged = matched("flagged")
    others = sum(status == "flagged" for status, _ in groups) - flagged
    return Recall(len(planted), flagged, matched("flagged", "candidate"), matched("flagged", "candidate", "explained"), others)


def run_child(module: str, *arguments: object) -> Any:  # noqa: ANN401  # what the process printed
    """Run a module of ours in a process of its own, and return the JSON it printed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this very program
    if done.returncode:
        raise CollusionError(f"the {arguments[0]} run failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def _log(folder: Path, reviews: int, seed: int, say: Callable[[str, int, int | None], None]) -> tuple[Path, Truth, float | None]:
    from collusion.bench.biglog import VERSION, read_truth, write_big_log  # noqa: PLC0415  # numba, as above

    # Absolute, since peers work in a folder of their own.
    path = folder.resolve() / f"{label(reviews)}.parquet"
    truth = read_truth(path)
    if truth is not None:
        if (truth.version, truth.reviews, truth.seed) != (VERSION, reviews, seed):
            raise ConfigError(
                f"{path.name} was generated with seed {truth.seed} and version {truth.version}, not {seed} and {VERSION}; "
                "delete it, or give another folder to --data"
            )
        return path, truth, None
    if path.exists():
        raise ConfigError(f"{path.name} is in the folder of --data without its truth; delete it, or give another folder")
    start = time.perf_counter()
    truth = write_big_log(path, reviews, seed=seed, progress=lambda done: say(f"generate {label(reviews)}", done, reviews))
    return path, truth, time.perf_counter() - start


def _round(path: Path, plan: Plan, listed: int) -> dict[str, Any]:
    parts = [
        run_child("collusion.bench.stages", "copy"),
        run_child("collusion.bench.stages", "decode", path),
        run_child("collusion.bench.stages", "scan", path, plan.replicates, plan.threads, listed),
    ]
    joined: dict[str, Any] = {what: {**parts[1][what], **parts[2][what]} for what in ("seconds", "cpu", "peak")}
    return {**joined, "bandwidth": parts[0]["bandwidth"], "groups": parts[2]["groups"]}


def _medians(rounds: Sequence[dict[str, Any]]) -> tuple[Cost, ...]:
    costs = []
    for stage in STAGES:
        # A stage that was over at once, such as no replicates, told nothing of itself.
        held = [one for one in rounds if stage in one["seconds"] and stage in one["cpu"]]
        if not held:
            continue
        costs.append(
            Cost(
                stage,
                statistics.median(one["seconds"][stage] for one in held),
                statistics.median(one["cpu"][stage] for one in held),
                statistics.median(one["peak"][stage] for one in held),
                statistics.median(one["seconds"][stage] / one["seconds"]["decode"] for one in held),
            )
        )
    return tuple(costs)


def _starts(path: Path, plan: Plan, listed: int, scratch: Path, say: Callable[[str, int, int | None], None]) -> dict[str, float]:
    """Return the seconds of a scan on the command line, files and all, and of the second scan within one process."""
    cold, warm = [], []
    for k in range(plan.runs):
        say("start", k, plan.runs)
        out = scratch / f"case-{k}"
        command = [sys.executable, "-m", "collusion", "scan", str(path), "--out", str(out), "--quiet"]
        command += [f"--replicates={plan.replicates}", f"--threads={plan.threads}"]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this very program
        cold.append(time.perf_counter() - start)
        if done.returncode:
            raise CollusionError(f"the scan on the command line failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
        warm.append(run_child("collusion.bench.stages", "warm", path, plan.replicates, plan.threads, listed)["seconds"]["scan"])
    return {"cold": statistics.median(cold), "warm": statistics.median(warm)}
