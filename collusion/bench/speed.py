"""What a scan costs, by stage, size and kind of the log, compared with decoding the same file and copying memory in the same round."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from collusion.base.errors import CollusionError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collusion.bench.peers import PeerCost
    from collusion.simulate.biglog import Truth

__all__ = ["LOGS", "MIB", "STAGES", "Cost", "Plan", "Recall", "Speed", "label", "measure", "recall_of"]

LOGS = {
    "full": "as many reviews per reviewer and product as in Amazon Reviews 2023, with categories and sellers, in the order of time",
    "bare": "the same reviews without the columns of categories and sellers",
    "powerlaw": "ids by power laws, times uniform, rows in no order, no categories and no sellers",
}
"""Kinds of generated logs, and what is in them."""

MIB = 2**20

STAGES = ("decode", "read", "find", "evidence", "null", "power", "scan")
"""In the order of a scan; ``decode`` is pyarrow alone, ``scan`` the whole. ``evidence`` is on both sides of ``null``."""

MATCHED = 0.5
"""Jaccard of the members at which a planted ring counts as found."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured: logs of these sizes, in reviews, and kinds (`LOGS`), each scanned with each number of null replicates.

    Medians are over ``runs``, after one that warms the page cache. A peer is ended after ``peer_seconds``.
    """

    sizes: tuple[int, ...]
    logs: tuple[str, ...] = ("full",)
    replicates: tuple[int, ...] = (0,)
    seed: int = 0
    runs: int = 3
    threads: int = 2
    peers: bool = True
    peer_seconds: float = 300.0


@dataclass(frozen=True)
class Cost:
    """One stage of the scan of one log: medians over the runs.

    ``seconds`` is wall time, ``cpu`` processor seconds of all threads, user and system, and ``busy`` the one divided by the other. ``peak``
    is the largest resident memory of the process in this stage, MiB (up to its end, where the system cannot separate stages), the program
    itself included; ``bytes_per_review`` is the same by reviews. ``ratio`` and ``cpu_ratio`` are multiples of decoding in the same round.
    """

    stage: str
    seconds: float
    cpu: float
    peak: float
    busy: float
    ratio: float
    cpu_ratio: float
    bytes_per_review: float


@dataclass(frozen=True)
class Recall:
    """How many of the planted rings were found; each group counts for one ring at most.

    ``flagged``, ``candidates`` and ``listed`` count the rings matched among the flagged groups, among those and the coordinated ones and
    candidates, and among all groups listed, explained ones too; ``others`` counts the flagged groups that are no planted ring.
    """

    planted: int
    flagged: int
    candidates: int
    listed: int
    others: int


@dataclass(frozen=True)
class Speed:
    """What was measured on one log with one number of null replicates.

    ``log`` is one of `LOGS`. ``generated`` is None where the log was there already; ``bandwidth`` in GB copied a second; ``starts`` holds
    the seconds of a scan on the command line (cold) and of the second scan of one process (warm), for the first scan of all only;
    ``peers`` what other libraries cost on the full log, beside the first number of replicates.
    """

    reviews: int
    log: str
    replicates: int
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
    """Yield what each scan costs, as soon as it is known: by size, then by kind of log, then by replicates.

    Logs are kept in the folder ``data`` and used again; without one they are temporary, one log at a time.

    Raises
    ------
    CollusionError
        When a run fails.
    """
    from collusion.bench.peers import run_peers  # noqa: PLC0415  # which knows `Plan`

    say = progress or (lambda *_: None)
    failed: dict[str, str] = {}
    first = True
    for reviews, kind in product(sorted(set(plan.sizes)), dict.fromkeys(plan.logs)):
        with tempfile.TemporaryDirectory(prefix="collusion-speed-") as folder:
            scratch = Path(folder)
            path, truth, generated = _log(data or scratch, reviews, kind, plan.seed, say)
            for k, replicates in enumerate(dict.fromkeys(plan.replicates)):
                # Room for every planted ring and as many others, so that the list's length does not bound the recall.
                scanned = _Scan(path, replicates, plan.threads, max(20, 2 * len(truth.rings)))
                rounds = []
                for n in range(plan.runs + 1):
                    say(f"measure {_name(reviews, kind)} with {replicates} replicates", n, plan.runs + 1)
                    rounds.append(_round(scanned))
                # Peers code categories and sellers as well.
                beside = plan.peers and k == 0 and kind == "full"
                yield Speed(
                    reviews=reviews,
                    log=kind,
                    replicates=replicates,
                    file_bytes=path.stat().st_size,
                    generated=generated,
                    bandwidth=statistics.median(one["bandwidth"] for one in rounds[1:]),
                    recall=recall_of(truth, rounds[0]["groups"]),
                    stages=_medians(rounds[1:], reviews),
                    starts=_starts(plan, scanned, scratch, say) if first else {},
                    peers=tuple(run_peers(path, plan, scratch, failed, say)) if beside else (),
                )
                first = False


class _Scan(NamedTuple):
    """One scan as its process takes it: the log, null replicates, threads and groups listed."""

    path: Path
    replicates: int
    threads: int
    listed: int


def recall_of(truth: Truth, groups: Sequence[tuple[str, Sequence[str]]]) -> Recall:
    """Match planted rings one to one with the groups of a scan, each a status and its members."""
    from collusion.bench.metrics import matched_jaccard  # noqa: PLC0415  # scipy, as above

    planted = [set(ring.reviewers) for ring in truth.rings]

    def matched(*statuses: str) -> int:
        found = [set(members) for status, members in groups if status in statuses]
        return int((matched_jaccard(planted, found) >= MATCHED).sum()) if found else 0

    flagged = matched("flagged")
    others = sum(status == "flagged" for status, _ in groups) - flagged
    likely = matched("flagged", "coordinated", "candidate")
    return Recall(len(planted), flagged, likely, matched(*{status for status, _ in groups}), others)


def run_child(module: str, *arguments: object) -> Any:  # noqa: ANN401  # what the process printed
    """Run a module of ours in a process of its own, and return the JSON it printed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this very program
    if done.returncode:
        raise CollusionError(f"the {arguments[0]} run failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def _name(reviews: int, kind: str) -> str:
    """Return what a log is called, and its file: 10M, 10M-bare."""
    return label(reviews) if kind == "full" else f"{label(reviews)}-{kind}"


def _log(folder: Path, reviews: int, kind: str, seed: int, say: Callable[[str, int, int | None], None]) -> tuple[Path, Truth, float | None]:
    from collusion.simulate.biglog import VERSION, read_truth, write_big_log  # noqa: PLC0415  # numba, as above
    from collusion.simulate.powerlaw import write_power_law  # noqa: PLC0415  # pyarrow, as above

    write: Callable[..., Truth] = {"full": write_big_log, "bare": partial(write_big_log, bare=True), "powerlaw": write_power_law}[kind]  # type: ignore[assignment]
    name = _name(reviews, kind)
    # Absolute, since peers work in a folder of their own.
    path = folder.resolve() / f"{name}.parquet"
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
    truth = write(path, reviews, seed=seed, progress=lambda done: say(f"generate {name}", done, reviews))
    return path, truth, time.perf_counter() - start


def _round(scanned: _Scan) -> dict[str, Any]:
    parts = [
        run_child("collusion.bench.stages", "copy"),
        run_child("collusion.bench.stages", "decode", scanned.path),
        run_child("collusion.bench.stages", "scan", *scanned),
    ]
    joined: dict[str, Any] = {what: {**parts[1][what], **parts[2][what]} for what in ("seconds", "cpu", "peak")}
    return {**joined, "bandwidth": parts[0]["bandwidth"], "groups": parts[2]["groups"]}


def _medians(rounds: Sequence[dict[str, Any]], reviews: int) -> tuple[Cost, ...]:
    costs = []
    for stage in STAGES:
        # A stage without work, such as no replicates, has no figures.
        measured = [one for one in rounds if one["seconds"].get(stage) and stage in one["cpu"]]
        if not measured:
            continue
        seconds, cpu, peak = ([one[what][stage] for one in measured] for what in ("seconds", "cpu", "peak"))
        median = statistics.median
        costs.append(
            Cost(
                stage=stage,
                seconds=median(seconds),
                cpu=median(cpu),
                peak=median(peak),
                busy=median(spent / wall for spent, wall in zip(cpu, seconds, strict=True)),
                ratio=median(wall / one["seconds"]["decode"] for wall, one in zip(seconds, measured, strict=True)),
                cpu_ratio=median(spent / one["cpu"]["decode"] for spent, one in zip(cpu, measured, strict=True)),
                bytes_per_review=median(peak) * MIB / reviews,
            )
        )
    return tuple(costs)


def _starts(plan: Plan, scanned: _Scan, scratch: Path, say: Callable[[str, int, int | None], None]) -> dict[str, float]:
    """Return the seconds of a scan on the command line, files and all, and of the second scan within one process."""
    cold, warm = [], []
    for k in range(plan.runs):
        say("start", k, plan.runs)
        out = scratch / f"case-{k}"
        command = [sys.executable, "-m", "collusion", "scan", str(scanned.path), "--out", str(out), "--quiet"]
        command += [f"--replicates={scanned.replicates}", f"--threads={scanned.threads}"]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this very program
        cold.append(time.perf_counter() - start)
        if done.returncode:
            raise CollusionError(f"the scan on the command line failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
        warm.append(run_child("collusion.bench.stages", "warm", *scanned)["seconds"]["scan"])
    return {"cold": statistics.median(cold), "warm": statistics.median(warm)}
