"""Laws of public implementations in environments of their own: what goes in, what comes out, and what is made of trouble."""

from __future__ import annotations

import ast
import csv
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import block_array
from scipy.sparse.csgraph import connected_components

from collusion.base.errors import CollusionError, ConfigError
from collusion.bench.board import environments, peer_script
from collusion.bench.board.environments import (
    MADE,
    PEER_METHODS,
    PREFIX,
    environment_python,
    make_environment,
    run_peer,
    run_script,
    sizes_of,
)
from collusion.bench.board.peer_script import PEERS, groups_by_density, read
from collusion.detect.speagle import SpEagle
from collusion.graph.graph import NO_TIME, build_graph

DAY = 86_400

PACKAGES = {
    "ugfraud": "UGFraud",
    "rgmining-fraudar": "fraudar",
    "rgmining-fraud-eagle": "fraud_eagle",
    "rgmining-rsd": "rsd",
    "coordination-network-toolkit": "coordination_network_toolkit",
    "scikit-network": "sknetwork",
    "networkx": "networkx",
}


def ring_log(seed=0, honest=60, products=40):
    """A log with a complete ring of 6 x 4 within a day, one honest review by each of its members; codes dealt at random."""
    rng = np.random.default_rng(seed)
    pairs = {(who, int(what)) for who in range(honest) for what in rng.choice(products, 2, replace=False)}
    pairs |= {(int(rng.integers(honest)), what) for what in range(products)}
    pairs |= {(honest + k, int(rng.integers(products))) for k in range(6)}
    fakes = {(honest + k, products + j) for k in range(6) for j in range(4)}
    rows = rng.permutation(np.array(sorted(pairs | fakes)))
    fake = np.array([tuple(row) in fakes for row in rows.tolist()])
    who, what = rng.permutation(honest + 6), rng.permutation(products + 4)
    when = np.where(fake, 200, rng.integers(0, 400, len(rows)))
    rating = np.where(fake, 5.0, rng.integers(1, 6, len(rows)))
    ring = set(who[honest:].tolist()), set(what[products:].tolist())
    return build_graph(who[rows[:, 0]], what[rows[:, 1]], time=when, rating=rating), ring


LOG, RING = ring_log()
N_REVIEWERS, N_PRODUCTS, N_REVIEWS = sizes_of(LOG).values()
SMALL = build_graph([0, 0, 1, 2], [0, 1, 1, 1])

GRAPH = """
class Graph:
    def add_nodes_from(self, nodes):
        self.degree = dict.fromkeys(nodes, 0)
    def add_edges_from(self, edges):
        for a, b in edges:
            self.degree[a] += 1
            self.degree[b] += 1
def core_number(graph):
    {}
    return graph.degree
"""


def site(environment):
    return environment / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def fake_environment(folder, name, code):
    """An environment that holds a package of one line or two in place of the true one, as if it had been installed."""
    method = PEER_METHODS[name]
    environment = folder / method.distribution
    package = site(environment) / PACKAGES[method.distribution]
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    (environment / "bin").mkdir()
    base = Path(sys._base_executable)
    (environment / "bin" / "python").symlink_to(base)
    (environment / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    (environment / MADE).write_text(json.dumps({"requirements": method.requirements}))
    return environment


def core(folder, scratch, line="pass", *, seconds=60, memory=0, log=SMALL):
    fake_environment(folder, "peer:networkx-core", GRAPH.format(line))
    scratch.mkdir(exist_ok=True)
    return run_peer("peer:networkx-core", folder, log, scratch, seconds, memory)


# The two tables and the script


def test_the_script_and_the_table_know_the_same_peers():
    """And a package has one environment, of one version."""
    held = {}
    assert {PREFIX + name for name in PEERS} == set(PEER_METHODS)
    for name, method in PEER_METHODS.items():
        peer = PEERS[method.script_name]
        assert method.name == name
        assert method.requirements[0].partition("==")[0] == peer.distribution
        assert method.distribution == peer.distribution.lower()
        assert method.priors == ("priors" in peer.needs)
        assert method.distribution in PACKAGES
        assert held.setdefault(method.distribution, method.requirements) == method.requirements
        assert "==" in method.requirements[0]


def test_the_script_stands_alone():
    """It is read by a Python 3.9, and imports the standard library at its head, peers by name on use, and nothing of ours."""
    tree = ast.parse(Path(peer_script.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))
    heads = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module])
    }
    assert heads <= sys.stdlib_module_names
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module"]
    loaded = {call.args[0].value.split(".")[0] for call in calls}
    assert loaded == {*PACKAGES.values(), "numpy", "scipy"}


@pytest.mark.parametrize("arguments", [[], ["networkx-core"], ["no-such-peer", "a", "b"], ["networkx-core", "a", "b", "c", "d"]])
def test_a_wrong_call_of_the_script_tells_the_right_one(arguments):
    done = subprocess.run([sys.executable, peer_script.__file__, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("usage: peer_script.py NAME INPUT.csv")
    assert "rgmining-rsd" in done.stderr


def test_what_is_written_is_what_is_read(tmp_path):
    rng = np.random.default_rng(1)
    rating = np.where(rng.random(N_REVIEWS) < 0.3, np.nan, rng.random(N_REVIEWS) * 5).astype(np.float32)
    time = np.where(rng.random(N_REVIEWS) < 0.3, NO_TIME, LOG.time)
    log = build_graph(LOG.reviewer, LOG.product, rating=rating, time=time)
    environments._write(log, tmp_path / "in.csv")
    back = read(tmp_path / "in.csv")
    assert back.pairs == list(zip(log.reviewer.tolist(), log.product.tolist(), strict=True))
    assert (back.reviewers, back.products) == (N_REVIEWERS, N_PRODUCTS)
    assert np.array([np.nan if value is None else value for value in back.rating]) == pytest.approx(log.rating, nan_ok=True)
    assert back.time == [None if day == NO_TIME else day * DAY for day in log.time.tolist()]
    environments._write(SMALL, tmp_path / "in.csv")
    assert set(read(tmp_path / "in.csv").rating + read(tmp_path / "in.csv").time) == {None}


@pytest.mark.parametrize("text", ["", "reviewer,product\n0,0\n", "reviewer,product,rating,time\n"])
def test_another_file_is_refused(tmp_path, text):
    (tmp_path / "in.csv").write_text(text)
    with pytest.raises((SystemExit, ValueError), match=r"must have the header|not enough values"):
        read(tmp_path / "in.csv")


@pytest.mark.parametrize("seed", range(5))
def test_communities_are_ranked_by_their_reviews_a_member(seed):
    rng = np.random.default_rng(seed)
    people, things = 12, 9
    pairs = sorted({(int(rng.integers(people)), int(rng.integers(things))) for _ in range(60)} | {(people - 1, things - 1)})
    log = peer_script.Log(pairs, people, things, [], [], None)
    label = rng.integers(0, 4, people + things)
    communities = [np.flatnonzero(label == k).tolist() for k in range(5)]
    groups = groups_by_density(log, communities)

    def density(group):
        inside = sum(who in group["reviewers"] and what in group["products"] for who, what in pairs)
        return inside / (len(group["reviewers"]) + len(group["products"]))

    expected = [
        {"reviewers": [node for node in nodes if node < people], "products": [node - people for node in nodes if node >= people]}
        for nodes in communities
    ]
    expected = [group for group in expected if min(map(len, group.values())) > 1]
    assert sorted(map(str, groups)) == sorted(map(str, expected))
    densities = [density(group) for group in groups]
    assert densities == sorted(densities, reverse=True)


def test_names_for_ugfraud_are_in_the_order_of_the_nodes():
    """GANG finds a node's prior by its place among the nodes, and its row by the number in its name."""
    log = script_log(LOG)
    names = peer_script._Names(log)
    graph = names.graph(log, SimpleNamespace(**HELPER))
    of_kind = {kind: [name for name, told in graph.nodes.items() if told["types"] == kind] for kind in ("prod", "user")}
    assert of_kind["prod"] + of_kind["user"] == [str(k) for k in range(N_REVIEWERS + N_PRODUCTS)]
    assert graph.number_of_edges() == len(log.pairs)
    priors = log.priors
    for line, (who, what) in enumerate(log.pairs):
        edge = graph.edges[names.reviewer[who], names.product[what]]
        assert edge == {"rating": 1 if LOG.rating[line] >= 4 else 2, "prior": priors["reviews"][line], "types": "review"}
        assert graph.nodes[names.reviewer[who]]["prior"] == priors["reviewers"][who]
        assert graph.nodes[names.product[what]]["prior"] == priors["products"][what]


# What goes in


@pytest.mark.parametrize(
    ("name", "log", "says"),
    [
        (
            "peer:coordination-toolkit",
            LOG.with_columns(time=None),
            f"needs a time of every review, which {N_REVIEWS} of {N_REVIEWS} lack",
        ),
        (
            "peer:rgmining-fraud-eagle",
            SMALL.with_columns(rating=np.array([1, np.nan, 2, 3], np.float32)),
            "needs a rating of every review, which 1 of 4 lack",
        ),
        ("peer:rgmining-rsd", SMALL, "needs a rating of every review, which 4 of 4 lack and a time of every review, which 4 of 4 lack"),
    ],
)
def test_what_a_peer_needs_and_a_log_lacks_is_told(tmp_path, name, log, says):
    with pytest.raises(CollusionError, match=says):
        run_script(Path(sys.executable), name, log, tmp_path, 60, 0)


def test_priors_go_with_codes_and_lines():
    """They are those of our own speagle, from the days and the ratings."""
    priors = environments._priors(LOG)
    odds = np.split(SpEagle().prior(LOG), [N_REVIEWERS, N_REVIEWERS + N_PRODUCTS])
    assert list(priors) == ["reviewers", "products", "reviews"]
    for spam, expected in zip(priors.values(), odds, strict=True):
        assert np.log(spam) - np.log1p(-np.array(spam)) == pytest.approx(expected)
    assert np.ptp(priors["reviews"]) > 0.1
    assert environments._priors(LOG.with_columns(rating=None, time=None))["products"] == [0.5] * N_PRODUCTS


REVIEW_GRAPH = """
class Node:
    def __init__(self, name): self.name, self.anomalous_score = name, {score}
class ReviewGraph:
    def __init__(self{parameters}):
        self.people, self.things, self.left, self.seen = [], [], 3, []
    def new_reviewer(self, name):
        self.people.append(Node(name)); return self.people[-1]
    def new_product(self, name):
        self.things.append(Node(name)); return self.things[-1]
    def add_review(self, reviewer, product, {review}):
        assert 0 <= {review_checked} <= 1 and reviewer in self.people and product in self.things
        reviewer.anomalous_score {change}
    def update(self):
        self.left -= 1
        return self.left
"""


@pytest.mark.parametrize(
    ("name", "package", "expected"),
    [
        (
            "peer:rgmining-fraud-eagle",
            REVIEW_GRAPH.format(score=0, parameters=", epsilon", review="rating", review_checked="rating", change="+= rating"),
            [0.25, 1.0, 0.5],
        ),
        (
            "peer:rgmining-rsd",
            REVIEW_GRAPH.format(score=0, parameters=", theta", review="review, time", review_checked="review", change="+= time"),
            [3 * DAY, 3 * DAY, 4 * DAY],
        ),
        (
            "peer:rgmining-fraudar",
            REVIEW_GRAPH.format(score=0, parameters="", review="rating", review_checked="rating", change="= float(rating > .9)"),
            [0.0, 1.0, 0.0],
        ),
    ],
)
def test_a_review_graph_is_filled_as_its_documents_ask(tmp_path, name, package, expected):
    """Names, ratings from 0 to 1, and times where it takes them, in packages that answer with what they were given."""
    log = build_graph([0, 0, 1, 2], [0, 1, 1, 1], rating=[1.0, 2.0, 5.0, 3.0], time=[1, 2, 3, 4])
    fake_environment(tmp_path, name, package)
    told = run_peer(name, tmp_path, log, tmp_path, 60, 0)
    assert told["reviewers"] == expected
    if told["groups"] is not None:
        assert told["groups"] == [{"reviewers": [1], "products": []}]


def script_log(graph, time=None):
    priors = {kind: np.linspace(0.1, 0.9, size).tolist() for kind, size in sizes_of(graph).items()}
    pairs = list(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
    rating = [None] * graph.n_reviews if graph.rating is None else graph.rating.tolist()
    return peer_script.Log(pairs, graph.n_reviewers, graph.n_products, rating, time or [None] * graph.n_reviews, priors)


def answer_of(name, log, modules, monkeypatch):
    """What a peer's adapter tells of packages that answer by simple rules."""
    for module, held in modules.items():
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**held))
    work = PEERS[name].prepare(log)
    return work.tell(work.do())


@pytest.mark.parametrize("method", ["Louvain", "Leiden"])
def test_scikit_network_is_told_that_a_square_matrix_is_of_two_kinds(monkeypatch, method):
    class Components:
        def fit(self, matrix, *, force_bipartite):
            assert force_bipartite
            assert matrix.dtype == bool
            labels = connected_components(block_array([[None, matrix], [matrix.T, None]]))[1]
            self.labels_row_, self.labels_col_ = np.split(labels, [matrix.shape[0]])
            return self

    log = script_log(build_graph([0, 0, 1, 1, 2, 3, 3], [2, 3, 2, 3, 0, 0, 1]))
    told = answer_of(f"sknetwork-{method.lower()}", log, {"sknetwork": {}, "sknetwork.clustering": {method: Components}}, monkeypatch)
    assert told == {"groups": [{"reviewers": [0, 1], "products": [2, 3]}, {"reviewers": [2, 3], "products": [0, 1]}]}


def test_the_coordination_toolkit_is_given_reposts_and_gives_components(tmp_path, monkeypatch):
    """Its work is done the slow way: pairs of accounts that reposted two posts or more within the window."""
    monkeypatch.chdir(tmp_path)
    ties = {}

    def preprocess(base, files):
        with Path(files[0]).open(newline="", encoding="utf-8") as file:
            ties[base] = list(csv.DictReader(file))

    def compute(base, window, n_threads, min_edge_weight):
        assert n_threads == int(os.environ.get("OMP_NUM_THREADS", "1"))
        rows = ties[base]
        met = Counter(
            (a["user_id"], b["user_id"])
            for a in rows
            for b in rows
            if a["repost_id"] == b["repost_id"]
            and a["user_id"] != b["user_id"]
            and abs(float(a["timestamp"]) - float(b["timestamp"])) <= window
        )
        ties[base] = {pair: weight for pair, weight in met.items() if weight >= min_edge_weight}

    def load(base, kind):
        assert kind == "co_retweet"
        graph = nx.DiGraph()
        graph.add_weighted_edges_from((a, b, weight) for (a, b), weight in ties[base].items())
        return graph

    package = "coordination_network_toolkit"
    modules = {
        package: {},
        f"{package}.preprocess": {"preprocess_csv_files": preprocess},
        f"{package}.compute_networks": {"compute_co_retweet_parallel": compute},
        f"{package}.graph": {"load_networkx_graph": load},
    }
    week = 7 * DAY
    # 0 and 1 meet twice within a week; 2 and 3 three times; 4 meets 0 once, and 5 comes a second too late.
    rows = [(0, 0, 0), (1, 0, week), (0, 1, 9 * week), (1, 1, 9 * week), (4, 1, 9 * week), (5, 0, week + 1), (5, 1, 10 * week + 1)]
    rows += [(who, what, 0) for who in (2, 3) for what in (2, 3, 4)]
    who, what, when = np.array(rows).T.tolist()
    graph = build_graph(who, what)
    log = script_log(graph, [when[row] for row in graph.row])
    told = answer_of("coordination-toolkit", log, modules, monkeypatch)
    assert told["groups"] == [{"reviewers": [2, 3], "products": []}, {"reviewers": [0, 1], "products": []}]
    # Both directions of a tie count.
    assert told["reviewers"] == [4.0, 4.0, 6.0, 6.0, 0.0, 0.0]


def attach(graph, attribute, adding_type):
    (nx.set_node_attributes if adding_type == "node" else nx.set_edge_attributes)(graph, attribute)
    return graph


HELPER = {"dict_to_networkx": nx.Graph, "add_attribute_to_graph": attach}


def test_answers_of_ugfraud_are_told_by_our_codes(monkeypatch):
    """Detectors that give back the priors as beliefs, and call those below .3 suspicious, name everything by UGFraud's names."""

    def priors(graph, kind):
        return {name: told["prior"] for name, told in graph.nodes.items() if told["types"] == kind}

    class SpEagle:
        def __init__(self, graph, potentials, message, max_iters):
            assert set(potentials) == {"u_r", "r_u", "r_p", "p_r"}
            assert np.exp(potentials["r_p"]) == pytest.approx(np.array([[0.9, 0.1], [0.1, 0.9]]))
            assert (message, max_iters) == (None, 4)
            self.graph, self.done = graph, []

        def schedule(self, schedule_type):
            self.done.append(schedule_type)

        def run_bp(self, **kwargs):
            self.done.append(kwargs)

        def classify(self):
            assert self.done == ["bfs", {"start_iter": 0, "max_iters": 2, "tol": 1e-3}]
            reviews = {(a, b): told["prior"] for a, b, told in self.graph.edges(data=True)}
            return priors(self.graph, "user"), reviews, priors(self.graph, "prod")

    class GANG:
        def __init__(self, graph, labels, share, nor_flg, sup_flg):
            assert (labels, share, nor_flg, sup_flg) == ({}, 0.1, True, False)
            self.prior = {**priors(graph, "user"), **priors(graph, "prod")}

        def pu_lbp(self, rounds):
            assert rounds == 1000
            self.res_pu_spam_post_vector = np.array([[self.prior[str(k)]] for k in range(len(self.prior))])

    class Box:
        def __init__(self, graph):
            self.graph = graph

        def run(self, tau, k):
            assert (tau, k) == (20, min(50, N_REVIEWERS - 1, N_PRODUCTS - 1))
            return [{1.0: [name for name, prior in priors(self.graph, kind).items() if prior < 0.3]} for kind in ("user", "prod")]

    log = script_log(LOG)
    package = {"UGFraud": {}, "UGFraud.Detector": {}, "UGFraud.Utils": {}, "UGFraud.Utils.helper": HELPER}
    told = answer_of("ugfraud-speagle", log, {**package, "UGFraud.Detector.SpEagle": {"SpEagle": SpEagle}}, monkeypatch)
    assert told == log.priors
    told = answer_of("ugfraud-gang", log, {**package, "UGFraud.Detector.GANG": {"GANG": GANG}}, monkeypatch)
    assert told == {kind: log.priors[kind] for kind in ("reviewers", "products")}
    told = answer_of("ugfraud-fbox", log, {**package, "UGFraud.Detector.fBox": {"fBox": Box}}, monkeypatch)
    assert told == {kind: [float(prior < 0.3) for prior in log.priors[kind]] for kind in ("reviewers", "products")}


def test_blocks_of_ugfraud_keep_their_order(monkeypatch):
    def blocks(matrix, weigh):
        assert (matrix, weigh) == (([0, 0, 1, 2], [0, 1, 1, 1]), "weigh")
        return [(({2, 0}, {1}), 0.9), (({np.int64(1)}, {1, 0}), 0.4)]

    held = {"detect_blocks": blocks, "listToSparseMatrix": lambda a, b: (a, b), "logWeightedAveDegree": "weigh"}
    told = answer_of(
        "ugfraud-fraudar", script_log(SMALL), {"UGFraud": {}, "UGFraud.Detector": {}, "UGFraud.Detector.Fraudar": held}, monkeypatch
    )
    assert json.loads(json.dumps(told)) == {"groups": [{"reviewers": [0, 2], "products": [1]}, {"reviewers": [1], "products": [0, 1]}]}


# Environments


def fake_pip(tmp_path, monkeypatch, then):
    """A command in place of a Python with pip: it notes what it is asked for, and then does as told."""
    notes, script = tmp_path / "notes.txt", tmp_path / "pip"
    script.write_text(f'#!/bin/sh\necho "$@" >> "{notes}"\n{then}\n')
    script.chmod(0o755)
    monkeypatch.setattr(environments, "_pip_python", lambda: str(script))
    return lambda: notes.read_text().splitlines() if notes.exists() else []


def test_an_environment_is_made_once_for_all_methods_of_a_package(tmp_path, monkeypatch):
    asked = fake_pip(tmp_path, monkeypatch, "exit 0")
    folder = tmp_path / "peers"
    assert environment_python("peer:sknetwork-louvain", folder) is None
    made = make_environment("peer:sknetwork-louvain", folder)
    assert made == make_environment("peer:sknetwork-leiden", folder) == folder / "scikit-network"
    (line,) = asked()
    assert line.startswith(f"-m pip --python {made} install")
    assert line.endswith("scikit-network==0.33.5")
    python = environment_python("peer:sknetwork-leiden", folder)
    code = "import sys; print(sys.prefix != sys.base_prefix, sys.prefix)"
    assert subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["True", str(made)]


def test_an_environment_of_other_requirements_is_made_anew(tmp_path, monkeypatch):
    asked = fake_pip(tmp_path, monkeypatch, "exit 0")
    made = make_environment("peer:rgmining-rsd", tmp_path)
    (made / "left").touch()
    method = replace(PEER_METHODS["peer:rgmining-rsd"], requirements=("rgmining-rsd==9.9",))
    monkeypatch.setitem(PEER_METHODS, method.name, method)
    assert environment_python(method.name, tmp_path) is None
    make_environment(method.name, tmp_path)
    assert [line.split()[-1] for line in asked()] == ["rgmining-rsd==0.3.6", "rgmining-rsd==9.9"]
    assert not (made / "left").exists()


def test_what_pip_said_last_is_told_and_nothing_half_made_stays(tmp_path, monkeypatch):
    fake_pip(
        tmp_path, monkeypatch, 'echo "ERROR: first"; echo "ERROR: No matching distribution found for it" >&2; echo "hint: look" >&2; exit 1'
    )
    folder = tmp_path / "peers"
    with pytest.raises(CollusionError) as told:
        make_environment("peer:ugfraud-fbox", folder)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert str(told.value) == (
        f"{', '.join(PEER_METHODS['peer:ugfraud-fbox'].requirements)} could not be installed for Python {version}: "
        "ERROR: No matching distribution found for it"
    )
    assert not (folder / "ugfraud").exists()
    assert environment_python("peer:ugfraud-fbox", folder) is None


def test_an_installation_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    fake_pip(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(CollusionError, match="it took more than 2 s"):
        make_environment("peer:networkx-core", tmp_path / "peers", seconds=2)
    assert not (tmp_path / "peers" / "networkx").exists()


def test_a_half_made_environment_is_none_and_is_made_anew(tmp_path, monkeypatch):
    environment = fake_environment(tmp_path, "peer:networkx-core", "")
    (environment / MADE).write_text("{")
    assert environment_python("peer:networkx-core", tmp_path) is None
    asked = fake_pip(tmp_path, monkeypatch, "exit 0")
    make_environment("peer:networkx-core", tmp_path)
    assert len(asked()) == 1
    assert not (site(environment) / "networkx").exists()


def test_what_is_no_environment_is_left_alone(tmp_path, monkeypatch):
    asked = fake_pip(tmp_path, monkeypatch, "exit 0")
    (tmp_path / "networkx").mkdir()
    (tmp_path / "networkx" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="exists and is not an environment"):
        make_environment("peer:networkx-core", tmp_path)
    assert (tmp_path / "networkx" / "thesis.txt").read_text() == "mine"
    assert asked() == []


@pytest.mark.parametrize(
    "call",
    [
        environment_python,
        make_environment,
        lambda name, folder: run_peer(name, folder, SMALL, folder, 1, 0),
    ],
)
def test_a_name_that_no_peer_has_is_told(tmp_path, call):
    with pytest.raises(ConfigError, match=r"no peer is called 'peer:networkx-cor'; did you mean 'peer:networkx-core'\?"):
        call("peer:networkx-cor", tmp_path)


def test_a_peer_without_environment_says_how_to_make_it(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no environment of networkx in .*; make_environment makes it"):
        run_peer("peer:networkx-core", tmp_path, SMALL, tmp_path, 1, 0)


# Running


def test_a_peer_is_run_in_its_environment_and_nowhere_else(tmp_path, monkeypatch):
    """The package of the environment is found, not one that the caller's variables point to, nor what lies beside the script."""
    poison = tmp_path / "poison" / "networkx"
    poison.mkdir(parents=True)
    (poison / "__init__.py").write_text("raise RuntimeError('poison')")
    monkeypatch.setenv("PYTHONPATH", str(poison.parent))
    info = site(tmp_path / "networkx") / "networkx-9.9.dist-info"
    line = "import importlib.util, os; assert importlib.util.find_spec('environments') is None; assert os.environ['OMP_NUM_THREADS'] == '1'"
    environment = fake_environment(tmp_path, "peer:networkx-core", GRAPH.format(line))
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: networkx\nVersion: 9.9\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    told = run_peer("peer:networkx-core", tmp_path, SMALL, scratch, 60, 0)
    assert told["reviewers"] == [2, 1, 1]
    assert told["products"] == [1, 3]
    assert told["reviews"] is None
    assert told["groups"] == [{"reviewers": [], "products": [1]}]
    assert 0 <= told["seconds"] < 60
    assert told["version"] == "9.9"
    assert told["remarks"] == PEERS["networkx-core"].remarks
    assert environment.is_dir()


def test_nodes_without_reviews_have_the_lowest_score_and_are_in_no_group(tmp_path):
    log = build_graph([1, 1, 5, 6], [0, 3, 3, 3], n_reviewers=9, n_products=5)
    told = core(tmp_path / "peers", tmp_path / "scratch", log=log)
    assert told["reviewers"] == [1, 2, 1, 1, 1, 1, 1, 1, 1]
    assert told["products"] == [1, 1, 1, 3, 1]
    assert told["groups"] == [{"reviewers": [], "products": [3]}]


def test_only_the_peers_own_work_is_timed(tmp_path):
    code = "import time\ntime.sleep(1.5)\n" + GRAPH.format("time.sleep(0.2)")
    fake_environment(tmp_path, "peer:networkx-core", code)
    told = run_peer("peer:networkx-core", tmp_path, SMALL, tmp_path, 60, 0)
    assert 0.2 <= told["seconds"] < 1.2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("raise RuntimeError('no such luck')", "failed: RuntimeError: no such luck"),
        ("import no_such_module", "failed: ModuleNotFoundError: No module named 'no_such_module'"),
        ("import os; os._exit(3)", "failed: exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "failed: exit code -9"),
        (
            "graph.degree[0] = graph.degree[3] = float('nan')",
            (
                "peer:networkx-core: scores of reviewers must be a list of 3 numbers, none of them nan\n"
                "peer:networkx-core: scores of products must be a list of 2 numbers, none of them nan"
            ),
        ),
    ],
)
def test_a_peer_that_fails_is_told(tmp_path, line, says):
    with pytest.raises(CollusionError) as told:
        core(tmp_path / "peers", tmp_path / "scratch", line)
    assert str(told.value) == says


@pytest.mark.parametrize(
    "line",
    [
        "import atexit, sys; atexit.register(lambda: open(sys.argv[3], 'w').write('{'))",
        "import atexit, sys; atexit.register(lambda: open(sys.argv[3], 'wb').write(b'\\xff'))",
    ],
)
def test_an_answer_that_cannot_be_read_is_told(tmp_path, line):
    with pytest.raises(CollusionError, match="it completed, but left no readable answer"):
        core(tmp_path / "peers", tmp_path / "scratch", line)


def test_the_answer_of_an_earlier_run_is_no_answer(tmp_path):
    core(tmp_path / "peers", tmp_path / "scratch")
    with pytest.raises(CollusionError, match="left no readable answer"):
        core(tmp_path / "others", tmp_path / "scratch", "import os; os._exit(0)")


# Answers

ANSWER = {
    "seconds": 0.5,
    "groups": [{"reviewers": [0, 2], "products": [1]}, {"reviewers": [1], "products": []}],
    "reviewers": [0.0, 1, float("inf")],
    "products": [1.0, -2.0],
    "reviews": None,
    "version": "1",
    "remarks": "",
}


def answer(**changed):
    return {**ANSWER, **changed}


def group(reviewers, products):
    return {"groups": [ANSWER["groups"][0], {"reviewers": reviewers, "products": products}]}


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (ANSWER, []),
        (answer(groups=[]), []),
        ([], ["its answer must have"]),
        ({}, ["its answer must have"]),
        (answer(extra=1), ["its answer must have"]),
        (answer(groups=None), ["it must give groups"]),
        (answer(reviews=[1, 2, 3, 4]), ["it gives reviews, of which it is not known to say anything"]),
        (answer(seconds=-1), ["seconds must be"]),
        (answer(seconds=float("nan")), ["seconds must be"]),
        (answer(seconds=True), ["seconds must be"]),
        (answer(version=None, remarks=3), ["version must be text", "remarks must be text"]),
        (answer(reviewers=[1, 2]), ["scores of reviewers must be a list of 3 numbers"]),
        (answer(reviewers=[1, 2, "3"]), ["scores of reviewers must be a list of 3 numbers"]),
        (answer(products={"0": 1, "1": 2}), ["scores of products must be a list of 2 numbers"]),
        (answer(groups={}), ["groups must be a list"]),
        (answer(groups=[[0, 1]]), ["group 1 must have reviewers and products"]),
        (answer(**group([0, 3], [])), ["reviewers of group 2 must be codes from 0 to 2"]),
        (answer(**group([-1], [2])), ["reviewers of group 2 must be codes from 0 to 2", "products of group 2 must be codes from 0 to 1"]),
        (answer(**group([True], [])), ["reviewers of group 2 must be codes"]),
        (answer(**group([1.0], [])), ["reviewers of group 2 must be codes"]),
        (answer(**group([2, 1], [])), ["reviewers of group 2 must be in order, each once"]),
        (answer(**group([1, 1], [])), ["reviewers of group 2 must be in order, each once"]),
    ],
)
def test_an_answer_that_cannot_be_right_is_told_with_all_that_is_wrong(told, says):
    found = environments._faults(told, PEER_METHODS["peer:networkx-core"], SMALL)
    assert len(found) == len(says)
    for problem, start in zip(found, says, strict=True):
        assert problem.startswith(start)


# The true packages, where they are installed beside collusion


def run_here(name, log, scratch):
    method = PEER_METHODS[name]
    if find_spec(PACKAGES[method.distribution]) is None:
        pytest.skip(f"{method.distribution} is not installed here")
    return run_script(Path(sys.executable), name, log, scratch, 120, 0)


@pytest.mark.parametrize("name", PEER_METHODS)
def test_who_finds_groups_finds_a_complete_ring(tmp_path, name):
    told = run_here(name, LOG, tmp_path)
    assert told["version"] != "unknown"
    if told["groups"] is None:
        return
    first = told["groups"][0]
    people = set(first["reviewers"])
    assert len(people & RING[0]) / len(people | RING[0]) >= 0.5
    if first["products"]:
        things = set(first["products"])
        assert len(things & RING[1]) / len(things | RING[1]) >= 0.5


@pytest.mark.parametrize("name", ["peer:networkx-core", "peer:networkx-charikar"])
def test_names_and_the_order_of_edges_do_not_matter(tmp_path, name):
    rng = np.random.default_rng(3)
    who, what = (rng.permutation(n) for n in (N_REVIEWERS, N_PRODUCTS))
    told = run_here(name, LOG, tmp_path)
    dealt = run_here(name, build_graph(who[LOG.reviewer], what[LOG.product]), tmp_path)
    if told["reviewers"] is not None:
        assert [dealt["reviewers"][code] for code in who] == told["reviewers"]
        assert [dealt["products"][code] for code in what] == told["products"]
    renamed = [
        {"reviewers": sorted(who[one["reviewers"]].tolist()), "products": sorted(what[one["products"]].tolist())} for one in told["groups"]
    ]
    assert dealt["groups"] == renamed


@pytest.mark.parametrize("name", ["peer:networkx-louvain", "peer:networkx-greedy-modularity", "peer:networkx-fista"])
def test_two_runs_give_one_answer(tmp_path, name):
    assert run_here(name, LOG, tmp_path)["groups"] == run_here(name, LOG, tmp_path)["groups"]
