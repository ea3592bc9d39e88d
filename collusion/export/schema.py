"""Whether a document keeps ``case.schema.json``: the part of JSON Schema that the file uses, with problems in plain words."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["case_problems"]

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}

WORDS = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "an object",
}

SHOWN = 40
"""Characters of a wrong value that a problem shows."""


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "case.schema.json").read_text(encoding="utf-8"))
    return found


def case_problems(tree: object) -> Iterator[str]:
    """Yield what in a document breaks the schema of ``case.json``, each with where it is."""
    return _problems(tree, _schema(), "")


def _problems(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:  # noqa: ANN401  # any JSON
    if "anyOf" in schema:
        found = [list(_problems(value, one, where)) for one in schema["anyOf"]]
        if all(found):
            yield from max(found, key=lambda problems: "must be null" not in problems[0])
        return
    yield from _of_value(value, schema, where)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{_at(where)} must be {' or '.join(WORDS[kind] for kind in kinds)}, not {_shown(value)}"
    elif isinstance(value, dict):
        yield from _of_object(value, schema, where)
    elif isinstance(value, list):
        yield from _of_list(value, schema, where)
    elif isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{_at(where)} must have the form {schema['pattern']}, not {_shown(value)}"
    elif value is not None and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{_at(where)} is out of range: {_shown(value)}"


def _of_value(value: object, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    if "const" in schema and value != schema["const"]:
        yield f"{_at(where)} must be {schema['const']!r}, not {_shown(value)}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{_at(where)} must be one of {', '.join('null' if one is None else one for one in schema['enum'])}, not {_shown(value)}"


def _of_object(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    inner, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        yield f"{_at(where)} has no {', '.join(missing)}"
    for name, one in value.items():
        at = f"{where}.{name}" if where else name
        if name in inner:
            yield from _problems(one, inner[name], at)
        elif rest is False:
            yield f"{_at(where)} has an unknown part {_shown(name)}"
        elif isinstance(rest, dict):
            yield from _problems(one, rest, at)


def _of_list(value: list[Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{_at(where)} is empty"
    if "items" in schema:
        for k, one in enumerate(value):
            yield from _problems(one, schema["items"], f"{where}[{k}]")


def _is(value: object, kind: str) -> bool:
    # In Python a truth value is a number.
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _at(where: str) -> str:
    return where or "the document"


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
