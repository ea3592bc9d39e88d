"""The way from a ring back to the log, while the log is in memory and after it is not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from collusion.base import hints
from collusion.base.config import ScanConfig
from collusion.base.errors import CollusionError, InputError
from collusion.detect import make_detector
from collusion.graph.categories import with_categories
from collusion.graph.graph import NO_TIME
from collusion.graph.log import neighbourhood_of
from collusion.graph.membership import edges_between
from collusion.pipeline.null_example import NullExample, null_case
from collusion.pipeline.reader import Reader
from collusion.pipeline.rings import iso
from collusion.pipeline.source import is_read, read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.base.model import Context, Link, Provenance
    from collusion.case import Case, Ring
    from collusion.graph.log import Log

__all__ = ["Again", "Lookup"]


@dataclass(frozen=True, eq=False)
class Lookup:
    """Leads from a ring back to the log (`collusion.case.Lookup`)."""

    log: Log
    reread: Callable[[Sequence[int]], pd.DataFrame] | None
    codes: Mapping[str, tuple[NDArray[np.int32], NDArray[np.int32]]]
    example: NullExample
    read: dict[str, pd.DataFrame] = field(default_factory=dict)
    drawn: dict[str, Case] = field(default_factory=dict)

    def again(self, case: Case) -> Again:
        """Return what reads the log again after a case of it was pickled."""
        return Again.of(case)

    def reader(self, case: Case, log: Any = None) -> Reader:  # noqa: ANN401  # as scan
        """Return the log, to be asked about one account (`collusion.case.Lookup`); another place of the same log where one is given."""
        if log is not None:
            return Again.of(case, log)().reader(case)
        return Reader(self.log, self.codes, self.example.detectors, self.example.provenance.seed, self.example.threads)

    def context(self, ring: Ring) -> Context:
        """Return the ring's reviews and all others of its reviewers and of its products, in the order of time."""
        return neighbourhood_of(self.log, *self.codes[ring.id])

    def null_case(self) -> Case:
        """Return the strongest group of the null replicates (`collusion.case.Replicates`); drawn and searched for once."""
        if "strongest" not in self.drawn:
            self.drawn["strongest"] = null_case(self.log, self.example)
        return self.drawn["strongest"]

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return rows of the source, as it has them."""
        asked = np.asarray(rows, dtype=np.int64)
        if self.reread is None:
            return self._rows_of_store(asked)
        # The source is read again once for all rings, not once for each of them.
        known = self.read.get("rows")
        if known is None or not np.isin(asked, known["row"]).all():
            cited = [self._edges(reviewers, products) for reviewers, products in self.codes.values()]
            every = np.unique(np.concatenate([asked, *(self.log.graph.row[edges] for edges in cited)]))
            known = self.read["rows"] = self.reread(every.tolist())
        found: pd.DataFrame = known.iloc[np.searchsorted(known["row"], asked)].reset_index(drop=True)
        return found

    def _edges(self, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int64]:
        return edges_between(self.log.graph, reviewers, products)

    def _rows_of_store(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415  # only for who asks for rows

        graph = self.log.graph
        order = np.argsort(graph.row, kind="stable")
        edges = order[np.minimum(np.searchsorted(graph.row, rows, sorter=order), len(order) - 1)]
        first = np.array([source.first_row for source in self.log.sources])
        source = np.searchsorted(first, rows, side="right") - 1
        columns: dict[str, Any] = {
            "row": rows,
            "source": [self.log.sources[k].name for k in source],
            "source_row": rows - first[source] + 1,
            "reviewer_id": self.log.reviewers.take(graph.reviewer[edges]),
            "product_id": self.log.products.take(self.log.variant[edges]),
        }
        if graph.rating is not None:
            columns["rating"] = ["" if np.isnan(r) else f"{r:g}" for r in graph.rating[edges]]
        if graph.time is not None:
            columns["timestamp"] = ["" if t == NO_TIME else iso(t) for t in graph.time[edges]]
        links = {link.name: self._first_shown(link, rows) for link in self.log.links}
        counted = graph.row[edges] == rows
        if not counted.all():  # the first row that shows a value may repeat another
            of = {row: reviewer for shown in links.values() for row, (reviewer, _) in shown.items()}
            for name in columns.keys() - {"row", "source", "source_row"}:
                columns[name] = pd.Series(
                    [cell if there else None for cell, there in zip(columns[name], counted, strict=True)], dtype=object
                )
            columns["reviewer_id"] = columns["reviewer_id"].where(counted, [of.get(row) for row in rows.tolist()])
        for name, shown in links.items():
            columns[name] = pd.Series([shown[row][1] if row in shown else None for row in rows.tolist()], dtype=object)
        return pd.DataFrame(columns)

    def _first_shown(self, link: Link, rows: NDArray[np.int64]) -> dict[int, tuple[str, str]]:
        """Return the reviewer and the value of each of the rows that is the first to show it: a folder knows of no other."""
        at = np.flatnonzero(np.isin(link.row, rows))
        reviewers, values = self.log.reviewers.take(link.reviewer[at]), link.values.take(link.value[at])  # noqa: PD011  # of a link
        return dict(zip(link.row[at].tolist(), zip(reviewers, values, strict=True), strict=True))

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return the rows set aside."""
        return self.log.problems


@dataclass(frozen=True, eq=False, repr=False)
class Again:
    """Reads the log of a case again, when it is called first.

    ``provenance`` says which sources there were and how they were read, ``rows`` which source rows the reviews of each ring are, by its id.
    ``log`` is read in place of the sources.
    """

    provenance: Provenance
    span: tuple[str, str] | None
    rows: Mapping[str, Sequence[int]]
    log: Any = None
    known: dict[str, Lookup] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, log: Any = None) -> Again:  # noqa: ANN401  # as scan
        """Return the way back to the log of a case."""
        return cls(case.provenance, case.span, {ring.id: ring.rows for ring in case.rings}, log)

    def __getstate__(self) -> dict[str, Any]:
        # A log in memory is not pickled: files are read again where they are.
        return {**self.__dict__, "known": {}, "log": self.log if isinstance(self.log, (str, Path)) else None}

    def __call__(self, log: Any = None) -> Lookup:  # noqa: ANN401  # as scan
        """Return the lookup of the log, read once; of the ``log`` given here, if any, every time.

        Raises
        ------
        InputError
            When ``log`` is another log.
        CollusionError
            When no ``log`` was given, and the sources cannot be read or have changed.
        """
        if log is not None:
            return replace(self, log=log, known={})()
        if "log" not in self.known:
            self.known["log"] = self._read()
        return self.known["log"]

    def _read(self) -> Lookup:
        log, reread = self._log()
        # As the scan does: strata and so all that is expected depend on them.
        log = replace(log, graph=with_categories(log.graph))
        config = _config(self.provenance)
        detectors = [make_detector(name, config.detector.get(name)) for name in config.detectors]
        example = NullExample(detectors, config.threads, self.provenance, self.span)
        return Lookup(log, reread, _codes(log, self.rows), example)

    def _log(self) -> Any:  # noqa: ANN401  # as read_log
        if self.provenance.pseudonymised is not None:
            raise CollusionError("the case holds pseudonyms, so it does not lead back to its log; ask the owner of the key and the log")
        config = _config(self.provenance)
        wanted = [source.digest for source in self.provenance.sources]
        if self.log is not None:
            found = read_log(self.log, ScanConfig(link=config.link) if is_read(self.log) else config)
            if [source.digest for source in found[0].sources] != wanted:
                raise InputError("log: is not the log of this case: its digest is another; give the log that was scanned")
            return found
        names = [source.name for source in self.provenance.sources]
        lost = [name for name in names if not Path(name).exists()]
        hint = f"give it with {hints.hint('log')} when you read the case"
        if lost or not names:
            raise CollusionError(f"the log of this case is needed, and {lost[0] if lost else 'its file'!r} is not there; {hint}")
        try:
            found = read_log(names, config)
        except CollusionError as error:
            raise CollusionError(f"the log of this case is needed, and cannot be read again; {hint}\n{error}") from error
        if [source.digest for source in found[0].sources] != wanted:
            raise CollusionError(f"the log of this case is needed, and its files have changed since they were scanned; {hint}")
        return found


def _config(provenance: Provenance) -> ScanConfig:
    """Return the configuration that a case records; what it does not record has its default."""
    recorded = {name: value for name, value in provenance.config.items() if name in ScanConfig.__dataclass_fields__}
    return ScanConfig(**cast("dict[str, Any]", recorded))


def _codes(log: Log, rows: Mapping[str, Sequence[int]]) -> dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Return the codes of the members and products of each ring: those of its reviews."""
    graph = log.graph
    # One pass over the log for all rings.
    edges = np.flatnonzero(
        np.isin(graph.row, np.concatenate([np.empty(0, np.int64), *(np.asarray(own, np.int64) for own in rows.values())]))
    )
    edges = edges[np.argsort(graph.row[edges], kind="stable")]
    ordered = graph.row[edges]
    found = {name: edges[np.searchsorted(ordered, np.asarray(own, np.int64))] for name, own in rows.items()}
    return {name: (np.unique(graph.reviewer[own]), np.unique(graph.product[own])) for name, own in found.items()}
