"""The work of one peer, run as a process: reads its input, times the work, and prints what it cost."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from collusion.bench.stages import peak

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["PEERS", "READS", "Peer", "save_edges"]

HEAD = 10_000
"""Rows or edges of the input that each work is done on once before it is measured."""

IDS = ("reviewer_id", "product_id", "category", "seller")


def save_edges(path: str, edges: str, threads: str) -> dict[str, float]:
    """Write the counted reviews of a log as int32[2, m]: reviewers and products, both coded from 0."""
    from collusion.base.config import ScanConfig  # noqa: PLC0415  # what one work needs, another need not load
    from collusion.pipeline import read_log  # noqa: PLC0415  # as above

    graph = read_log([path], ScanConfig(threads=int(threads)))[0].graph
    np.save(edges, np.stack([graph.reviewer, graph.product]))
    return {"reviews": graph.n_reviews}


def _collusion_read(path: str, threads: int) -> Callable[[], Any]:
    from collusion.base.config import ScanConfig  # noqa: PLC0415  # as above
    from collusion.pipeline import read_log  # noqa: PLC0415  # as above

    return lambda: read_log([path], ScanConfig(threads=threads))


def _pandas(path: str, threads: int) -> Callable[[], Any]:  # noqa: ARG001  # pandas has one
    import pandas as pd  # noqa: PLC0415  # as above

    def work() -> Any:  # noqa: ANN401  # a peer's own type
        frame = pd.read_parquet(path)
        for name in IDS:
            frame[name] = pd.factorize(frame[name])[0]
        return frame.sort_values(["product_id", "timestamp"])

    return work


def _polars(path: str, threads: int) -> Callable[[], Any]:  # noqa: ARG001  # which an environment variable sets
    import polars as pl  # noqa: PLC0415  # as above

    return lambda: (
        pl.read_parquet(path).with_columns(pl.col(name).cast(pl.Categorical).to_physical() for name in IDS).sort("product_id", "timestamp")
    )


def _duckdb(path: str, threads: int) -> Callable[[], Any]:
    import duckdb  # noqa: PLC0415  # as above

    def work() -> Any:  # noqa: ANN401  # as above
        base = duckdb.connect()
        base.execute(f"SET threads = {threads}")
        for name in IDS:
            query = f"SELECT id, row_number() OVER () - 1 AS code FROM (SELECT DISTINCT {name} AS id FROM read_parquet($path))"  # noqa: S608  # our own names
            base.execute(f"CREATE TABLE {name}_codes AS {query}", {"path": path})
        codes = ", ".join(f"{name}_codes.code AS {name}" for name in IDS)
        joins = " ".join(f"JOIN {name}_codes ON log.{name} = {name}_codes.id" for name in IDS)
        query = f"SELECT {codes}, rating, timestamp FROM read_parquet($path) AS log {joins} ORDER BY product_id_codes.code, timestamp"  # noqa: S608  # as above
        return base.execute(query, {"path": path}).fetchnumpy()

    return work


def _one_line(edges: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Return the ends of the edges, products numbered after reviewers, and the number of nodes."""
    first = int(edges[0].max()) + 1
    return edges[0], edges[1] + np.int32(first), first + int(edges[1].max()) + 1


def _igraph(path: str, method: str) -> Callable[[], Any]:
    import igraph  # noqa: PLC0415  # as above

    reviewer, product, n = _one_line(np.load(path))

    def work() -> Any:  # noqa: ANN401  # as above
        graph = igraph.Graph(n=n, edges=np.column_stack([reviewer, product]))
        return graph.community_multilevel() if method == "louvain" else graph.community_leiden(objective_function="modularity")

    return work


def _networkit(path: str, method: str, threads: int) -> Callable[[], Any]:
    import networkit as nk  # noqa: PLC0415  # as above

    nk.setNumberOfThreads(threads)
    reviewer, product, n = _one_line(np.load(path))

    def work() -> Any:  # noqa: ANN401  # as above
        graph = nk.GraphFromCoo((reviewer.astype(np.uint64), product.astype(np.uint64)), n=n)
        run = nk.community.PLM(graph) if method == "plm" else nk.community.ParallelLeiden(graph)
        return run.run().getPartition()

    return work


def _sknetwork(path: str, threads: int) -> Callable[[], Any]:  # noqa: ARG001  # it has one
    from scipy import sparse  # noqa: PLC0415  # as above
    from sknetwork.clustering import Louvain  # noqa: PLC0415  # as above

    reviewer, product = np.load(path)

    return lambda: Louvain().fit_predict(sparse.csr_matrix((np.ones(len(reviewer), bool), (reviewer, product))))


def _collusion_fraudar(path: str, threads: int) -> Callable[[], Any]:  # noqa: ARG001  # it has one
    from collusion.detect.fraudar import Fraudar  # noqa: PLC0415  # as above
    from collusion.graph.graph import build_graph  # noqa: PLC0415  # as above

    reviewer, product = np.load(path)
    return lambda: Fraudar(blocks=1).find(build_graph(reviewer, product), np.random.default_rng(0))


def _ugfraud(path: str, threads: int) -> Callable[[], Any]:  # noqa: ARG001  # it has one
    from UGFraud.Detector.Fraudar import listToSparseMatrix, logWeightedAveDegree  # noqa: PLC0415  # as above

    reviewer, product = np.load(path)
    return lambda: logWeightedAveDegree(listToSparseMatrix(reviewer, product))


READS = "Parquet to codes of reviewers, products, categories and sellers, times and ratings, in the order of product and time"
GROUPS = "edges in memory to communities of the bipartite graph of reviewers and products, the graph's making included"
BLOCK = "edges in memory to FRAUDAR's first block, weighted by logarithms, the graph's making included"


class Peer(NamedTuple):
    """One library at one work; ``package`` is what it is imported as, ``version_of`` what it is installed as.

    ``make`` takes the input and the threads, imports, and returns what is to be timed.
    """

    name: str
    package: str
    version_of: str
    work: str
    make: Callable[[str, int], Callable[[], Any]]


PEERS = (
    Peer("collusion read", "collusion", "collusion", READS, _collusion_read),
    Peer("pandas", "pandas", "pandas", READS, _pandas),
    Peer("polars", "polars", "polars", READS, _polars),
    Peer("duckdb", "duckdb", "duckdb", READS, _duckdb),
    Peer("igraph louvain", "igraph", "igraph", GROUPS, lambda path, _: _igraph(path, "louvain")),
    Peer("igraph leiden", "igraph", "igraph", GROUPS, lambda path, _: _igraph(path, "leiden")),
    Peer("scikit-network louvain", "sknetwork", "scikit-network", GROUPS, _sknetwork),
    Peer("networkit plm", "networkit", "networkit", GROUPS, lambda path, threads: _networkit(path, "plm", threads)),
    Peer("networkit leiden", "networkit", "networkit", GROUPS, lambda path, threads: _networkit(path, "leiden", threads)),
    Peer("collusion fraudar", "collusion", "collusion", BLOCK, _collusion_fraudar),
    Peer("ugfraud fraudar", "UGFraud", "UGFraud", BLOCK, _ugfraud),
)


def _head(path: str) -> str:
    """Write the first rows of a log, or the first edges, as a file of the same kind in the folder at hand."""
    if path.endswith(".npy"):
        reviewer, product = np.load(path, mmap_mode="r")[:, :HEAD]
        np.save("head.npy", np.stack([np.unique(ends, return_inverse=True)[1] for ends in (reviewer, product)]).astype(np.int32))
        return "head.npy"
    import pyarrow.parquet as pq  # noqa: PLC0415  # as above

    batch = next(pq.ParquetFile(path).iter_batches(HEAD))
    with pq.ParquetWriter("head.parquet", batch.schema) as file:
        file.write_batch(batch)
    return "head.parquet"


def _cost(name: str, path: str, threads: str) -> dict[str, float]:
    # Nobody's first call is measured: it compiles, or loads what was compiled, and starts threads.
    make = {peer.name: peer.make for peer in PEERS}[name]
    make(_head(path), int(threads))()
    work = make(path, int(threads))
    start, begun = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - begun, "peak": peak()}


if __name__ == "__main__":
    cost = save_edges(*sys.argv[2:]) if sys.argv[1] == "edges" else _cost(*sys.argv[1:])
    # A line of its own: what a library prints comes before it.
    sys.stdout.write(f"\n{json.dumps(cost)}\n")
