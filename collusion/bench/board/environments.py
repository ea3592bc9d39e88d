"""Public implementations, each in a virtual environment of its own, for one table with their own code and ours."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from collusion.base.errors import CollusionError, ConfigError, did_you_mean
from collusion.bench.board.peer_script import HEADER, KINDS
from collusion.bench.processes import run_bounded
from collusion.detect.speagle import SpEagle
from collusion.graph.graph import NO_TIME, build_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = [
    "PEER_METHODS",
    "PREFIX",
    "PeerGroup",
    "PeerMethod",
    "PeerResult",
    "environment_python",
    "make_environment",
    "peer_method",
    "run_peer",
    "run_script",
    "sizes_of",
]

PREFIX = "peer:"

Gives = Literal["groups", "reviewers", "products", "reviews"]

SCRIPT = Path(__file__).with_name("peer_script.py")

MADE = "collusion-peer.json"
"""File in an environment that says what was installed. It is written last: an environment without it is incomplete."""

DAY = 86_400
"""Seconds: peers take times, our graphs days."""

CLEAN = {
    # Sets of texts have the same order each time, and no package of another environment is found.
    "PYTHONHASHSEED": "0",
    "PYTHONPATH": "",
    "PYTHONHOME": "",
    "PYTHONNOUSERSITE": "1",
}


@dataclass(frozen=True)
class PeerMethod:
    """One method of a package that pip installs.

    ``name`` is `PREFIX` and what `collusion.bench.board.peer_script` calls it. ``distribution`` is the folder of its environment, which
    methods of one package share. ``requirements`` are the package at a version, and what it does not declare. ``gives`` says what it finds
    or scores, ``priors`` whether it needs probabilities of spam, which its package does not compute.
    """

    name: str
    distribution: str
    requirements: tuple[str, ...]
    gives: tuple[Gives, ...]
    priors: bool = False

    @property
    def script_name(self) -> str:
        """What the script calls it."""
        return self.name.removeprefix(PREFIX)


UGFRAUD = ("UGFraud==0.1.1.3", "scikit-learn", "networkx", "scipy", "numpy")
COORDINATION = ("coordination-network-toolkit==1.5.2",)
NETWORKX = ("networkx==3.6.1", "numpy")

PEER_METHODS: dict[str, PeerMethod] = {
    method.name: method
    for method in (
        PeerMethod("peer:ugfraud-fraudar", "ugfraud", UGFRAUD, ("groups",)),
        PeerMethod("peer:ugfraud-speagle", "ugfraud", UGFRAUD, ("reviewers", "products", "reviews"), priors=True),
        PeerMethod("peer:ugfraud-gang", "ugfraud", UGFRAUD, ("reviewers", "products"), priors=True),
        PeerMethod("peer:ugfraud-fbox", "ugfraud", UGFRAUD, ("reviewers", "products")),
        PeerMethod("peer:rgmining-fraudar", "rgmining-fraudar", ("rgmining-fraudar==0.7.6",), ("groups", "reviewers")),
        PeerMethod("peer:rgmining-fraud-eagle", "rgmining-fraud-eagle", ("rgmining-fraud-eagle==0.10.6",), ("reviewers",)),
        PeerMethod("peer:rgmining-rsd", "rgmining-rsd", ("rgmining-rsd==0.3.6",), ("reviewers",)),
        PeerMethod("peer:coordination-toolkit", "coordination-network-toolkit", COORDINATION, ("groups", "reviewers")),
        PeerMethod("peer:sknetwork-louvain", "scikit-network", ("scikit-network==0.33.5",), ("groups",)),
        PeerMethod("peer:sknetwork-leiden", "scikit-network", ("scikit-network==0.33.5",), ("groups",)),
        PeerMethod("peer:networkx-louvain", "networkx", NETWORKX, ("groups",)),
        PeerMethod("peer:networkx-greedy-modularity", "networkx", NETWORKX, ("groups",)),
        PeerMethod("peer:networkx-core", "networkx", NETWORKX, ("groups", "reviewers", "products")),
        PeerMethod("peer:networkx-charikar", "networkx", NETWORKX, ("groups",)),
        PeerMethod("peer:networkx-fista", "networkx", NETWORKX, ("groups",)),
    )
}
"""By name. Left out are UGFraud's ZooBP, which adds one number to all priors, and its SVD, which learns from labels."""


class PeerGroup(TypedDict):
    """A group by sorted codes; ``products`` is empty where the peer names none."""

    reviewers: list[int]
    products: list[int]


class PeerResult(TypedDict):
    """What a peer found, and in how many seconds; None for what it does not score. Scores are higher for the more suspicious."""

    seconds: float
    groups: list[PeerGroup] | None
    reviewers: list[float] | None
    products: list[float] | None
    reviews: list[float] | None
    version: str
    remarks: str


def environment_python(name: str, folder: Path) -> Path | None:
    """Return the Python of a method's environment in a folder; None where there is none, or one of other requirements."""
    method = peer_method(name)
    environment = folder / method.distribution
    python = _python(environment)
    return python if python.exists() and _made(environment) == list(method.requirements) else None


def make_environment(name: str, folder: Path, seconds: float = 1800.0) -> Path:
    """Make the environment of a method, unless it exists, and return its folder. Uses the package index that pip is configured for.

    ``folder`` keeps the environments, one for each package; ``seconds`` is the limit of time for the installation.

    Raises
    ------
    ConfigError
        When no peer has this name, or its folder contains something else.
    CollusionError
        When it cannot be made, with the last error of pip. Nothing incomplete is left behind.
    """
    method = peer_method(name)
    environment = folder / method.distribution
    if environment_python(name, folder) is not None:
        return environment
    if environment.exists() and not (environment / "pyvenv.cfg").exists():
        raise ConfigError(f"{environment} exists and is not an environment; name another folder for the environments of peers")
    shutil.rmtree(environment, ignore_errors=True)
    pip = [_pip_python(), "-m", "pip", "--python", str(environment), "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    try:
        for command in ([sys.executable, "-m", "venv", "--without-pip", str(environment)], [*pip, *method.requirements]):
            _call(method, command, seconds)
        (environment / MADE).write_text(json.dumps({"requirements": method.requirements}), encoding="utf-8")
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        raise
    return environment


def run_peer(name: str, folder: Path, graph: ReviewGraph, scratch: Path, seconds: float, memory: int) -> PeerResult:
    """Run a method in its environment, which is in ``folder``; ``scratch`` is an empty folder for what goes in and out.

    ``seconds`` limits its process, imports and reading included; ``memory`` is a limit of bytes, 0 for none.

    Raises
    ------
    ConfigError
        When no peer has this name, or its environment has not been made.
    TimeLimitError, MemoryLimitError
        When it exceeded a limit.
    CollusionError
        When it failed, needs something that the graph does not have, or its answer is invalid; all problems at once.
    """
    python = environment_python(name, folder)
    if python is None:
        raise ConfigError(f"{name}: there is no environment of {peer_method(name).distribution} in {folder}; make_environment makes it")
    return run_script(python, name, graph, scratch, seconds, memory)


def run_script(python: Path, name: str, graph: ReviewGraph, scratch: Path, seconds: float, memory: int) -> PeerResult:
    """Run a method by any Python that its package is installed for; otherwise as `run_peer`."""
    method = peer_method(name)
    scratch = scratch.resolve()
    source, answer = scratch / "reviews.csv", scratch / "answer.json"
    answer.unlink(missing_ok=True)
    # Peers only know nodes that have reviews. Their codes keep the order of ours, so that the edges do, too.
    (people, reviewer), (things, product) = (np.unique(codes, return_inverse=True) for codes in (graph.reviewer, graph.product))
    dense = build_graph(reviewer, product, time=graph.time, rating=graph.rating)
    _write(dense, source)
    # The path is not resolved: a link to a Python is what makes it that of its environment.
    command = [str(python.absolute()), str(SCRIPT), method.script_name, str(source), str(answer)]
    if method.priors:
        (scratch / "priors.json").write_text(json.dumps(_priors(dense)), encoding="utf-8")
        command.append(str(scratch / "priors.json"))
    run_bounded(command, seconds, memory, scratch, 1, CLEAN)
    try:
        found = json.loads(answer.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CollusionError(f"{name}: it completed, but left no readable answer ({type(error).__name__})") from error
    wrong = _faults(found, method, dense)
    if wrong:
        raise CollusionError("\n".join(f"{name}: {problem}" for problem in wrong))
    return _in_codes(found, graph, people, things)


def sizes_of(graph: ReviewGraph) -> dict[str, int]:
    """Return the numbers of reviewers, products and reviews, by `KINDS`."""
    return dict(zip(KINDS, (graph.n_reviewers, graph.n_products, graph.n_reviews), strict=True))


def _in_codes(found: PeerResult, graph: ReviewGraph, people: NDArray[np.int32], things: NDArray[np.int32]) -> PeerResult:
    """Return an answer about the nodes that have reviews in the codes of the graph; the others score as low as the lowest."""

    def spread(scores: list[float] | None, codes: NDArray[np.int32], n: int) -> list[float] | None:
        if scores is None:
            return None
        by_code = np.full(n, min(scores))
        by_code[codes] = scores
        scores_by_code: list[float] = by_code.tolist()
        return scores_by_code

    groups = found["groups"]
    if groups is not None:
        groups = [{"reviewers": people[one["reviewers"]].tolist(), "products": things[one["products"]].tolist()} for one in groups]
    return {
        **found,
        "groups": groups,
        "reviewers": spread(found["reviewers"], people, graph.n_reviewers),
        "products": spread(found["products"], things, graph.n_products),
    }


def peer_method(name: str) -> PeerMethod:
    """Return the peer of this name; raises ConfigError where there is none."""
    try:
        return PEER_METHODS[name]
    except KeyError:
        raise ConfigError(f"no peer is called {name!r}; {did_you_mean(name, PEER_METHODS)}") from None


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _pip_python() -> str:
    """Return a Python that has pip: this one, or the one that its environment was made from."""
    base: str = getattr(sys, "_base_executable", sys.executable)
    return sys.executable if find_spec("pip") else base


def _made(environment: Path) -> list[str] | None:
    """Return what was installed into an environment; None where it was not finished."""
    try:
        made = json.loads((environment / MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return made.get("requirements") if isinstance(made, dict) else None


def _call(method: PeerMethod, command: list[str], seconds: float) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    what = f"{', '.join(method.requirements)} could not be installed for Python {version}"
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False)  # noqa: S603  # made here
    except subprocess.TimeoutExpired as error:
        raise CollusionError(f"{what}: it took more than {seconds:,.0f} s") from error
    except OSError as error:
        raise CollusionError(f"{what}: {error.strerror}") from error
    if done.returncode:
        lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        # Hints come after the error that they are about.
        errors = [line for line in lines if line.lower().startswith("error:")]
        raise CollusionError(f"{what}: {(errors or lines or [f'exit code {done.returncode}'])[-1][:300]}")


def _write(graph: ReviewGraph, path: Path) -> None:
    def texts(values: NDArray[Any] | None) -> list[str]:
        if values is None:
            return [""] * graph.n_reviews
        return ["" if math.isnan(value) else f"{value:.15g}" for value in values.tolist()]

    time = None if graph.time is None else np.where(graph.time == NO_TIME, np.nan, graph.time.astype(np.float64) * DAY)
    rows = zip(graph.reviewer.tolist(), graph.product.tolist(), texts(graph.rating), texts(time), strict=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEADER) + "\n")
        file.writelines(f"{who},{what},{rating},{when}\n" for who, what, rating, when in rows)


def _priors(graph: ReviewGraph) -> dict[str, list[float]]:
    """Return the probabilities of spam that our own speagle begins with, by code and by line."""
    spam = 1 / (1 + np.exp(-SpEagle().prior(graph)))
    parts = np.split(spam, [graph.n_reviewers, graph.n_reviewers + graph.n_products])
    return {kind: part.tolist() for kind, part in zip(KINDS, parts, strict=True)}


def _faults(found: Any, method: PeerMethod, graph: ReviewGraph) -> list[str]:  # noqa: ANN401  # what a peer's process wrote
    """Return what is wrong with an answer."""
    if not isinstance(found, dict) or found.keys() != PeerResult.__annotations__.keys():
        return [f"its answer must have {', '.join(PeerResult.__annotations__)}, and nothing else"]
    wrong = [f"it must give {kind}" for kind in method.gives if found[kind] is None]
    wrong += [
        f"it gives {kind}, of which it is not known to say anything"
        for kind in ("groups", *KINDS)
        if found[kind] is not None and kind not in method.gives
    ]
    if not _is_number(found["seconds"]) or not 0 <= found["seconds"] < math.inf:
        wrong.append(f"seconds must be a number from 0 on, not {found['seconds']!r}")
    wrong += [f"{key} must be text, not {found[key]!r}" for key in ("version", "remarks") if not isinstance(found[key], str)]
    sizes = sizes_of(graph)
    for kind, n in sizes.items():
        scores = found[kind]
        if scores is None:
            continue
        if not isinstance(scores, list) or len(scores) != n or not all(map(_is_number, scores)):
            wrong.append(f"scores of {kind} must be a list of {n:,} numbers, none of them nan")
    if found["groups"] is not None:
        wrong += _group_faults(found["groups"], sizes)
    return wrong


def _group_faults(groups: Any, sizes: dict[str, int]) -> list[str]:  # noqa: ANN401  # as above
    if not isinstance(groups, list):
        return ["groups must be a list"]
    wrong = []
    for rank, group in enumerate(groups, 1):
        if not isinstance(group, dict) or group.keys() != PeerGroup.__annotations__.keys():
            wrong.append(f"group {rank:,} must have {' and '.join(PeerGroup.__annotations__)}, and nothing else")
            continue
        for kind in PeerGroup.__annotations__:
            codes = group[kind]
            if not isinstance(codes, list) or not all(type(code) is int and 0 <= code < sizes[kind] for code in codes):
                wrong.append(f"{kind} of group {rank:,} must be codes from 0 to {sizes[kind] - 1:,}")
            elif codes != sorted(set(codes)):
                wrong.append(f"{kind} of group {rank:,} must be in order, each once")
    return wrong


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
