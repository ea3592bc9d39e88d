"""``collusion detectors``: the methods, and each of them in full."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from collusion.cli.docstring import docstring, meanings, sections
from collusion.cli.options import Json  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["detectors"]


def detectors(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show one method in full: parameters, their meaning, papers.", show_default=False)
    ] = None,
    *,
    as_json: Json = False,
) -> int:
    """List the methods: what each finds or ranks, and its parameters.

    A scan runs detectors, which find groups. Rankers score reviewers, products or reviews, and are for comparison. A config file sets
    parameters: [detector.lockstep] min_reviewers = 8.
    """
    from collusion.detect import detector_class, detector_names  # noqa: PLC0415  # numpy, which `--help` must not load

    terminal = Terminal()
    found = [_described(one, detector_class(one)) for one in (detector_names() if name is None else [name])]
    found.sort(key=lambda one: one["kind"])
    if as_json:
        terminal.result({"detectors": found})
    elif name is None:
        _list(found, terminal)
    else:
        _show(found[0], terminal)
    return 0


def _described(name: str, cls: type[Any]) -> dict[str, Any]:
    """Return what a method is, does and takes."""
    from collusion.detect import kind_of, parameters  # noqa: PLC0415  # as above

    kind = kind_of(cls)
    text = sections(docstring(cls))
    meaning = meanings(text.get("Parameters", ""))
    return {
        "name": name,
        "kind": kind,
        "gives": ["groups"] if kind == "detector" else list(cls.ranks),
        "summary": " ".join(text[""].partition("\n\n")[0].split()),
        "parameters": parameters(cls),
        "parameter_types": {one.name: _type(one) for one in dataclasses.fields(cls)},
        "parameter_meanings": {one.name: meaning.get(one.name, "") for one in dataclasses.fields(cls)},
        "description": text[""],
        "notes": text.get("Notes", ""),
        "references": text.get("References", ""),
    }


def _type(parameter: dataclasses.Field[Any]) -> str:
    return parameter.type if isinstance(parameter.type, str) else getattr(parameter.type, "__name__", str(parameter.type))


def _list(found: list[dict[str, Any]], terminal: Terminal) -> None:
    rows = []
    for one in found:
        first, *rest = [f"{key} = {_value(value)}" for key, value in one["parameters"].items()] or [""]
        rows += [
            (one["name"], one["kind"], ", ".join(one["gives"]), first, one["summary"]),
            *(("", "", "", other, "") for other in rest),
        ]
    terminal.table(("name", "kind", "gives", "parameters", "what it does"), rows, to_stdout=True)


def _show(one: dict[str, Any], terminal: Terminal) -> None:
    does = "finds" if one["kind"] == "detector" else "scores"
    terminal.prose(f"{one['name']} ({one['kind']}: {does} {', '.join(one['gives'])})\n\n{one['description']}")
    if one["parameters"]:
        rows = [
            (key, one["parameter_types"][key], _value(value), one["parameter_meanings"][key]) for key, value in one["parameters"].items()
        ]
        terminal.table(("parameter", "type", "default", "meaning"), rows, to_stdout=True)
    else:
        terminal.text("It has no parameters.")
    parts = [f"{title.capitalize()}: {one[title]}" for title in ("notes", "references") if one[title]]
    if parts:
        terminal.text("")
        terminal.prose("\n\n".join(parts))


def _value(value: object) -> str:
    return "(unset)" if value is None else repr(value)
