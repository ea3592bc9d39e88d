"""Arguments that several commands take, and how their text is read."""

from __future__ import annotations

import functools
import inspect
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError, InputError
from collusion.export.directory import put_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "Config",
    "Inputs",
    "Json",
    "LogFormat",
    "Memory",
    "Out",
    "Overwrite",
    "Quiet",
    "Reading",
    "Threads",
    "Verbose",
    "existing",
    "pairs",
    "reads_logs",
    "scan_config",
    "whole_number",
    "words",
]

Inputs = Annotated[
    list[Path],
    typer.Argument(metavar="INPUT", help="Logs, folders of logs, or one folder made by `collusion encode`.", show_default=False),
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write; appears whole or not at all.", show_default=False)]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="COLUMN=NAME[,...]", help="Map your column names to ours: reviewer_id=user,product_id=item.", show_default=False
    ),
]
Link = Annotated[
    list[str] | None,
    typer.Option("--link", metavar="COLUMN[,...]", help="Columns whose values accounts may share, such as ip,device.", show_default=False),
]
Dialect = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The log's known format, such as amazon-2023, if its header does not show it.", show_default=False),
]
TimeUnit = Annotated[
    str | None, typer.Option(metavar="s|ms|us|ns|days|yyyymmdd", help="Unit of times that are numbers.", show_default=False)
]
TimeFormat = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT", help="Format of dates that can be read in two ways, such as '%d/%m/%Y' or '%m/%d/%Y'.", show_default=False
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="MARK", help="Separator of the columns of text files: ';', '|', tab, '::'.  [default: recognised]", show_default=False
    ),
]
Quote = Annotated[
    str | None,
    typer.Option(
        metavar="double|none", help="double: quotes enclose cells of text. none: quotes are ordinary characters.", show_default=False
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--columns", metavar="NAME[,...]", help="Names of all columns of text files without a header line.", show_default=False),
]
Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="Parameters of the scan; options on the command line override them.", show_default=False),
]
Threads = Annotated[
    int | None, typer.Option(metavar="N", help="Number of threads (results are identical).  [default: 2]", show_default=False)
]
Memory = Annotated[
    float | None,
    typer.Option(
        metavar="GIB",
        help="Memory that the program may use; a log that needs more is refused.  [default: what is free]",
        show_default=False,
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the folder if collusion made it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, help="Log the steps with time and level, and show tracebacks; -vv logs more.", show_default=False
    ),
]
LogFormat = Annotated[
    str,
    typer.Option("--log-format", metavar="text|json", help="json: everything on stderr is one JSON object per line, for other programs."),
]


READING = {
    "columns": Map,
    "link": Link,
    "dialect": Dialect,
    "time_unit": TimeUnit,
    "time_format": TimeFormat,
    "delimiter": Delimiter,
    "quote": Quote,
    "header": Columns,
}
"""Options that say how a log is read, by the name of their parameter, in the order of the help."""

Reading = dict[str, Any]
"""What these options say, by the names of the fields of `ScanConfig`; None where an option was not given."""


def reads_logs(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command that has the options `READING` in the place of its parameter ``reading``, which gets what they say."""
    own = inspect.signature(command, eval_str=True)
    options = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in READING.items()]
    parameters = [one for name, given in own.parameters.items() for one in (options if name == "reading" else [given])]

    @functools.wraps(command)
    def with_options(**given: Any) -> int:  # noqa: ANN401  # as typer reads them
        reading = {name: given.pop(name) for name in READING}
        reading |= {"map": pairs("--map", reading.pop("columns")), "link": words(reading["link"]), "columns": words(reading.pop("header"))}
        return command(**given, reading=reading)

    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by typer
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options


def words(given: Iterable[str] | None) -> list[str] | None:
    """Return the words of a repeatable option whose values may hold several, separated by commas; None where it was not given.

    A word in double quotes keeps its commas and outer blanks, as a cell of a CSV file does.
    """
    if not given:
        return None
    return [word for value in given for word, _ in _parts(value)]


PART = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:,|$)|([^,]*)(?:,|$)')
"""A word and the comma behind it: one in double quotes, in which a quote is doubled, or any other."""


def _parts(value: str) -> list[tuple[str, bool]]:
    """Return the words of one value, and whether each was in quotes."""
    found = []
    for match in PART.finditer(value):
        if match[1] is not None:
            found.append((match[1].replace('""', '"'), True))
        elif match[2].strip():
            found.append((match[2].strip(), False))
    return found


def pairs(option: str, given: Iterable[str] | None) -> dict[str, str] | None:
    """Return ``key=value`` pairs; None where the option was not given. A pair may be in double quotes, as `words` takes them.

    Raises ConfigError where a part is not a pair, or a key is given twice; all problems at once.
    """
    if not given:
        return None
    found: dict[str, str] = {}
    wrong = []
    for part, exact in [one for value in given for one in _parts(value)]:
        key, equals, value = part.partition("=")
        key, value = key.strip(), value if exact else value.strip()
        if not (key and equals and value):
            wrong.append(f"{option}: {part!r} is not of the form name=value")
        elif key in found:
            wrong.append(f"{option}: {key!r} is given twice")
        else:
            found[key] = value
    if wrong:
        raise ConfigError("\n".join(wrong))
    return found


def whole_number(option: str, text: str) -> int:
    """Return a whole number; K, M and G stand for thousands, millions and thousands of millions. Raises ConfigError where it is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)", text.replace("_", ""), re.IGNORECASE)
    value = Decimal(found[1]) * {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}[found[2].upper()] if found else Decimal("NaN")
    if not value.is_finite() or value != int(value):
        raise ConfigError(f"{option}: {text!r} is not a whole number, such as 200000, 50K or 1.5M")
    return int(value)


def existing(inputs: Iterable[Path]) -> list[Path]:
    """Return the inputs, all of which exist; raise InputError naming those that do not."""
    inputs = list(inputs)
    for path in inputs:
        put_back(path)
    missing = [f"{path}: there is no such file or folder" for path in inputs if not path.exists()]
    if missing:
        raise InputError(missing)
    return inputs


def scan_config(path: Path | None, reading: Reading, **overrides: Any) -> ScanConfig:  # noqa: ANN401  # checked by the config
    """Return the configuration of a file, or the default, with what the command line gives in its place.

    Columns given on the command line are added to the file's.
    """
    config = ScanConfig() if path is None else ScanConfig.from_toml(path, overrides.get("detectors"))
    mapping = reading.get("map")
    return config.with_overrides(**{**reading, "map": mapping and {**config.map, **mapping}}, **overrides)
