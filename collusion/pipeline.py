"""The order of the steps: logs -> table -> graph -> groups -> rings -> case. The one room that sees the whole line."""

from __future__ import annotations

import importlib.metadata
import platform
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from collusion.config import ScanConfig
from collusion.detect import make_detector
from collusion.detect.lockstep import Lockstep
from collusion.errors import ConfigError
from collusion.evidence.crowd import crowd
from collusion.evidence.density import density
from collusion.evidence.early import early_reviewers
from collusion.evidence.meetings import meetings
from collusion.evidence.rating import rating_skew
from collusion.evidence.score import Score, score_group
from collusion.evidence.significance import adjusted, q_values
from collusion.evidence.synchrony import synchrony
from collusion.evidence.variants import variants
from collusion.graph import store
from collusion.graph.graph import NO_TIME, ReviewGraph, build_graph
from collusion.graph.log import Basket, Log, Names
from collusion.graph.membership import settle, slots_of
from collusion.graph.null import Null
from collusion.graph.projection import Meetings, chance_bar, meetings_of
from collusion.model import Accounting, Case, Context, Evidence, Provenance, Ring, Source, ring_id
from collusion.reviews import read_reviews
from collusion.reviews.table import COUNTED, ReviewTable
from collusion.rings.merge import Candidate, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.detect import Detector

__all__ = ["Progress", "encode", "read_log", "scan"]


class Progress(Protocol):
    """Called as work goes on: the stage, how much of it is done, and how much there is (None: not known)."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note of the progress."""
        ...


def _silent(stage: str, done: int, total: int | None) -> None:
    """Report nothing."""


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def read_log(source: Any, config: ScanConfig, progress: Progress = _silent) -> tuple[Log, ReviewTable | None]:  # noqa: ANN401  # a path, paths, a frame or a table
    """Read a source and code it.

    Parameters
    ----------
    source : path, sequence of paths, data frame, ReviewTable, Log or folder made by `encode`
    config : ScanConfig
    progress : callable, optional

    Returns
    -------
    log : Log
    table : ReviewTable or None
        The way back to the source's rows; None for a folder made by `encode`.
    """
    if isinstance(source, Log):
        return source, None
    paths = [source] if isinstance(source, (str, Path)) else list(source) if isinstance(source, (list, tuple)) else []
    stores = [path for path in paths if store.is_store(Path(path))]
    if stores:
        if len(paths) > 1:
            raise ConfigError(f"{stores[0]}: is a folder made by `collusion encode`; scan it alone, or scan the logs it was made from")
        return store.load(Path(stores[0])), None
    if isinstance(source, ReviewTable):
        table = source
    else:
        table = read_reviews(
            paths or source, map=config.map, time_unit=config.time_unit, dialect=config.dialect, threads=config.threads, progress=progress
        )
    return _log_of(table), table


def encode(source: Any, folder: Path, config: ScanConfig | None = None, progress: Progress = _silent) -> Log:  # noqa: ANN401  # as read_log
    """Read a source and write the coded log into an existing, empty folder, which `scan` takes in place of the log."""
    log, _ = read_log(source, config or ScanConfig(), progress)
    progress("write", 0, None)
    store.save(log, folder)
    return log


def scan(source: Any, *, config: ScanConfig | None = None, progress: Progress = _silent, **overrides: Any) -> Case:  # noqa: ANN401  # as read_log
    """Find the rings of a log.

    Parameters
    ----------
    source : path, sequence of paths, data frame, ReviewTable, Log or folder made by `encode`
    config : ScanConfig, optional
    progress : callable, optional
    **overrides
        Fields of `ScanConfig`, such as ``seed=7`` or ``fdr=0.1``.

    Returns
    -------
    Case
        The same input, config and seed give the same case, whatever the threads, the order of rows and the names of reviewers and products.

    Raises
    ------
    InputError
        When the source cannot be used; all problems at once.
    ConfigError
        When a parameter is wrong.
    """
    config = (config or ScanConfig()).with_overrides(**overrides)
    detectors = [make_detector(name, config.detector.get(name)) for name in config.detectors]
    clock = _Clock()
    with clock.stage("read"):
        log, table = read_log(source, config, progress)
    with clock.stage("find"):
        progress("find", 0, 1)
        search = _Search.of(log.graph, detectors, config.seed)
        # Replicates run beside each other; the log itself is alone, so its meetings may take all threads.
        alone = [replace(d, threads=config.threads) if isinstance(d, Lockstep) else d for d in detectors]
        found = replace(search, detectors=alone).find(log.graph)
        progress("find", 1, 1)
    with clock.stage("null"):
        null = _null_scores(search, log.graph, config, progress)
    with clock.stage("evidence"):
        rings, codes, notes = _rings(log, search, found, null, config, progress)
    return Case(
        rings=tuple(rings),
        accounting=log.accounting,
        provenance=Provenance(
            sources=log.sources,
            config=config.provenance(),
            seed=config.seed,
            replicates=config.replicates,
            versions=_versions(),
            seconds=clock.seconds,
        ),
        notes=(*log.notes, *_notes(search, config), *notes),
        lookup=_Lookup(log=log, table=table, codes=codes),
    )


def _log_of(table: ReviewTable) -> Log:
    counted = np.flatnonzero(table.status == COUNTED)
    graph = build_graph(
        table.reviewer[counted],
        table.listing[table.product[counted]],
        time=None if table.time is None else table.time[counted],
        rating=None if table.rating is None else table.rating[counted],
        row=counted,
        category=table.category_of_listing(),
        seller=table.seller_of_listing(),
        n_reviewers=len(table.reviewer_names),
        n_products=len(table.product_names),
    )
    # Rows of the table lead to the product as the log names it; then to the source, which is what evidence cites.
    variant = table.product[graph.row]
    return Log(
        graph=replace(graph, row=table.row[graph.row]),
        reviewers=Names(table.reviewer_names.offsets, table.reviewer_names.data),
        products=Names(table.product_names.offsets, table.product_names.data),
        variant=variant,
        baskets=tuple(Basket(v.products, v.reviewers, v.rows, v.copies, v.inferred) for v in table.variants),
        accounting=Accounting(
            rows_in=table.rows_in,
            accepted=table.accepted,
            set_aside=table.set_aside,
            counted=len(counted),
            repeated=table.repeated,
            copies=table.copies,
            reviewers=int(np.count_nonzero(np.diff(graph.indptr))),
            products=int(np.count_nonzero(np.diff(graph.product_indptr))),
        ),
        sources=tuple(Source(s.name, s.format, s.rows, s.first_row, s.digest) for s in table.sources),
        problems=tuple(table.problems),
        notes=table.notes,
    )


@dataclass(frozen=True, eq=False)
class _Search:
    """Find, refine, score and merge: what a null replicate reruns whole."""

    detectors: Sequence[Detector]
    seed: int
    meet: Meetings
    by_seller: bool

    @classmethod
    def of(cls, graph: ReviewGraph, detectors: Sequence[Detector], seed: int) -> _Search:
        ruler = next((d for d in detectors if isinstance(d, Lockstep)), Lockstep())
        by_seller = ruler.place == "seller" and graph.seller is not None
        return cls(detectors=detectors, seed=seed, meet=meetings_of(graph, ruler.window, ruler.place), by_seller=by_seller)

    def find(self, graph: ReviewGraph, replicate: int = 0) -> list[Candidate]:
        candidates = []
        for detector in self.detectors:
            rng = np.random.default_rng([self.seed, zlib.crc32(detector.name.encode()), replicate])
            for group in detector.find(graph, rng):
                reviewers, products, score = group.reviewers, group.products, score_group(graph, self.meet, group.reviewers).value
                # Lockstep settles its groups itself, by the same meetings.
                if not isinstance(detector, Lockstep):
                    joined, attached = settle(graph, self.meet, reviewers)
                    refined = score_group(graph, self.meet, joined).value
                    if refined >= score and len(joined) > 1 and len(attached):
                        reviewers, products, score = joined, attached, refined
                candidates.append(Candidate(reviewers, products, score, (detector.name,)))
        return merge(candidates)


def _null_scores(search: _Search, graph: ReviewGraph, config: ScanConfig, progress: Progress) -> list[list[float]]:
    """Return the scores of the groups of each null replicate."""
    if not config.replicates:
        return []
    progress("null", 0, config.replicates)
    null = Null.of(graph)
    search.meet.activity(graph)  # shared by all replicates: made once, before threads ask for it

    def replicate(b: int) -> list[float]:
        drawn, _ = null.draw(np.random.default_rng([config.seed, zlib.crc32(b"null"), b]))
        return [candidate.score for candidate in search.find(drawn, 1 + b)]

    scores = []
    pool = ThreadPoolExecutor(config.threads)
    try:
        for done, found in enumerate(pool.map(replicate, range(config.replicates)), start=1):
            scores.append(found)
            progress("null", done, config.replicates)
    finally:
        # Whoever interrupts waits for the replicates that run, not for those that queue.
        pool.shutdown(cancel_futures=True)
    return scores


def _rings(
    log: Log, search: _Search, found: Sequence[Candidate], null: Sequence[Sequence[float]], config: ScanConfig, progress: Progress
) -> tuple[list[Ring], dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]], list[str]]:
    # The rung says what the null kept. Without times it keeps degrees (and categories) only, which honest taste breaks.
    rung = "N1" if log.graph.time is not None else "N0"
    best = sorted((max(scores, default=-np.inf) for scores in null), reverse=True)
    described: list[tuple[Ring, Candidate]] = []
    # Whatever may be flagged is described; of the rest, the best.
    shown = max(sum(candidate.score > 0 for candidate in found), min(len(found), config.max_candidates))
    for k, candidate in enumerate(found[:shown]):
        progress("evidence", k, shown)
        exceeding = (sum(1 for s in best if s >= candidate.score), len(null)) if null else None
        described.append((_ring(log, search, candidate, exceeding, config), candidate))
    rings = _judge([ring for ring, _ in described], null, rung, log.graph.n_reviewers, config)
    codes = {ring.id: (candidate.reviewers, candidate.products) for ring, candidate in described}
    baskets = log.baskets[: config.max_candidates]
    for basket in baskets:
        ring = _explained(log, search, basket)
        rings.append(ring)
        codes[ring.id] = (basket.reviewers, np.unique(log.graph.product[np.isin(log.variant, basket.products)]))
    notes = []
    if len(found) > shown:
        notes.append(
            f"{len(found) - shown:,} groups that score no better than chance are left out (max_candidates = {config.max_candidates})."
        )
    if len(log.baskets) > config.max_candidates:
        notes.append(
            f"{len(log.baskets) - len(baskets):,} smaller baskets of variants are left out (max_candidates = {config.max_candidates})."
        )
    order = {"flagged": 0, "candidate": 1, "explained": 2}
    rings.sort(key=lambda ring: (order[ring.status], -ring.score, -len(ring.reviewers), ring.id))
    return [replace(ring, rank=rank) for rank, ring in enumerate(rings, start=1)], codes, notes


def _judge(rings: Sequence[Ring], null: Sequence[Sequence[float]], rung: str, n_reviewers: int, config: ScanConfig) -> list[Ring]:
    """Give each ring its q-value and status. An explained group is no discovery, so it does not count as one.

    A null that deals people anew within category and month knows no bargain hunters, who meet without any plan. What tells them from a ring
    is that paid reviews favour or harm. Where ratings do not say so, over all groups of the log that may be flagged, the meetings must
    exceed twice what the best of all groups of that size reaches by chance.
    """
    open_ = [ring for ring in rings if ring.status != "explained"]
    q: dict[str, float] = {}
    if null and open_:
        values = q_values([ring.score for ring in open_], [s for scores in null for s in scores], len(null))
        q = {ring.id: round(float(value), 6) for ring, value in zip(open_, values, strict=True)}
    told = [
        (ring.id, e, e.p_value) for ring in rings if ring.score > 0 for e in ring.evidence if e.signal == "rating" and e.p_value is not None
    ]
    significant = adjusted([p for *_, p in told]) <= config.fdr
    favours = {id_ for (id_, e, _), clear in zip(told, significant, strict=True) if clear and e.stance == "for"}
    judged = []
    for ring in rings:
        values_of = {rung: q[ring.id]} if ring.id in q else {}
        bar = 0.0 if ring.id in favours else chance_bar(n_reviewers, len(ring.reviewers))
        flagged = ring.status != "explained" and ring.score > bar and values_of.get("N1", 1.0) <= config.fdr
        judged.append(replace(ring, q_values=values_of, status="flagged" if flagged else ring.status))
    return judged


def _ring(log: Log, search: _Search, candidate: Candidate, exceeding: tuple[int, int] | None, config: ScanConfig) -> Ring:
    graph, meet = log.graph, search.meet
    slots = _own_slots(graph, candidate.reviewers, candidate.products)
    size = (len(candidate.reviewers), len(np.unique(log.variant[slots])))
    rows = tuple(int(row) for row in np.sort(graph.row[slots]))
    score: Score = score_group(graph, meet, candidate.reviewers)
    # Seeded by size, not by names: renaming changes no draw.
    rng = np.random.default_rng([config.seed, zlib.crc32(b"evidence"), len(slots), *size])
    evidence: list[Evidence | None] = [meetings(score, meet, rows, by_seller=search.by_seller, exceeding=exceeding)]
    if len(slots):
        rating = rating_skew(graph, slots)
        evidence += [
            density(graph, meet.strata, slots, size),
            synchrony(graph, slots, meet.window if meet.window is not None else 0, rng),
            rating,
            crowd(graph, meet, candidate.reviewers, candidate.products),
            early_reviewers(graph, slots, rating),
        ]
    ring = _describe(log, candidate.reviewers, slots, candidate.score, candidate.detectors, tuple(e for e in evidence if e is not None))
    explanation = next((e.signal for e in ring.evidence if e.stance == "explains"), None)
    return replace(ring, status="explained", explained_by=explanation) if explanation else ring


def _explained(log: Log, search: _Search, basket: Basket) -> Ring:
    nodes = np.unique(log.graph.product[np.isin(log.variant, basket.products)])
    slots = _own_slots(log.graph, basket.reviewers, nodes)
    score = score_group(log.graph, search.meet, basket.reviewers)
    ring = _describe(log, basket.reviewers, slots, score.value, ("variants",), (variants(basket, len(slots)),))
    products = tuple(sorted(log.products.take(basket.products)))
    return replace(
        ring,
        id=ring_id(ring.reviewers, products),
        status="explained",
        explained_by="variants",
        products=products,
        density=round(len(slots) / (len(ring.reviewers) * len(products)), 6),
    )


def _describe(
    log: Log,
    reviewers: NDArray[np.int32],
    slots: NDArray[np.int64],
    score: float,
    detectors: tuple[str, ...],
    evidence: tuple[Evidence, ...],
) -> Ring:
    graph = log.graph
    people = tuple(sorted(log.reviewers.take(reviewers)))
    products = tuple(sorted(log.products.take(np.unique(log.variant[slots]))))
    days = graph.time[slots] if graph.time is not None else np.empty(0, np.int32)
    days = days[days != NO_TIME]
    return Ring(
        id=ring_id(people, products),
        rank=0,
        status="candidate",
        reviewers=people,
        products=products,
        score=score,
        q_values={},
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        density=round(len(slots) / max(len(people) * len(products), 1), 6),
        first_review=_iso(days.min()) if len(days) else None,
        last_review=_iso(days.max()) if len(days) else None,
        detectors=detectors,
        evidence=evidence,
    )


def _own_slots(graph: ReviewGraph, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int64]:
    slots = slots_of(graph, reviewers)
    return slots[np.isin(graph.product[slots], products)]


def _iso(day: np.int32) -> str:
    return str(np.datetime64(int(day), "D"))


def _notes(search: _Search, config: ScanConfig) -> list[str]:
    meet = search.meet
    notes = []
    if meet.window is None:
        notes.append(
            "The log has no times, so meetings cannot be told from taste: the null keeps how much each reviewer and product was reviewed "
            "(N0), and nothing is flagged."
        )
    if not meet.strata.by_category:
        reach = "all products of a month" if meet.strata.by_month else "all products"
        notes.append(f"The log has no categories: the null permutes reviewers over {reach}, so shared taste can look like lockstep.")
    if meet.crowded:
        notes.append(
            f"{meet.crowded:,} reviews are at places with more than {meet.largest_crowd:,} reviews in the window; "
            "meetings there are too common to count."
        )
    if not config.replicates:
        notes.append("No null replicate was run (replicates = 0), so there are no q-values and nothing is flagged.")
    elif 1 / config.replicates > config.fdr:
        notes.append(
            f"With {config.replicates} replicates a single ring reaches no q-value below {1 / config.replicates:.3g}; "
            f"for a false-discovery rate of {config.fdr} run at least {int(np.ceil(1 / config.fdr))}."
        )
    return notes


def _versions() -> dict[str, str]:
    packages = ("collusion", "igraph", "numba", "numpy", "pyarrow", "scipy")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}


@dataclass(frozen=True, eq=False)
class _Lookup:
    """Leads from a ring back to the log (`collusion.model.Lookup`)."""

    log: Log
    table: ReviewTable | None
    codes: Mapping[str, tuple[NDArray[np.int32], NDArray[np.int32]]]
    read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def context(self, ring: Ring) -> Context:
        graph = self.log.graph
        reviewers, products = self.codes[ring.id]
        on = [np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products]
        slots = np.unique(np.concatenate([slots_of(graph, reviewers), *on])).astype(np.int64)
        order = np.lexsort((graph.row[slots], graph.time[slots])) if graph.time is not None else np.argsort(graph.row[slots])
        slots = slots[order]
        return Context(
            row=graph.row[slots],
            reviewer=self.log.reviewers.take(graph.reviewer[slots]),
            product=self.log.products.take(self.log.variant[slots]),
            member=np.isin(graph.reviewer[slots], reviewers),
            target=np.isin(graph.product[slots], products),
            time=None if graph.time is None else graph.time[slots],
            rating=None if graph.rating is None else graph.rating[slots],
        )

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        asked = np.asarray(rows, dtype=np.int64)
        if self.table is None:
            return self._rows_of_store(asked)
        # The source is read again once for all rings, not once for each of them.
        known = self.read.get("rows")
        if known is None or not np.isin(asked, known["row"]).all():
            cited = [self._slots(reviewers, products) for reviewers, products in self.codes.values()]
            every = np.unique(np.concatenate([asked, *(self.log.graph.row[slots] for slots in cited)]))
            known = self.read["rows"] = self.table.rows(every.tolist())
        found: pd.DataFrame = known.iloc[np.searchsorted(known["row"], asked)].reset_index(drop=True)
        return found

    def _slots(self, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> NDArray[np.int64]:
        return _own_slots(self.log.graph, reviewers, products)

    def _rows_of_store(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415  # only for who asks for rows

        graph = self.log.graph
        order = np.argsort(graph.row, kind="stable")
        slots = order[np.searchsorted(graph.row, rows, sorter=order)]
        first = np.array([source.first_row for source in self.log.sources])
        source = np.searchsorted(first, rows, side="right") - 1
        columns: dict[str, Any] = {
            "row": rows,
            "source": [self.log.sources[k].name for k in source],
            "source_row": rows - first[source] + 1,
            "reviewer_id": self.log.reviewers.take(graph.reviewer[slots]),
            "product_id": self.log.products.take(self.log.variant[slots]),
        }
        if graph.rating is not None:
            columns["rating"] = ["" if np.isnan(r) else f"{r:g}" for r in graph.rating[slots]]
        if graph.time is not None:
            columns["timestamp"] = ["" if t == NO_TIME else _iso(t) for t in graph.time[slots]]
        return pd.DataFrame(columns)

    def problems(self) -> Sequence[Mapping[str, object]]:
        return self.log.problems
