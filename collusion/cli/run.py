"""What a config file says of a run besides the parameters of the scan: its table ``[run]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collusion.base.config import RUN, read_toml
from collusion.base.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Run", "read_run"]


@dataclass(frozen=True)
class Run:
    """The table ``[run]``: paths as on the command line, relative to the current folder."""

    input: tuple[str, ...] = ()
    out: str | None = None
    formats: tuple[str, ...] = ()
    fail_on: str | None = None
    timeout: str | None = None
    since: str | None = None


LISTS = ("input", "formats")


def read_run(path: Path | None) -> Run:
    """Return the table ``[run]`` of a config file; an empty one without a file or a table.

    Raises ConfigError where the file cannot be read, or the table has an unknown key or a value of the wrong type; all problems at once.
    """
    table = {} if path is None else read_toml(path).get("run", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: run must be a table, [run], not {table!r}")
    wrong = [f"unknown key {key!r}; {did_you_mean(key, RUN)}" for key in table if key not in RUN]
    values: dict[str, Any] = {}
    for key in (key for key in RUN if key in table):
        value = [table[key]] if key in LISTS and isinstance(table[key], str) else table[key]
        if key == "timeout" and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if key in LISTS and isinstance(value, list) and all(isinstance(one, str) and one for one in value):
            values[key] = tuple(value)
        elif key not in LISTS and isinstance(value, str) and value:
            values[key] = value
        else:
            wrong.append(f"{key} must be {'a list of text' if key in LISTS else 'text'}, not {table[key]!r}")
    if wrong:
        raise ConfigError("\n".join(f"{path}: [run]: {problem}" for problem in wrong))
    return Run(**values)
