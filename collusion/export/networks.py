"""The rings of a case as one network: reviewers and products as nodes, reviews as edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from networkx.readwrite.gexf import GEXFWriter

from collusion.export.escape import shortest, xml_text

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.case import Case, Ring

__all__ = ["to_networkx", "write_gexf", "write_graphml"]


def to_networkx(case: Case, ring: Ring | None = None) -> nx.Graph[Any]:
    """Return one ring, or all rings of a case, as a bipartite networkx graph.

    Nodes are ``("reviewer", id)`` and ``("product", id)`` with attributes ``role`` and ``label``, and, of the rings that they are in,
    ``rings`` (ids), ``statuses``, ``ranks`` and ``scores``, each joined by ``;`` in the order of the ranks. Edges are the ring's counted
    reviews with ``row`` (from 0 over all sources, as in ``case.json``), and ``rating`` and ``date`` where the log has them.
    """
    graph: nx.Graph[Any] = nx.Graph()
    member_of: dict[tuple[str, str], list[Ring]] = {}
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
            if context.time is not None and context.time[i] != np.iinfo(np.int32).min:
                facts["date"] = str(np.datetime64(int(context.time[i]), "D"))
            graph.add_edge(("reviewer", context.reviewer[i]), ("product", context.product[i]), **facts)
    for node, rings in member_of.items():
        # Text, also of one ring: a column of numbers for some and of lists for others could be sorted by nobody.
        graph.nodes[node].update(
            rings=";".join(one.id for one in rings),
            statuses=";".join(one.status for one in rings),
            ranks=";".join(str(one.rank) for one in rings),
            scores=";".join(str(one.score) for one in rings),
        )
    return graph


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
    safe: nx.Graph[Any] = nx.Graph()
    for (role, name), facts in graph.nodes(data=True):
        safe.add_node(f"{role}:{xml_text(name)}", **{**facts, "label": xml_text(name)})
    for a, b, facts in graph.edges(data=True):
        ends = [f"{role}:{xml_text(name)}" for role, name in (a, b)]
        safe.add_edge(*ends, **facts)
    return safe
