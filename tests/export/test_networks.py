"""Hostile ids go through XML and come back; the networks hold what the rings hold."""

from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from report.fake_case import every_status, make_case, make_log, make_ring
from report.hostile import hostile_case

from collusion.export.escape import xml_text
from collusion.export.networks import to_networkx, write_gexf, write_graphml

OF_RINGS = ("rings", "statuses", "ranks", "scores")
READ = {"rings.graphml": (write_graphml, nx.read_graphml), "rings.gexf": (write_gexf, nx.read_gexf)}


@pytest.mark.parametrize("name", READ)
def test_hostile_ids_come_back(name, tmp_path):
    """Words that networkx writes itself, line separators and markup in ids take no node away and add no element."""
    case = hostile_case()
    write, read = READ[name]
    write(case, tmp_path)
    back, graph = read(tmp_path / name), to_networkx(case)
    expected = {f"{role}:{xml_text(one)}": facts for (role, one), facts in graph.nodes(data=True)}
    assert set(back.nodes) == set(expected)
    for node, facts in back.nodes(data=True):
        assert facts["role"] == expected[node]["role"]
        assert {name: facts[name] for name in OF_RINGS} == {name: expected[node][name] for name in OF_RINGS}
        assert facts["label"] == xml_text(expected[node]["label"])
    assert back.number_of_edges() == graph.number_of_edges()
    tags = {element.tag.rpartition("}")[2] for element in ET.parse(tmp_path / name).iter()}  # our own file
    assert tags <= {
        "graphml",
        "key",
        "graph",
        "node",
        "edge",
        "data",
        "gexf",
        "attributes",
        "attribute",
        "nodes",
        "edges",
        "attvalues",
        "attvalue",
    }


@pytest.mark.parametrize("name", READ)
def test_ids_that_are_words_of_the_format(name, tmp_path):
    log, _, products = make_log(5, 3, n=300)
    words = ["lastmodifieddate", "<creator>", "<meta", "</meta>", "a\u2028b\x85c\x1cd", "a\rb\nc\td"]
    log.loc[log.product_id.isin(products), "reviewer_id"] = [words[k % len(words)] for k in range(log.product_id.isin(products).sum())]
    log = log.drop_duplicates(["reviewer_id", "product_id"]).reset_index(drop=True)
    write, read = READ[name]
    write(make_case(log, [make_ring(log, words, products)]), tmp_path)
    assert {f"reviewer:{xml_text(word)}" for word in words} <= set(read(tmp_path / name).nodes)


@pytest.mark.parametrize("name", READ)
def test_nodes_and_edges_can_be_filtered_by_status_rank_and_score(name, tmp_path):
    """Where rings overlap, the gravest status is named, with rank and score of that ring; a filter for flagged ones loses nobody."""
    log, reviewers, products = make_log(9, 5, n=500)
    rings = every_status(log, reviewers, products)
    case = make_case(log, [*rings, make_ring(log, sorted(reviewers)[:4], products, rank=len(rings) + 1, score=0.5)])
    write, read = READ[name]
    write(case, tmp_path)
    graph = read(tmp_path / name)
    order = ["flagged", "coordinated", "candidate", "explained"]
    edges = [((a, b), facts) for a, b, facts in graph.edges(data=True)]
    for ends, facts in [*(((node,), facts) for node, facts in graph.nodes(data=True)), *edges]:
        own = [ring for ring in case.rings if all(end.partition(":")[2] in {*ring.reviewers, *ring.products} for end in ends)]
        gravest = min(own, key=lambda ring: (order.index(ring.status), ring.rank))
        assert (facts["status"], facts["rank"], facts["score"]) == (gravest.status, gravest.rank, gravest.score)
        assert facts["rings"].split(";") == [ring.id for ring in own]
        assert [facts[part].split(";") for part in OF_RINGS[1:]] == [
            [ring.status for ring in own],
            [str(ring.rank) for ring in own],
            [str(ring.score) for ring in own],
        ]
    members = {f"reviewer:{one}" for ring in case.rings if ring.flagged for one in ring.reviewers}
    assert {node for node, facts in graph.nodes(data=True) if facts["status"] == "flagged" and facts["role"] == "reviewer"} == members


def test_edges_are_the_reviews(tmp_path):
    log, reviewers, products = make_log(6, 4, n=400)
    log.loc[::3, "rating"] = 4.3
    ring = make_ring(log, reviewers, products)
    graph = to_networkx(make_case(log, [ring]), ring)
    assert sorted(facts["row"] for *_, facts in graph.edges(data=True)) == list(ring.rows)
    for (_, u), (_, p), facts in graph.edges(data=True):
        row = log.loc[facts["row"]]
        assert {u, p} == {row.reviewer_id, row.product_id}
        assert facts["rating"] == row.rating
    write_graphml(make_case(log, [ring]), tmp_path)
    assert {facts["rating"] for *_, facts in nx.read_graphml(tmp_path / "rings.graphml").edges(data=True)} <= set(log.rating)
