"""The strongest group of the null replicates, drawn and searched for again: what a ring is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.detect.lockstep import Lockstep
from collusion.errors import CollusionError
from collusion.evidence.meetings import meetings
from collusion.evidence.score import score_group
from collusion.graph.null import Null
from collusion.model import Case, Context, ring_id
from collusion.pipeline.context import context_of
from collusion.pipeline.describe import described, own_slots
from collusion.pipeline.ladder import dealt
from collusion.pipeline.search import Search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from collusion.detect import Detector
    from collusion.graph.log import Log
    from collusion.model import Provenance, Ring
    from collusion.pipeline.ladder import Strongest

__all__ = ["Again", "null_case"]


@dataclass(frozen=True)
class Again:
    """What a replicate is drawn and searched from once more: a few numbers, since replicates are as large as the log.

    Parameters
    ----------
    detectors : sequence of Detector
    threads : int
    provenance : Provenance
        Of the scan: its seed, and how many replicates it ran.
    span : (str, str) or None
        As in `collusion.model.Case`.
    strongest : Strongest or None
        None where the replicates held no group, or none was run.
    """

    detectors: Sequence[Detector]
    threads: int
    provenance: Provenance
    span: tuple[str, str] | None
    strongest: Strongest | None


def null_case(log: Log, again: Again) -> Case:
    """Draw the replicate that held the strongest group, search it as the scan did, and return that group as the ring of a case.

    Nothing of the replicate is kept but the reviews around the group. Reviewers are numbered: in a replicate nobody did what he is
    said to have done, and a name would accuse. Takes as long as the search of the log.

    Raises
    ------
    CollusionError
        When no replicate was run.
    """
    replicates = again.provenance.replicates
    if not replicates:
        raise CollusionError(
            "no null replicate was run (replicates = 0), so there is no group of a null log to compare with; scan with replicates"
        )
    seed = again.provenance.seed
    if again.strongest is None:
        said = f"The search found no group in any of the {replicates:,} null replicates."
        return _case(log, again, (), (said,), Held(None))
    search = Search.of(log.graph, again.detectors, seed)
    search = replace(search, detectors=[replace(d, threads=again.threads) if isinstance(d, Lockstep) else d for d in again.detectors])
    b = again.strongest.replicate
    null = replace(log, graph=dealt(Null.of(log.graph, "N1"), seed, b))
    best = max(search.find(null.graph, 1 + b), key=lambda candidate: candidate.score)
    score = score_group(null.graph, search.meets, best.reviewers)
    context = _numbered(context_of(null, best.reviewers, best.products))
    own = own_slots(null.graph, best.reviewers, best.products)
    rows = tuple(np.sort(null.graph.row[own]).tolist())
    evidence = (meetings(score, search.strata, rows, by_seller=search.by_seller, exceeding=None, replicate=True),)
    ring = described(null, search, best.reviewers, own, score, best.detectors, evidence)
    people = tuple(sorted(set(context.reviewer[context.member].tolist())))
    ring = replace(ring, reviewers=people, id=ring_id(people, ring.products), rank=1)
    said = (
        f"Replicate {b + 1:,} of {replicates:,}, in which reviewers were dealt anew, held the group that scored highest in all of them. "
        "Its reviewers are numbered, since nobody did what is shown."
    )
    return _case(log, again, (ring,), (said,), Held(context))


def _case(log: Log, again: Again, rings: tuple[Ring, ...], notes: tuple[str, ...], held: Held) -> Case:
    return Case(rings=rings, accounting=log.accounting, provenance=again.provenance, notes=notes, lookup=held, span=again.span)


def _numbered(context: Context) -> Context:
    """Return the same reviews by ``null 001``, ``null 002``, ...: members first, then the others, each in the order of his first review."""
    names, first, code = np.unique(context.reviewer, return_index=True, return_inverse=True)
    order = np.lexsort((first, ~context.member[first]))
    digits = len(str(len(names)))
    numbered = np.empty(len(names), dtype=object)
    numbered[order] = [f"null {k:0{digits}}" for k in range(1, len(names) + 1)]
    return replace(context, reviewer=numbered[code])


@dataclass(frozen=True, eq=False)
class Held:
    """The lookup of a case made from a replicate (`collusion.model.Lookup`): the reviews around its one ring, and no rows of the source."""

    held: Context | None

    def context(self, ring: Ring) -> Context:  # noqa: ARG002  # there is one
        """Return the reviews around the group."""
        if self.held is None:
            raise CollusionError("the null replicates held no group, so there are no reviews around it")
        return self.held

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Raise: the source has no rows of a replicate."""
        raise CollusionError(
            f"{len(rows):,} rows were asked for of a null replicate, which has none in the source: its reviewers were dealt anew"
        )

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return no rows: those set aside were the log's."""
        return ()
