"""Methods compared in this process: for a notebook, and for a method of one's own that is installed nowhere."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from collusion.bench.board.methods import BASELINES, check_method, run, run_method
from collusion.bench.board.recipes import Recipe, check
from collusion.bench.board.record import Cell, Row
from collusion.bench.board.scoring import score
from collusion.bench.board.worker import Bench
from collusion.detect import Detector, Ranker, detector_names
from collusion.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["run_here"]


def run_here(
    methods: Sequence[str | Detector | Ranker], data: str, attack: str, seeds: Iterable[int] = range(3), *, data_folder: Path | None = None
) -> list[Row]:
    """Run every method on every log, one after the other, and return rows as `run_grid` does, for the same tables and pictures.

    Here are no limits of time or memory, no record to go on from, and no run to warm up: seconds are a hint, and peaks are not taken.
    What a method raises ends the run. All else is as in `run_grid`: the same seed gives the same log and, of a method that has the
    same name and parameters, the same figures.

    Parameters
    ----------
    methods : sequence of str, Detector or Ranker
        Names as in `collusion bench run`, but for peers; and methods themselves. Two baselines are added where they are missing.
    data, attack : str
        See `collusion.bench.board.recipes.Recipe`.
    seeds : iterable of int
    data_folder : Path, optional
        Of local copies of public data.

    Raises
    ------
    ConfigError
        When a method is none, or two have one name; all problems at once. When names of data and attack do not fit.
    InputError
        When data is nowhere to be found.
    """
    methods = [*methods, *(name for name in BASELINES if name not in methods)]
    wrong = _wrong(methods)
    if wrong:
        raise ConfigError("\n".join(wrong))
    folder = None if data_folder is None else str(data_folder)
    bench, rows = Bench(), []
    for seed in seeds:
        recipe = Recipe(data, attack, seed)
        check(recipe, data_folder)
        labelled, log, truth, digest = bench.prepare(recipe, folder)
        for method in methods:
            start = time.perf_counter()
            told = run(method, {}, log, seed) if isinstance(method, str) else run_method(method, log, seed)
            seconds = time.perf_counter() - start
            figures, found = score(told, truth, log)
            rows.append(
                Row(
                    key="",  # of what is put on record alone
                    cell=_cell(recipe, method),
                    status="done",
                    seconds=round(seconds, 4),
                    log=digest,
                    reviews=len(labelled),
                    rings=len(labelled.rings),
                    figures=figures,
                    found=tuple(found),
                )
            )
    return rows


def _cell(recipe: Recipe, method: Any) -> Cell:  # noqa: ANN401  # as `run_here` takes it
    if isinstance(method, str):
        return Cell(recipe.data, recipe.attack, recipe.seed, method)
    values = {f.name: value for f in dataclasses.fields(method) if (value := getattr(method, f.name)) != f.default}
    return Cell(recipe.data, recipe.attack, recipe.seed, method.name, values)


def _wrong(methods: Sequence[str | Detector | Ranker]) -> list[str]:
    wrong, names = [], []
    for method in methods:
        if isinstance(method, str):
            names.append(method)
            try:
                check_method(method)
            except ConfigError as error:
                wrong.append(str(error))
        elif isinstance(method, type) or not isinstance(method, (Detector, Ranker)) or not hasattr(method, "__dataclass_fields__"):
            wrong.append(f"{method!r} is neither the name of a method nor a dataclass's object with a name and find or score (graph, rng)")
        else:
            names.append(method.name)
            if method.name in detector_names():
                wrong.append(f"{method!r} has the name of an installed method, {method.name!r}; give the name, or take another one")
    return wrong + [f"two methods are called {name!r}" for name in sorted({name for name in names if names.count(name) > 1})]
