"""What only the sender knows, such as the measure that was taken and how to object: from a small TOML file, or "not stated"."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    import os

    from collusion.packs.hidden import Names

__all__ = ["FIELDS", "NOT_STATED", "Fields", "example", "read_fields"]

NOT_STATED = "not stated"

LONGEST = 10_000

HINT = "`collusion pack --write-templates DIR` writes an example"

FIELDS = {
    "sender": "Who sends this: the name of the platform or the authority.",
    "contact": "An address for questions.",
    "reference": "The sender's number for this decision.",
    "date": "The date of this statement.",
    "measure": "What is done: removal, lower ranking, payments withheld, an account suspended; or that nothing is done yet.",
    "territory": "Where the measure applies.",
    "duration": "How long the measure applies.",
    "origin": "Whether somebody gave notice, or the sender looked of its own accord.",
    "decided_by": "Who took the decision: a person, and in which role; or a program alone.",
    "legal_ground": "The law that the decision is based on.",
    "contractual_ground": "The terms and conditions that the decision is based on, with the clause.",
    "ground_explained": "Why the facts fall under that law or clause.",
    "objection": "How to object, and to whom.",
    "objection_deadline": "Until when to object.",
    "out_of_court": "The body for an out-of-court settlement.",
    "court": "The court that is competent.",
    "records": "How long the records are kept, and by whom.",
    "policy": "Where the policy on fake reviews is published.",
    "risk_assessment": "Which risk assessment covers this, and of when.",
    "sanctions": "Which sanctions the policy provides.",
    "knowledge": "What shows that the business knew, or should have known.",
}
"""Name and meaning of each field."""


class Fields(dict[str, str]):
    """The fields as a template reads them. Those without a value are noted as they are read.

    Parameters
    ----------
    given : mapping of str to str
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__({**dict.fromkeys(FIELDS, NOT_STATED), **given})
        self.given = frozenset(given)
        self.not_stated: dict[str, None] = {}

    def __getitem__(self, name: str) -> str:
        if name in FIELDS and name not in self.given:
            self.not_stated[name] = None
        return super().__getitem__(name)


def read_fields(given: Mapping[str, object] | str | os.PathLike[str] | None, names: Names) -> Fields:
    """Return the fields of a TOML file, or of a mapping.

    Raises
    ------
    ConfigError
        When the file cannot be read, a field is unknown or no text, or names somebody whose id the pack must not hold; all at once.
    """
    where, held = ("fields", dict(given or {})) if given is None or isinstance(given, Mapping) else (str(given), _read(Path(given)))
    problems = [f"{where}: {problem}" for name, value in held.items() for problem in _problems(str(name), value, names)]
    if problems:
        raise ConfigError("\n".join(problems))
    return Fields({name: _text(value) for name, value in held.items()})


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else sanitize(str(value).strip(), prose=True)


def _read(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be read ({error.strerror or error}); `collusion pack --write-templates DIR` writes one"
        ) from error
    except ValueError as error:  # of TOML, or of UTF-8
        raise ConfigError(f"{file}: is not valid TOML ({error}); {HINT}") from error


def _problems(name: str, value: object, names: Names) -> list[str]:
    if name not in FIELDS:
        return [f"there is no field {name!r}; {did_you_mean(name, FIELDS)}"]
    if isinstance(value, date):
        return []
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        return [f"{name} must be text of 1 to {LONGEST:,} characters, or a date; leave out what is not known"]
    words = set(value.casefold().split())
    held = [one for one in names.within(value) if len(one) >= 4 and (not one.isdigit() or one in words)]
    return [f"{name} holds {held[0]!r}, an id of somebody else, which this pack must not name; reword it"] if held else []


def example() -> str:
    """Return a TOML file with every field, none of which has a value yet."""
    head = "# What only you know. Remove the # before a line and write between the quotes. A line that is left as it is reads\n"
    lines = "\n".join(f'# {said}\n# {name} = ""\n' for name, said in FIELDS.items())
    return f'{head}# "{NOT_STATED}" in the statement.\n\n{lines}'
