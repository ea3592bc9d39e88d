"""FRAUDAR: the block of the highest camouflage-resistant density."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.base.checks import one_of, refuse, whole
from collusion.base.model import Group
from collusion.detect.peel import Adjacency, bipartite, peel

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Bools, Int64s

__all__ = ["Fraudar", "Weighting", "adjacency", "column_weights", "unit"]

Weighting = Literal["log", "sqrt", "none"]

_UNIT = 2**20


def unit(weighting: Weighting) -> int:
    """Return what 1.0 is in the integers of `column_weights`."""
    return 1 if weighting == "none" else _UNIT


def column_weights(degree: Int64s, weighting: Weighting) -> Int64s:
    """Return the weight of an edge to each product: 1 / ln(d + 5), 1 / sqrt(d + 5) or 1, in units of `unit`.

    Whole numbers, since the sums of floats depend on their order, and with it on names.
    """
    if weighting == "none":
        return np.ones(len(degree), dtype=np.int64)
    damped = np.log(degree + 5.0) if weighting == "log" else np.sqrt(degree + 5.0)
    weight: Int64s = np.rint(_UNIT / damped).astype(np.int64)
    return weight


def adjacency(graph: ReviewGraph, weighting: Weighting) -> Adjacency:
    """Return the graph for the kernels, products after reviewers, with arrays of its own."""
    return bipartite(
        graph.indptr,
        graph.product[graph.edges],
        graph.product_indptr,
        graph.reviewer,
        column_weights(np.diff(graph.product_indptr), weighting),
    )


@dataclass(frozen=True)
class Fraudar:
    """Blocks of reviewers and products that maximise f(S) = (weight of the reviews inside S) / (number of nodes of S).

    The more reviews a product has, the less each of them weighs. So reviews of popular products, which accounts write as camouflage, add
    little. Nothing else about the reviewers is used, so camouflage cannot lower the score of a block.

    Parameters
    ----------
    blocks : int
        How many blocks to look for. After each one the reviews inside it are deleted, the products are weighted again by what is left, and
        the search is repeated, as in the authors' program. Blocks may share reviewers and products, but no review counts in two scores.
    weighting : {"log", "sqrt", "none"}
        1 / ln(d + 5) (the default of the paper) or 1 / sqrt(d + 5), with d the number of reviews of the product; ``none`` weighs all
        reviews alike, which gives the average degree without resistance to camouflage.

    Notes
    -----
    The block is the greedy one: at least half as dense as the densest, and exactly that of a full peel. It is found by peeling the density
    core only (proof in `collusion.detect.peel`). All nodes that tie for the smallest degree are removed together, and weights are whole
    numbers of 2**-20, so the block does not depend on names. O(m) for the density core, O(m' log n') for the m' edges in it; about 24 bytes
    per edge, 60 per node.

    Limits: it always returns blocks, with or without rings. Scores grow with the log, so no fixed cut-off separates the two. Times and
    ratings are not used. In a large log the natural dense core comes first and may absorb a ring.

    References
    ----------
    B. Hooi, H. A. Song, A. Beutel, N. Shah, K. Shin, C. Faloutsos: FRAUDAR: Bounding Graph Fraud in the Face of Camouflage. KDD 2016.
    """

    blocks: int = 4
    weighting: Weighting = "log"

    name: ClassVar[str] = "fraudar"

    def __post_init__(self) -> None:
        refuse(self.name, block_problems(self.blocks, self.weighting))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return up to ``blocks`` groups in the order found: that of their scores, except that weights change from block to block."""
        found: list[Group] = []
        rest = adjacency(graph, self.weighting)
        for _ in range(self.blocks):
            block = peel(rest)
            if not block.size:
                break
            found.append(
                Group(
                    reviewers=np.flatnonzero(block.members[: graph.n_reviewers]),
                    products=np.flatnonzero(block.members[graph.n_reviewers :]),
                    score=block.inside / (block.size * unit(self.weighting)),
                    detector=self.name,
                )
            )
            rest = without(rest, block.members, self.weighting)
        return sorted(found, key=lambda group: -group.score)


def block_problems(blocks: object, weighting: object) -> list[str]:
    """Return what is wrong with the parameters that `Fraudar` and `Densest` share."""
    return whole("blocks", blocks, 1) + one_of("weighting", weighting, Weighting)


def without(graph: Adjacency, members: Bools, weighting: Weighting) -> Adjacency:
    """Delete the edges inside a block, in place, and return the graph weighted by what is left."""
    graph.cut(members)
    return replace(graph, weight=column_weights((graph.end - graph.start)[graph.light :], weighting))
