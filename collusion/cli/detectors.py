"""``collusion detectors``: what there is, with its parameters."""

from __future__ import annotations

from typing import Any

from collusion.cli.documentation import documentation
from collusion.cli.options import Json  # noqa: TC001  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["detectors"]


def detectors(*, as_json: Json = False) -> int:
    """List the methods, what they find or rank, and their parameters.

    A scan runs detectors; rankers score reviewers, products or reviews, and are for comparison. A config file sets parameters:
    [detector.lockstep] min_reviewers = 8.
    """
    from collusion.detect import detector_class, detector_names, kind_of, parameters  # noqa: PLC0415  # numpy, which `--help` must not load

    terminal = Terminal()
    found: list[dict[str, Any]] = []
    for name in detector_names():
        cls = detector_class(name)
        kind = kind_of(cls)
        gives = ["groups"] if kind == "detector" else list(cls.ranks)
        found.append({"name": name, "kind": kind, "gives": gives, "summary": _summary(cls), "parameters": parameters(cls)})
    found.sort(key=lambda one: one["kind"])
    if as_json:
        terminal.result({"detectors": found})
        return 0
    rows = []
    for one in found:
        first, *rest = [f"{key} = {_told(value)}" for key, value in one["parameters"].items()] or [""]
        rows += [
            (one["name"], one["kind"], ", ".join(one["gives"]), first, one["summary"]),
            *(("", "", "", other, "") for other in rest),
        ]
    terminal.table(("name", "kind", "gives", "parameters", "what it does"), rows, to_stdout=True)
    return 0


def _summary(cls: type[Any]) -> str:
    """Return the first paragraph of a class's documentation."""
    return " ".join(documentation(cls).partition("\n\n")[0].split())


def _told(value: object) -> str:
    return "(unset)" if value is None else repr(value)
