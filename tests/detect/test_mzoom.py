"""M-Zoom: the worked example, a slow peel of the same rule, the bound, and what each mode adds."""

import itertools
import math

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, rng, sets

from collusion.base.model import Group
from collusion.detect.mzoom import Mzoom, block_density
from collusion.graph.graph import NO_TIME
from collusion.testing import check_detector

KINDS = ("arithmetic", "geometric", "suspiciousness")


def dense(kind, cells, values, every, whole):
    """Density from its formula: cells inside, values a mode, all cells, values a mode of all."""
    mass, modes = len(cells), len(values)
    if not mass:
        return -math.inf
    sizes = [len(held) for held in values]
    if kind == "arithmetic":
        return mass / (sum(sizes) / modes)
    if kind == "geometric":
        return mass / math.prod(sizes) ** (1 / modes)
    shares = [size / len(held) for size, held in zip(sizes, whole, strict=True)]
    return mass * (math.log(mass / len(every)) - 1) + len(every) * math.prod(shares) - mass * sum(map(math.log, shares))


def peel(kind, cells, every, whole):
    """Remove the least values of the best mode, all ties at once; return the values of the densest rest."""
    rest = set(cells)
    values = [{cell[n] for cell in rest} for n in range(len(whole))]
    best = (dense(kind, rest, values, every, whole), [set(held) for held in values])
    while rest:
        options = []
        for n, held in enumerate(values):
            mass = {v: sum(cell[n] == v for cell in rest) for v in held}
            least = min(mass.values())
            one = min(v for v in held if mass[v] == least)
            after = {cell for cell in rest if cell[n] != one}
            options.append((dense(kind, after, [h - {one} if k == n else h for k, h in enumerate(values)], every, whole), n, least, mass))
        _, n, least, mass = max(options, key=lambda option: (round(option[0], 9), -option[1]))
        values[n] = {v for v in values[n] if mass[v] != least}
        rest = {cell for cell in rest if cell[n] in values[n]}
        now = dense(kind, rest, values, every, whole)
        if rest and now > best[0] + 1e-9:
            best = (now, [set(held) for held in values])
    return best[1]


def slow(kind, blocks, days):
    """Make the oracle of a detector."""

    def found(graph):
        columns = [graph.reviewer.tolist(), graph.product.tolist()]
        if graph.time is not None:
            columns.append([(t - int(graph.time.min())) // days for t in graph.time.tolist()])
        if graph.rating is not None:
            columns.append(graph.rating.tolist())
        every = set(zip(*columns, strict=True))
        whole = [set(column) for column in columns]
        rest, groups = set(every), []
        for _ in range(blocks):
            if not rest:
                break
            values = peel(kind, rest, every, whole)
            inside = {cell for cell in every if all(cell[n] in held for n, held in enumerate(values))}
            groups.append(Group(sorted(values[0]), sorted(values[1]), dense(kind, inside, values, every, whole), "mzoom"))
            rest -= inside
        return groups

    return found


@pytest.mark.parametrize(
    ("kind", "reviews", "size", "value"),
    [
        ("arithmetic", 9, (3, 3), 3.0),
        ("geometric", 9, (3, 3), 3.0),
        ("arithmetic", 12, (3, 4), 3.428571),
        ("geometric", 12, (3, 4), 3.464102),
        ("suspiciousness", 9, (3, 3), 1.179399),
        ("suspiciousness", 12, (3, 4), 1.572532),
    ],
)
def test_worked_example(kind, reviews, size, value):
    assert block_density(kind, reviews, np.array(size), 16, np.array([7, 4])) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(("kind", "value"), [("arithmetic", 3.428571), ("geometric", 3.464102), ("suspiciousness", 1.572532)])
def test_the_toy_graph_gives_the_block(kind, value):
    (group,) = Mzoom(blocks=1, density=kind).find(graph_of(PAIRS), rng())
    assert sets(group) == (frozenset({0, 1, 2}), frozenset({0, 1, 2, 3}))
    assert group.score == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_laws_and_a_slow_peel(kind):
    assert check_detector(Mzoom(blocks=2, density=kind, days=5), slow(kind, 2, 5))[-1] == "oracle"


def test_no_block_is_denser_than_the_modes_allow():
    """On 60 small tensors of three modes: at least a third of the best arithmetic density of all blocks."""
    random = np.random.default_rng(4)
    for _ in range(60):
        u, p = (random.integers(0, n, 14) for n in (4, 3))
        pairs, first = np.unique(np.stack((u, p), axis=1), axis=0, return_index=True)
        time = random.integers(0, 3, 14)[first]
        cells = set(zip(*pairs.T.tolist(), time.tolist(), strict=True))
        best = 0.0
        for parts in itertools.product(*([c for k in range(1, n + 1) for c in itertools.combinations(range(n), k)] for n in (4, 3, 3))):
            inside = sum(all(cell[n] in part for n, part in enumerate(parts)) for cell in cells)
            best = max(best, 3 * inside / sum(map(len, parts)))
        (group,) = Mzoom(blocks=1, density="arithmetic", days=1).find(graph_of(pairs.tolist(), time=time), rng())
        assert best / 3 <= group.score <= best + 1e-9


def test_times_and_ratings_part_what_structure_alone_mixes():
    """Two blocks share all products; one came within a week and gave 5, the other over years and gave anything."""
    random = np.random.default_rng(2)
    pairs = [(u, p) for u in range(40) for p in range(8)]
    burst = np.repeat(np.arange(40) < 10, 8)
    time = np.where(burst, 3000, random.integers(0, 6000, 320))
    rating = np.where(burst, 5, random.integers(1, 6, 320))
    graph = graph_of(pairs, time=time, rating=rating)
    assert sets(Mzoom(blocks=1).find(graph, rng())[0]) == (frozenset(range(10)), frozenset(range(8)))
    assert sets(Mzoom(blocks=1, days=None, ratings=False, density="geometric").find(graph, rng())[0])[0] == frozenset(range(40))


def test_a_block_holds_no_more_reviewers_than_allowed():
    """A complete block of 40 beside one of 5 x 3; with at most 6 reviewers the small one, with at most 1 nothing: ties go together."""
    pairs = [(u, p) for u in range(40) for p in range(8)] + [(u, p) for u in range(40, 45) for p in range(8, 11)]
    graph = graph_of(pairs)
    assert len(sets(Mzoom(blocks=1, density="arithmetic").find(graph, rng())[0])[0]) == 40
    assert sets(Mzoom(blocks=1, density="geometric", most_reviewers=39).find(graph_of(pairs[320:]), rng())[0])[0] == set(range(40, 45))
    assert Mzoom(blocks=1, density="arithmetic", most_reviewers=1).find(graph, rng()) == []
    random = np.random.default_rng(3)
    for most in (3, 10, 30):
        noise = np.unique(random.integers(0, (60, 40), (400, 2)), axis=0)
        for group in Mzoom(blocks=3, most_reviewers=most, density="arithmetic").find(graph_of(noise.tolist()), rng()):
            assert len(group.reviewers) <= most


def test_reviews_without_a_time_or_rating_are_passed_over():
    graph = graph_of([(0, 0), (1, 0), (2, 1), (3, 1)], time=[5, 5, NO_TIME, 6], rating=[1, 1, 1, np.nan])
    found = Mzoom().find(graph, rng())
    assert frozenset[int]().union(*(sets(group)[0] for group in found)) == {0, 1}
    nothing = graph_of([(0, 0)], time=[NO_TIME])
    assert Mzoom().find(nothing, rng()) == []
    assert len(Mzoom(days=None).find(nothing, rng())) == 1
