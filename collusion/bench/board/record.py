"""Rows of the leaderboard on disk, found again by the digest of all that their figures depend on."""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from collusion.base.errors import ConfigError
from collusion.bench.board.scoring import RingFound
from collusion.bench.runner import Record
from collusion.detect import BUILT_IN, detector_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["RESULTS", "Cell", "Column", "Row", "Status", "board_record", "cell_key", "code_digest", "latest", "read_rows"]

RESULTS = "results.jsonl"

Status = Literal["done", "time-out", "memory", "failed"]
Column = Literal["default", "tuned", "search"]

ELSEWHERE = ("cli", "export", "figures", "guide", "report", "__main__.py")
"""Parts of the source that change no figure of a cell."""

SOURCES = (".py", ".cpp", ".hpp")

BOARD = ("adaptive_attacks.py", "environments.py", "grid.py", "page.py", "plots.py", "tables.py")
"""Such parts of this folder."""


@dataclass(frozen=True)
class Cell:
    """One method on one log.

    Parameters
    ----------
    data, attack, seed
        See `collusion.bench.board.log_specs.LogSpec`.
    method : str
    values : mapping
        Its parameters where they are not the defaults.
    column : {"default", "tuned", "search"}
        ``search`` cells are those that tuned parameters are chosen by, on logs of other seeds.
    """

    data: str
    attack: str
    seed: int
    method: str
    values: Mapping[str, Any] = field(default_factory=dict)
    column: Column = "default"


@dataclass(frozen=True)
class Row:
    """A cell and its results.

    Parameters
    ----------
    key : str
        Digest of all that the figures depend on (`cell_key`).
    cell : Cell
    status : {"done", "time-out", "memory", "failed"}
    message : str
        Reason where the status is not ``done``.
    seconds, peak : float or None
        Wall time of the method alone, after a run on a small log that is not counted; largest resident memory of its process, MiB, the
        log included.
    limits : (float, float)
        Limits in seconds and MiB.
    log : str
        Digest of the log, as `LabelledLog.digest`.
    reviews, rings : int
        Of the log.
    figures : mapping of str to float
        See `collusion.bench.board.scoring.score`.
    found : tuple of RingFound
    budget : int
        Settings that were tried for the parameters of this cell; 0 where it has the defaults.
    remark : str
        Of a public implementation: its version, and how it was run.
    """

    key: str
    cell: Cell
    status: Status
    message: str = ""
    seconds: float | None = None
    peak: float | None = None
    limits: tuple[float, float] = (0.0, 0.0)
    log: str = ""
    reviews: int = 0
    rings: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)
    found: tuple[RingFound, ...] = ()
    budget: int = 0
    remark: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Row:
        """Return the row of a JSON object, which `dataclasses.asdict` makes."""
        parts: dict[str, Any] = {
            "cell": Cell(**value["cell"]),
            "limits": tuple(value["limits"]),
            "found": tuple(RingFound(**one) for one in value["found"]),
        }
        return cls(**{f.name: value[f.name] for f in fields(cls) if f.name not in parts}, **parts)

    def is_final(self, limits: tuple[float, float]) -> bool:
        """Return whether the row need not be run again: it is done, or exceeded limits that were no lower than these."""
        return self.status == "done" or (self.status != "failed" and all(had >= now for had, now in zip(self.limits, limits, strict=True)))


def code_digest(method: str = "") -> str:
    """Return the SHA-256 of the sources that a figure depends on, and of a plug-in's own module where the method is one."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256(version("collusion").encode())
    for path in sorted(path for path in root.rglob("*") if path.suffix in SOURCES):
        place = path.relative_to(root)
        if place.parts[0] in ELSEWHERE or (place.parts[:2] == ("bench", "board") and place.name in BOARD):
            continue
        digest.update(place.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    name = method.rpartition(":")[2]
    if name and name not in BUILT_IN and not method.startswith("peer:"):
        try:
            own = inspect.getsourcefile(detector_class(name))
        except (ConfigError, TypeError):
            own = None
        if own is not None:
            digest.update(Path(own).read_bytes())
    return digest.hexdigest()


def cell_key(cell: Cell, code: str, source: str) -> str:
    """Return the digest of a cell: of what its log is made from, its method with parameters, the code, and the file of real data.

    Whether the parameters are defaults or were tuned is not part of it: the same cell is run once.
    """
    parts = {name: value for name, value in asdict(cell).items() if name != "column"}
    return hashlib.sha256(json.dumps([parts, code, source], sort_keys=True).encode()).hexdigest()


def board_record(folder: Path) -> Record[Row]:
    """Return the record of a folder."""
    return Record(folder / RESULTS, asdict, Row.from_json)


def read_rows(folder: Path) -> list[Row]:
    """Return the rows on record in a folder, in the order in which they were known (`collusion.bench.runner.Record.read`)."""
    return board_record(folder).read()


def latest(rows: Iterable[Row]) -> list[Row]:
    """Return for each cell its last row, such as that of the newest code, in the order in which cells first came."""
    return list({repr(row.cell): row for row in rows}.values())
