"""One public implementation at its work, under the Python of its own environment: a log goes in, what it found comes out.

    python peer_script.py NAME INPUT.csv OUTPUT.json [PRIORS.json]

It stands alone: the standard library, the peer's own packages, and nothing of collusion, so that any environment can run it.

INPUT has the header ``reviewer,product,rating,time`` and a review a line, each pair once: codes from 0 without gaps, the rating as it was
given, the time in seconds since 1970; the last two may be empty. PRIORS, for the peers that need them, holds the probabilities of spam
of ``reviewers`` and ``products`` by code and of ``reviews`` by line.

OUTPUT holds ``groups`` (best first, each with its ``reviewers`` and ``products``), and a score for all ``reviewers``, ``products`` and
``reviews``, higher for the more suspicious; each null where the peer says nothing of it. ``seconds`` are those of the peer's own work, the
making of its own graph included, imports not. ``version`` is that of the package, and ``remarks`` say what must be known of its row.

Every peer runs with the values of its README, its demo or its own command; where it has none, remarks name ours. Its defects are left as
they are. What can be seeded is seeded with 0.
"""

from __future__ import annotations

import atexit
import csv
import json
import os
import random
import shutil
import sys
import tempfile
import time
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["PEERS", "Log", "Peer", "Work", "main"]

HEADER = ["reviewer", "product", "rating", "time"]

KINDS = ("reviewers", "products", "reviews")

WEEK = 7 * 24 * 60 * 60
"""Seconds within which two reviews of one product are taken together."""

PRAISE = 4
"""Stars from which UGFraud's demo takes a rating for praise."""

ROUNDS = 20
"""Rounds at most of the review graph mining project's own commands."""

STILL = 1e-5
"""Change below which the documents of the same project stop."""


class Log(NamedTuple):
    """A log as lists, a review an element, with the numbers of reviewers and products; ``priors`` by kind."""

    pairs: list[tuple[int, int]]
    reviewers: int
    products: int
    rating: list[float | None]
    time: list[float | None]
    priors: dict[str, list[float]] | None


class Work(NamedTuple):
    """What a peer does by the clock, and how it reports its answer: a dictionary of ``groups`` and of `KINDS`, where it has them."""

    do: Callable[[], Any]
    tell: Callable[[Any], dict[str, Any]]


class Peer(NamedTuple):
    """One method of one package; ``prepare`` imports it and does what is not timed; ``needs`` of rating, time and priors."""

    distribution: str
    prepare: Callable[[Log], Work]
    needs: tuple[str, ...] = ()
    remarks: str = ""


def read(source: Path, priors: Path | None = None) -> Log:
    """Return the log of a file."""
    with source.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    if header != HEADER or not rows:
        raise SystemExit(f"the input must have the header {','.join(HEADER)} and a review at least")
    pairs = [(int(row[0]), int(row[1])) for row in rows]
    rating = [float(row[2]) if row[2] else None for row in rows]
    when = [float(row[3]) if row[3] else None for row in rows]
    sizes = [1 + max(pair[k] for pair in pairs) for k in (0, 1)]
    return Log(pairs, sizes[0], sizes[1], rating, when, None if priors is None else json.loads(priors.read_text(encoding="utf-8")))


def lacks(peer: Peer, log: Log) -> list[str]:
    """Return what a peer needs and a log has not."""
    found = []
    for need in peer.needs:
        if need == "priors":
            if log.priors is None:
                found.append("priors")
            continue
        empty = sum(value is None for value in getattr(log, need))
        if empty:
            found.append(f"a {need} of every review, which {empty:,} of {len(log.pairs):,} lack")
    return found


def groups_by_density(log: Log, communities: Iterable[Iterable[int]]) -> list[dict[str, list[int]]]:
    """Return disjoint communities of nodes, products numbered after reviewers, as groups: those with the most reviews a member first.

    Of less than two reviewers or two products none is a group.
    """
    first = log.reviewers
    members = [sorted(int(node) for node in nodes) for nodes in communities]
    of = {node: k for k, nodes in enumerate(members) for node in nodes}
    inside = [0] * len(members)
    for who, what in log.pairs:
        k = of.get(who)
        if k is not None and k == of.get(first + what):
            inside[k] += 1
    ranked = sorted(range(len(members)), key=lambda k: (-inside[k] / max(len(members[k]), 1), members[k]))
    groups = [_split(members[k], first) for k in ranked]
    return [group for group in groups if len(group["reviewers"]) > 1 and len(group["products"]) > 1]


def _split(nodes: Iterable[int], first: int) -> dict[str, list[int]]:
    ordered = sorted(nodes)
    return {"reviewers": [node for node in ordered if node < first], "products": [node - first for node in ordered if node >= first]}


# scikit-network


def _sknetwork(log: Log, method: str) -> Work:
    clustering, numpy, sparse = import_module("sknetwork.clustering"), import_module("numpy"), import_module("scipy.sparse")
    rows, columns = (numpy.array([pair[k] for pair in log.pairs]) for k in (0, 1))

    def do() -> Any:  # noqa: ANN401  # a peer's own type
        matrix = sparse.csr_matrix((numpy.ones(len(rows), bool), (rows, columns)), shape=(log.reviewers, log.products))
        # A square matrix is taken for one of a graph of one kind of nodes unless the call says otherwise.
        return getattr(clustering, method)().fit(matrix, force_bipartite=True)

    def tell(model: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        labels = [*model.labels_row_.tolist(), *model.labels_col_.tolist()]
        communities: dict[int, list[int]] = {}
        for node, label in enumerate(labels):
            communities.setdefault(label, []).append(node)
        return {"groups": groups_by_density(log, communities.values())}

    return Work(do, tell)


# networkx


def _networkx(log: Log, find: Callable[[Any, Any], Any], tell: Callable[[Any], dict[str, Any]]) -> Work:
    networkx = import_module("networkx")
    edges = [(who, log.reviewers + what) for who, what in log.pairs]

    def do() -> Any:  # noqa: ANN401  # as above
        graph = networkx.Graph()
        graph.add_nodes_from(range(log.reviewers + log.products))
        graph.add_edges_from(edges)
        return find(networkx, graph)

    return Work(do, tell)


def _networkx_communities(log: Log, find: Callable[[Any, Any], Any]) -> Work:
    return _networkx(log, find, lambda communities: {"groups": groups_by_density(log, communities)})


def _networkx_densest(log: Log, method: str) -> Work:
    def find(networkx: Any, graph: Any) -> Any:  # noqa: ANN401  # as above
        return networkx.approximation.densest_subgraph(graph, method=method)

    return _networkx(log, find, lambda found: {"groups": [_split(found[1], log.reviewers)]})


def _networkx_core(log: Log) -> Work:
    def tell(core: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        scores = [float(core[node]) for node in range(log.reviewers + log.products)]
        innermost = [node for node, score in enumerate(scores) if score == max(scores)]
        return {
            "groups": [_split(innermost, log.reviewers)],
            "reviewers": scores[: log.reviewers],
            "products": scores[log.reviewers :],
        }

    return _networkx(log, lambda networkx, graph: networkx.core_number(graph), tell)


# UGFraud


def _ugfraud_fraudar(log: Log) -> Work:
    fraudar = import_module("UGFraud.Detector.Fraudar")
    rows, columns = ([pair[k] for pair in log.pairs] for k in (0, 1))

    def do() -> Any:  # noqa: ANN401  # as above
        return fraudar.detect_blocks(fraudar.listToSparseMatrix(rows, columns), fraudar.logWeightedAveDegree)

    def tell(blocks: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        return {"groups": [{"reviewers": sorted(map(int, people)), "products": sorted(map(int, things))} for (people, things), _ in blocks]}

    return Work(do, tell)


class _Names:
    """Names of nodes as UGFraud wants them: texts of numbers, products from 0 in the order in which the reviewers' reviews reach them.

    GANG takes rows of its matrix by the number in a name, and priors by the order of the graph's nodes; both agree only so.
    """

    def __init__(self, log: Log) -> None:
        self.of: dict[int, list[int]] = {who: [] for who in range(log.reviewers)}
        for who, what in log.pairs:
            self.of[who].append(what)
        order = dict.fromkeys(what for held in self.of.values() for what in held)
        self.product = {what: str(k) for k, what in enumerate(order)}
        self.reviewer = [str(len(order) + who) for who in range(log.reviewers)]

    def graph(self, log: Log, helper: Any) -> Any:  # noqa: ANN401  # as above
        """Return the graph that its detectors take, with priors where there are any."""
        praise = {pair: value is not None and value >= PRAISE for pair, value in map(_couple, log.pairs, log.rating)}
        reviews = {
            self.reviewer[who]: {self.product[what]: {"rating": 1 if praise[who, what] else 2} for what in held}
            for who, held in self.of.items()
        }
        graph = helper.dict_to_networkx(reviews)
        sizes = (log.reviewers, log.products, len(log.pairs))
        given = log.priors or {kind: [0.5] * n for kind, n in map(_couple, KINDS, sizes)}
        for names, prior, kind in (
            (self.reviewer, given["reviewers"], "user"),
            ([self.product[what] for what in range(log.products)], given["products"], "prod"),
        ):
            attribute = {name: {"prior": value, "types": kind} for name, value in map(_couple, names, prior)}
            helper.add_attribute_to_graph(graph=graph, attribute=attribute, adding_type="node")
        edges = {
            (self.reviewer[who], self.product[what]): {"prior": value, "types": "review"}
            for (who, what), value in map(_couple, log.pairs, given["reviews"])
        }
        return helper.add_attribute_to_graph(graph=graph, attribute=edges, adding_type="edge")


def _couple(a: Any, b: Any) -> tuple[Any, Any]:  # noqa: ANN401  # whatever is coupled
    return a, b


def _ugfraud_fbox(log: Log) -> Work:
    box, helper, names = import_module("UGFraud.Detector.fBox"), import_module("UGFraud.Utils.helper"), _Names(log)

    def do() -> Any:  # noqa: ANN401  # as above
        model = box.fBox(names.graph(log, helper))
        return model.run(20, min(50, log.reviewers - 1, log.products - 1))

    def tell(found: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        people, things = ({name for held in by_degree.values() for name in held} for by_degree in found)
        return {
            "reviewers": [float(name in people) for name in names.reviewer],
            "products": [float(names.product[what] in things) for what in range(log.products)],
        }

    return Work(do, tell)


def _ugfraud_speagle(log: Log) -> Work:
    eagle, helper, numpy, names = (
        import_module("UGFraud.Detector.SpEagle"),
        import_module("UGFraud.Utils.helper"),
        import_module("numpy"),
        _Names(log),
    )

    def potential(slip: float) -> Any:  # noqa: ANN401  # as above
        return numpy.log(numpy.array([[1 - slip, slip], [slip, 1 - slip]]))

    written, about = potential(1e-5), potential(0.1)

    def do() -> Any:  # noqa: ANN401  # as above
        model = eagle.SpEagle(
            names.graph(log, helper), {"u_r": written, "r_u": written, "r_p": about, "p_r": about}, message=None, max_iters=4
        )
        model.schedule(schedule_type="bfs")
        model.run_bp(start_iter=0, max_iters=2, tol=1e-3)
        return model.classify()

    def tell(found: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        people, reviews, things = found
        return {
            "reviewers": [float(people[name]) for name in names.reviewer],
            "products": [float(things[names.product[what]]) for what in range(log.products)],
            "reviews": [float(reviews[names.reviewer[who], names.product[what]]) for who, what in log.pairs],
        }

    return Work(do, tell)


def _ugfraud_gang(log: Log) -> Work:
    gang, helper, names = import_module("UGFraud.Detector.GANG"), import_module("UGFraud.Utils.helper"), _Names(log)

    def do() -> Any:  # noqa: ANN401  # as above
        model = gang.GANG(names.graph(log, helper), {}, 0.1, nor_flg=True, sup_flg=False)
        model.pu_lbp(1000)
        return model

    def tell(model: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        beliefs = [float(value) for value in model.res_pu_spam_post_vector.ravel()]
        return {
            "reviewers": beliefs[log.products :],
            "products": [beliefs[int(names.product[what])] for what in range(log.products)],
        }

    return Work(do, tell)


# The review graph mining project


def _review_graph(log: Log, graph: Any, *, timed: bool = False) -> list[Any]:  # noqa: ANN401  # as above
    """Fill a graph of any of its packages, ratings scaled to 0 to 1 as its documents ask; its reviewers, by code."""
    # Some of them sort names, so that these sort as the codes do.
    people = [graph.new_reviewer(f"reviewer-{code:09d}") for code in range(log.reviewers)]
    things = [graph.new_product(f"product-{code:09d}") for code in range(log.products)]
    for (who, what), (rating, when) in map(_couple, log.pairs, map(_couple, _scaled(log), log.time)):
        # One of the packages takes times.
        graph.add_review(people[who], things[what], rating, **({"time": int(when)} if timed and when is not None else {}))
    return people


def _scaled(log: Log) -> Iterator[float]:
    given = [value for value in log.rating if value is not None]
    least, most = (min(given), max(given)) if given else (0.0, 1.0)
    # Where there is no rating, which a method that does not look at them allows, or one only, it is the best.
    return (1.0 if value is None or least == most else (value - least) / (most - least) for value in log.rating)


def _review_graph_work(log: Log, make: Callable[[], Any], *, timed: bool = False) -> Work:
    def do() -> Any:  # noqa: ANN401  # as above
        graph = make()
        people = _review_graph(log, graph, timed=timed)
        for _ in range(ROUNDS):
            if graph.update() < STILL:
                break
        return [float(one.anomalous_score) for one in people]

    return Work(do, lambda scores: {"reviewers": scores})


def _rgmining_fraudar(log: Log) -> Work:
    fraudar = import_module("fraudar")

    def do() -> Any:  # noqa: ANN401  # as above
        graph = fraudar.ReviewGraph()
        people = _review_graph(log, graph)
        graph.update()
        return [float(one.anomalous_score) for one in people]

    def tell(scores: list[float]) -> dict[str, Any]:
        return {"groups": [{"reviewers": [code for code, score in enumerate(scores) if score > 0], "products": []}], "reviewers": scores}

    return Work(do, tell)


def _rgmining_fraud_eagle(log: Log) -> Work:
    eagle = import_module("fraud_eagle")
    return _review_graph_work(log, lambda: eagle.ReviewGraph(0.1))


def _rgmining_rsd(log: Log) -> Work:
    rsd = import_module("rsd")
    return _review_graph_work(log, lambda: rsd.ReviewGraph(0.1), timed=True)


# coordination-network-toolkit


def _coordination(log: Log) -> Work:
    networkx = import_module("networkx")
    preprocess, compute, graphs = (
        import_module("coordination_network_toolkit.preprocess"),
        import_module("coordination_network_toolkit.compute_networks"),
        import_module("coordination_network_toolkit.graph"),
    )
    folder = Path(tempfile.mkdtemp(dir=Path.cwd()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    messages, base = folder / "messages.csv", str(folder / "messages.db")
    with messages.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls"])
        for line, ((who, what), when) in enumerate(map(_couple, log.pairs, log.time)):
            out.writerow([line, who, who, f"product-{what}", "", "", when, ""])
    threads = int(os.environ.get("OMP_NUM_THREADS", "1"))

    def do() -> Any:  # noqa: ANN401  # as above
        preprocess.preprocess_csv_files(base, [str(messages)])
        compute.compute_co_retweet_parallel(base, WEEK, n_threads=threads, min_edge_weight=2)
        graph = graphs.load_networkx_graph(base, "co_retweet")
        return graph, list(networkx.weakly_connected_components(graph))

    def tell(found: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
        graph, components = found
        strength = {int(node): float(value) for node, value in graph.degree(weight="weight")}
        members = [sorted(map(int, nodes)) for nodes in components]
        members.sort(key=lambda nodes: (-sum(strength[node] for node in nodes) / len(nodes), nodes))
        return {
            "groups": [{"reviewers": nodes, "products": []} for nodes in members],
            "reviewers": [strength.get(code, 0.0) for code in range(log.reviewers)],
        }

    return Work(do, tell)


UNRANKED = "Its communities come in no order; here those with the most reviews a member first."

PRIORS = "The package makes no priors; it is given those of collusion's speagle, by the paper's features."

PEERS: dict[str, Peer] = {
    "ugfraud-fraudar": Peer("UGFraud", _ugfraud_fraudar, remarks="Blocks until two in a row score alike, as in its demo."),
    "ugfraud-speagle": Peer("UGFraud", _ugfraud_speagle, ("priors",), f"{PRIORS} Two rounds, as in its demo."),
    "ugfraud-gang": Peer(
        "UGFraud",
        _ugfraud_gang,
        ("priors",),
        f"{PRIORS} Beliefs are read before its scaling, which keeps the least and the greatest only.",
    ),
    "ugfraud-fbox": Peer(
        "UGFraud",
        _ugfraud_fbox,
        remarks="A set without order: of each degree the 20 % least reconstructed by 50 singular vectors (one less than the smaller side "
        "of smaller logs), as in its demo. These begin at random and cannot be seeded: nodes that tie fall to either side by rounding.",
    ),
    "rgmining-fraudar": Peer(
        "rgmining-fraudar", _rgmining_fraudar, remarks="One block, its default; it tells the block's reviewers, and drops its products."
    ),
    "rgmining-fraud-eagle": Peer(
        "rgmining-fraud-eagle",
        _rgmining_fraud_eagle,
        ("rating",),
        "Epsilon .1 and 20 rounds at most, as in its authors' command.",
    ),
    "rgmining-rsd": Peer("rgmining-rsd", _rgmining_rsd, ("rating", "time"), "Theta .1 and 20 rounds at most, as in its authors' command."),
    "coordination-toolkit": Peer(
        "coordination-network-toolkit",
        _coordination,
        ("time",),
        "A review is a repost of its product. A window of a week in place of a minute; pairs that met twice, its command's default. "
        "Groups are the connected components, as in its README, of its graph taken as undirected, which the README forgets; those with "
        "the heaviest ties a member first. Accounts are ranked by the sum of their ties. Neither order is its own.",
    ),
    "sknetwork-louvain": Peer("scikit-network", lambda log: _sknetwork(log, "Louvain"), remarks=UNRANKED),
    "sknetwork-leiden": Peer("scikit-network", lambda log: _sknetwork(log, "Leiden"), remarks=UNRANKED),
    "networkx-louvain": Peer(
        "networkx",
        lambda log: _networkx_communities(log, lambda networkx, graph: networkx.community.louvain_communities(graph, seed=0)),
        remarks=UNRANKED,
    ),
    "networkx-greedy-modularity": Peer(
        "networkx",
        lambda log: _networkx_communities(log, lambda networkx, graph: networkx.community.greedy_modularity_communities(graph)),
        remarks=UNRANKED,
    ),
    "networkx-core": Peer("networkx", _networkx_core, remarks="Core numbers; the group is the innermost core."),
    "networkx-charikar": Peer(
        "networkx", lambda log: _networkx_densest(log, "greedy++"), remarks="Its densest subgraph by greedy++ with one pass, its default."
    ),
    "networkx-fista": Peer(
        "networkx", lambda log: _networkx_densest(log, "fista"), remarks="Its densest subgraph by its default method, one iteration."
    ),
}
"""By the names of `collusion.bench.board.environments.PEER_METHODS`, less the ``peer:`` before them."""


def version(distribution: str) -> str:
    """Return the version of an installed package."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


def main(arguments: list[str]) -> None:
    """Run one peer on one log."""
    if len(arguments) not in {3, 4} or arguments[0] not in PEERS:
        raise SystemExit(f"usage: peer_script.py NAME INPUT.csv OUTPUT.json [PRIORS.json], NAME one of {', '.join(PEERS)}")
    # Files beside this script are not modules of the peer.
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]
    peer = PEERS[arguments[0]]
    log = read(Path(arguments[1]), Path(arguments[3]) if len(arguments) > 3 else None)
    missing = lacks(peer, log)
    if missing:
        raise SystemExit(f"needs {' and '.join(missing)}")
    random.seed(0)
    work = peer.prepare(log)
    start = time.perf_counter()
    found = work.do()
    seconds = time.perf_counter() - start
    answer: dict[str, Any] = {"groups": None, **dict.fromkeys(KINDS), **work.tell(found)}
    answer.update(seconds=seconds, version=version(peer.distribution), remarks=peer.remarks)
    Path(arguments[2]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
