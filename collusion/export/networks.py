"""The rings of a case as one network: reviewers and products as nodes, reviews as edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from networkx.readwrite.gexf import GEXFWriter

from collusion.base.model import NO_TIME
from collusion.export.escape import shortest, xml_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collusion.case import Case, Ring

__all__ = ["to_networkx", "write_gexf", "write_graphml"]

SEVERITY = ("flagged", "coordinated", "candidate", "explained")
"""Statuses in the order in which one is named where rings share an account: a filter for flagged rings must not lose it."""


def to_networkx(case: Case, ring: Ring | None = None) -> nx.Graph[Any]:
    """Return one ring, or all rings of a case, as a bipartite networkx graph.

    Nodes are ``("reviewer", id)`` and ``("product", id)`` with attributes ``role`` and ``label``. Edges are the ring's counted reviews with
    ``row`` (from 0 over all sources, as in ``case.json``), and ``rating`` and ``date`` where the log has them.

    Nodes and edges have ``status``, ``rank`` and ``score`` of one ring that they are in, by which Gephi filters: flagged before coordinated
    before candidate before explained, and of these the one of the best rank. ``rings`` (ids), ``statuses``, ``ranks`` and ``scores`` are
    those of all their rings, each joined by ``;`` in the order of the ranks.
    """
    graph: nx.Graph[Any] = nx.Graph()
    member_of: dict[tuple[str, str], list[Ring]] = {}
    edge_of: dict[tuple[tuple[str, str], tuple[str, str]], list[Ring]] = {}
    for one in case.rings if ring is None else (ring,):
        for role, names in (("reviewer", one.reviewers), ("product", one.products)):
            for name in names:
                graph.add_node((role, name), role=role, label=name)
                member_of.setdefault((role, name), []).append(one)
        context = case.context(one)
        own = np.flatnonzero(context.member & context.target)
        for i in own[np.argsort(context.row[own], kind="stable")].tolist():
            facts: dict[str, object] = {"row": int(context.row[i])}
            if context.rating is not None and not np.isnan(context.rating[i]):
                facts["rating"] = shortest(context.rating[i])
            if context.time is not None and context.time[i] != NO_TIME:
                facts["date"] = str(np.datetime64(int(context.time[i]), "D"))
            edge = ("reviewer", context.reviewer[i]), ("product", context.product[i])
            graph.add_edge(*edge, **facts)
            edge_of.setdefault(edge, []).append(one)
    for node, rings in member_of.items():
        graph.nodes[node].update(_of_rings(rings))
    for edge, rings in edge_of.items():
        graph.edges[edge].update(_of_rings(rings))
    return graph


def _of_rings(rings: Sequence[Ring]) -> dict[str, object]:
    """Return the attributes of what is in these rings, which are in the order of their ranks."""
    first = min(rings, key=lambda one: SEVERITY.index(one.status))
    return {
        "status": first.status,
        "rank": first.rank,
        "score": first.score,
        # Text, also where there is one ring: a column that mixes numbers and lists cannot be sorted.
        "rings": ";".join(one.id for one in rings),
        "statuses": ";".join(one.status for one in rings),
        "ranks": ";".join(str(one.rank) for one in rings),
        "scores": ";".join(str(one.score) for one in rings),
    }


def write_graphml(case: Case, folder: Path) -> None:
    """Write ``rings.graphml``."""
    nx.write_graphml_xml(_for_xml(case), folder / "rings.graphml")


def write_gexf(case: Case, folder: Path) -> None:
    """Write ``rings.gexf`` (1.2draft)."""
    writer = GEXFWriter(encoding="utf-8", version="1.2draft")
    writer.add_graph(_for_xml(case))
    # networkx writes the day of the run into the element "meta"; without it two runs give the same bytes.
    for meta in writer.xml.findall("meta"):
        writer.xml.remove(meta)
    with (folder / "rings.gexf").open("wb") as stream:
        writer.write(stream)


def _for_xml(case: Case) -> nx.Graph[Any]:
    """Return the network with names that XML can hold: ``reviewer:ID`` and ``product:ID``."""
    graph = to_networkx(case)
    for (_, name), facts in graph.nodes(data=True):
        facts["label"] = xml_text(name)
    safe: nx.Graph[Any] = nx.relabel_nodes(graph, {(role, name): f"{role}:{xml_text(name)}" for role, name in graph})
    return safe
