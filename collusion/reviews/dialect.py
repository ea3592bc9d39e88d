"""Dialects: which columns of a log mean what, recognised by the header."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError, InputError, did_you_mean
from collusion.base.hints import hint
from collusion.base.model import CANONICAL, NEEDED
from collusion.reviews.recognise import propose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.reviews.batches import Reader

__all__ = ["DIALECTS", "Dialect", "clashes", "columns_of", "late", "named"]


@dataclass(frozen=True)
class Dialect:
    """One known form of a review log.

    Parameters
    ----------
    name : str
    columns : mapping of str to str
        Canonical column to the log's; those in ``sign`` must be there, the others may.
    sign : tuple of str
        Columns that together identify the dialect.
    absent : str or None
        The word for an absent rating or time.
    header : tuple of str
        Column names of a form that has no header line; empty for the others.
    numbers : tuple of str
        Columns of such a form that hold whole numbers.
    values : mapping of str to tuple of str
        Cells that distinguish a line of such a form from a header: by column, all the values it takes.
    """

    name: str
    columns: Mapping[str, str]
    sign: tuple[str, ...]
    absent: str | None = None
    header: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def begins(self, cells: Sequence[str]) -> bool:
        """Whether a file that begins with these cells has this form and no header line."""
        if not self.header or len(cells) != len(self.header):
            return False
        if not all(cells[self.header.index(column)].isdecimal() for column in self.numbers):
            return False
        return all(cells[self.header.index(column)] in values for column, values in self.values.items())


def _known() -> tuple[Dialect, ...]:
    """Return the dialects of ``dialects.toml``, those first that it describes column by column."""
    tree = tomllib.loads(files("collusion.reviews").joinpath("dialects.toml").read_text(encoding="utf-8"))
    own = [Dialect(**_tuples(table)) for table in tree["dialect"]]
    plain = [Dialect(name, dict(zip(CANONICAL, (*ids, *CANONICAL[2:]), strict=True)), tuple(ids)) for name, ids in tree["ids"].items()]
    return (*own, *plain)


def _tuples(said: Any) -> Any:  # noqa: ANN401  # whatever TOML holds
    if isinstance(said, dict):
        return {key: _tuples(one) for key, one in said.items()}
    return tuple(said) if isinstance(said, list) else said


DIALECTS = _known()
"""In the order in which they are tried."""


def named(name: str) -> Dialect:
    """Return a dialect by name, or raise ConfigError."""
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    raise ConfigError(f"unknown dialect {name!r}; {did_you_mean(name, [d.name for d in DIALECTS])}")


def columns_of(
    where: str, header: Sequence[str], mapping: Mapping[str, str], wanted: str | None = None, reader: Reader | None = None
) -> tuple[Dialect, dict[str, str]]:
    """Return the dialect of a header and the log's column for each canonical one that is there.

    ``mapping`` (canonical column to the log's) goes before the dialect, which is ``wanted`` where it was named. The values of ``reader``
    show which columns hold text and no ids. ``where`` is the input, for messages.

    Raises
    ------
    InputError
        When a column is named twice, a mapped column is not there, or no reviewer or product can be recognised; all problems at once.
    """
    as_it_stands = {tidy(name): name for name in header}
    if len(as_it_stands) == len(header):
        # Blanks around names mean nothing, unless only they distinguish two columns.
        header = list(as_it_stands)
        mapping = {canonical: tidy(column) for canonical, column in mapping.items()}
    else:
        as_it_stands = {name: name for name in header}
    problems = [
        f"{where}: the header names the column {name!r} twice; rename one" for name in dict.fromkeys(header) if list(header).count(name) > 1
    ]
    problems += [
        f"{where}: has no column {column!r} for {canonical}; {did_you_mean(column, header)}"
        for canonical, column in mapping.items()
        if column not in header
    ]
    dialect = named(wanted) if wanted else next((d for d in DIALECTS if set(d.sign) <= set(header)), None)
    if dialect is not None and wanted and not set(dialect.sign) <= set(header):
        missing = [name for name in dialect.sign if name not in header]
        problems.append(
            f"{where}: is not of the dialect {wanted!r}: it has no column {', '.join(map(repr, missing))}; "
            f"its columns are {', '.join(header)}"
        )
    found: dict[str, str] = {}
    if dialect is not None:
        found = {canonical: column for canonical, column in dialect.columns.items() if column in header}
    # What is mapped goes first; a dialect's column that the user gave another meaning is free.
    taken = set(mapping.values())
    found = {canonical: column for canonical, column in found.items() if column not in taken} | dict(mapping)
    rest = [name for name in CANONICAL if name not in found and name in header and name not in found.values()]
    found |= {name: name for name in rest}
    missing = [name for name in NEEDED if name not in found]
    if missing and not problems:
        free = {column: as_it_stands[column] for column in header if column not in found.values()}
        known = {name: {name} | {one.columns[name] for one in DIALECTS if name in one.columns} for name in missing}
        close = propose(missing, free, known, reader)
        meant = "".join(f"did you mean {column!r}? " for column in close.values() if column)
        example = hint("map", {name: column or "COLUMN" for name, column in close.items()})
        problems.append(
            f"{where}: no column was recognised as the {' or the '.join(missing)}; its columns are {', '.join(map(repr, header))}; "
            f"{meant}name {'it' if len(missing) == 1 else 'them'}, as in {example}"
        )
    if problems:
        raise InputError(problems)
    return dialect or named("canonical"), {name: as_it_stands[found[name]] for name in CANONICAL if name in found}


def tidy(name: str) -> str:
    """Return the name of a column without blanks and invisible characters around it."""
    first, last = 0, len(name)
    while first < last and _is_nothing(name[first]):
        first += 1
    while first < last and _is_nothing(name[last - 1]):
        last -= 1
    return name[first:last]


def _is_nothing(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) == "Cf"


def late(form: Dialect, found: Mapping[str, str], header: Sequence[str], used: Sequence[str]) -> dict[str, str]:
    """Return the columns found with those that later objects of a JSON file may still bring: the dialect's that its first ones lack."""
    lacking = {canonical: form.columns.get(canonical, canonical) for canonical in used if canonical not in found}
    both = {**{canonical: column for canonical, column in lacking.items() if column not in header}, **found}
    return {canonical: both[canonical] for canonical in CANONICAL if canonical in both}


def clashes(files: Sequence[tuple[str, Mapping[str, str]]]) -> str | None:
    """Return what is wrong with files that name the ids, ratings or times of one log differently, and which file has which.

    Otherwise equal ids may mean different things. A file may lack a column that others have: it is absent there.
    """
    main = (*NEEDED, "rating", "timestamp")
    if all(len({found[name] for _, found in files if name in found}) <= 1 for name in main):
        return None
    forms: dict[str, list[str]] = {}
    for where, found in files:
        forms.setdefault(", ".join(found[name] for name in main if name in found), []).append(where)
    of = [
        ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") + f" with {form}" for form, names in forms.items()
    ]
    return f"the files are of different dialects, so they are not one log; scan them separately, or convert them to one: {'; '.join(of)}"
