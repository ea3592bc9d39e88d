"""Spectral groups: the worked example, equal singular values, a slow sweep, and whom the leading vectors do not see."""

import logging

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, rng, sets
from scipy.sparse.linalg import ArpackNoConvergence

from collusion.base.model import Group
from collusion.detect import spectrum
from collusion.detect.spectral import Spectral, badly_reconstructed, reconstructed
from collusion.detect.spectrum import matrix_of, sides, subspaces
from collusion.testing import check_detector, renamed


def test_worked_example():
    """Singular values 3.645751 and 1.645751; rank 1 reconstructs 3.8898 of 4 of a block user's row and .4055 of 1 of a pendant's."""
    graph = graph_of(PAIRS)
    assert [space.value for space in subspaces(matrix_of(graph), 4)] == pytest.approx([3.645751, 1.645751], abs=1e-6)
    assert reconstructed(graph, 1) == pytest.approx([3.8898] * 3 + [0.4055] * 4, abs=1e-4)
    assert reconstructed(graph, 2) == pytest.approx([4.0] * 3 + [1.0] * 4)
    best = Spectral().find(graph, rng())[0]
    assert sets(best) == (frozenset({0, 1, 2}), frozenset({0, 1, 2, 3}))
    assert best.score == 12 / 7


def noise(random, reviewers, products, reviews):
    return np.unique(random.integers(0, (reviewers, products), (reviews, 2)), axis=0).tolist()


def test_a_truncated_decomposition_is_the_whole_one(monkeypatch):
    """Tall and wide: the same values, and the same spaces up to sign."""
    random = np.random.default_rng(1)
    for shape in ((160, 90), (90, 160)):
        matrix = matrix_of(graph_of(noise(random, *shape, 1200), n_reviewers=shape[0], n_products=shape[1]))
        exact = subspaces(matrix, 8)
        with monkeypatch.context() as changed:
            changed.setattr(spectrum, "DENSE", 0)
            near = subspaces(matrix, 8)
        assert len(near) == len(exact) == 8
        for one, other in zip(exact, near, strict=True):
            assert one.value == pytest.approx(other.value)
            assert np.abs(one.left @ one.left.T - other.left @ other.left.T).max() < 1e-9
            assert np.abs(one.right @ one.right.T - other.right @ other.right.T).max() < 1e-9


@pytest.mark.parametrize("limit", [0, spectrum.DENSE])
def test_equal_values_are_one_space_or_none(limit, monkeypatch):
    """Three copies of a block beside a larger one are one space; where thirty equal values go on unseen, theirs is left out."""
    monkeypatch.setattr(spectrum, "DENSE", limit)
    pairs = [(u, p) for u in range(6) for p in range(5)]
    pairs += [(6 + 4 * k + u, 5 + 3 * k + p) for k in range(3) for u in range(4) for p in range(3)]
    graph = graph_of(pairs + [(18 + k, 14 + k) for k in range(30)])
    found = subspaces(matrix_of(graph), 2)
    assert [space.left.shape[1] for space in found] == [1, 3]
    assert [space.value for space in found] == pytest.approx([30**0.5, 12**0.5])
    ((left, right),) = sides(found[1])
    assert left[6:18] == pytest.approx([0.5] * 12)
    assert right[5:14] == pytest.approx([3**-0.5] * 9, abs=1e-6)
    assert not left[:6].any()
    # Thirty equal values: whole where all are computed, left out where only some are.
    assert [space.left.shape[1] for space in subspaces(matrix_of(graph), 10)] == ([1, 3, 30] if limit else [1, 3])


@pytest.mark.parametrize("converged", [0, 3])
def test_values_that_do_not_converge_are_left_out_and_told(converged, monkeypatch, caplog):
    """Of seven values asked for (five of them to see what is beyond) the solver gives up with some, in no order."""
    matrix = matrix_of(graph_of(noise(np.random.default_rng(2), 40, 30, 400)))
    exact = subspaces(matrix, 2)

    def gives_up(gram, k, **_):
        squares, vectors = np.linalg.eigh(gram @ np.eye(gram.shape[0]))
        some = np.arange(gram.shape[0])[::-1][:converged]
        raise ArpackNoConvergence(f"of {k}", squares[some], vectors[:, some])

    monkeypatch.setattr(spectrum, "DENSE", 0)
    monkeypatch.setattr(spectrum, "eigsh", gives_up)
    with caplog.at_level(logging.WARNING):
        found = subspaces(matrix, 2)
    assert f"{7 - converged} of 7 singular values did not converge" in caplog.text
    assert [space.value for space in found] == pytest.approx([space.value for space in exact[: min(converged, 2)]])


def test_nothing_comes_of_nothing():
    assert subspaces(matrix_of(graph_of([])), 3) == []
    assert reconstructed(graph_of([], n_reviewers=2, n_products=1), 3).tolist() == [0.0, 0.0]


def sweep(pairs, left, right):
    """Return the densest set of those with the largest entries, every set counted again."""
    held = {("u", u): x for u, x in left.items() if x > 1e-6} | {("p", p): x for p, x in right.items() if x > 1e-6}
    top = {side: max((x for (s, _), x in held.items() if s == side), default=1) for side in "up"}
    relative = {node: round(x / top[node[0]], 5) for node, x in held.items()}
    best = (0, 0, set())
    for level in sorted(set(relative.values()), reverse=True):
        inside = {node for node, x in relative.items() if x >= level}
        reviews = sum(("u", u) in inside and ("p", p) in inside for u, p in pairs)
        best = max(best, (reviews / len(inside), len(inside), inside), key=lambda one: one[:2])
    return best[2]


def parts(pairs, inside):
    left = {(u, p) for u, p in pairs if ("u", u) in inside and ("p", p) in inside}
    while left:
        part = {next(iter(left))}
        while grown := {e for e in left - part if any(e[0] == f[0] or e[1] == f[1] for f in part)}:
            part |= grown
        yield part
        left -= part


def groups(pairs, components):
    users, products = sorted({u for u, _ in pairs}), sorted({p for _, p in pairs})
    matrix = np.array([[float((u, p) in pairs) for p in products] for u in users])
    rows, columns = matrix.sum(axis=1), matrix.sum(axis=0)
    matrix /= np.sqrt(np.outer(rows + rows.mean(), columns + columns.mean()))
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    taken = 0
    while taken < min(len(s), components) and s[taken] > 1e-6 * s[0]:
        same = np.flatnonzero(np.abs(s - s[taken]) <= 1e-6 * s[0])
        if len(same) > 1:
            views = [(np.sqrt(np.diag(u[:, same] @ u[:, same].T)), np.sqrt(np.diag(vt[same].T @ vt[same])))]
        else:
            views = [(u[:, taken], vt[taken]), (-u[:, taken], -vt[taken])]
        for left, right in views:
            for part in parts(pairs, sweep(pairs, dict(zip(users, left, strict=True)), dict(zip(products, right, strict=True)))):
                yield {x for x, _ in part}, {x for _, x in part}, len(part)
        taken += len(same)


def slow(detector):
    """Make the oracle for whole decompositions: projectors, and a slow sweep."""

    def found(graph):
        pairs = set(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
        hidden = badly_reconstructed(graph, detector.components, detector.share, detector.least_reviews)
        all_groups = {}
        for kept in (pairs, {(u, p) for u, p in pairs if hidden[u]}):
            for u, p, reviews in groups(kept, detector.components) if kept else ():
                if len(u) >= detector.min_reviewers and len(p) >= detector.min_products:
                    all_groups[frozenset(u), frozenset(p)] = reviews / (len(u) + len(p))
        return [Group(sorted(u), sorted(p), score, detector.name) for (u, p), score in all_groups.items()]

    return found


@pytest.mark.parametrize("values", [{}, {"components": 3, "share": 0.5, "least_reviews": 1, "min_reviewers": 1, "min_products": 1}])
def test_laws_and_a_slow_sweep(values):
    detector = Spectral(**values)
    assert check_detector(detector, slow(detector))[-1] == "oracle"


def test_whom_the_leading_vectors_do_not_see():
    """fBox: six reviewers of eight products of their own beside three large blocks are the worst reconstructed, and become a group."""
    pairs = [(40 * k + u, 30 * k + p) for k in range(3) for u in range(40) for p in range(30) if (u * 7 + p * 11) % 10 < 3]
    ring = [(120 + u, 90 + p) for u in range(6) for p in range(8)]
    graph = graph_of(pairs + ring)
    hidden = badly_reconstructed(graph, 3, 0.05, 4)
    assert np.flatnonzero(hidden).tolist() == list(range(120, 126))
    assert (frozenset(range(120, 126)), frozenset(range(90, 98))) in [
        sets(g) for g in Spectral(components=3, share=0.05).find(graph, rng())
    ]
    assert reconstructed(graph, 3)[120:] == pytest.approx([0.0] * 6, abs=1e-9)


def test_those_who_tie_with_the_last_are_all_taken_and_few_give_none():
    pairs = [(u, p) for u in range(10) for p in range(10 * u, 10 * u + 4)]
    assert badly_reconstructed(graph_of(pairs), 1, 0.09, 4).sum() == 0
    assert badly_reconstructed(graph_of(pairs), 1, 0.1, 4).sum() == 10
    assert badly_reconstructed(graph_of(pairs), 1, 0.5, 5).sum() == 0


def test_names_change_nothing_in_a_log_too_large_to_decompose_whole(monkeypatch):
    monkeypatch.setattr(spectrum, "DENSE", 0)
    random = np.random.default_rng(4)
    pairs = [(u, p) for u in range(15) for p in range(9)] + [(u + 15, p + 9) for u, p in noise(random, 300, 150, 1500)]
    graph = graph_of(pairs)
    detector = Spectral(components=6)
    plain = detector.find(graph, rng())
    assert sets(plain[0]) == (frozenset(range(15)), frozenset(range(9)))
    for _ in range(3):
        moved, reviewer, product = renamed(graph, random)
        again = {(*sets(group), group.score) for group in detector.find(moved, rng())}
        assert again == {(frozenset(reviewer[g.reviewers].tolist()), frozenset(product[g.products].tolist()), g.score) for g in plain}
