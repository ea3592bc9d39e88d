"""The order of the steps: logs -> table -> graph -> groups -> rings -> case. The one room that sees the whole line."""

from __future__ import annotations

import importlib.metadata
import platform
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
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
from collusion.evidence.fans import fans
from collusion.evidence.households import households
from collusion.evidence.meetings import meetings
from collusion.evidence.own_time import own_time
from collusion.evidence.power import DAYS, DENSITY, ENOUGH, PRODUCTS, SIZES, planted
from collusion.evidence.rating import rating_skew, ratings_tell
from collusion.evidence.robustness import robustness
from collusion.evidence.score import Score, score_group, score_groups
from collusion.evidence.significance import Scores, adjusted, chance_counts, q_of_counts
from collusion.evidence.sittings import sittings
from collusion.evidence.synchrony import synchrony
from collusion.evidence.variants import variants
from collusion.graph import store
from collusion.graph.categories import APART, with_categories
from collusion.graph.graph import NO_TIME, ReviewGraph, build_graph
from collusion.graph.log import Basket, Log, Names
from collusion.graph.membership import settle, slots_of
from collusion.graph.null import Null
from collusion.graph.projection import CROWDS, Meetings, chance_bar
from collusion.graph.strata import DAYS_A_MONTH
from collusion.model import Accounting, Case, Context, Evidence, Provenance, Ring, Source, ring_id
from collusion.reviews import read_reviews
from collusion.reviews.table import COUNTED, ReviewTable
from collusion.rings.merge import OVERLAP, Candidate, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.detect import Detector
    from collusion.graph.strata import Strata
    from collusion.model import Group

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
        log = replace(log, graph=with_categories(log.graph))
        search = _Search.of(log.graph, detectors, config.seed)
        # Replicates run beside each other; the log itself is alone, so its meetings may take all threads.
        alone = [replace(d, threads=config.threads) if isinstance(d, Lockstep) else d for d in detectors]
        found = replace(search, detectors=alone).find(log.graph)
        progress("find", 1, 1)
    with clock.stage("evidence"):
        described, codes = _describe_all(log, search, found, config, progress)
    with clock.stage("null"):
        ladder = _climb(search, log.graph, described, config, progress)
    with clock.stage("evidence"):
        rings, notes = _rings(log, search, found, described, codes, ladder, config)
    # Fewer replicates could show no ring whatever there is; another note says so.
    if config.replicates * config.fdr >= 1 and not any(ring.flagged for ring in rings):
        with clock.stage("power"):
            notes.append(_power(log.graph, search, ladder, config, progress))
    return Case(
        rings=tuple(rings),
        accounting=log.accounting,
        provenance=Provenance(
            sources=log.sources,
            config=config.provenance(),
            seed=config.seed,
            replicates=ladder.replicates,
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


FANS = (7, 21)
"""Windows, in days, in which fans of one seller are looked for: they come within weeks of a launch."""


@dataclass(frozen=True, eq=False)
class _Search:
    """Find, refine, score and merge: what a null replicate reruns whole."""

    detectors: Sequence[Detector]
    seed: int
    meets: tuple[Meetings, ...]
    plain: tuple[Meetings, ...]
    """The same with meetings counted once a product; the same object where the log has no sellers."""

    @classmethod
    def of(cls, graph: ReviewGraph, detectors: Sequence[Detector], seed: int) -> _Search:
        ruler = next((d for d in detectors if isinstance(d, Lockstep)), Lockstep())
        meets = ruler.meetings(graph)
        by_seller = ruler.place == "seller" and graph.seller is not None
        return cls(
            detectors=detectors, seed=seed, meets=meets, plain=replace(ruler, place="product").meetings(graph) if by_seller else meets
        )

    @property
    def by_seller(self) -> bool:
        return self.plain is not self.meets

    @property
    def strata(self) -> Strata:
        return self.meets[0].strata

    def at(self, score: Score) -> Meetings:
        """Return the meetings that a score was counted from."""
        meet = next(meet for meet in self.meets if meet.window == score.window)
        return meet if score.crowd is None else meet.rarer(CROWDS.index(score.crowd))

    def find(self, graph: ReviewGraph, replicate: int = 0) -> list[Candidate]:
        groups: list[Group] = []
        for detector in self.detectors:
            rng = np.random.default_rng([self.seed, zlib.crc32(detector.name.encode()), replicate])
            found = detector.find(graph, rng)
            # Lockstep settles its groups itself, by the same meetings.
            groups += found if isinstance(detector, Lockstep) else self._settled(graph, found)
        if not groups:
            return []
        members = [group.reviewers for group in groups]
        scores = [score.value for score in score_groups(graph, self.meets, members)]
        plain = [score.value for score in score_groups(graph, self.plain, members)] if self.by_seller else scores
        return merge(
            [
                Candidate(group.reviewers, group.products, score, (group.detector,), by_product)
                for group, score, by_product in zip(groups, scores, plain, strict=True)
            ]
        )

    def fans(self, graph: ReviewGraph, found: Sequence[Candidate], threads: int) -> list[Candidate]:
        """Return groups, apart from those found, that meet at one seller's alone: nothing that could be flagged (`evidence.fans`)."""
        if not self.by_seller:
            return []
        groups = Lockstep(windows=FANS, place="product", threads=threads).find(graph, np.random.default_rng(self.seed))
        if not groups:
            return []
        members = [group.reviewers for group in groups]
        once = {tuple(group): score.value for group, score in zip(members, score_groups(graph, self.meets, members), strict=True)}
        candidates = [
            Candidate(group.reviewers, group.products, by_product.value, (group.detector,), by_product.value)
            for group, by_product in zip(groups, score_groups(graph, self.plain, members), strict=True)
            if once[tuple(group.reviewers)] <= 0 < by_product.value
        ]
        taken = np.unique(np.concatenate([np.empty(0, np.int32), *(candidate.reviewers for candidate in found if candidate.score > 0)]))
        return [
            replace(candidate, score=once[tuple(candidate.reviewers)])
            for candidate in merge(candidates)
            if np.isin(candidate.reviewers, taken).mean() < OVERLAP
        ]

    def _settled(self, graph: ReviewGraph, groups: Sequence[Group]) -> Iterator[Group]:
        """Yield each group as it is, and settled where that scores higher."""
        scores = score_groups(graph, self.meets, [group.reviewers for group in groups]) if groups else []
        for group, score in zip(groups, scores, strict=True):
            members, products = settle(graph, self.at(score), group.reviewers)
            better = len(members) > 1 and len(products) and score_groups(graph, self.meets, [members])[0].value >= score.value
            yield replace(group, reviewers=members, products=products) if better else group


@dataclass(frozen=True, eq=False)
class _Ladder:
    """What the replicates of each rung held."""

    found: Mapping[str, Sequence[Scores]]
    replicates: int

    @property
    def best(self) -> list[float]:
        """The best score of each replicate of the default rung."""
        return [float(one.value.max(initial=-np.inf)) for one in self.found.get("N1", self.found.get("N0", ()))]


BATCH = 10
"""Replicates after which it is asked whether more would change what is flagged."""

SIDE = 2
"""Replicates of the rungs that flag nothing, at most."""

POWER = 0.8
"""Share of planted rings that must be shown for a size to count as one that the log would have shown."""

CLEAR = 4.0
"""A q-value this many times below or above the rate asked for is not changed by more replicates: half as many as `BATCH`, split in
halves, tell a rate to well within that."""


def _climb(search: _Search, graph: ReviewGraph, described: Sequence[_Described], config: ScanConfig, progress: Progress) -> _Ladder:
    """Rerun the search on null replicates: of the default rung until more would not change what is flagged, of the others a few."""
    if not config.replicates:
        return _Ladder({}, 0)
    dated = graph.time is not None
    # Without times there are no months to keep: the default rung keeps degrees and categories alone.
    default, null = "N1" if dated else "N0", Null.of(graph, "N1")
    others: dict[str, Null] = {"N0": Null.of(graph, "N0"), "N3": Null.of(graph, "N3")} if dated else {}
    aside = [(rung, b) for rung in others for b in range(min(SIDE, config.replicates))]
    total = config.replicates + len(aside)
    progress("null", 0, total)
    search.meets[0].activity(graph)  # shared by all replicates of the default rung: made once, before threads ask for it

    def replicate(null: Null, b: int) -> list[Candidate]:
        dealt, _ = null.draw(np.random.default_rng([config.seed, zlib.crc32(null.rung.encode()), b]))
        return search.find(dealt, 1 + b)

    found: dict[str, list[Scores]] = {default: [], "N2": [], **{rung: [] for rung in others}}
    drawn = 0
    pool = ThreadPoolExecutor(config.threads)
    try:
        while drawn < config.replicates:
            batch = range(drawn, min(drawn + BATCH, config.replicates))
            for candidates in pool.map(replicate, repeat(null), batch):
                found[default].append(_scores(candidates, plain=True))
                found["N2"].append(_scores(candidates, plain=False))
                drawn += 1
                progress("null", drawn, total)
            if dated and _decided(described, found, config.fdr):
                break
        for k, candidates in enumerate(pool.map(lambda job: replicate(others[job[0]], job[1]), aside)):
            found[aside[k][0]].append(_scores(candidates, plain=True))
            progress("null", drawn + k + 1, total)
    finally:
        # Whoever interrupts waits for the replicates that run, not for those that queue.
        pool.shutdown(cancel_futures=True)
    if not dated:
        found.pop("N2")
    if not search.by_seller:
        found.pop("N2", None)
    progress("null", total, total)
    return _Ladder(found, drawn)


def _scores(candidates: Sequence[Candidate], *, plain: bool) -> Scores:
    return Scores(
        value=np.array([c.plain if plain else c.score for c in candidates], dtype=np.float64),
        size=np.array([len(c.reviewers) for c in candidates], dtype=np.int64),
    )


def _decided(described: Sequence[_Described], found: Mapping[str, Sequence[Scores]], fdr: float) -> bool:
    """Return whether every group that may be flagged is far from the rate asked for, on either side."""
    able = np.array([d.candidate.score > d.bar for d in described], dtype=bool)
    open_ = np.array([d.ring.status != "explained" for d in described], dtype=bool)
    if not able.any():
        return True
    for rung in ("N1", "N2"):
        q = _q(described, open_, found[rung], plain=rung == "N1")[able]
        if ((q > fdr / CLEAR) & (q < min(fdr * CLEAR, 1.0))).any():
            return False
    return True


@dataclass(frozen=True, eq=False)
class _Described:
    """A ring before it is judged, and what it was made from."""

    ring: Ring
    candidate: Candidate
    score: Score
    bar: float = 0.0
    """What the score must exceed for a flag (`_with_bars`); infinite for a group that is explained."""


def _describe_all(
    log: Log, search: _Search, found: Sequence[Candidate], config: ScanConfig, progress: Progress
) -> tuple[list[_Described], dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]]:
    # Whatever may be flagged is described; of the rest, the best.
    shown = max(sum(candidate.score > 0 for candidate in found), min(len(found), config.max_candidates))
    found = [*found[:shown], *search.fans(log.graph, found, config.threads)]
    shown = len(found)
    scores = score_groups(log.graph, search.meets, [c.reviewers for c in found[:shown]]) if shown else []
    described: list[_Described] = []
    for k, (candidate, score) in enumerate(zip(found[:shown], scores, strict=True)):
        progress("evidence", k, shown)
        described.append(_Described(_ring(log, search, candidate, score, config), candidate, score))
    codes = {d.ring.id: (d.candidate.reviewers, d.candidate.products) for d in described}
    return _with_bars(log.graph, described, config.fdr), codes


def _with_bars(graph: ReviewGraph, described: Sequence[_Described], fdr: float) -> list[_Described]:
    """Set what each group's score must exceed.

    A null that deals people anew within category and month knows no bargain hunters, who meet without any plan. What tells them from a ring
    is that paid reviews favour or harm. Where the ratings of a log can tell, a ring must do so; all groups that meet more than chance are
    tested together, the explained ones too, or those that happened to rate well would be all that is left. Where they cannot, the
    meetings must exceed twice what the best of all groups of that size reaches by chance.
    """
    told = [
        (k, e, e.p_value)
        for k, d in enumerate(described)
        if d.candidate.score > 0
        for e in d.ring.evidence
        if e.signal == "rating" and e.p_value is not None
    ]
    significant = adjusted([p for *_, p in told]) <= fdr
    favours = {k for (k, e, _), clear in zip(told, significant, strict=True) if clear and e.stance == "for"}
    silent = {k for k, *_ in told} if ratings_tell(graph) else set()
    return [
        replace(
            d,
            bar=np.inf
            if d.ring.status == "explained" or k in silent - favours
            else 0.0
            if k in favours
            else chance_bar(graph.n_reviewers, len(d.candidate.reviewers)),
        )
        for k, d in enumerate(described)
    ]


def _rings(
    log: Log,
    search: _Search,
    found: Sequence[Candidate],
    described: Sequence[_Described],
    codes: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]],
    ladder: _Ladder,
    config: ScanConfig,
) -> tuple[list[Ring], list[str]]:
    rings = _judge(log.graph, described, ladder, search, config)
    baskets = log.baskets[: config.max_candidates]
    for basket in baskets:
        ring = _explained(log, search, basket)
        rings.append(ring)
        codes[ring.id] = (basket.reviewers, np.unique(log.graph.product[np.isin(log.variant, basket.products)]))
    notes = []
    if len(found) > len(described):
        notes.append(
            f"{len(found) - len(described):,} groups that score no better than chance are left out "
            f"(max_candidates = {config.max_candidates})."
        )
    if len(log.baskets) > config.max_candidates:
        notes.append(
            f"{len(log.baskets) - len(baskets):,} smaller baskets of variants are left out (max_candidates = {config.max_candidates})."
        )
    order = {"flagged": 0, "candidate": 1, "explained": 2}
    rings.sort(key=lambda ring: (order[ring.status], -ring.score, -len(ring.reviewers), ring.id))
    return [replace(ring, rank=rank) for rank, ring in enumerate(rings, start=1)], notes


def _judge(graph: ReviewGraph, described: Sequence[_Described], ladder: _Ladder, search: _Search, config: ScanConfig) -> list[Ring]:
    """Give each ring its q-values, Gamma* and status. An explained group is no discovery, so it does not count as one."""
    open_ = np.array([d.ring.status != "explained" for d in described], dtype=bool)
    q = {rung: _q(described, open_, held, plain=rung != "N2") for rung, held in ladder.found.items()}
    best = np.array(ladder.best)
    judged = []
    for k, d in enumerate(described):
        size = len(d.candidate.reviewers)
        values = {rung: round(float(of_rung[k]), 6) for rung, of_rung in q.items()}
        passes = "N1" in values and max(values[rung] for rung in ("N1", "N2") if rung in values) <= config.fdr
        flagged = d.candidate.score > d.bar and passes
        rows = tuple(int(row) for row in d.ring.rows)
        exceeding = (int((best >= d.candidate.score).sum()), len(best)) if len(best) else None
        level = _level(ladder.found.get("N2", ladder.found.get("N1", ())), d.candidate, config.fdr)
        gamma, robust = robustness(d.score, graph, size, level)
        evidence = (meetings(d.score, search.strata, rows, by_seller=search.by_seller, exceeding=exceeding), *d.ring.evidence, robust)
        judged.append(replace(d.ring, q_values=values, status="flagged" if flagged else d.ring.status, evidence=evidence, gamma=gamma))
    return judged


def _q(described: Sequence[_Described], open_: NDArray[np.bool_], null: Sequence[Scores], *, plain: bool) -> NDArray[np.float64]:
    """Return q-values: of open groups among themselves, of an explained one as if it were one of them."""
    if not described:
        return np.empty(0)
    counts = chance_counts(_scores([d.candidate for d in described], plain=plain), null)
    q = np.ones(len(described))
    q[open_] = q_of_counts(counts[open_])
    for k in np.flatnonzero(~open_):
        q[k] = q_of_counts(np.append(counts[open_], counts[k]))[-1]
    return q


def _power(graph: ReviewGraph, search: _Search, ladder: _Ladder, config: ScanConfig, progress: Progress) -> str:
    """Say which planted rings the same search would have told from chance: the smallest of which it shows at least `POWER`."""
    what = f"whose accounts each reviewed {DENSITY:.0%} of the same {PRODUCTS} products within {DAYS} days"
    null = ladder.found.get("N2", ladder.found.get("N1"))
    if null is None or planted(graph, SIZES[0], np.random.default_rng(0)) is None:
        return "Nothing is flagged, and this log is too small, or without dates, to say which rings it would have shown."

    def shown(size: int) -> float:
        hits: list[bool] = []
        while len(hits) < ENOUGH:
            trial = planted(graph, size, np.random.default_rng([config.seed, zlib.crc32(b"power"), size, len(hits)]))
            if trial is None:
                return 0.0
            found = _Search.of(trial.graph, search.detectors, config.seed).find(trial.graph)
            counts = chance_counts(_scores(found, plain=False), null, config.replicates)
            told = [c.reviewers for c, count in zip(found, counts, strict=True) if count <= config.fdr and c.score > 0]
            hits += [any(2 * np.isin(own, ring).sum() > max(len(own), len(ring)) for own in told) for ring in trial.rings]
        return float(np.mean(hits))

    # From the smallest on: a large ring that fills its own months may be seen less well than a small one.
    for step, size in enumerate(SIZES, start=1):
        progress("power", step, len(SIZES))
        if shown(size) >= POWER:
            return (
                f"Nothing is flagged. A ring of {size} {what} would have stood out from chance with a probability of {POWER} or more, as "
                "rings planted into this log did; smaller or slower ones may have gone unseen."
            )
    return f"Nothing is flagged, but this log is too small to tell: no ring of up to {SIZES[-1]} {what} would have stood out from chance."


def _level(null: Sequence[Scores], candidate: Candidate, fdr: float) -> float:
    """Return the score, of at least 0, at which a group of this size alone would no longer be significant."""
    if not null or candidate.score <= 0:
        return 0.0
    steps = np.linspace(0.0, candidate.score, 101)
    counts = chance_counts(Scores(steps, np.full(101, len(candidate.reviewers), dtype=np.int64)), null)
    return float(steps[np.searchsorted(-counts, -fdr)]) if counts[-1] <= fdr else float(candidate.score)


def _ring(log: Log, search: _Search, candidate: Candidate, score: Score, config: ScanConfig) -> Ring:
    graph, meet = log.graph, search.at(score)
    slots = _own_slots(graph, candidate.reviewers, candidate.products)
    size = (len(candidate.reviewers), len(np.unique(log.variant[slots])))
    # Seeded by size, not by names: renaming changes no draw.
    rng = np.random.default_rng([config.seed, zlib.crc32(b"evidence"), len(slots), *size])
    days = meet.window if meet.window is not None else 0
    evidence: list[Evidence | None] = []
    if len(slots):
        rating = rating_skew(graph, slots)
        evidence += [
            density(graph, meet.strata, candidate.reviewers, candidate.products, size[1]),
            synchrony(graph, slots, days, rng),
            rating,
            fans(graph, slots, candidate.score, candidate.plain),
            crowd(graph, meet, candidate.reviewers, candidate.products),
            early_reviewers(graph, slots, rating),
            households(graph, meet, candidate.reviewers),
            sittings(graph, candidate.reviewers, slots, days, rng),
            own_time(graph, slots, days, rng),
        ]
    ring = _describe(log, candidate.reviewers, slots, candidate.score, candidate.detectors, tuple(e for e in evidence if e is not None))
    explanation = next((e.signal for e in ring.evidence if e.stance == "explains"), None)
    return replace(ring, status="explained", explained_by=explanation) if explanation else ring


def _explained(log: Log, search: _Search, basket: Basket) -> Ring:
    nodes = np.unique(log.graph.product[np.isin(log.variant, basket.products)])
    slots = _own_slots(log.graph, basket.reviewers, nodes)
    score = score_group(log.graph, search.meets, basket.reviewers)
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
    meet = search.meets[-1]
    notes = []
    if meet.window is None:
        notes.append(
            "The log has no times, so meetings cannot be told from taste: the null keeps how much each reviewer and product was reviewed "
            "(N0), and nothing is flagged."
        )
    strata = meet.strata
    if strata.category == "inferred":
        notes.append(
            "The log has no categories, so products were sorted into categories by which of them the same people come back to after more "
            f"than {APART} days. What shared taste explains is thereby estimated itself: q-values are less certain than with categories."
        )
    elif strata.category is None:
        reach = "all products" if strata.days is None else f"all products of {strata.days} days"
        notes.append(
            f"The log has no categories and shows none: the null permutes reviewers over {reach}, so shared taste can look like lockstep."
        )
    if strata.days is not None and strata.days > DAYS_A_MONTH:
        notes.append(
            f"The log is small: the null permutes reviewers within {strata.days} days instead of {DAYS_A_MONTH}, since shorter spans hold "
            "too few reviews to permute."
        )
    if not search.by_seller:
        notes.append("The log has no sellers, so fans of one seller or series cannot be told from a ring: see who sells a ring's products.")
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
