"""The order of the steps: log -> table -> graph -> groups -> first question -> second question -> rings -> case."""

from __future__ import annotations

import importlib.metadata
import logging
import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from collusion.base.model import Provenance
from collusion.case import Case
from collusion.evidence.facts import LogFacts
from collusion.evidence.signal import info_of, make_signals
from collusion.graph.categories import with_categories
from collusion.graph.graph import NO_TIME
from collusion.inference.permutations import run_permutations
from collusion.inference.power import power_statement
from collusion.inference.score import score_groups
from collusion.inference.search import Search
from collusion.inference.statements import FIRST_QUESTION, REMARKS
from collusion.inference.variants import variant_groups
from collusion.inference.verdict import first_question, judge
from collusion.pipeline.detectors import detectors_of
from collusion.pipeline.lookup import Lookup
from collusion.pipeline.notes import flags_unsure, left_out, notes_of
from collusion.pipeline.null_example import NullExample
from collusion.pipeline.operations import operations_of
from collusion.pipeline.profits import profits_of
from collusion.pipeline.progress import Clock
from collusion.pipeline.rings import iso, rings_of
from collusion.pipeline.source import read_log, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collusion.base.config import ScanConfig
    from collusion.graph.graph import ReviewGraph
    from collusion.graph.log import Log
    from collusion.pipeline.progress import Progress
    from collusion.reviews.rows import Reread

__all__ = ["facts_of", "run_scan", "span_of", "versions_used"]

logger = logging.getLogger(__name__)


def run_scan(source: Any, config: ScanConfig, overrides: Mapping[str, Any], progress: Progress) -> Case:  # noqa: ANN401  # as read_log
    """Find the rings of a log (see `scan`); ``overrides`` replace fields of ``config``, and None keeps what is there."""
    config, detectors, own = detectors_of(config, overrides)
    signals = make_signals(config.signals)
    clock, threads = Clock(), config.threads
    with clock.stage("read"):
        progress("read", 0, None)
        log, reread = read_log(source, config, progress)
    rows = log.accounting
    logger.info("read %d rows, %d of them accepted", rows.rows_in, rows.accepted, extra={"rows": rows.rows_in, "accepted": rows.accepted})
    with clock.stage("find"):
        progress("find", 0, 1)
        log = replace(log, graph=with_categories(log.graph))
        graph = log.graph
        search = Search.of(graph, detectors, config.seed, threads)
        counted = search.count(graph, threads)
        found = search.find(graph, threads=threads, counted=counted)
        progress("find", 1, 1)
    with clock.stage("evidence"):
        # Whatever may pass is tested; of the rest, the best are listed.
        listed = found[: max(sum(group.score > 0 for group in found), min(len(found), config.max_candidates))]
        fans = search.fans(graph, listed, threads, counted)
        scores = score_groups(graph, search.by_window, [group.reviewers for group in (*listed, *fans)], threads) if listed or fans else []
        del counted
        search.by_window[0].release_pages(graph)
    with clock.stage("null"):
        permutations = run_permutations(
            search,
            graph,
            listed,
            replicates=config.replicates,
            seed=config.seed,
            fdr=config.fdr,
            threads=threads,
            progress=progress,
            null_models=config.null_models,
        )
    logger.info("found %d groups, listed %d", len(found), len(listed), extra={"found": len(found), "listed": len(listed)})
    with clock.stage("evidence"):
        search.by_window[0].release_pages(graph)
        facts = facts_of(log, search, config, reread)
        answers = first_question(facts, search, listed, fans, permutations, config.fdr, threads)
        total = sum(one.passes for one in answers)
        tested = judge(
            facts, search, answers, scores, signals, permutations, config.fdr, threads, lambda done: progress("evidence", done, total)
        )
        baskets = variant_groups(log, search, log.baskets[: config.max_candidates])
        built = rings_of(log, search, tested, scores, baskets)
        operations = operations_of(log, facts, tested, built, config.fdr)
        profits = profits_of(log, built, config)
    notes = [*notes_of(search, config, own, facts.columns, signals), *left_out(len(found), len(listed), len(log.baskets), config)]
    flagged = any(ring.flagged for ring in built.rings)
    if flagged:
        notes += flags_unsure(search)
    # Too few permutations could show no ring whatever there is; another note says so.
    elif config.replicates * config.fdr >= 1:
        with clock.stage("power"):
            notes.append(power_statement(facts, search, permutations, signals, config.fdr, progress))
    provenance = Provenance(
        sources=log.sources,
        # A log that was coded before brings the linking columns that it was coded with.
        config={**config.provenance(), "link": [link.name for link in log.links]},
        seed=config.seed,
        replicates=permutations.replicates,
        versions=versions_used(),
        seconds={stage: round(seconds, 6) for stage, seconds in clock.seconds.items()},
        strongest_replicate=None if permutations.strongest is None else permutations.strongest.replicate,
    )
    span = span_of(graph)
    example = NullExample(detectors=detectors, threads=threads, provenance=provenance, span=span)
    return Case(
        rings=built.rings,
        accounting=log.accounting,
        provenance=provenance,
        notes=(*log.notes, *notes),
        lookup=Lookup(log=log, reread=reread, codes=built.codes, example=example),
        span=span,
        signals=(*FIRST_QUESTION, *map(info_of, signals), *REMARKS),
        operations=operations,
        profits=profits,
    )


def facts_of(log: Log, search: Search, config: ScanConfig, reread: Reread | None) -> LogFacts:
    """Return what signals may ask of a log."""
    return LogFacts(
        graph=log.graph,
        strata=search.strata,
        variant=log.variant,
        seed=config.seed,
        links=log.links,
        second=log.second,
        verified=log.verified,
        helpful=log.helpful,
        texts=texts_of(reread),
    )


def span_of(graph: ReviewGraph) -> tuple[str, str] | None:
    """Return the dates of the first and the last review. O(n_reviews)."""
    if graph.time is None or not len(graph.time):
        return None
    last = graph.time.max()
    first = graph.time.min(where=graph.time != NO_TIME, initial=last)
    return None if last == NO_TIME else (iso(first), iso(last))


def versions_used() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide results."""
    packages = ("collusion", "numpy", "pyarrow", "scipy")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}
