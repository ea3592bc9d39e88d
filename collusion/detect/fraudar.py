"""FRAUDAR: the block of the highest camouflage-resistant density."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.checks import one_of, whole
from collusion.detect.peel import Adjacency, bipartite, peel
from collusion.errors import ConfigError
from collusion.model import Group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Fraudar", "Weighting", "adjacency", "column_weights", "unit"]

Weighting = Literal["log", "sqrt", "none"]

_UNIT = 2**20


def unit(weighting: Weighting) -> int:
    """Return what 1.0 is in the integers of `column_weights`."""
    return 1 if weighting == "none" else _UNIT


def column_weights(degree: NDArray[np.int64], weighting: Weighting) -> NDArray[np.int64]:
    """Return the weight of an edge to each product: 1 / ln(d + 5), 1 / sqrt(d + 5) or 1, in units of `unit`.

    Whole numbers, since the sums of floats depend on their order, and with it on names.
    """
    if weighting == "none":
        return np.ones(len(degree), dtype=np.int64)
    damped = np.log(degree + 5.0) if weighting == "log" else np.sqrt(degree + 5.0)
    weight: NDArray[np.int64] = np.rint(_UNIT / damped).astype(np.int64)
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

    A review weighs the less, the more reviews its product has, so that reviews of popular products, which an account writes as
    camouflage, add little; and since all else about the reviewers is left out, camouflage cannot lower the score of a block.

    Parameters
    ----------
    blocks : int
        How many blocks to look for. After each one the reviews inside it are deleted, the products are weighted anew by what is left, and
        the search is repeated, as the authors' program does: blocks may share reviewers and products, but no review counts in two scores.
    weighting : {"log", "sqrt", "none"}
        1 / ln(d + 5) (the default of the paper) or 1 / sqrt(d + 5), d the number of reviews of the product; ``none`` weighs all alike,
        which gives the average degree without resistance to camouflage.

    Notes
    -----
    The greedy block: at least half as dense as the densest, and exactly the block of a full peel, found by peeling the density core
    alone (proof in `collusion.detect.peel`). All nodes tied for the least degree are removed together, and weights are whole numbers of
    2**-20, so the block does not depend on names. O(m) for the core, O(m' log n') for the m' edges in it; about 24 bytes an edge, 60 a
    node.

    What it cannot do: it always returns blocks, rings or none; their scores grow with the log, so no fixed cut-off tells the two apart.
    Times and ratings are not looked at. In a large log the natural dense core comes first and may swallow a ring.

    References
    ----------
    B. Hooi, H. A. Song, A. Beutel, N. Shah, K. Shin, C. Faloutsos: FRAUDAR: Bounding Graph Fraud in the Face of Camouflage. KDD 2016.
    """

    blocks: int = 4
    weighting: Weighting = "log"

    name: ClassVar[str] = "fraudar"

    def __post_init__(self) -> None:
        wrong = block_problems(self.blocks, self.weighting)
        if wrong:
            raise ConfigError("\n".join(f"{self.name}: {problem}" for problem in wrong))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return up to ``blocks`` groups in the order found, which is that of their scores but for the weights made anew."""
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


def without(graph: Adjacency, members: NDArray[np.bool_], weighting: Weighting) -> Adjacency:
    """Delete the edges inside a block, in place, and return the graph weighted by what is left."""
    graph.cut(members)
    return replace(graph, weight=column_weights((graph.end - graph.start)[graph.light :], weighting))
