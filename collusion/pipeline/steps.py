"""The order of the steps: logs -> table -> graph -> groups -> rings -> case."""

from __future__ import annotations

import importlib.metadata
import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from collusion.config import ScanConfig
from collusion.detect.lockstep import Lockstep
from collusion.graph.categories import with_categories
from collusion.graph.graph import NO_TIME
from collusion.model import Case, Provenance
from collusion.pipeline.again import Again
from collusion.pipeline.describe import describe_all, iso
from collusion.pipeline.detectors import detectors_of
from collusion.pipeline.judge import rings_of
from collusion.pipeline.ladder import climb
from collusion.pipeline.lookup import Lookup
from collusion.pipeline.notes import notes_of
from collusion.pipeline.power import power_statement
from collusion.pipeline.progress import Clock, Progress, silent
from collusion.pipeline.search import Search
from collusion.pipeline.source import read_log

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph

__all__ = ["scan"]


def scan(source: Any, *, config: ScanConfig | None = None, progress: Progress = silent, **overrides: Any) -> Case:  # noqa: ANN401  # as read_log
    """Find the rings of a log.

    Parameters
    ----------
    source : path, sequence of paths, data frame, ReviewTable, Log or folder made by `encode`
    config : ScanConfig, optional
    progress : callable, optional
    **overrides
        Fields of `ScanConfig`, such as ``seed=7`` or ``fdr=0.1``. ``detectors`` may hold detectors beside names: a method of your own
        need not be installed to be run, as ``detectors=["lockstep", Mine()]``.

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
    config, detectors, own = detectors_of(config or ScanConfig(), overrides)
    clock = Clock()
    with clock.stage("read"):
        log, reread = read_log(source, config, progress)
    with clock.stage("find"):
        progress("find", 0, 1)
        log = replace(log, graph=with_categories(log.graph))
        search = Search.of(log.graph, detectors, config.seed)
        # Replicates run beside each other; the log itself is alone, so its meetings may take all threads.
        alone = [replace(d, threads=config.threads) if isinstance(d, Lockstep) else d for d in detectors]
        found = replace(search, detectors=alone).find(log.graph)
        progress("find", 1, 1)
    with clock.stage("evidence"):
        described, codes = describe_all(log, search, found, config, progress)
    with clock.stage("null"):
        ladder = climb(search, log.graph, described, config, progress)
    with clock.stage("evidence"):
        rings, notes = rings_of(log, search, found, described, codes, ladder, config)
    # Fewer replicates could show no ring whatever there is; another note says so.
    if config.replicates * config.fdr >= 1 and not any(ring.flagged for ring in rings):
        with clock.stage("power"):
            notes.append(power_statement(log.graph, search, ladder, config, progress))
    provenance = Provenance(
        sources=log.sources,
        config=config.provenance(),
        seed=config.seed,
        replicates=ladder.replicates,
        versions=_versions(),
        seconds=clock.seconds,
    )
    span = _span(log.graph)
    again = Again(detectors=detectors, threads=config.threads, provenance=provenance, span=span, strongest=ladder.strongest)
    return Case(
        rings=tuple(rings),
        accounting=log.accounting,
        provenance=provenance,
        notes=(*log.notes, *notes_of(search, config, own), *notes),
        lookup=Lookup(log=log, reread=reread, codes=codes, again=again),
        span=span,
    )


def _span(graph: ReviewGraph) -> tuple[str, str] | None:
    """Return the dates of the first and the last review. O(n_reviews)."""
    if graph.time is None or not len(graph.time):
        return None
    last = graph.time.max()
    first = graph.time.min(where=graph.time != NO_TIME, initial=last)
    return None if last == NO_TIME else (iso(first), iso(last))


def _versions() -> dict[str, str]:
    packages = ("collusion", "numba", "numpy", "pyarrow", "scipy")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}
