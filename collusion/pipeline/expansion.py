"""The order of the steps of an expansion: log -> graph -> search -> rounds -> names and rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.expansion import FoundAccount, FoundPlace
from collusion.base.model import Provenance
from collusion.case.expansion import Expansion
from collusion.evidence.signal import make_signals
from collusion.graph.categories import with_categories
from collusion.graph.membership import edges_of, synchronous
from collusion.inference.search import Search
from collusion.pipeline.detectors import detectors_of
from collusion.pipeline.lookup import Lookup
from collusion.pipeline.null_example import NullExample
from collusion.pipeline.progress import Clock
from collusion.pipeline.seeds import coded
from collusion.pipeline.source import read_log
from collusion.pipeline.steps import facts_of, span_of, versions_used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.base.config import ScanConfig
    from collusion.expansion.found import Accounts, Found, Places
    from collusion.graph.log import Log, Names
    from collusion.pipeline.progress import Progress
    from collusion.pipeline.seeds import Coded, Seeds

__all__ = ["run_expansion"]


def run_expansion(source: Any, seeds: Seeds, config: ScanConfig, progress: Progress) -> Expansion:  # noqa: ANN401  # as read_log
    """Find who acts together with the seeds (see `collusion.pipeline.expand.expand`)."""
    from collusion.expansion.grow import expand  # noqa: PLC0415  # no scan needs it

    config, detectors, _ = detectors_of(config, {})
    signals = make_signals(config.signals)
    clock, threads = Clock(), config.threads
    with clock.stage("read"):
        progress("read", 0, None)
        log, reread = read_log(source, config, progress)
        start = coded(log, seeds)
    with clock.stage("expand"):
        progress("expand", 0, config.replicates)
        log = replace(log, graph=with_categories(log.graph))
        search = Search.of(log.graph, detectors, config.seed, threads)
        found = expand(
            facts_of(log, search, config, reread),
            search,
            start.reviewers,
            start.products,
            signals,
            fdr=config.fdr,
            replicates=config.replicates,
            seed=config.seed,
            threads=threads,
            progress=lambda done: progress("expand", done, config.replicates),
        )
    provenance = Provenance(
        sources=log.sources,
        config={**config.provenance(), "link": [link.name for link in log.links]},
        seed=config.seed,
        replicates=config.replicates,
        versions=versions_used(),
        seconds={stage: round(seconds, 6) for stage, seconds in clock.seconds.items()},
    )
    way = Lookup(log, reread, {}, NullExample(detectors, threads, provenance, span_of(log.graph)))
    accounts = _accounts(log, search, start, found)
    return Expansion(
        seeds=tuple(log.reviewers.take(np.union1d(found.seeds, start.reviewers)).tolist()),
        seed_products=tuple(log.products.take(start.products).tolist()),
        reviewers=accounts if found.passes else (),
        connected=() if found.passes else accounts,
        products=_places(found.products, log.products),
        sellers=() if log.sellers is None else _places(found.sellers, log.sellers),
        rounds=found.rounds,
        paid=found.paid,
        passes=found.passes,
        evidence=found.evidence,
        null_found=float(found.null_found),
        fdr=config.fdr,
        provenance=provenance,
        notes=(*log.notes, *start.notes),
        way=way.rows,
    )


def _accounts(log: Log, search: Search, start: Coded, found: Found) -> tuple[FoundAccount, ...]:
    """Return the accounts by q-value; of equal ones, the one whose id sorts first."""
    one: Accounts = found.accounts
    rows = _rows(log, search, start, found)
    columns = (one.q_value, one.p_value, one.score, one.shared, one.expected, one.round)
    made = [
        FoundAccount(name, *(column[k].item() for column in columns), rows=rows[code])
        for k, (code, name) in enumerate(zip(one.code.tolist(), log.reviewers.take(one.code), strict=True))
    ]
    return tuple(sorted(made, key=lambda account: (account.q_value, account.p_value, account.id)))


def _rows(log: Log, search: Search, start: Coded, found: Found) -> dict[int, tuple[int, ...]]:
    """Return the source rows of each account that speak for it: near a review by another of the group, or of a product given.

    O(reviews of the group).
    """
    graph = log.graph
    group = np.union1d(np.union1d(found.seeds, start.reviewers), found.accounts.code).astype(np.int32)
    edges = edges_of(graph, group)
    edges = edges[synchronous(search.by_window[-1], edges) | np.isin(graph.product[edges], start.products)]
    by, row = graph.reviewer[edges], graph.row[edges]
    order = np.lexsort((row, by))
    by, row = by[order], row[order]
    first, last = (np.searchsorted(by, found.accounts.code, side=side) for side in ("left", "right"))
    return {code: tuple(row[i:j].tolist()) for code, i, j in zip(found.accounts.code.tolist(), first.tolist(), last.tolist(), strict=True)}


def _places(one: Places, names: Names) -> tuple[FoundPlace, ...]:
    columns: tuple[NDArray[Any], ...] = (one.reviews, one.expected, one.p_value, one.q_value)
    made = [FoundPlace(name, *(column[k].item() for column in columns)) for k, name in enumerate(names.take(one.code))]
    return tuple(sorted(made, key=lambda place: (place.q_value, place.p_value, place.id)))
