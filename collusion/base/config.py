"""The tree of parameters of a scan, to and from TOML."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from collusion.base.checks import number, whole
from collusion.base.errors import ConfigError, did_you_mean
from collusion.base.profits import RANK_RULES, RankRule

__all__ = ["NULL_MODELS", "RUN", "TIME_UNITS", "ScanConfig", "read_toml"]

TIME_UNITS = ("s", "ms", "us", "ns", "days", "yyyymmdd")
"""Units in which a log may give its times as numbers, counted from 1970-01-01 UTC but for the last."""

QUOTES = ("double", "none")
"""What quotes in text are: double quotes around cells, or ordinary characters."""

NULL_MODELS = ("N0", "N3")
"""Null models that are searched on request: reviewers permuted over the whole log, and within each product."""

READING = ("map", "dialect", "time_unit", "time_format", "delimiter", "quote", "columns", "link")
"""Parameters that say how a log is read."""

LARGEST_SEED = 2**63 - 1
"""The largest integer every TOML reader must take."""

RUN = ("input", "out", "formats", "fail_on", "timeout", "since")
"""Keys of the table ``[run]`` of a config file, which the command line reads."""

SHOWN_CHARACTERS = 2000
"""Of a configuration at a prompt."""

Scalar = bool | int | float | str | tuple[int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_SHORT_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file; raise ConfigError where it cannot be read or is not TOML."""
    path = Path(path)
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error


@dataclass(frozen=True, repr=False)
class ScanConfig:
    """Parameters of a scan. A case records them, so that the scan can be repeated.

    Parameters
    ----------
    seed : int, default 0
        Of the random numbers; 0 to 2**63 - 1.
    fdr : float, default 0.05
        False-discovery rate at which a ring is flagged, above 0 and below 1.
    replicates : int, default 40
        Largest number of shuffled logs (permutations of the reviewers) to search; with 0 nothing is flagged. As many are searched as
        are needed: at least 2, and fewer if each has many groups.
    null_models : tuple of str, default ()
        Further null models to search, of `NULL_MODELS`. Their q-values are reported and flag nothing; each takes as long as the default.
    threads : int, default 2
        At least 1; results are identical.
    memory : float, optional
        GiB that a scan may use, above 0; what is free if None. A log that is expected to need more is refused.
    detectors : tuple of str, default ("lockstep",)
        Names of the methods to run (`collusion.detect.detector_names`).
    max_candidates : int, default 20
        Least number of groups to list, if as many are found; all with a score above 0 are listed. Also the most sets of product variants.
    dialect : str, optional
        Name of the log's dialect; recognised by its header if None.
    time_unit : str, optional
        One of `TIME_UNITS`; recognised from the values if None.
    time_format : str, optional
        Format of all times, as in `strptime`, such as ``"%d/%m/%Y"``.
    delimiter : str, optional
        Of text files; recognised from the first line if None.
    quote : str, optional
        One of `QUOTES`. None means ``"double"``, but lines inside a quoted cell that look like records are an error.
    columns : tuple of str, default ()
        Names of the columns of text files without a header line.
    map : mapping of str to str
        Canonical column to the log's column: ``{"reviewer_id": "user"}``.
    link : tuple of str, default ()
        Columns of the log whose values link accounts, such as ``("ip", "device")``.
    signals : tuple of str, optional
        Names of the signals to compute for each group (`collusion signals`); all of them if None.
    rank_by : {"bayes", "mean", "count"}, default "bayes"
        How products and sellers are ranked with and without the reviews of groups: by Bayesian average, by mean rating, or by number
        of reviews. Changes no group.
    detector : mapping of str to mapping
        Parameters by detector: ``{"lockstep": {"min_reviewers": 8}}``; in TOML ``[detector.lockstep]``. Names and values are
        checked when the detector is made.

    Raises
    ------
    ConfigError
        When a value is of the wrong type or out of range; all problems at once.
    """

    seed: int = 0
    fdr: float = 0.05
    replicates: int = 40
    null_models: tuple[Literal["N0", "N3"], ...] = ()
    threads: int = 2
    memory: float | None = None
    detectors: tuple[str, ...] = ("lockstep",)
    max_candidates: int = 20
    dialect: str | None = None
    time_unit: str | None = None
    time_format: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    columns: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    link: tuple[str, ...] = ()
    signals: tuple[str, ...] | None = None
    rank_by: RankRule = "bayes"
    detector: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [
            *whole("seed", self.seed, 0, LARGEST_SEED),
            *number("fdr", self.fdr, 0, below=1),
            *whole("replicates", self.replicates, 0),
            *_models(self.null_models),
            *whole("threads", self.threads, 1),
            *([] if self.memory is None else number("memory", self.memory, 0)),
            *whole("max_candidates", self.max_candidates, 0),
            *_names("detectors", self.detectors),
            *([] if self.link in ((), []) else _names("link", self.link)),
            *([] if self.signals is None else _names("signals", self.signals)),
            *([] if self.dialect is None else _text("dialect", self.dialect)),
            *_unit("time_unit", self.time_unit),
            *([] if self.time_format is None else _text("time_format", self.time_format)),
            *([] if self.delimiter is None else _text("delimiter", self.delimiter)),
            *([] if self.quote is None or self.quote in QUOTES else [f"quote must be one of {', '.join(QUOTES)}, not {self.quote!r}"]),
            *([] if self.columns in ((), []) else _names("columns", self.columns)),
            *_columns("map", self.map),
            *([] if self.rank_by in RANK_RULES else [f"rank_by must be one of {', '.join(RANK_RULES)}, not {self.rank_by!r}"]),
        ]
        wrong += _tables("detector", self.detector, self.detectors)
        if wrong:
            raise ConfigError("\n".join(wrong))
        freeze = {
            "fdr": float(self.fdr),
            "memory": None if self.memory is None else float(self.memory),
            "null_models": tuple(self.null_models),
            "detectors": tuple(self.detectors),
            "columns": tuple(self.columns),
            "link": tuple(self.link),
            "signals": None if self.signals is None else tuple(self.signals),
            "map": MappingProxyType(dict(self.map)),
            "detector": MappingProxyType(
                {name: MappingProxyType({key: _frozen(item) for key, item in table.items()}) for name, table in self.detector.items()}
            ),
        }
        for name, value in freeze.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[type[ScanConfig], tuple[object, ...]]:
        # Read-only views of a mapping cannot be copied as they are.
        return type(self), tuple(self.tree()[f.name] for f in fields(self))

    def __hash__(self) -> int:
        return hash(self.to_toml())

    def __repr__(self) -> str:
        # What is not the default, as it would be written.
        own, default = self.tree(), type(self)().tree()
        said = ", ".join(f"{name}={value!r}" for name, value in own.items() if value != default[name])
        return f"ScanConfig({said if len(said) <= SHOWN_CHARACTERS else said[:SHOWN_CHARACTERS] + '...'})"

    @classmethod
    def from_toml(cls, path: str | Path, detectors: Iterable[str] | None = None) -> ScanConfig:
        """Read a configuration; parameters that the file leaves out have their defaults.

        The table ``[run]`` has options of the command line, such as ``out`` and ``formats``; it is not read here.

        Parameters
        ----------
        path : path
        detectors : iterable of str, optional
            Run in place of the file's. Tables of detectors that the file runs and these do not are then left out, as by `with_overrides`.

        Raises
        ------
        ConfigError
            When the file cannot be read, is not TOML, or has an unknown key or a wrong value; all problems at once.
        """
        tree = read_toml(path)
        if detectors is not None:
            # Known before the tables are judged: a table of a detector that is asked for here has its effect.
            own = tree.get("detectors", list(cls.detectors))
            tree["detectors"] = list(detectors)
            tables = tree.get("detector")
            if isinstance(tables, dict) and isinstance(own, list):
                tree["detector"] = {name: table for name, table in tables.items() if name in tree["detectors"] or name not in own}
        known = {f.name for f in fields(cls)}
        wrong = [f"unknown key {key!r}; {_hint(key, known)}" for key in tree if key not in known and key != "run"]
        try:
            config = cls(**{key: value for key, value in tree.items() if key in known})
        except ConfigError as error:
            wrong += str(error).split("\n")
        if wrong:
            raise ConfigError("\n".join(f"{path}: {problem}" for problem in wrong))
        return config

    def to_toml(self) -> str:
        """Return the whole configuration, defaults included, such that `from_toml` gives back an equal one."""
        tree = self.tree()
        tables: dict[str, Any] = {"map": tree.pop("map")}
        tables |= {f"detector.{_key(name)}": table for name, table in tree.pop("detector").items()}
        lines = [f"{_key(key)} = {_value(value)}" for key, value in tree.items() if value is not None]
        for title, table in tables.items():
            # A table without entries is written only where leaving it out would lose its name.
            if table or title != "map":
                lines += ["", f"[{title}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
        return "\n".join(lines) + "\n"

    def with_overrides(self, **overrides: Any) -> ScanConfig:  # noqa: ANN401  # the type is checked with the value
        """Return a copy with other values; None keeps the present value.

        Where ``detectors`` is overridden and ``detector`` is not, the tables of detectors that no longer run are left out.

        Raises
        ------
        ConfigError
            When a key is unknown or a value is wrong.
        """
        known = {f.name for f in fields(self)}
        unknown = [f"unknown parameter {key!r}; {did_you_mean(key, known)}" for key in overrides if key not in known]
        if unknown:
            raise ConfigError("\n".join(unknown))
        given = {key: value for key, value in overrides.items() if value is not None}
        if "detectors" in given and "detector" not in given and not _names("detectors", given["detectors"]):
            given["detector"] = {name: table for name, table in self.detector.items() if name in given["detectors"]}
        return replace(self, **given)

    def reading(self) -> dict[str, Any]:
        """Return the parameters that say how a log is read, as `read_reviews` takes them."""
        return {name: getattr(self, name) for name in READING}

    def tree(self) -> dict[str, Any]:
        """Return the parameters as plain values, in the order of their declaration."""
        tree: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        tree["map"] = dict(self.map)
        tree["detector"] = {name: dict(table) for name, table in self.detector.items()}
        return tree

    def provenance(self) -> dict[str, object]:
        """Return what a case records: all parameters that can change a result, as JSON can hold them."""
        tree = self.tree()
        del tree["threads"], tree["memory"]
        tree |= {name: list(value) for name, value in tree.items() if isinstance(value, tuple)}
        tree["detector"] = {
            name: {key: list(item) if isinstance(item, tuple) else item for key, item in table.items()}
            for name, table in tree["detector"].items()
        }
        return tree


def _hint(key: str, known: Iterable[str]) -> str:
    return f"write it under [run], {key} = ..." if key in RUN else did_you_mean(key, known)


def _is_text(value: object) -> bool:
    # TOML is UTF-8: a lone surrogate, as an argument in another encoding leaves it, cannot be written.
    return isinstance(value, str) and value != "" and not any("\ud800" <= c <= "\udfff" for c in value)


def _text(name: str, value: object) -> list[str]:
    return [] if _is_text(value) else [f"{name} must be text that is not empty and valid Unicode, not {value!r}"]


def _unit(name: str, value: object) -> list[str]:
    if value is None or (isinstance(value, str) and value in TIME_UNITS):
        return []
    return [f"{name} must be one of {', '.join(TIME_UNITS)}, not {value!r}"]


def _names(name: str, value: object) -> list[str]:
    if not isinstance(value, (tuple, list)) or not value or not all(map(_is_text, value)):
        return [f"{name} must be a list of one name or more, not {value!r}"]
    twice = sorted({one for one in value if value.count(one) > 1})
    return [f"{name} lists {one!r} more than once" for one in twice]


def _models(value: object) -> list[str]:
    if value in ((), []):
        return []
    unknown = [name for name in value if name not in NULL_MODELS] if isinstance(value, (tuple, list)) else []
    return _names("null_models", value) or [
        f"null_models: unknown null model {name!r}; {did_you_mean(name, NULL_MODELS)}" for name in unknown
    ]


def _columns(name: str, value: object) -> list[str]:
    if not isinstance(value, Mapping):
        return [f'{name} must give columns of the log by name, such as {{"reviewer_id": "user"}}, not {value!r}']
    return [
        f"{name}.{key} must be the name of a column of the log, not {column!r}"
        for key, column in value.items()
        if not (_is_text(key) and _is_text(column))
    ]


def _tables(name: str, value: object, detectors: object) -> list[str]:
    if not isinstance(value, Mapping):
        return [f'{name} must give parameters by detector, such as {{"lockstep": {{"min_reviewers": 8}}}}, not {value!r}']
    running = list(detectors) if isinstance(detectors, (tuple, list)) else []
    wrong = []
    for title, table in value.items():
        if not _is_text(title):
            wrong.append(f"{name}: {title!r} is not the name of a detector")
        elif not isinstance(table, Mapping):
            wrong.append(f"{name}.{title} must give values by parameter, not {table!r}")
        else:
            if title not in running:
                hint = did_you_mean(title, map(str, running))
                wrong.append(f"{name}.{title} has no effect, since {title!r} is not among the detectors; {hint}")
            wrong += [
                f"{name}.{title}.{key} must be a truth value, a finite number, text or a list of whole numbers, not {item!r}"
                for key, item in table.items()
                if not (_is_text(key) and _is_scalar(item))
            ]
    return wrong


def _is_scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, (tuple, list)):
        return all(isinstance(item, int) and not isinstance(item, bool) for item in value)
    return isinstance(value, (bool, int)) or value == "" or _is_text(value)


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _key(key: str) -> str:
    return key if _BARE_KEY.match(key) else _quoted(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)  # of a float: the shortest text that reads back as the same number


def _quoted(text: str) -> str:
    def escape(char: str) -> str:
        if char in _SHORT_ESCAPES:
            return _SHORT_ESCAPES[char]
        return f"\\u{ord(char):04X}" if char < " " or char == "\x7f" else char

    return f'"{"".join(map(escape, text))}"'
