"""The grid of the leaderboard: which cells there are, which are on record already, and the rest run under limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError
from collusion.bench.board.cells import GRACE
from collusion.bench.board.environments import PREFIX, environment_python
from collusion.bench.board.log_specs import LogSpec, attacks_of, check, source_digest
from collusion.bench.board.methods import BASELINES, check_method, default_methods
from collusion.bench.board.record import RESULTS, Cell, Row, board_record, cell_key, code_digest, latest
from collusion.bench.board.scoring import RingFound
from collusion.bench.board.tuning import SEARCH_SEEDS, best_setting, settings_of
from collusion.bench.runner import Task, in_order, run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from collusion.bench.processes import Answer
    from collusion.bench.runner import Progress, Record

__all__ = ["DATA", "Grid", "run_grid"]

DATA = ("market", "movielens-small", "amazon-2018-all-beauty", "yelpchi")
"""Logs of the published leaderboard."""


@dataclass(frozen=True)
class Grid:
    """What is run: every method on every log.

    Parameters
    ----------
    methods : tuple of str
        `BASELINES` are added where they are missing: no table goes without them.
    data : tuple of str
    attacks : tuple of str
        Planted into each; where empty, those that suit the data (`collusion.bench.board.log_specs.attacks_of`).
    seeds : int
        Logs of each kind, with the seeds from ``seed`` on.
    seed : int
    values : mapping of str to mapping
        Parameters by method, in place of its defaults.
    tune : int
        Settings tried for each method and kind of log, on ``tune_seeds`` logs of other seeds; 0 for none, and then no column of tuned ones.
    tune_seeds : int
    seconds, memory : float
        Limits of a cell: wall seconds of its method, MiB of its process.
    peers : Path, optional
        Folder of environments for methods named ``peer:NAME`` (`collusion.bench.board.environments`).

    Raises
    ------
    ConfigError
        When a number is out of range or a method or parameter unknown; all problems at once.
    """

    methods: tuple[str, ...] = field(default_factory=default_methods)
    data: tuple[str, ...] = DATA
    attacks: tuple[str, ...] = ()
    seeds: int = 10
    seed: int = 0
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tune: int = 0
    tune_seeds: int = 1
    seconds: float = 300.0
    memory: float = 4096.0
    peers: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "methods", tuple(dict.fromkeys((*self.methods, *BASELINES))))
        checks = {
            f"seeds must be from 1 to {SEARCH_SEEDS:,}": 1 <= self.seeds <= SEARCH_SEEDS,
            "seed must be at least 0": self.seed >= 0,
            "tune must be at least 0": self.tune >= 0,
            "tune_seeds must be at least 1": self.tune_seeds >= 1,
            "seconds must be above 0": self.seconds > 0,
            "memory must be above 0 MiB": self.memory > 0,
            "data must name a log": bool(self.data),
        }
        wrong = [what for what, fine in checks.items() if not fine]
        wrong += [f"parameters are given for {name}, which is not run" for name in self.values if name not in self.methods]
        for name in self.methods:
            try:
                check_method(name, self.values.get(name))
            except ConfigError as error:
                wrong.append(str(error))
        if wrong:
            raise ConfigError("\n".join(wrong))

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """Data with what is planted."""
        return tuple((data, attack) for data in self.data for attack in (self.attacks or attacks_of(data)))

    @property
    def limits(self) -> tuple[float, float]:
        """Seconds and MiB of a cell."""
        return self.seconds, self.memory

    @property
    def cells(self) -> list[Cell]:
        """All cells of default parameters: those of one log are next to each other."""
        return [
            Cell(data, attack, self.seed + k, method, dict(self.values.get(method, {})))
            for k in range(self.seeds)
            for data, attack in self.kinds
            for method in self.methods
        ]

    @property
    def search_cells(self) -> list[Cell]:
        """All cells that parameters are chosen by."""
        return [
            Cell(data, attack, SEARCH_SEEDS + self.seed + k, method, values, "search")
            for k in range(self.tune_seeds if self.tune else 0)
            for data, attack in self.kinds
            for method in self.methods
            for values in settings_of(method, self.tune)
        ]


def run_grid(grid: Grid, folder: Path, *, jobs: int = 2, data_folder: Path | None = None, progress: Progress | None = None) -> list[Row]:
    """Run all cells of a grid, and return their rows in the order of the cells.

    Each is put on record in ``results.jsonl`` as soon as it is known, so that a run that was ended or killed goes on where it was: rows
    are found again by the digest of the data, the code, the parameters and the seed (`cell_key`). What failed is run again, and what
    exceeded a limit where the limit is higher now.

    Parameters
    ----------
    grid : Grid
    folder : Path
        Exists; empty, or that of another run, whose rows are kept.
    jobs : int
        Processes at a time; changes no result but for times.
    data_folder : Path, optional
        Of local copies of public data.
    progress : callable, optional

    Raises
    ------
    ConfigError
        When the folder has files but no rows, or names do not fit.
    InputError
        When data cannot be found, or the record cannot be read.
    """
    for data, attack in grid.kinds:
        check(LogSpec(data, attack, grid.seed), data_folder)
    _check_peers(grid)
    record = board_record(folder)
    if not record.path.exists() and any(not path.name.startswith(RESULTS) for path in folder.iterdir()):
        raise ConfigError(f"{folder}: is not empty and has no results of a benchmark ({RESULTS}); name another folder")
    kept = record.read()
    # Without a last line that was cut short: the next row would be joined to it.
    record.rewrite(kept)
    board = _Board(grid, record, jobs, data_folder, {row.key: row for row in kept}, progress)
    search = board.rows("parameters", grid.search_cells, 0)
    rows = board.rows("cells", grid.cells, 0)
    tuned = board.rows("tuned cells", _tuned(grid, search), grid.tune)
    found = [*search, *rows, *tuned]
    # Only now it is known what a row was run for: defaults that were the best setting are in both columns.
    record.rewrite(latest([*found, *board.known.values(), *found]))
    return found


def _check_peers(grid: Grid) -> None:
    names = [name for name in grid.methods if name.startswith(PREFIX)]
    missing = [name for name in names if grid.peers is None or environment_python(name, grid.peers) is None]
    if missing:
        raise ConfigError(
            f"no environment of {', '.join(missing)} is in {grid.peers or 'the folder of --peers'}; "
            "`collusion bench peers --folder DIR` makes them, from the package index that pip is configured for"
        )


def _tuned(grid: Grid, search: Iterable[Row]) -> list[Cell]:
    """Return the cells with the parameters that were best on other logs of the same kind."""
    of: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in search:
        of[row.cell.data, row.cell.attack, row.cell.method].append(row)
    best = {key: best_setting(rows) for key, rows in of.items()}
    return [
        replace(cell, values=dict(best[cell.data, cell.attack, cell.method]), column="tuned")
        for cell in grid.cells
        if (cell.data, cell.attack, cell.method) in best
    ]


@dataclass(frozen=True)
class _Board:
    grid: Grid
    record: Record[Row]
    jobs: int
    data_folder: Path | None
    known: dict[str, Row]
    progress: Progress | None

    def rows(self, stage: str, cells: Sequence[Cell], budget: int) -> list[Row]:
        """Return the rows of cells, in their order; what is not known is run."""
        if not cells:
            return []
        code = {method: code_digest(method) for method in {cell.method for cell in cells}}
        source = {data: source_digest(data, self.data_folder) for data in {cell.data for cell in cells}}
        tasks = [self._task(cell_key(cell, code[cell.method], source[cell.data]), cell) for cell in cells]
        of = {task.key: cell for task, cell in zip(tasks, cells, strict=True)}
        final = {key: row for key in of if (row := self.known.get(key)) is not None and row.is_final(self.grid.limits)}
        row_of = partial(_row, of, self.grid.limits)
        for row in run_tasks(
            "collusion.bench.board.cells:CellWork",
            tasks,
            row_of,
            final,
            stage=stage,
            jobs=self.jobs,
            record=self.record,
            progress=self.progress,
        ):
            self.known[row.key] = row
        # A row found by its key may have been run for another column.
        return [replace(row, cell=cell, budget=budget) for row, cell in zip(in_order(tasks, final), cells, strict=True)]

    def _task(self, key: str, cell: Cell) -> Task:
        value = {
            "data": cell.data,
            "attack": cell.attack,
            "seed": cell.seed,
            "method": cell.method,
            "values": dict(cell.values),
            "folder": None if self.data_folder is None else str(self.data_folder),
            "peers": None if self.grid.peers is None else str(self.grid.peers),
            "limits": list(self.grid.limits),
        }
        memory = self.grid.memory * 2**20
        # The peer's own process has this limit; the process that waits for it contains the log, and gets the same again.
        of_peer = 2 * memory if cell.method.startswith(PREFIX) else memory
        return Task(key, value, f"{cell.data} {cell.attack} {cell.seed}", GRACE, of_peer)


def _row(of: Mapping[str, Cell], limits: tuple[float, float], key: str, answer: Answer) -> Row:
    if answer.status != "done":
        message = f"{answer.error}: {answer.value}"[:500] if answer.error else answer.value
        return Row(key, of[key], answer.status, message, limits=limits)  # type: ignore[arg-type]  # none is "stopped" here
    found = tuple(RingFound(**one) for one in answer.value["found"])
    return Row(key, of[key], "done", limits=limits, **{**answer.value, "found": found})
