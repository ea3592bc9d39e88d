"""FRAUDAR: the worked example, the block of a full peel on many graphs, and what it cannot do."""

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, random_pairs, rng, sets

import oracles
from collusion.detect.fraudar import Fraudar, column_weights, unit


def test_worked_example():
    """Column weights .480898 (degree 3) and .402430 (degree 7); block {a, b, c} x {x, y, z, w} of score .790768."""
    weights = column_weights(np.array([3, 7]), "log") / unit("log")
    assert weights == pytest.approx([0.480898, 0.402430], abs=1e-6)
    (best, *_) = Fraudar(blocks=1).find(graph_of(PAIRS), rng())
    assert sets(best) == (frozenset({0, 1, 2}), frozenset({0, 1, 2, 3}))
    assert best.score == pytest.approx(0.790768, abs=1e-6)


def test_camouflage_does_not_lower_the_score():
    """The block's users also review a hub of twenty others: .804460, not below .790768."""
    plain = Fraudar(blocks=1).find(graph_of(PAIRS), rng())[0].score
    hub = [(u, 4) for u in (*range(3), *range(7, 27))]
    hidden = Fraudar(blocks=1).find(graph_of(PAIRS + hub), rng())[0]
    assert {0, 1, 2} <= set(hidden.reviewers.tolist())
    assert hidden.score == pytest.approx(0.804460, abs=1e-6)
    assert hidden.score >= plain


@pytest.mark.parametrize("weighting", ["log", "sqrt", "none"])
def test_blocks_of_a_full_peel(weighting):
    """Over five hundred random graphs a weighting, ties included: the blocks and exact scores of slow full peels, which know no order."""
    random = np.random.default_rng(3)
    scale = unit(weighting)
    compared = tied = 0
    for k in range(540):
        pairs = random_pairs(random, *random.integers(1, 8, 2), random.choice([0.2, 0.5, 0.9]))
        if not pairs:
            continue
        blocks = k % 3 + 1
        expected = oracles.fraudar_blocks(pairs, blocks, lambda d: int(column_weights(np.array([d]), weighting)[0]))
        expected.sort(key=lambda block: -block[2])
        found = Fraudar(blocks=blocks, weighting=weighting).find(graph_of(pairs), rng())
        assert [(*sets(group), group.score) for group in found] == [(u, p, float(value / scale)) for u, p, value in expected], k
        compared += 1
        degrees = np.bincount([u for u, _ in pairs])
        tied += len(np.unique(degrees[degrees > 0])) < np.count_nonzero(degrees)
    assert compared >= 500
    assert tied >= 300


def test_four_planted_blocks_come_out_one_by_one():
    """Complete blocks of four sizes amid noise, sharing no review: each is held by a group of its own."""
    random = np.random.default_rng(5)
    pairs = {(int(u), int(p)) for u, p in zip(random.integers(100, 600, 1500), random.integers(60, 400, 1500), strict=True)}
    planted = [(range(20), range(10)), (range(30, 45), range(20, 28)), (range(50, 62), range(30, 37)), (range(70, 80), range(40, 46))]
    pairs |= {(u, p) for users, products in planted for u in users for p in products}
    found = Fraudar(blocks=4).find(graph_of(sorted(pairs)), rng())
    assert [sets(group) for group in found] == [(frozenset(users), frozenset(products)) for users, products in planted]


def test_of_four_rings_the_one_block_of_the_paper_is_the_largest():
    """A known result: one block, as the paper returns it, leaves the three other rings untold."""
    random = np.random.default_rng(8)
    pairs = {(int(u), int(p)) for u, p in zip(random.integers(200, 3000, 6000), random.integers(60, 900, 6000), strict=True)}
    sizes = [(40, 20), (25, 14), (16, 10), (10, 8)]
    planted = [(range(50 * k, 50 * k + m), range(20 * k, 20 * k + n)) for k, (m, n) in enumerate(sizes)]
    pairs |= {(u, p) for users, products in planted for u in users for p in products if random.random() < 0.8}
    (group,) = Fraudar(blocks=1).find(graph_of(sorted(pairs)), rng())
    users, products = sets(group)
    # At a density of .8 an account at the edge may fall out; none of another ring comes in.
    assert users <= set(planted[0][0])
    assert len(users) >= 38
    assert products == set(planted[0][1])


def test_no_review_counts_in_two_scores():
    """On noise, where blocks do share reviewers: a score counts the reviews of its block that no earlier block holds, and only those."""
    random = np.random.default_rng(9)
    overlapping = 0
    for _ in range(100):
        left = set(random_pairs(random, 12, 10, 0.4))
        found = [sets(group) for group in Fraudar(blocks=3, weighting="none").find(graph_of(sorted(left)), rng())]
        scores = [group.score for group in Fraudar(blocks=3, weighting="none").find(graph_of(sorted(left)), rng())]
        for (users, products), score in zip(found, scores, strict=True):
            counted = {(u, p) for u, p in left if u in users and p in products}
            assert score == len(counted) / (len(users) + len(products))
            left -= counted
        overlapping += sum(len(users) for users, _ in found) > len(set().union(*(users for users, _ in found)))
    assert overlapping > 10


def test_a_block_comes_back_whether_or_not_there_is_a_ring():
    """The reason why scores need a null: noise has a block as well."""
    random = np.random.default_rng(6)
    noise = {(int(u), int(p)) for u, p in zip(random.integers(0, 300, 900), random.integers(0, 200, 900), strict=True)}
    assert Fraudar(blocks=1).find(graph_of(sorted(noise)), rng())
    assert len(Fraudar(blocks=1).find(graph_of([(0, 0)]), rng())) == 1
    assert Fraudar().find(graph_of([]), rng()) == []
