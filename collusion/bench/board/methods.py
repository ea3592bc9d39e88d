"""Any method on any log, with results of one form: groups, best first, and scores of reviewers, products and reviews."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.config import ScanConfig
from collusion.base.errors import CollusionError, ConfigError, did_you_mean
from collusion.bench.board.environments import PEER_METHODS, PREFIX, peer_method, run_peer, sizes_of
from collusion.bench.board.peer_script import KINDS
from collusion.detect import BUILT_IN, Detector, detector_class, kind_of, make_detector, make_ranker
from collusion.graph.membership import edges_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from collusion.base.model import Group
    from collusion.detect import Ranker
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.log import Log

__all__ = [
    "BASELINES",
    "KINDS",
    "SCAN",
    "MethodResult",
    "check_method",
    "default_methods",
    "gives_groups",
    "run",
    "run_in_environment",
    "run_method",
]

SCAN = "scan"
"""The full pipeline: candidates of the default detector, or of ``scan:NAME``, refined, merged, tested and flagged."""

BASELINES = ("degree", "minus-degree")
"""In every table."""


@dataclass(frozen=True, eq=False)
class MethodResult:
    """What a method found in a log.

    Parameters
    ----------
    groups : list of (reviewers, products) or None
        Sorted codes of the graph, best first; None for a ranker, which finds no groups.
    scores : mapping of str to array of float
        For each of `KINDS` that the method scores, a number for each code (for reviews: each edge), higher for the more suspicious. For
        methods that find groups: minus the rank of the first group that contains it, and less than that of the last where none does.
    """

    groups: list[tuple[NDArray[np.int32], NDArray[np.int32]]] | None
    scores: Mapping[str, NDArray[np.float64]]


def default_methods() -> tuple[str, ...]:
    """Return the full pipeline and all built-in methods."""
    return (SCAN, *BUILT_IN)


def check_method(name: str, values: Mapping[str, Any] | None = None) -> None:
    """Raise ConfigError where there is no such method or parameter; all problems of one method at once."""
    first, colon, inner = name.partition(":")
    if first == SCAN:
        if values:
            raise ConfigError(f"{name}: takes no parameters; give them to the detector by its own name")
        if colon:
            make_detector(inner)
    elif name.startswith(PREFIX):
        peer_method(name)
        if values:
            raise ConfigError(f"{name}: takes no parameters")
    elif kind_of(_class(name)) == "ranker":
        make_ranker(name, values)
    else:
        make_detector(name, values)


def gives_groups(name: str) -> bool:
    """Return whether a method finds groups."""
    if name.startswith(PREFIX):
        return "groups" in PEER_METHODS[name].gives
    return name.partition(":")[0] == SCAN or kind_of(_class(name)) == "detector"


def run(name: str, values: Mapping[str, Any], log: Log, seed: int) -> MethodResult:
    """Run a method on a log: a detector or a ranker, built in or a plug-in, ``scan``, or ``scan:DETECTOR``.

    The method has its defaults where ``values`` has no parameter. Its random numbers are seeded by ``seed`` and its name.

    Raises
    ------
    CollusionError
        When the method gives scores of the wrong length or nan, or codes that are not in the log.
    """
    first, _, inner = name.partition(":")
    if first == SCAN:
        return _scan(log, inner, seed)
    return run_method(make_detector(name, values) if gives_groups(name) else make_ranker(name, values), log, seed)


def run_method(method: Detector | Ranker, log: Log, seed: int) -> MethodResult:
    """Run a detector or a ranker as `run` does: its random numbers are seeded by its name."""
    name, graph = method.name, log.graph
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    if isinstance(method, Detector):
        return of_groups(graph, _checked_groups(name, method.find(graph, rng), graph))
    scores = method.score(graph, rng)
    given = {kind: value for kind in KINDS if (value := getattr(scores, kind)) is not None}
    return MethodResult(None, _checked_scores(name, given, graph))


def run_in_environment(name: str, folder: Path, log: Log, scratch: Path, seconds: float, memory: float) -> tuple[MethodResult, float, str]:
    """Run a public implementation (`run_peer`), and return its result, the seconds that it took, and a remark.

    ``seconds`` and ``memory`` limit its process, in wall seconds and MiB.
    """
    graph = log.graph
    found = run_peer(name, folder, graph, scratch, seconds, int(memory * 2**20))
    groups = None
    if found["groups"] is not None:
        groups = [(np.array(one["reviewers"], np.int32), np.array(one["products"], np.int32)) for one in found["groups"]]
    scores = {} if groups is None else dict(of_groups(graph, groups).scores)
    # Its own scores say more than the ranks of groups.
    scores |= {kind: np.array(found[kind], np.float64) for kind in KINDS if found[kind] is not None}  # type: ignore[literal-required]  # as named
    return (
        MethodResult(groups, _checked_scores(name, scores, graph)),
        found["seconds"],
        f"version {found['version']}. {found['remarks']}".strip(),
    )


def of_groups(graph: ReviewGraph, groups: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]]) -> MethodResult:
    """Return the result for groups, best first: they score reviewers, products and reviews by their ranks."""
    none = -float(len(groups) + 1)
    scores = {kind: np.full(n, none) for kind, n in sizes_of(graph).items()}
    # From the last to the first: the first group that contains something sets its score.
    for rank in range(len(groups), 0, -1):
        people, products = groups[rank - 1]
        scores["reviewers"][people] = -rank
        scores["products"][products] = -rank
        edges = edges_of(graph, people)
        # A method that names no products means all reviews of its members.
        scores["reviews"][edges[np.isin(graph.product[edges], products)] if len(products) else edges] = -rank
    return MethodResult(list(groups), scores)


def _scan(log: Log, detector: str, seed: int) -> MethodResult:
    from collusion.pipeline import scan  # noqa: PLC0415  # which other methods do not need

    config = ScanConfig(seed=seed, threads=1)
    case = scan(log, config=replace(config, detectors=(detector,)) if detector else config)
    graph = log.graph
    people = {name: code for code, name in enumerate(log.reviewers.take(np.arange(graph.n_reviewers)).tolist())}
    # The products of a ring are variants; nodes of the graph are listings.
    names = log.products.take(log.variant)
    node = dict(zip(names.tolist(), graph.product.tolist(), strict=True))
    listed, flagged = [], []
    for ring in case.rings:
        group = (
            np.array(sorted(people[name] for name in ring.reviewers), np.int32),
            # A variant all of whose reviews are copies is not in the graph; its listing is, by another variant.
            np.unique(np.array([node[name] for name in ring.products if name in node], np.int32)),
        )
        if ring.status != "explained":
            listed.append(group)
        if ring.flagged:
            flagged.append(group)
    # The flagged groups count as found. All groups that are not explained rank their members.
    return replace(of_groups(graph, listed), groups=flagged)


def _class(name: str) -> type[Any]:
    try:
        return detector_class(name)
    except ConfigError as error:
        raise ConfigError(f"no method is called {name!r}; {did_you_mean(name, default_methods())}") from error


def _checked_groups(name: str, groups: Sequence[Group], graph: ReviewGraph) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    for group in groups:
        for kind, codes, n in (("reviewers", group.reviewers, graph.n_reviewers), ("products", group.products, graph.n_products)):
            if len(codes) and not 0 <= codes[0] <= codes[-1] < n:
                raise CollusionError(f"{name}: a group has {kind} that are not in the log: codes must be from 0 to {n - 1:,}")
    return [(group.reviewers, group.products) for group in groups]


def _checked_scores(name: str, given: Mapping[str, NDArray[np.float64]], graph: ReviewGraph) -> dict[str, NDArray[np.float64]]:
    for kind, n in sizes_of(graph).items():
        scores = given.get(kind)
        if scores is not None and (scores.shape != (n,) or np.isnan(scores).any()):
            raise CollusionError(
                f"{name}: scores of {kind} must be {n:,} numbers; there are {scores.size:,}, {int(np.isnan(scores).sum()):,} of them nan"
            )
    return dict(given)
