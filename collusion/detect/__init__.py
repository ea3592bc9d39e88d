"""Detectors: one method a file, each a frozen dataclass of parameters with a name and `find`.

A detector brings candidates forth; it does not grade them (`collusion.evidence` does).
"""

from __future__ import annotations

import dataclasses
import importlib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from collusion.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from collusion.graph.graph import ReviewGraph
    from collusion.model import Group

__all__ = ["BUILT_IN", "ENTRY_POINTS", "Detector", "detector_class", "detector_names", "make_detector", "parameters"]

BUILT_IN: dict[str, str] = {
    "lockstep": "collusion.detect.lockstep:Lockstep",
    "fraudar": "collusion.detect.fraudar:Fraudar",
    "densest": "collusion.detect.densest:Densest",
    "core": "collusion.detect.core:Core",
    "leiden": "collusion.detect.leiden:Leiden",
    "mzoom": "collusion.detect.mzoom:Mzoom",
    "synchrotrap": "collusion.detect.synchrotrap:Synchrotrap",
    "catchsync": "collusion.detect.catchsync:Catchsync",
    "copycatch": "collusion.detect.copycatch:Copycatch",
    "spectral": "collusion.detect.spectral:Spectral",
    "holoscope": "collusion.detect.holoscope:Holoscope",
    "gsrank": "collusion.detect.gsrank:Gsrank",
    "gsbc": "collusion.detect.gsbc:Gsbc",
}
"""Name of each detector and where it lives; loaded on use, so that asking for the list imports nothing."""

ENTRY_POINTS = "collusion.detectors"


@runtime_checkable
class Detector(Protocol):
    """The whole plug-in framework: a frozen dataclass of parameters with a name and one method."""

    name: ClassVar[str]

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:
        """Return candidate groups, best first; an empty list when there is none. The graph is not changed."""
        ...


def detector_names() -> tuple[str, ...]:
    """Return the names of all detectors: built in, then from the entry-point group ``collusion.detectors``."""
    outside = sorted({point.name for point in entry_points(group=ENTRY_POINTS)} - BUILT_IN.keys())
    return (*BUILT_IN, *outside)


def detector_class(name: str) -> type[Any]:
    """Return the class of a detector.

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
    raise ConfigError(f"no detector is called {name!r}; {did_you_mean(name, detector_names())}")


def parameters(cls: type[Any]) -> dict[str, object]:
    """Return a detector's parameters with their defaults."""
    return {f.name: f.default for f in dataclasses.fields(cls)}


def make_detector(name: str, values: Mapping[str, object] | None = None) -> Detector:
    """Return a detector with the parameters given and the defaults for the rest.

    Raises
    ------
    ConfigError
        When the detector or a parameter is unknown, or a value is refused by the detector; all problems at once.
    """
    cls = detector_class(name)
    known = parameters(cls)
    values = values or {}
    unknown = [f"detector {name!r} has no parameter {key!r}; {did_you_mean(key, known)}" for key in values if key not in known]
    if unknown:
        raise ConfigError("\n".join(unknown))
    detector: Detector = cls(**values)
    return detector
