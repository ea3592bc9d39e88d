"""Belief propagation: exact on trees, the slow version on loops, whatever the names and the order of edges."""

import logging

import numpy as np
import pytest
from detect.slow_beliefs import exact, loopy

from collusion.detect.beliefs import propagate


def field(rng, n, m, kinds=3):
    """Random priors, edges without loops at a node, and potentials."""
    a = rng.integers(0, n, m)
    b = (a + rng.integers(1, n, m)) % n
    return a, b, rng.integers(0, kinds, m), rng.uniform(0.05, 1, (kinds, 2, 2)), rng.normal(0, 1, n)


def edges_of(a, b, kind, potentials):
    return [(int(u), int(v), potentials[k].tolist()) for u, v, k in zip(a, b, kind, strict=True)]


def test_exact_on_trees():
    rng = np.random.default_rng(1)
    for _ in range(60):
        n = int(rng.integers(2, 10))
        a, b = np.arange(1, n), np.array([rng.integers(v) for v in range(1, n)])
        kind, potentials, prior = rng.integers(0, 3, n - 1), rng.uniform(0.01, 1, (3, 2, 2)), rng.normal(0, 2, n)
        found = propagate(a, b, kind, potentials, prior, rounds=n, tolerance=0.0)
        expected = exact(dict(enumerate(1 / (1 + np.exp(-prior)))), edges_of(a, b, kind, potentials))
        assert 1 / (1 + np.exp(-found.log_odds)) == pytest.approx([expected[v] for v in range(n)], abs=1e-9)


@pytest.mark.parametrize("damping", [0.0, 0.3])
def test_the_slow_version_on_loops(damping):
    """Several edges between the same two nodes included."""
    rng = np.random.default_rng(2)
    for _ in range(60):
        n = int(rng.integers(2, 8))
        a, b, kind, potentials, prior = field(rng, n, int(rng.integers(1, 14)))
        found = propagate(a, b, kind, potentials, prior, damping=damping, rounds=8, tolerance=0.0)
        expected = loopy(dict(enumerate(prior)), edges_of(a, b, kind, potentials), found.rounds, damping)
        assert found.log_odds == pytest.approx([expected[v] for v in range(n)], abs=1e-8)


def test_names_and_order_show_in_no_bit():
    rng = np.random.default_rng(3)
    for _ in range(40):
        n, m = 30, 200
        a, b, kind, potentials, prior = field(rng, n, m)
        plain = propagate(a, b, kind, potentials, prior, damping=0.2, rounds=30)
        name, order = rng.permutation(n), rng.permutation(m)
        moved = np.empty(n)
        moved[name] = prior
        again = propagate(name[a][order], name[b][order], kind[order], potentials, moved, damping=0.2, rounds=30)
        assert (again.log_odds[name] == plain.log_odds).all()
        turned = propagate(b, a, kind, potentials.transpose(0, 2, 1), prior, damping=0.2, rounds=30)
        assert (turned.log_odds == plain.log_odds).all()


def test_even_priors_and_even_potentials_say_nothing():
    """Potentials that treat the states alike, as SpEagle's, leave every log-odds at 0 exactly, however long the loops."""
    rng = np.random.default_rng(4)
    a, b, kind, _, _ = field(rng, 20, 100)
    potentials = np.array([[[e, 1 - e], [1 - e, e]] for e in (0.1, 0.9, 1e-5)])
    assert (propagate(a, b, kind, potentials, np.zeros(20)).log_odds == 0).all()


def test_it_says_whether_it_has_converged(caplog):
    """Two who always disagree with a third that both must agree with: undamped messages swing for ever; a tree is done in time."""
    tree = propagate(np.array([0]), np.array([1]), np.array([0]), np.array([[[0.9, 0.1], [0.1, 0.9]]]), np.array([1.0, 0.0]))
    assert tree.converged
    assert tree.rounds < 5
    assert caplog.records == []
    rng = np.random.default_rng(5)
    a, b, kind, _, prior = field(rng, 12, 60)
    hostile = np.array([[[1e-3, 1], [1, 1e-3]]] * 3)
    with caplog.at_level(logging.WARNING):
        found = propagate(a, b, kind, hostile, prior, rounds=50)
    assert not found.converged
    assert found.change > 1e-6
    assert "has not converged" in caplog.text


def test_messages_of_the_surest_stay_finite():
    prior = np.array([1e6, -1e6, 0.0])
    found = propagate(np.array([0, 1]), np.array([2, 2]), np.array([0, 0]), np.array([[[1.0, 1e-300], [1e-300, 1.0]]]), prior)
    assert np.isfinite(found.log_odds).all()
    assert found.log_odds[2] == pytest.approx(0, abs=1e-9)


def test_without_edges_the_priors_are_the_beliefs():
    none = np.empty(0, np.int32)
    found = propagate(none, none, none, np.ones((1, 2, 2)), np.array([0.5, -2.0]))
    assert found.log_odds.tolist() == [0.5, -2.0]
    assert found.converged


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_potentials_must_be_above_0(wrong):
    """What they tell could not be told in numbers."""
    with pytest.raises(ValueError, match="potentials"):
        propagate(np.array([0]), np.array([1]), np.array([0]), np.array([[[1.0, wrong], [1.0, 1.0]]]), np.zeros(2))


def test_more_edges_than_can_be_numbered_are_refused():
    many = np.broadcast_to(np.int32(0), 2**30)
    with pytest.raises(OverflowError, match=r"fewer than 1,073,741,824 edges"):
        propagate(many, many, many, np.ones((1, 2, 2)), np.zeros(1))
