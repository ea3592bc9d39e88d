"""The strongest group of the permutations, drawn and searched for again: what a ring is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import CollusionError
from collusion.case import Case, Ring, ring_id
from collusion.graph.log import neighbourhood_of
from collusion.graph.membership import edges_between
from collusion.graph.null import Null
from collusion.inference.permutations import permute
from collusion.inference.score import breakdown, score_group
from collusion.inference.search import Search
from collusion.inference.statements import co_reviews_evidence
from collusion.pipeline.rings import dates_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from collusion.base.model import Context, Provenance
    from collusion.detect import Detector
    from collusion.graph.log import Log

__all__ = ["FixedLookup", "NullExample", "null_case"]


@dataclass(frozen=True)
class NullExample:
    """What a permutation is drawn and searched from once more: a few numbers, since permutations are as large as the log.

    ``provenance`` is that of the scan: its seed, how many permutations it ran, and which of them held the strongest group.
    """

    detectors: Sequence[Detector]
    threads: int
    provenance: Provenance
    span: tuple[str, str] | None


def null_case(log: Log, example: NullExample) -> Case:
    """Draw the permutation that held the strongest group, search it as the scan did, and return that group as the ring of a case.

    Nothing of the permutation is kept but the reviews around the group. Reviewers are numbered: in a permutation nobody did what is shown,
    and a name would accuse. Takes as long as the search of the log.

    Raises
    ------
    CollusionError
        When no permutation was run.
    """
    replicates = example.provenance.replicates
    if not replicates:
        raise CollusionError(
            "no null replicate was run (replicates = 0), so there is no group of a shuffled log to compare with; scan with replicates"
        )
    seed = example.provenance.seed
    if example.provenance.strongest_replicate is None:
        said = f"The search found no group in any of the {replicates:,} shuffled logs."
        return _case(log, example, (), (said,), FixedLookup(None))
    search = Search.of(log.graph, example.detectors, seed, example.threads)
    b = example.provenance.strongest_replicate
    null = replace(log, graph=permute(Null.of(log.graph, "N1"), seed, b))
    best = max(search.find(null.graph, 1 + b, example.threads), key=lambda group: group.score)
    score = score_group(null.graph, search.by_window, best.reviewers)
    context = _numbered(neighbourhood_of(null, best.reviewers, best.products))
    own = edges_between(null.graph, best.reviewers, best.products)
    rows = tuple(np.sort(null.graph.row[own]).tolist())
    people = tuple(sorted(set(context.reviewer[context.member].tolist())))
    products = tuple(sorted(log.products.take(np.unique(log.variant[own]))))
    first, last = dates_of(null.graph, own)
    ring = Ring(
        id=ring_id(people, products),
        rank=1,
        status="candidate",
        reviewers=people,
        products=products,
        score=score.value,
        q_values={},
        rows=rows,
        density=round(len(own) / max(len(people) * len(products), 1), 6),
        first_review=first,
        last_review=last,
        detectors=best.candidate.detectors,
        evidence=(co_reviews_evidence(score, search.strata, rows, by_seller=search.by_seller, exceeding=None, replicate=True),),
        breakdown=breakdown(score, null.graph, len(best.reviewers), by_seller=search.by_seller),
    )
    said = (
        f"Shuffled log {b + 1:,} of {replicates:,} had the group that scored highest of all. Its reviewers are numbered, since "
        "nobody did what is shown."
    )
    return _case(log, example, (ring,), (said,), FixedLookup(context))


def _case(log: Log, example: NullExample, rings: tuple[Ring, ...], notes: tuple[str, ...], lookup: FixedLookup) -> Case:
    return Case(rings=rings, accounting=log.accounting, provenance=example.provenance, notes=notes, lookup=lookup, span=example.span)


def _numbered(context: Context) -> Context:
    """Return the same reviews by ``null 001``, ``null 002``, ...: members first, then others, each in the order of their first review."""
    names, first, code = np.unique(context.reviewer, return_index=True, return_inverse=True)
    order = np.lexsort((first, ~context.member[first]))
    digits = len(str(len(names)))
    numbered = np.empty(len(names), dtype=object)
    numbered[order] = [f"null {k:0{digits}}" for k in range(1, len(names) + 1)]
    return replace(context, reviewer=numbered[code])


@dataclass(frozen=True, eq=False)
class FixedLookup:
    """The lookup of a case made from a permutation (`collusion.case.Lookup`): the reviews around its one ring, no rows of the source."""

    reviews: Context | None

    def context(self, ring: Ring) -> Context:  # noqa: ARG002  # there is one
        """Return the reviews around the group."""
        if self.reviews is None:
            raise CollusionError("the shuffled logs had no group, so there are no reviews around it")
        return self.reviews

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Raise: the source has no rows of a replicate."""
        raise CollusionError(
            f"{len(rows):,} rows were asked for of a shuffled log, which has none in the source: its reviewers were shuffled"
        )

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return no rows: those set aside were the log's."""
        return ()
