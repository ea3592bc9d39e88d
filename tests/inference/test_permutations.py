"""The search repeated on permuted logs: as often as the answer needs, the same whatever the threads, and all of it kept."""

from types import SimpleNamespace

import numpy as np
import pytest

from collusion.detect.lockstep import Lockstep
from collusion.graph.graph import build_graph
from collusion.graph.null import Null
from collusion.inference import permutations as module
from collusion.inference.permutations import Permutations, by_product, by_seller, permute, q_values_of, run_permutations
from collusion.inference.residual import residuals
from collusion.inference.search import Search
from collusion.inference.significance import Scores, chance_counts, q_of_counts
from collusion.inference.stages import Candidate, Scored
from markets import market


def graph_of(*, sellers=True, dated=True, rings=((12, 6, 0.9),)):
    log, _ = market(4_000, 1, rings, sellers=sellers)
    return build_graph(**log if dated else {**log, "time": None})


def run(graph, replicates, *, threads=1, fdr=0.05, found=None, null_models=()):
    search, told = Search.of(graph, [Lockstep(windows=(7, 21))], 3), []
    found = search.find(graph) if found is None else found
    permutations = run_permutations(
        search,
        graph,
        found,
        replicates=replicates,
        seed=3,
        fdr=fdr,
        threads=threads,
        progress=lambda *step: told.append(step),
        null_models=null_models,
    )
    return search, permutations, told


@pytest.fixture(scope="module")
def graph():
    return graph_of()


@pytest.fixture(scope="module")
def done(graph):
    return run(graph, 12, null_models=("N0", "N3"))


def scores(one):
    return sorted(zip(one.value.tolist(), one.size.tolist(), strict=True))


def test_each_permutation_is_searched_as_the_log_is_and_all_is_kept(graph, done):
    search, permutations, _ = done
    null = Null.of(graph, "N1")
    best = []
    for b in range(permutations.replicates):
        permuted = permute(null, 3, b)
        groups = search.find(permuted, 1 + b)
        assert scores(permutations.found["N1"][b]) == scores(by_product(groups))
        assert scores(permutations.found["N2"][b]) == scores(by_seller(groups))
        parts = [group.reviewers for group in groups], [group.products for group in groups]
        left = residuals(permuted, search.by_window, *parts)
        for name in ("rating sessions", "launches", *(["one seller"] if search.by_seller else [])):
            own = [one[name].value for one in left]
            assert sorted(permutations.left[name][b].value.tolist()) == sorted(own)
            assert permutations.left[name][b].size.tolist() == [group.size for group in groups]
        # A permutation has no variants: all of the score is left.
        assert scores(permutations.left["variants"][b]) == scores(by_seller(groups))
        best.append(max((group.score for group in groups), default=-np.inf))
    assert permutations.best == best
    assert permutations.groups == sum(len(one.value) for one in permutations.found["N2"])
    assert (permutations.strongest.replicate, permutations.strongest.score) == (int(np.argmax(best)), max(best))
    for name in ("N0", "N3"):
        null = Null.of(graph, name)
        assert len(permutations.found[name]) == permutations.replicates
        for b, one in enumerate(permutations.found[name]):
            assert scores(one) == scores(by_product(search.find(permute(null, 3, b), 1 + b)))


def test_threads_change_nothing(graph, done):
    _, one, _ = done
    _, other, _ = run(graph, 12, threads=3, null_models=("N0", "N3"))
    for name, held in one.found.items():
        assert [scores(a) for a in held] == [scores(b) for b in other.found[name]]
    for name, held in one.left.items():
        assert [scores(a) for a in held] == [scores(b) for b in other.left[name]]
    assert (one.replicates, one.strongest) == (other.replicates, other.strongest)


def test_a_large_log_is_searched_by_one_permutation_at_a_time_with_the_same_result(monkeypatch, graph, done):
    monkeypatch.setattr(module, "MATERIALIZED_REVIEWS", graph.n_reviews - 1)
    assert [module.side_by_side(n, 3) for n in (graph.n_reviews, graph.n_reviews - 1)] == [1, 3]
    _, other, _ = run(graph, 12, threads=3)
    assert [scores(one) for one in other.found["N1"]] == [scores(one) for one in done[1].found["N1"]]


def test_progress_counts_to_all_that_might_be_run(done):
    _, permutations, told = done
    assert {(stage, total) for stage, _, total in told} == {("null", 36)}
    steps = [step for _, step, _ in told]
    assert (steps[0], steps[-1]) == (0, 36)
    assert steps == sorted(steps)
    assert len(steps) == 3 * permutations.replicates + 2


def test_no_permutation_is_no_answer(graph):
    _, permutations, told = run(graph, 0)
    assert (permutations.found, permutations.left, permutations.replicates, permutations.strongest) == ({}, {}, 0, None)
    assert (permutations.default, permutations.best, permutations.groups) == ((), [], 0)
    assert told == []


def test_a_permutation_is_the_same_whenever_it_is_asked_for_and_no_other(graph):
    null = Null.of(graph, "N1")
    assert (permute(null, 3, 1).reviewer == permute(null, 3, 1).reviewer).all()
    assert (permute(null, 3, 1).reviewer != permute(null, 3, 2).reviewer).any()
    assert (permute(null, 3, 1).reviewer != permute(null, 4, 1).reviewer).any()


def test_without_sellers_or_times_fewer_models_are_told_apart():
    assert run(graph_of(sellers=False), 2)[1].found.keys() == {"N1"}
    assert run(graph_of(sellers=False), 2, null_models=("N3",))[1].found.keys() == {"N1", "N3"}
    search, undated, _ = run(graph_of(dated=False), 2, null_models=("N0", "N3"))
    assert undated.found.keys() == {"N0"}
    assert undated.left.keys() == {"variants", "one seller"}
    assert undated.replicates == len(undated.found["N0"]) == 2
    # Within categories, since there are no months to keep; and once per seller, as rings are ranked.
    null = Null.of(graph_of(dated=False), "N1")
    assert scores(undated.default[1]) == scores(by_seller(search.find(permute(null, 3, 1), 2)))


def test_permutations_end_when_more_would_change_nothing(graph):
    """Nothing stands out: one batch. One ring far beyond chance needs as many as its q-value does."""
    assert run(graph, 40, found=[])[1].replicates == 10
    assert run(graph_of(rings=()), 40)[1].replicates == 10
    assert 10 < run(graph, 40)[1].replicates <= 40
    assert run(graph, 3)[1].replicates == 3


def drawn_of(monkeypatch, graph, groups):
    """Let every search find so many groups, none of which stands out; return how many permutations are drawn of so many at most."""
    every = [Scored(Candidate(np.arange(5), np.arange(3), ("x",)), -1.0 - k, -1.0 - k) for k in range(groups)]
    search = Search.of(graph, [Lockstep(windows=(7, 21))], 3)
    monkeypatch.setattr(Search, "find", lambda *_: every)
    monkeypatch.setattr(module, "_left", lambda *_: {})
    parts = {"seed": 3, "fdr": 0.05, "threads": 1, "progress": lambda *_: None}
    return lambda most: run_permutations(search, graph, [], replicates=most, **parts).replicates


@pytest.mark.parametrize(
    ("groups", "drawn"),
    [
        (500, 4),  # four hold more than enough
        (38, 4),
        (30, 5),
        (25, 6),
        (14, 10),  # a first look takes ten, however few they hold
        (0, 10),
    ],
)
def test_as_many_are_drawn_as_hold_enough_groups(monkeypatch, graph, groups, drawn):
    draw = drawn_of(monkeypatch, graph, groups)
    assert (draw(40), draw(2)) == (drawn, 2)


def test_as_many_again_are_drawn_for_as_long_as_the_answer_is_open(monkeypatch, graph):
    draw, asked = drawn_of(monkeypatch, graph, 75), []
    monkeypatch.setattr(module, "_decided", lambda _found, null, _fdr: asked.append(len(null["N1"])) or len(asked) > 3)
    assert draw(40) == 32
    assert asked == [4, 8, 16, 32]
    asked.clear()
    assert draw(9) == 9


def groups_and_null(seed, replicates):
    rng = np.random.default_rng(seed)
    # Rounded, so that some scores tie.
    found = [
        Scored(Candidate(np.arange(size), np.arange(2), ("x",)), score, score + 0.5)
        for size, score in zip(rng.integers(3, 60, 30).tolist(), np.round(rng.normal(2, 3, 30), 1).tolist(), strict=True)
    ]
    null = [Scores(np.round(rng.gumbel(1, 1, 12), 1), rng.integers(3, 60, 12)) for _ in range(replicates)]
    return found, null


@pytest.mark.parametrize("replicates", [1, 2, 10])
@pytest.mark.parametrize("seed", range(4))
def test_q_values_are_those_of_all_groups_together(seed, replicates):
    found, null = groups_and_null(seed, replicates)
    observed = Scores(np.array([one.by_product for one in found]), np.array([one.size for one in found]))
    assert q_values_of(by_product(found), null).tolist() == q_of_counts(chance_counts(observed, null)).tolist()
    assert len(q_values_of(by_product([]), null)) == 0
    assert by_seller(found).value.tolist() == [one.score for one in found]
    assert by_seller(found).size.tolist() == [len(one.reviewers) for one in found]


@pytest.mark.parametrize(("q", "decided"), [(0.0124, True), (0.0126, False), (0.05, False), (0.199, False), (0.201, True), (1.0, True)])
def test_what_is_near_the_rate_asked_for_is_not_decided(monkeypatch, q, decided):
    """A q-value four times below or above it stays on its side; only groups that stand out are asked, by either score."""
    given = {"product": 1.0, "seller": 1.0}
    monkeypatch.setattr(module, "q_values_of", lambda observed, _: np.full(len(observed.value), given[observed.of]))
    monkeypatch.setattr(module, "by_product", lambda found: SimpleNamespace(value=found, of="product"))
    monkeypatch.setattr(module, "by_seller", lambda found: SimpleNamespace(value=found, of="seller"))
    null = {"N1": [], "N2": []}
    for of in given:
        given.update({"product": 0.001, "seller": 0.001, of: q})
        assert module._decided([SimpleNamespace(score=1.0)], null, 0.05) == decided
        assert module._decided([SimpleNamespace(score=0.0)], null, 0.05)
    assert module._decided([], null, 0.05)


def test_which_permutation_is_the_default():
    one, two, three = ([Scores(np.array([x]), np.array([5]))] for x in (1.0, 2.0, 3.0))
    assert Permutations({"N0": one, "N1": two, "N2": three}).best == [3.0]
    assert Permutations({"N0": one, "N1": two}).best == [2.0]
    assert Permutations({"N0": one}).best == [1.0]
