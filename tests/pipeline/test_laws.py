"""Laws of a scan: names, the order of rows and threads change nothing, whatever columns the log has; the seed makes the case."""

import numpy as np
import pandas as pd
import pytest
from inference.village import village

from collusion.pipeline import scan

pytestmark = pytest.mark.usefixtures("no_power_statement")

COLUMNS = {
    "all": (),
    "no sellers": ("seller",),
    "no ratings": ("rating",),
    "no times": ("timestamp",),
    "ids and categories": ("seller", "rating", "timestamp"),
}


def frame(without=()):
    """The village as a user holds it, with categories: people of one group among many."""
    v = village(2)
    graph = v.graph
    data = pd.DataFrame(
        {
            "reviewer_id": [f"u{u}" for u in graph.reviewer],
            "product_id": [f"p{p}" for p in graph.product],
            "rating": graph.rating,
            "timestamp": pd.to_datetime(graph.time + 17_000, unit="D"),
            "seller": [f"s{s}" for s in graph.seller[graph.product]],
            "category": [f"c{p % 3}" for p in graph.product // 40],
        }
    )
    return data.drop(columns=list(without))


def renamed(data, seed):
    """The same log by other names and in another order of rows, and the names by those that they replace."""
    rng = np.random.default_rng(seed)
    other = data.iloc[rng.permutation(len(data))].reset_index(drop=True)
    names = {}
    for column in ("reviewer_id", "product_id", "seller", "category"):
        if column in data:
            known = data[column].unique()
            names[column] = dict(zip(known, (f"{column[0]}-{k}" for k in rng.permutation(len(known))), strict=True))
            other[column] = other[column].map(names[column])
    return other, names


def outline(case, people=str, things=str):
    """All of a case that must not change, but for names and rows."""
    return [
        (
            *(ring.rank, ring.status, ring.score, ring.density, ring.explained_by),
            *(ring.q_paid, ring.residual, ring.residual_of, ring.gamma),
            dict(ring.q_values),
            {people(u) for u in ring.reviewers},
            {things(p) for p in ring.products},
            {(people(doubt.reviewer), doubt.reason) for doubt in ring.doubtful},
            [(e.signal, e.statement, e.observed, e.expected, e.p_value, e.stance, len(e.rows)) for e in ring.evidence],
        )
        for ring in case.rings
    ]


@pytest.fixture(scope="module", params=COLUMNS)
def scanned(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collusion.pipeline.steps.power_statement", lambda *_: "Nothing is flagged.")
        data = frame(COLUMNS[request.param])
        return data, scan(data, replicates=20, threads=1)


def test_renaming_and_reordering_change_nothing(scanned):
    data, case = scanned
    assert len(case.rings) >= 2
    for seed in (0, 1):
        other, names = renamed(data, seed)
        again = scan(other, replicates=20, threads=1)
        assert outline(again) == outline(case, names["reviewer_id"].get, names["product_id"].get)
        assert again.notes == case.notes


def test_threads_change_nothing_and_the_same_seed_makes_the_same_case(scanned):
    data, case = scanned
    again = scan(data, replicates=20, threads=2)
    assert outline(again) == outline(case)
    assert [ring.rows for ring in again.rings] == [ring.rows for ring in case.rings]
    assert [ring.id for ring in again.rings] == [ring.id for ring in case.rings]
    assert again.notes == case.notes


def test_another_seed_finds_the_same_ring():
    """Draws differ, and with them p-values; what is clear stays clear."""
    data, ring = frame(("seller",)), {f"u{u}" for u in village(2).members["ring"]}
    found = [[one for one in scan(data, replicates=20, seed=seed).flagged if ring & {*one.reviewers}] for seed in (0, 1)]
    assert [[{*one.reviewers} >= ring for one in flagged] for flagged in found] == [[True], [True]]
    assert [e.p_value for e in found[0][0].evidence] != [e.p_value for e in found[1][0].evidence]
