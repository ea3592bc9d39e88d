"""Which detectors a scan runs: by name, or given themselves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError
from collusion.detect import Detector, detector_class, detector_names, make_detector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.base.config import ScanConfig

__all__ = ["detectors_of"]


def detectors_of(config: ScanConfig, overrides: Mapping[str, Any]) -> tuple[ScanConfig, list[Detector], tuple[str, ...]]:
    """Return the configuration with its overrides, the detectors that it runs, and the names of those that no other process can make.

    ``detectors`` among the overrides may hold detectors beside names. The configuration then has their names, and those of their parameters
    that are not the defaults, so that a case records what was run.

    Raises
    ------
    ConfigError
        When a parameter is wrong, or something given is no detector; all problems of what is given at once.
    """
    asked = overrides.get("detectors")
    if not isinstance(asked, (tuple, list)):
        config = config.with_overrides(**overrides)
        return config, [make_detector(name, config.detector.get(name)) for name in config.detectors], ()
    given = [one for one in asked if not isinstance(one, str)]
    wrong = [problem for one in given for problem in _wrong(one)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    names = tuple(one if isinstance(one, str) else one.name for one in asked)
    config = config.with_overrides(**{**overrides, "detectors": names})
    own = {one.name: one for one in given}
    config = config.with_overrides(detector={**config.detector, **{name: _values(one) for name, one in own.items()}})
    made = [own[name] if name in own else make_detector(name, config.detector.get(name)) for name in names]
    return config, made, tuple(name for name in own if name not in detector_names())


def _wrong(one: Any) -> list[str]:  # noqa: ANN401  # whatever was given
    """Return what keeps a scan from running something as a detector."""
    settings = getattr(one, "__dataclass_params__", None)
    if isinstance(one, type) or not isinstance(one, Detector) or settings is None or not settings.frozen:
        hint = f"; give an object, {one.__name__}()" if isinstance(one, type) else ""
        return [f"detectors: {one!r} is neither the name of a detector nor a frozen dataclass with a name and find(graph, rng){hint}"]
    if one.name in detector_names() and type(one) is not detector_class(one.name):
        return [f"detectors: {one!r} has the name of another detector, {one.name!r}; give it a name of its own"]
    return []


def _values(one: Any) -> dict[str, object]:  # noqa: ANN401  # a dataclass
    return {f.name: value for f in dataclasses.fields(one) if (value := getattr(one, f.name)) != f.default}
