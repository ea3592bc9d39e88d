"""``collusion detectors``: what there is, with its parameters."""

from __future__ import annotations

import inspect
from typing import Any

from collusion.cli.options import Json  # noqa: TC001  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["detectors"]


def detectors(*, as_json: Json = False) -> int:
    """List the methods and their parameters.

    A config file sets parameters: [detector.lockstep] window = 7.
    """
    from collusion.detect import detector_class, detector_names, parameters  # noqa: PLC0415  # numpy, which `--help` must not load

    terminal = Terminal()
    found: list[dict[str, Any]] = []
    for name in detector_names():
        cls = detector_class(name)
        found.append({"name": name, "summary": _summary(cls), "parameters": parameters(cls)})
    if as_json:
        terminal.result({"detectors": found})
        return 0
    rows = []
    for one in found:
        first, *rest = [f"{key} = {_told(value)}" for key, value in one["parameters"].items()] or [""]
        rows += [(one["name"], first, one["summary"]), *(("", other, "") for other in rest)]
    terminal.table(("name", "parameters", "what it finds"), rows, to_stdout=True)
    return 0


def _summary(cls: type[Any]) -> str:
    """Return the first paragraph of a class's documentation."""
    return " ".join((inspect.getdoc(cls) or "").partition("\n\n")[0].split())


def _told(value: object) -> str:
    return "(unset)" if value is None else repr(value)
