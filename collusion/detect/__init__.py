"""Detectors and rankers: one method per file, each a frozen dataclass of parameters with a name and `find` or `score`.

A detector proposes candidates; it does not grade them (`collusion.evidence` and `collusion.inference` do). A ranker proposes no groups: it
scores reviewers, products or reviews, for comparison with detectors and for people who want a ranked list to check.

Loops that serve one method, or a few, are compiled (a `.cpp` file and a Python wrapper of the same name) and are in this folder;
`BUILT_IN` lists the files that are methods.
"""

from __future__ import annotations

import dataclasses
import importlib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from collusion.base.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from collusion.base.model import Group, Scored, Scores
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.pairs import Key, Pairs

__all__ = [
    "BUILT_IN",
    "ENTRY_POINTS",
    "Context",
    "ContextDetector",
    "Detector",
    "Kind",
    "Ranker",
    "detector_class",
    "detector_names",
    "find_groups",
    "kind_of",
    "make_detector",
    "make_ranker",
    "parameters",
]

Kind = Literal["detector", "ranker"]

BUILT_IN: dict[str, str] = {
    "lockstep": "collusion.detect.lockstep:Lockstep",
    "fraudar": "collusion.detect.fraudar:Fraudar",
    "densest": "collusion.detect.densest:Densest",
    "core": "collusion.detect.alpha_beta_core:AlphaBetaCore",
    "leiden": "collusion.detect.leiden:Leiden",
    "mzoom": "collusion.detect.mzoom:Mzoom",
    "synchrotrap": "collusion.detect.synchrotrap:Synchrotrap",
    "catchsync": "collusion.detect.catchsync:Catchsync",
    "copycatch": "collusion.detect.copycatch:Copycatch",
    "spectral": "collusion.detect.spectral:Spectral",
    "holoscope": "collusion.detect.holoscope:Holoscope",
    "gsrank": "collusion.detect.gsrank:Gsrank",
    "gsbc": "collusion.detect.gsbc:Gsbc",
    "defrauder": "collusion.detect.defrauder:Defrauder",
    # The rankers.
    "fraudeagle": "collusion.detect.fraudeagle:FraudEagle",
    "speagle": "collusion.detect.speagle:SpEagle",
    "collueagle": "collusion.detect.collueagle:ColluEagle",
    "rev2": "collusion.detect.rev2:Rev2",
    "birdnest": "collusion.detect.birdnest:Birdnest",
    "footprint": "collusion.detect.footprint:Footprint",
    "degree": "collusion.detect.degree:Degree",
    "minus-degree": "collusion.detect.degree:MinusDegree",
    "random": "collusion.detect.chance:Chance",
}
"""Name of each detector and ranker and where it lives; loaded on use, so that asking for the list imports nothing."""

ENTRY_POINTS = "collusion.detectors"


@runtime_checkable
class Detector(Protocol):
    """What a plug-in detector has to be: a frozen dataclass of parameters with a name and one method."""

    name: ClassVar[str]

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:
        """Return candidate groups, best first; an empty list when there is none. The graph is not changed."""
        ...


@dataclasses.dataclass(frozen=True)
class Context:
    """What a scan offers to detectors that take it.

    Parameters
    ----------
    threads : int, default 1
        Threads that the detector may use; they change no result.
    counted : mapping, optional
        Pairs of reviewers of this graph that were counted ahead, for several detectors in one pass (`collusion.graph.pairs.count_ahead`).
    """

    threads: int = 1
    counted: Mapping[Key, Pairs] = dataclasses.field(default_factory=dict)


@runtime_checkable
class ContextDetector(Protocol):
    """A detector that takes what the scan offers: ``find`` is then ``find_in`` with an empty `Context`."""

    name: ClassVar[str]

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:
        """Return candidate groups as `Detector.find` does."""
        ...

    def find_in(self, graph: ReviewGraph, rng: np.random.Generator, context: Context) -> list[Group]:
        """Return the same groups, using what the context offers."""
        ...


def find_groups(detector: Detector, graph: ReviewGraph, rng: np.random.Generator, context: Context) -> list[Group]:
    """Run a detector with what the scan offers, where it takes that."""
    if isinstance(detector, ContextDetector):
        return detector.find_in(graph, rng, context)
    found = detector.find(graph, rng)
    # Of a third party's, perhaps: what it returns wrongly would fail far from here.
    return checked(found, detector.name, graph)


def checked(found: object, name: str, graph: ReviewGraph) -> list[Group]:
    """Return what a detector found, if it is a list of groups of this graph.

    Raises
    ------
    ConfigError
        When it is not.
    """
    from collusion.base.model import Group  # noqa: PLC0415  # numpy, which the list of names must not load

    if not isinstance(found, list):
        raise ConfigError(f"detector {name!r}: find returned {type(found).__name__}, not a list of Group")
    for group in found:
        if not isinstance(group, Group):
            raise ConfigError(f"detector {name!r}: find returned a list with {type(group).__name__} in it, not a list of Group")
        for side, codes, size in (("reviewers", group.reviewers, graph.n_reviewers), ("products", group.products, graph.n_products)):
            if len(codes) and not 0 <= codes.min() <= codes.max() < size:
                raise ConfigError(f"detector {name!r}: the {side} of a group are codes from 0 to {size - 1:,}, not {codes.max():,}")
    return found


@runtime_checkable
class Ranker(Protocol):
    """A method that scores nodes or reviews instead of finding groups. It is a frozen dataclass of parameters, too.

    ``ranks`` names which of ``"reviewers"``, ``"products"`` and ``"reviews"`` it scores, so that a list of methods can show this without
    running any. `collusion.testing.check_ranker` checks the laws.
    """

    name: ClassVar[str]
    ranks: ClassVar[tuple[Scored, ...]]

    def score(self, graph: ReviewGraph, rng: np.random.Generator) -> Scores:
        """Return the scores, higher for the more suspicious. The graph is not changed."""
        ...


def detector_names() -> tuple[str, ...]:
    """Return the names of all detectors and rankers: built in, then from the entry-point group ``collusion.detectors``."""
    outside = sorted({point.name for point in entry_points(group=ENTRY_POINTS)} - BUILT_IN.keys())
    return (*BUILT_IN, *outside)


def detector_class(name: str) -> type[Any]:
    """Return the class of a detector or ranker.

    Raises
    ------
    ConfigError
        When there is no detector of that name.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found: type[Any] = getattr(importlib.import_module(module), attribute)
        return found
    for point in entry_points(group=ENTRY_POINTS, name=name):
        loaded: type[Any] = point.load()
        return loaded
    raise ConfigError(f"no detector or ranker is called {name!r}; {did_you_mean(name, detector_names())}")


def parameters(cls: type[Any]) -> dict[str, object]:
    """Return a detector's parameters with their defaults."""
    return {f.name: f.default for f in dataclasses.fields(cls)}


def kind_of(cls: type[Any]) -> Kind:
    """Return whether a class finds groups or scores what is in the graph; what does both is a detector."""
    return "ranker" if callable(getattr(cls, "score", None)) and not callable(getattr(cls, "find", None)) else "detector"


def make_detector(name: str, values: Mapping[str, object] | None = None) -> Detector:
    """Return a detector with the parameters given and the defaults for the rest.

    Raises
    ------
    ConfigError
        When the detector or a parameter is unknown, a value is refused by the detector, or the name is a ranker's; all problems at once.
    """
    cls = detector_class(name)
    if kind_of(cls) == "ranker":
        raise ConfigError(
            f"{name!r} is a ranker: it scores {' and '.join(cls.ranks)} and finds no groups, so a scan cannot run it; "
            f"call collusion.rank({name!r}, graph), or take one of the detectors: {', '.join(_detectors())}"
        )
    detector: Detector = cls(**_known(name, cls, values))
    return detector


def make_ranker(name: str, values: Mapping[str, object] | None = None) -> Ranker:
    """Return a ranker with the parameters given and the defaults for the rest.

    Raises
    ------
    ConfigError
        When the ranker or a parameter is unknown, a value is refused by the ranker, or the name is a detector's; all problems at once.
    """
    cls = detector_class(name)
    if kind_of(cls) == "detector":
        raise ConfigError(f"{name!r} is a detector: it finds groups and scores no nodes; call collusion.find_groups({name!r}, graph)")
    ranker: Ranker = cls(**_known(name, cls, values))
    return ranker


def _known(name: str, cls: type[Any], values: Mapping[str, object] | None) -> Mapping[str, object]:
    known = parameters(cls)
    values = values or {}
    unknown = [f"{kind_of(cls)} {name!r} has no parameter {key!r}; {did_you_mean(key, known)}" for key in values if key not in known]
    if unknown:
        raise ConfigError("\n".join(unknown))
    return values


def _detectors() -> list[str]:
    return [name for name in detector_names() if kind_of(detector_class(name)) == "detector"]
