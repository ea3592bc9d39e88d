"""The densest subgraph, exactly, with a certificate."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from collusion.base.checks import refuse
from collusion.base.errors import CollusionError
from collusion.base.model import Group
from collusion.detect import flow
from collusion.detect.checks import at_least, best_first
from collusion.detect.fraudar import Weighting, adjacency, block_problems, unit, without
from collusion.detect.group_products import by_label
from collusion.detect.peel import Adjacency, Block, density_core, greedy_plus_plus, restrict

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Bools, Int64s

__all__ = ["Densest", "Optimum", "densest_subgraph"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Optimum:
    """A dense set of nodes, and what no set exceeds.

    Parameters
    ----------
    members : bool[n]
    density : Fraction
        Weight of the edges inside over the number of nodes; 0 where there is no edge.
    bound : Fraction
        No set is denser: equal to ``density`` where the optimum is certified.
    """

    members: Bools
    density: Fraction
    bound: Fraction


def densest_subgraph(graph: Adjacency, rounds: int = 8, flow_limit: int = 2_000_000) -> Optimum:
    """Return the maximal densest subgraph of any graph with node weights (see `collusion.detect.peel`).

    Greedy++ runs on the density core. What is left of the density core at the density found goes to the exact flow, and the flow's
    certificate is checked. Beyond ``flow_limit`` edges there the best of ``rounds`` of Greedy++ is returned with the bound that its loads
    prove.
    """
    members = np.zeros(len(graph), dtype=np.bool_)
    core = density_core(graph)
    if not len(core):
        return Optimum(members, Fraction(0), Fraction(0))
    inner = restrict(graph, core)
    seed, (top, under) = greedy_plus_plus(inner, rounds)
    position = density_core(inner, floor=-(-seed.inside // seed.size))
    nodes, small = core[position], restrict(inner, position)
    edges = len(small.indices) // 2
    # The weight inside the smaller density core is at most that of the larger one: every edge once in either row.
    weight = edges * 2 * int(small.weight.max(initial=0))
    if edges > flow_limit or not flow.fits(small, weight):
        bound = min(Fraction(top, under), Fraction(_largest_degree(small)))
        density = Fraction(seed.inside, seed.size)
        _log.warning(
            "densest: %d edges are too many for the exact flow (flow_limit %d); Greedy++ returns a density within %.4f of the optimum",
            edges,
            flow_limit,
            float(density / bound),
        )
        members[core[seed.members]] = True
        return Optimum(members, density, bound)
    found, proof = flow.densest(small, Block(seed.members[position], seed.inside, seed.size))
    if not proof.holds(small):
        raise CollusionError("densest: the certificate of the optimum does not hold; this is a defect of the program, please report it")
    members[nodes[found.members]] = True
    density = Fraction(found.inside, found.size)
    return Optimum(members, density, density)


@dataclass(frozen=True)
class Densest:
    """The densest subgraph: the largest sum of review weights over (reviewers + products), exact.

    Parameters
    ----------
    blocks : int
        How many times to search. After each search the reviews inside what was found are deleted, and the products are weighted again. The
        densest subgraph is the largest of equally dense ones; each of its connected components is as dense and is a group of its own.
    weighting : {"none", "log", "sqrt"}
        As in `Fraudar`.
    rounds : int
        Rounds of Greedy++, which prepares the exact search.
    flow_limit : int
        Edges left for the exact search above which the best block of Greedy++ is returned, with a warning that states how near the optimum
        it is known to be.

    Notes
    -----
    Greedy++ runs on the density core, then Goldberg's maximum flow on what can still contain the optimum. A certificate, checked on each
    run, proves that nothing is denser. O(rounds * m log n), then a few flows; the density core is a few per cent of a log.

    Limits: it always returns a group where there is a review. Without weights, a few popular products with many reviews attract it. Times
    and ratings are not used.

    References
    ----------
    A. V. Goldberg: Finding a Maximum Density Subgraph. UCB/CSD-84-171, 1984.
    D. Boob, Y. Gao, R. Peng, S. Sawlani, C. E. Tsourakakis, D. Wang, J. Wang: Flowless: Extracting Densest Subgraphs Without Flow
    Computations. WWW 2020.
    """

    blocks: int = 1
    weighting: Weighting = "none"
    rounds: int = 8
    flow_limit: int = 2_000_000

    name: ClassVar[str] = "densest"

    def __post_init__(self) -> None:
        refuse(self.name, block_problems(self.blocks, self.weighting) + at_least(self, rounds=1, flow_limit=0))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the connected components of each densest subgraph."""
        found: list[Group] = []
        rest = adjacency(graph, self.weighting)
        for _ in range(self.blocks):
            optimum = densest_subgraph(rest, self.rounds, self.flow_limit)
            if not optimum.density:
                break
            score = float(optimum.density / unit(self.weighting))
            found += [
                Group(
                    reviewers=nodes[nodes < rest.light], products=nodes[nodes >= rest.light] - rest.light, score=score, detector=self.name
                )
                for nodes in components(rest, optimum.members)
            ]
            rest = without(rest, optimum.members, self.weighting)
        return best_first(found)


def components(graph: Adjacency, members: Bools) -> list[Int64s]:
    """Return the nodes of each connected component of the graph that the members span."""
    nodes = np.flatnonzero(members)
    inner = restrict(graph, nodes.astype(np.int32))
    indptr = np.append(inner.start, len(inner.indices))
    links = csr_array((np.ones(len(inner.indices), dtype=np.int8), inner.indices, indptr), shape=(len(nodes), len(nodes)))
    count, label = connected_components(links, directed=False)
    return [nodes[part] for part in by_label(label, count)]


def _largest_degree(graph: Adjacency) -> int:
    """Return a plain bound on any density: no set is denser than its largest degree."""
    heaviest = int(graph.weight.max(initial=0)) * (1 if graph.light else 2)
    return int((graph.end - graph.start).max(initial=0)) * heaviest
