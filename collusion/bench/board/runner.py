"""The grid: which cells there are, which are on record already, and the rest run in processes under limits, put on record one by one."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from collusion.bench.board.environments import PREFIX, environment_python
from collusion.bench.board.limits import Worker
from collusion.bench.board.methods import BASELINES, check_method, default_methods
from collusion.bench.board.recipes import Recipe, attacks_of, check, source_digest
from collusion.bench.board.record import RESULTS, Cell, Row, append, cell_key, code_digest, latest, read_rows, rewrite
from collusion.bench.board.scoring import RingFound
from collusion.bench.board.tuning import SEARCH_SEEDS, best_setting, settings_of
from collusion.errors import CollusionError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Progress = Callable[[str, int, int | None], None]

__all__ = ["DATA", "Grid", "run_grid"]

DATA = ("market", "movielens-small", "amazon-2018-all-beauty", "yelpchi")
"""Logs of the published leaderboard."""

PEER_GRACE = 60.0


@dataclass(frozen=True)
class Grid:
    """What is run: every method on every log.

    Parameters
    ----------
    methods : tuple of str
        `BASELINES` are added where they are missing: no table goes without them.
    data : tuple of str
    attacks : tuple of str
        Planted into each; where empty, those that suit the data (`collusion.bench.board.recipes.attacks_of`).
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
    def cells(self) -> list[Cell]:
        """All cells of default parameters: those of one log stand together."""
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


def run_grid(
    grid: Grid, folder: Path, *, jobs: int = 2, resume: bool = False, data_folder: Path | None = None, progress: Progress | None = None
) -> list[Row]:
    """Run all cells of a grid, and return their rows in the order of the cells.

    Each is put on record in ``results.jsonl`` as soon as it is known, so that a run that was ended goes on where it was: rows are known
    again by the digest of the data, the code, the parameters and the seed (`cell_key`). What failed is run again, and what took too long
    or too much memory where it is given more than before.

    Parameters
    ----------
    grid : Grid
    folder : Path
        Exists.
    jobs : int
        Processes at a time; changes no result but for times.
    resume : bool
        Whether the folder may hold rows already.
    data_folder : Path, optional
        Of local copies of public data.
    progress : callable, optional

    Raises
    ------
    ConfigError
        When the folder has rows of before and ``resume`` is not set, or names do not fit.
    InputError
        When data is nowhere to be found.
    """
    for data, attack in grid.kinds:
        check(Recipe(data, attack, grid.seed), data_folder)
    _check_peers(grid)
    if not resume and (folder / RESULTS).exists():
        raise ConfigError(f"{folder}: holds rows of a run before; go on with it by --resume, or name another folder")
    kept = read_rows(folder)
    # Without a last line that was cut short, to which nothing must be joined.
    rewrite(folder, kept)
    known = {row.key: row for row in kept}
    ask = _Board(grid, folder, jobs, data_folder, known, progress or (lambda *_: None))
    search = ask.rows("parameters", grid.search_cells, 0)
    rows = ask.rows("cells", grid.cells, 0)
    tuned = ask.rows("tuned cells", _tuned(grid, search), grid.tune)
    told = [*search, *rows, *tuned]
    # What a row was found for is known now: defaults that were the best setting, too, stand in both columns.
    rewrite(folder, latest([*told, *known.values(), *told]))
    return told


def _check_peers(grid: Grid) -> None:
    names = [name for name in grid.methods if name.startswith(PREFIX)]
    missing = [name for name in names if grid.peers is None or environment_python(name, grid.peers) is None]
    if missing:
        raise ConfigError(
            f"no environment of {', '.join(missing)} is in {grid.peers or 'the folder of --peers'}; "
            "`collusion bench peers --folder DIR` makes them, by the package index that pip is set up with"
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
    folder: Path
    jobs: int
    data_folder: Path | None
    known: dict[str, Row]
    say: Progress

    def rows(self, stage: str, cells: Sequence[Cell], budget: int) -> list[Row]:
        """Return the rows of cells, in their order; what is not known is run."""
        if not cells:
            return []
        code = {method: code_digest(method) for method in {cell.method for cell in cells}}
        source = {data: source_digest(data, self.data_folder) for data in {cell.data for cell in cells}}
        keys = [cell_key(cell, code[cell.method], source[cell.data]) for cell in cells]
        limits = (self.grid.seconds, self.grid.memory)
        todo: dict[tuple[str, str, int], dict[str, Cell]] = defaultdict(dict)
        for key, cell in zip(keys, cells, strict=True):
            if key not in self.known or not self.known[key].holds(limits):
                todo[cell.data, cell.attack, cell.seed][key] = cell
        left = sum(map(len, todo.values()))
        self.say(stage, len(set(keys)) - left, len(set(keys)))
        if left:
            self._run(stage, list(todo.values()), len(set(keys)) - left, len(set(keys)))
        # A row found by its key may have been run for another column.
        return [replace(self.known[key], cell=cell, budget=budget) for key, cell in zip(keys, cells, strict=True)]

    def _run(self, stage: str, logs: list[dict[str, Cell]], done: int, total: int) -> None:
        """Run cells log by log, each log in one process, which then reads it once."""
        waiting: queue.SimpleQueue[dict[str, Cell]] = queue.SimpleQueue()
        for log in logs:
            waiting.put(log)
        told: queue.SimpleQueue[Row | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()
        hands = [threading.Thread(target=partial(self._work, waiting, told, stop)) for _ in range(min(self.jobs, len(logs)))]
        for hand in hands:
            hand.start()
        idle = 0
        try:
            while idle < len(hands):
                one = told.get()
                if isinstance(one, BaseException):
                    raise CollusionError(f"a benchmark process could not be run: {one}") from one
                if one is None:
                    idle += 1
                    continue
                append(self.folder, one)
                self.known[one.key] = one
                done += 1
                self.say(stage, done, total)
        finally:
            stop.set()
            for hand in hands:
                hand.join()

    def _work(
        self, waiting: queue.SimpleQueue[dict[str, Cell]], told: queue.SimpleQueue[Row | BaseException | None], stop: threading.Event
    ) -> None:
        worker = Worker(stop)
        try:
            while not stop.is_set():
                try:
                    cells = waiting.get_nowait()
                except queue.Empty:
                    break
                for key, cell in cells.items():
                    if stop.is_set():
                        break
                    row = self._cell(worker, key, cell)
                    if row is not None:
                        told.put(row)
        except OSError as error:
            told.put(error)
        finally:
            worker.close()
            told.put(None)

    def _cell(self, worker: Worker, key: str, cell: Cell) -> Row | None:
        task = {
            "data": cell.data,
            "attack": cell.attack,
            "seed": cell.seed,
            "method": cell.method,
            "values": dict(cell.values),
            "folder": None if self.data_folder is None else str(self.data_folder),
            "peers": None if self.grid.peers is None else str(self.grid.peers),
            "limits": [self.grid.seconds, self.grid.memory],
        }
        limits = (self.grid.seconds, self.grid.memory)
        # A peer's own process is held to the limits; the one that waits for it gets a little more.
        allowed = (limits[0] + PEER_GRACE, limits[1]) if cell.method.startswith(PREFIX) else limits
        answer = worker.run(task, *allowed)
        (status, came), *_ = answer.items()
        if status == "stopped":
            return None
        if status != "done":
            return Row(key, cell, status, came, limits=limits)  # type: ignore[arg-type]  # one of the words of a status
        found = tuple(RingFound(**one) for one in came.pop("found"))
        return Row(key, cell, "done", limits=limits, found=found, **came)
