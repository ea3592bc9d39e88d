"""Methods compared in this process: for a notebook, and for a method that is not installed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError
from collusion.bench.board.cells import coded
from collusion.bench.board.log_specs import LogSpec, check, make_log, specs_of
from collusion.bench.board.methods import BASELINES, check_method, run, run_method
from collusion.bench.board.record import Cell, Row
from collusion.bench.board.scoring import score
from collusion.bench.board.summaries import leads, summaries, summary_frame
from collusion.bench.board.tables import completed, remarks, sections
from collusion.bench.formats import latex, markdown
from collusion.detect import Detector, Ranker, detector_class, detector_names
from collusion.reviews.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from collusion.bench.board.scoring import Truth
    from collusion.bench.board.summaries import Lead, Summary
    from collusion.graph.log import Log
    from collusion.simulate.labelled import LabelledLog

    Logs = str | LogSpec | Sequence[str | LogSpec] | Mapping[str, LabelledLog]
    Prepared = tuple[LabelledLog, Log, Truth, str]

__all__ = ["Comparison", "compare"]

OWN = "as labelled"
"""Named as the attack where a log is given with its labels."""


@dataclass(frozen=True)
class Comparison:
    """What methods found on logs whose truth is known.

    Parameters
    ----------
    rows : tuple of Row
        One per method and log; ``rows[k].figures`` are explained by `collusion.bench.board.scoring.score`.
    """

    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        methods, logs = {row.cell.method for row in self.rows}, {row.log for row in self.rows}
        return f"Comparison({plural(len(methods), 'method')} on {plural(len(logs), 'log')}; {completed(self.rows)})"

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html()
        return html

    @property
    def summaries(self) -> list[Summary]:
        """Means with 95 % intervals, one `Summary` per method and kind of log."""
        return summaries(self.rows)

    def leads(self, figure: str = "ring_ap") -> list[Lead]:
        """Return for each kind of log the best method by a figure, and its lead over the next one, ring by ring or log by log."""
        return leads(self.rows, figure)

    def only(self, *methods: str) -> Comparison:
        """Return the comparison of some of the methods."""
        return Comparison(tuple(row for row in self.rows if row.cell.method in methods))

    def to_frame(self) -> pd.DataFrame:
        """Return means and intervals as a data frame (`collusion.bench.summary_frame`)."""
        return summary_frame(self.rows)

    def to_markdown(self) -> str:
        """Return all tables as Markdown."""
        return markdown("Leaderboard", sections(self.rows), remarks(self.summaries))

    def to_latex(self) -> str:
        """Return all tables as LaTeX, for a document that loads booktabs and graphicx."""
        return latex(section.table for section in sections(self.rows))


def compare(
    methods: Sequence[str | Detector | Ranker],
    logs: Logs = "market + shapes",
    seeds: Iterable[int] = range(3),
    *,
    data_folder: Path | None = None,
) -> Comparison:
    """Run every method on every log, one after the other, in this process.

    There are no limits of time or memory, no record to go on from, and no warm-up: seconds are a hint, and peak memory is not measured. An
    exception of a method ends the comparison. All else is as in ``collusion bench run``: the same seed gives the same log and, for a method
    with the same name and parameters, the same figures.

    Parameters
    ----------
    methods : sequence of str, Detector or Ranker
        Names as in ``collusion bench run``, except those of peers, and methods of your own. Two baselines are added where they are missing.
    logs : str, LogSpec, sequence of these, or mapping of str to LabelledLog
        Which logs: ``"market:8000"``, with the attacks that suit it, ``"market:8000 + rings"``, or a `LogSpec`, whose seed is not used.
        Logs of your own are given by name, with their labels.
    seeds : iterable of int
        Of the logs and the methods: each log is made with each of them.
    data_folder : Path, optional
        Of local copies of public data.

    Raises
    ------
    ConfigError
        When a method is invalid, or two have one name; all problems at once. When the name of a log is wrong.
    InputError
        When data cannot be found.

    Examples
    --------
    >>> from collusion import bench
    >>> comparison = bench.compare(["fraudar", "random"], "market:2000 + rings", seeds=[0])
    >>> comparison
    Comparison(4 methods on 1 log; All 4 runs completed)
    """
    if isinstance(methods, str):
        methods = [methods]
    methods = [*methods, *(name for name in BASELINES if name not in methods)]
    wrong = _wrong(methods)
    if wrong:
        raise ConfigError("\n".join(wrong))
    rows = []
    for spec, (labelled, log, truth, digest) in _prepared(logs, list(seeds), data_folder):
        for method in methods:
            start = time.perf_counter()
            result = run(method, {}, log, spec.seed) if isinstance(method, str) else run_method(method, log, spec.seed)
            seconds = time.perf_counter() - start
            figures, found = score(result, truth, log)
            rows.append(
                Row(
                    key="",  # only needed on record
                    cell=_cell(spec, method),
                    status="done",
                    seconds=round(seconds, 4),
                    log=digest,
                    reviews=len(labelled),
                    rings=len(labelled.rings),
                    figures=figures,
                    found=tuple(found),
                )
            )
    return Comparison(tuple(rows))


def _prepared(logs: Logs, seeds: Sequence[int], folder: Path | None) -> Iterator[tuple[LogSpec, Prepared]]:
    if isinstance(logs, Mapping):
        for name, labelled in logs.items():
            prepared = coded(labelled)
            yield from ((LogSpec(name, OWN, seed), prepared) for seed in seeds)
        return
    named = [logs] if isinstance(logs, str | LogSpec) else logs
    specs = [spec for one in named for spec in (specs_of(one) if isinstance(one, str) else [one])]
    for spec in specs:
        check(spec, folder)
    for seed in seeds:
        for spec in specs:
            seeded = dataclasses.replace(spec, seed=seed)
            yield seeded, coded(make_log(seeded, folder))


def _cell(spec: LogSpec, method: Any) -> Cell:  # noqa: ANN401  # as `compare` takes it
    if isinstance(method, str):
        return Cell(spec.data, spec.attack, spec.seed, method)
    values = {f.name: value for f in dataclasses.fields(method) if (value := getattr(method, f.name)) != f.default}
    return Cell(spec.data, spec.attack, spec.seed, method.name, values)


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
            hint = f"; give an object, {method.__name__}()" if isinstance(method, type) else ""
            wrong.append(
                f"{method!r} is neither the name of a method nor a dataclass object with a name and find or score (graph, rng){hint}"
            )
        else:
            names.append(method.name)
            if method.name in detector_names() and type(method) is not detector_class(method.name):
                wrong.append(f"{method!r} has the name of another method, {method.name!r}; give it a name of its own")
    return wrong + [f"two methods are called {name!r}" for name in sorted({name for name in names if names.count(name) > 1})]
