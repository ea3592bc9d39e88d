"""A `ReviewGraph` to and from networkx, igraph, scipy and pandas.

Times, ratings and rows go along with the reviews, sellers and categories with the products; a round trip is the identity. An attribute
that no review has is left out there and comes back as None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from collusion.base.errors import CollusionError
from collusion.graph.graph import ReviewGraph, build_graph

if TYPE_CHECKING:
    import igraph
    import networkx as nx
    import pandas as pd

__all__ = [
    "from_igraph",
    "from_networkx",
    "from_pandas",
    "from_scipy",
    "network_to_igraph",
    "to_igraph",
    "to_networkx",
    "to_pandas",
    "to_scipy",
]

EDGE_COLUMNS: dict[str, type[np.generic]] = {"time": np.int32, "rating": np.float32, "row": np.int64}

PRODUCT_COLUMNS = ("category", "seller")

Names = tuple["Sequence[str]", "Sequence[str]"]
"""The id of each reviewer code and of each product code."""


def to_networkx(graph: ReviewGraph, names: Names | None = None) -> nx.Graph[Any]:
    """Return a `networkx.Graph` with nodes ``("reviewer", x)`` and ``("product", x)``, x the code or, with ``names``, the id.

    Nodes carry ``bipartite`` (0 reviewer, 1 product), ``code`` and, products, ``category`` and ``seller``; edges what the reviews
    carry. The side is part of the node since a reviewer and a product may have one id.
    """
    import networkx as nx  # noqa: PLC0415  # loaded on use: 0.2 s, and most runs never need it

    reviewers, products = _labels(graph, names)
    out: nx.Graph[Any] = nx.Graph()
    out.add_nodes_from((("reviewer", x), {"bipartite": 0, "code": code}) for code, x in enumerate(reviewers))
    held = {name: column.tolist() for name, column in _product_columns(graph).items()}
    out.add_nodes_from(
        (("product", x), {"bipartite": 1, "code": code, **{name: column[code] for name, column in held.items()}})
        for code, x in enumerate(products)
    )
    attributes = _edge_attributes(graph)
    keys = tuple(attributes)
    values = zip(*(column.tolist() for column in attributes.values()), strict=True)
    out.add_edges_from(
        (("reviewer", reviewers[u]), ("product", products[p]), dict(zip(keys, row, strict=True)))
        for u, p, row in zip(graph.reviewer.tolist(), graph.product.tolist(), values, strict=True)
    )
    return out


def from_networkx(other: nx.Graph[Any]) -> ReviewGraph:
    """Return the `ReviewGraph` of an undirected bipartite graph whose nodes have ``bipartite`` 0 (reviewer) or 1 (product).

    Codes are the nodes' ``code`` where all of a side have one, else their order in the graph.

    Raises
    ------
    CollusionError
        When the graph is directed or has parallel edges, a node has no side, an edge is inside one side, or only some edges carry an
        attribute.
    """
    if not hasattr(other, "is_multigraph"):
        raise CollusionError(f"pass a networkx graph, not {type(other).__name__}")
    wrong = []
    if other.is_directed() or other.is_multigraph():
        wrong.append("the graph is directed or has parallel edges; pass an undirected simple graph")
    sides = {node: data.get("bipartite") for node, data in other.nodes(data=True)}
    lost = [node for node, side in sides.items() if side not in (0, 1)]
    if lost:
        wrong.append(f"{len(lost)} nodes have no attribute bipartite of 0 (reviewer) or 1 (product), the first {lost[0]!r}")
    edges = list(other.edges(data=True))
    within = [(u, v) for u, v, _ in edges if sides[u] == sides[v]]
    if within and not lost:
        wrong.append(f"{len(within)} edges are inside one side, the first {within[0]!r}")
    if wrong:
        raise CollusionError("; ".join(wrong))
    members = [[(node, data) for node, data in other.nodes(data=True) if data["bipartite"] == side] for side in (0, 1)]
    codes = {node: code for side in members for (node, _), code in zip(side, _codes([data for _, data in side]), strict=True)}
    ends = [(codes[u], codes[v]) if sides[u] == 0 else (codes[v], codes[u]) for u, v, _ in edges]
    of_products: dict[str, NDArray[np.int32]] = {}
    for name in PRODUCT_COLUMNS:
        if not any(name in data for _, data in members[1]):
            continue
        of_products[name] = np.full(len(members[1]), -1, dtype=np.int32)
        for node, data in members[1]:
            of_products[name][codes[node]] = data.get(name, -1)
    return _build(ends, [data for *_, data in edges], of_products, len(members[0]), len(members[1]))


def to_igraph(graph: ReviewGraph, names: Names | None = None) -> igraph.Graph:
    """Return an `igraph.Graph`: vertices are the reviewers, then the products, with ``type`` (False reviewer, True product).

    Vertices carry ``name`` where ``names`` are given, ``category`` and ``seller`` (None for reviewers); edges what the reviews carry.
    """
    import igraph  # noqa: PLC0415  # loaded on use: it is GPL and costs 0.1 s

    n = graph.n_reviewers + graph.n_products
    out = igraph.Graph(n=n, edges=np.stack((graph.reviewer, graph.product + graph.n_reviewers), axis=1), directed=False)
    out.vs["type"] = [False] * graph.n_reviewers + [True] * graph.n_products
    if names is not None:
        reviewers, products = _labels(graph, names)
        out.vs["name"] = [*reviewers, *products]
    for name, column in _product_columns(graph).items():
        out.vs[name] = [None] * graph.n_reviewers + column.tolist()
    for name, column in _edge_attributes(graph).items():
        out.es[name] = column.tolist()
    return out


def network_to_igraph(network: nx.Graph[Any]) -> igraph.Graph:
    """Return the network of rings that `collusion.to_networkx` makes as an `igraph.Graph`, in the same order.

    Vertices carry ``role``, ``label``, ``rings`` and ``type`` (True for products), edges ``row``, ``rating`` and ``date``; None where a
    review lacks one.
    """
    import igraph  # noqa: PLC0415  # as above

    at = {node: k for k, node in enumerate(network)}
    facts = [data for _, data in network.nodes(data=True)]
    edges = list(network.edges(data=True))
    vertices = {name: [one[name] for one in facts] for name in ("role", "label", "rings")}
    reviews = {name: [data.get(name) for *_, data in edges] for name in ("row", "rating", "date")}
    return igraph.Graph(
        n=len(at),
        edges=[(at[a], at[b]) for a, b, _ in edges],
        vertex_attrs={**vertices, "type": [role == "product" for role in vertices["role"]]},
        edge_attrs={name: column for name, column in reviews.items() if any(value is not None for value in column)},
    )


def from_igraph(other: igraph.Graph) -> ReviewGraph:
    """Return the `ReviewGraph` of an undirected graph whose vertices have ``type`` False (reviewer) or True (product).

    Codes follow the order of the vertices of a side.

    Raises
    ------
    CollusionError
        When the graph is directed, has no ``type``, an edge is inside one side, or an edge repeats.
    """
    if not hasattr(other, "vs"):
        raise CollusionError(f"pass an igraph graph, not {type(other).__name__}")
    if other.is_directed() or "type" not in other.vs.attributes() or any(side not in (False, True) for side in other.vs["type"]):
        raise CollusionError("pass an undirected graph whose vertices have the attribute type: False for reviewers, True for products")
    side = np.array(other.vs["type"], dtype=bool)
    code = np.where(side, np.cumsum(side), np.cumsum(~side)) - 1
    pairs = np.array(other.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    within = side[pairs[:, 0]] == side[pairs[:, 1]]
    if within.any():
        raise CollusionError(f"{int(within.sum())} edges are inside one side, the first {tuple(pairs[within][0].tolist())!r}")
    ends = np.where(side[pairs[:, :1]], code[pairs[:, ::-1]], code[pairs])
    of_products: dict[str, Any] = {}
    for name in PRODUCT_COLUMNS:
        if name in other.vs.attributes():
            of_products[name] = np.array([-1 if code is None else code for code in other.vs[name]], dtype=np.int32)[side]
    columns: dict[str, Any] = {name: np.array(other.es[name]) for name in EDGE_COLUMNS if name in other.es.attributes()}
    return build_graph(ends[:, 0], ends[:, 1], **columns, **of_products, n_reviewers=int((~side).sum()), n_products=int(side.sum()))


def to_scipy(graph: ReviewGraph, attribute: str | None = None) -> csr_array:
    """Return the biadjacency matrix of shape (n_reviewers, n_products) in CSR, products ascending in a row.

    Parameters
    ----------
    graph : ReviewGraph
    attribute : {"time", "rating", "row"}, optional
        What to store; 1 (int8) where not given. A stored 0 is kept as an entry, so drop none before `from_scipy`.

    Raises
    ------
    CollusionError
        When the graph has no such attribute.
    """
    attributes = _edge_attributes(graph)
    if attribute is not None and attribute not in attributes:
        raise CollusionError(f"the graph has no {attribute!r}; it has {', '.join(attributes)}")
    values = np.ones(graph.n_reviews, dtype=np.int8) if attribute is None else attributes[attribute][graph.edges]
    return csr_array((values, graph.product[graph.edges], graph.indptr), shape=(graph.n_reviewers, graph.n_products))


def from_scipy(pattern: Any, **attributes: Any) -> ReviewGraph:  # noqa: ANN401  # any sparse matrix or array of scipy, old or new
    """Return the `ReviewGraph` of a biadjacency matrix: an edge for every stored entry.

    Parameters
    ----------
    pattern : sparse array of shape (n_reviewers, n_products)
        Its values are not looked at.
    **attributes : sparse arrays of the same pattern
        ``time``, ``rating``, ``row``, as `to_scipy` returns them. Without ``row`` rows are numbered by reviewer, then
        product.

    Raises
    ------
    CollusionError
        When an attribute is unknown or has another pattern, or an entry repeats.
    """
    reviewer, product, _ = _entries(pattern)
    wrong = [f"unknown attribute {name!r}; known: {', '.join(EDGE_COLUMNS)}" for name in attributes if name not in EDGE_COLUMNS]
    columns: dict[str, Any] = {}
    for name, matrix in attributes.items():
        u, p, values = _entries(matrix)
        if matrix.shape != pattern.shape or not (np.array_equal(u, reviewer) and np.array_equal(p, product)):
            wrong.append(f"{name} has other entries than the matrix it belongs to")
        columns[name] = values
    if wrong:
        raise CollusionError("; ".join(wrong))
    return build_graph(reviewer, product, **columns, n_reviewers=pattern.shape[0], n_products=pattern.shape[1])


def to_pandas(graph: ReviewGraph, names: Names | None = None) -> pd.DataFrame:
    """Return one row per review in edge order: ``reviewer``, ``product`` (codes or, with ``names``, ids), then what the reviews carry.

    Categories and sellers of the products, and how many reviewers and products there are, go along in ``frame.attrs["collusion"]``.
    """
    import pandas as pd  # noqa: PLC0415  # loaded on use: 0.3 s, and most runs never need it

    reviewer: Any = graph.reviewer
    product: Any = graph.product
    if names is not None:
        reviewers, products = _labels(graph, names)
        reviewer, product = np.array(reviewers, dtype=object)[reviewer], np.array(products, dtype=object)[product]
    frame = pd.DataFrame({"reviewer": reviewer, "product": product, **_edge_attributes(graph)})
    frame.attrs["collusion"] = {
        "n_reviewers": graph.n_reviewers,
        "n_products": graph.n_products,
        **{name: column.tolist() for name, column in _product_columns(graph).items()},
    }
    return frame


def from_pandas(frame: pd.DataFrame, names: Names | None = None) -> ReviewGraph:
    """Return the `ReviewGraph` of a frame as `to_pandas` makes it; without its attrs codes end at the largest one.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``reviewer`` and ``product``; ``time``, ``rating`` and ``row`` where present.
    names : pair of sequences of str, optional
        The ids of the codes, where the two columns contain ids.

    Raises
    ------
    CollusionError
        When a column is missing, an id is unknown or a pair repeats.
    """
    if not hasattr(frame, "columns"):
        raise CollusionError(f"pass a pandas data frame, not {type(frame).__name__}")
    missing = [column for column in ("reviewer", "product") if column not in frame.columns]
    if missing:
        raise CollusionError(f"columns not found: {missing!r}; the frame has {list(map(str, frame.columns))!r}")
    ends = [frame["reviewer"].to_numpy(), frame["product"].to_numpy()]
    held: Mapping[str, Any] = frame.attrs.get("collusion", {})
    sizes = [held.get("n_reviewers"), held.get("n_products")]
    if names is not None:
        sizes = [len(names[0]), len(names[1])]
        ends = [_codes_of(side, ids, known) for side, ids, known in zip(("reviewer", "product"), ends, names, strict=True)]
    ids = [side for side, codes in zip(("reviewer", "product"), ends, strict=True) if codes.dtype.kind not in "iuf" and len(codes)]
    if ids:
        raise CollusionError(
            f"{' and '.join(ids)}: not whole numbers; without `names` these columns are codes from 0, such as pandas.factorize makes of ids"
        )
    columns: dict[str, Any] = {name: frame[name].to_numpy() for name in EDGE_COLUMNS if name in frame.columns}
    columns |= {name: held[name] for name in PRODUCT_COLUMNS if name in held}
    return build_graph(*ends, **columns, n_reviewers=sizes[0], n_products=sizes[1])


def _edge_attributes(graph: ReviewGraph) -> dict[str, NDArray[Any]]:
    return {name: getattr(graph, name) for name in EDGE_COLUMNS if getattr(graph, name) is not None}


def _labels(graph: ReviewGraph, names: Names | None) -> tuple[Sequence[Any], Sequence[Any]]:
    if names is None:
        return range(graph.n_reviewers), range(graph.n_products)
    wrong = [
        f"{len(ids)} {side} names for {size} {side}s" if len(ids) != size else f"{side} names repeat"
        for side, ids, size in (("reviewer", names[0], graph.n_reviewers), ("product", names[1], graph.n_products))
        if len(ids) != size or len(set(ids)) != size
    ]
    if wrong:
        raise CollusionError("; ".join(wrong))
    return names


def _codes(nodes: Sequence[Mapping[str, Any]]) -> Iterable[int]:
    given = [data.get("code") for data in nodes]
    return given if sorted(c for c in given if isinstance(c, int)) == list(range(len(nodes))) else range(len(nodes))  # type: ignore[return-value]


def _codes_of(side: str, ids: NDArray[Any], known: Sequence[str]) -> NDArray[np.int32]:
    code = {name: k for k, name in enumerate(known)}
    unknown = [name for name in ids.tolist() if name not in code]
    if unknown:
        raise CollusionError(f"{len(unknown)} reviews name an unknown {side}, the first {unknown[0]!r}")
    return np.array([code[name] for name in ids.tolist()], dtype=np.int32)


def _build(
    ends: Sequence[tuple[int, int]],
    edges: Sequence[Mapping[str, Any]],
    of_products: Mapping[str, Any],
    n_reviewers: int,
    n_products: int,
) -> ReviewGraph:
    columns: dict[str, Any] = {}
    partial = []
    for name, kind in EDGE_COLUMNS.items():
        count = sum(name in data for data in edges)
        if 0 < count < len(edges):
            partial.append(f"{name!r} on {count} of {len(edges)} edges")
        elif count:
            columns[name] = np.array([data[name] for data in edges], dtype=kind)
    if partial:
        raise CollusionError(f"an attribute must be on all edges or on none: {'; '.join(partial)}")
    pairs = np.array(ends, dtype=np.int32).reshape(-1, 2)
    return build_graph(pairs[:, 0], pairs[:, 1], **columns, **of_products, n_reviewers=n_reviewers, n_products=n_products)


def _entries(matrix: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:  # noqa: ANN401  # see from_scipy
    """Return stored entries sorted by (row, column), zeros kept."""
    held = coo_array(matrix)
    order = np.lexsort((held.col, held.row))
    return held.row[order], held.col[order], held.data[order]


def _product_columns(graph: ReviewGraph) -> dict[str, NDArray[np.int32]]:
    """Return the columns of products that the log has."""
    columns = {name: getattr(graph, name) for name in PRODUCT_COLUMNS}
    return {name: column for name, column in columns.items() if column is not None}
