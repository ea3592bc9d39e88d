"""The laws of detectors and rankers, on random graphs."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import numpy as np

from collusion.base.model import Group, Scored, Scores
from collusion.detect import Detector, Ranker
from collusion.graph.graph import ReviewGraph, Timeline, build_graph
from collusion.testing.laws import LawError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["DetectorLawError", "Members", "check_detector", "check_ranker", "members_of", "planted_graph", "renamed"]

Members = tuple[tuple[int, ...], tuple[int, ...], float]
"""A group as plain values: reviewers, products, score."""

COLUMNS = ("reviewer", "product", "time", "rating", "row", "category", "seller")

SMALL_GRAPHS = 40
"""Random graphs on which a detector is compared with its oracle."""

NOTHING = ((0, 0), (3, 2))
"""Reviewers and products of graphs without reviews."""

Method = TypeVar("Method", Detector, Ranker)
Result = TypeVar("Result")

KINDS: tuple[Scored, ...] = get_args(Scored)


class DetectorLawError(LawError):
    """A detector or ranker breaks a law: one of those that `check_detector` or `check_ranker` lists."""


def check_detector(detector: Detector, oracle: Callable[[ReviewGraph], Sequence[Group]] | None = None, *, seed: int = 0) -> tuple[str, ...]:
    """Check a detector against the laws, each on random graphs with and without times and ratings.

    ``parameters``
        It is a frozen dataclass with a name (text) and the method ``find``.
    ``empty``
        A graph without reviews gives an empty list.
    ``groups``
        ``find`` returns a list of `Group`, best first: codes sorted, unique and in range, at least one reviewer and one product, a finite
        score, the detector's name.
    ``seed``
        The same seed gives the same groups in the same order.
    ``untouched``
        The graph is as it was.
    ``names``
        New codes for reviewers and products and another order of rows give the same groups, compared by members and exact scores; the
        order of equally good groups may differ.
    ``pickle``
        A copy that went through pickle, as to another process, equals the detector and finds the same.
    ``planted``
        A complete block of 12 reviewers and 8 products, written within five days amid 1,500 reviews of a year, is found: some group holds
        11 of its reviewers, and they are at least half of that group's.
    ``oracle``
        On small graphs it finds what ``oracle(graph)`` returns, in any order, scores to nine digits. Only where an oracle is given.

    Parameters
    ----------
    detector : Detector
    oracle : callable, optional
        A slow, obvious version of the method.
    seed : int
        Of the random graphs.

    Returns
    -------
    tuple of str
        The laws checked.

    Raises
    ------
    DetectorLawError
        At the first law broken.
    """
    rng = np.random.default_rng([seed, 0x1A75])
    _parameters(detector, Detector, "no name or no find(graph, rng)")
    for reviewers, products in NOTHING:
        found = _find(detector, build_graph([], [], time=[], rating=[], n_reviewers=reviewers, n_products=products))
        if found != []:
            raise DetectorLawError("empty", f"without reviews ({reviewers} reviewers, {products} products) it found {found!r}")
    planted, ring = _on_random_graphs(detector, _find, _groups, _same, _names, rng)
    _planted(_find(detector, planted), ring)
    laws = ("parameters", "empty", "groups", "seed", "untouched", "names", "pickle", "planted")
    if oracle is None:
        return laws
    for graph in _small_graphs(rng):
        _agree(members_of(_find(detector, graph)), members_of(oracle(graph)), graph)
    return (*laws, "oracle")


def check_ranker(
    ranker: Ranker,
    *,
    least_auc: Mapping[Scored, float],
    oracle: Callable[[ReviewGraph], Scores] | None = None,
    seed: int = 0,
) -> tuple[str, ...]:
    """Check a ranker against the laws, each on random graphs with and without times and ratings.

    ``parameters``
        It is a frozen dataclass with a name (text), ``ranks`` (a tuple of one or more of "reviewers", "products" and "reviews", each once)
        and the method ``score``.
    ``empty``
        A graph without reviews is scored: by laws ``scores``, with as many numbers as it has reviewers and products.
    ``scores``
        ``score`` returns `Scores` with the ranker's name: a finite float64 for each node of the kinds that it ranks, read-only, and None
        for the others.
    ``seed``, ``untouched``, ``pickle``
        As for detectors: the same scores, to the last digit.
    ``names``
        New codes for reviewers and products and another order of rows give every node and review exactly the same score. Sums of floats
        depend on their order; sum whole numbers, or sort the terms: where a last digit differs, ties fall by names.
    ``planted``
        A complete block of 12 reviewers and 8 products, written within five days at five stars amid 1,500 reviews of a year, ranks above
        the others by an area under the ROC curve (the chance that a member scores higher than a non-member, ties half) of ``least_auc``
        at least, for each kind ranked: its reviewers, its products, its reviews. State what the method can do: below 0.5 where
        agreement makes it trust the block.
    ``oracle``
        On small graphs it gives the scores that ``oracle(graph)`` returns, to nine digits. Only where an oracle is given.

    Parameters
    ----------
    ranker : Ranker
    least_auc : mapping of {"reviewers", "products", "reviews"} to float
        For the very kinds that it ranks, each from 0 to 1; 0 asks for nothing.
    oracle : callable, optional
        A slow, obvious version of the method.
    seed : int
        Of the random graphs.

    Returns
    -------
    tuple of str
        The laws checked.

    Raises
    ------
    DetectorLawError
        At the first law broken.
    ValueError
        When ``least_auc`` is not of the kinds ranked.
    """
    rng = np.random.default_rng([seed, 0x4A2C])
    _parameters(ranker, Ranker, "no name, no ranks or no score(graph, rng)")
    ranks = ranker.ranks
    if not isinstance(ranks, tuple) or not ranks or len({*ranks}) < len(ranks) or not {*ranks} <= {*KINDS}:
        raise DetectorLawError("parameters", f"its ranks are {ranks!r}, not a tuple of one or more of {', '.join(KINDS)}")
    if set(least_auc) != set(ranks) or not all(0 <= least <= 1 for least in least_auc.values()):
        raise ValueError(f"least_auc must name an area from 0 to 1 for each of {ranks!r}, not {dict(least_auc)!r}")
    for reviewers, products in NOTHING:
        empty = build_graph([], [], time=[], rating=[], n_reviewers=reviewers, n_products=products)
        _scores(ranker, empty, _score(ranker, empty), "empty")
    planted, ring = _on_random_graphs(ranker, _score, _scores, _same_scores, _same_scores_renamed, rng)
    _planted_above(_score(ranker, planted), planted, ring, least_auc)
    laws = ("parameters", "empty", "scores", "seed", "untouched", "names", "pickle", "planted")
    if oracle is None:
        return laws
    for graph in _small_graphs(rng):
        _near(_score(ranker, graph), oracle(graph), graph)
    return (*laws, "oracle")


def members_of(groups: Sequence[Group]) -> list[Members]:
    """Return groups as plain values that compare."""
    return [(tuple(g.reviewers.tolist()), tuple(g.products.tolist()), float(g.score)) for g in groups]


def planted_graph(rng: np.random.Generator) -> tuple[ReviewGraph, NDArray[np.int32]]:
    """Return 1,500 reviews of a year with a complete block of 12 reviewers and 8 products in them, and its reviewers."""
    reviewers, products = 300, 120
    ring = np.sort(rng.choice(reviewers, 12, replace=False)).astype(np.int32)
    targets = rng.choice(products, 8, replace=False)
    u = np.concatenate((np.repeat(ring, 8), rng.integers(0, reviewers, 1500)))
    p = np.concatenate((np.tile(targets, 12), rng.integers(0, products, 1500)))
    day = np.concatenate((rng.integers(17000, 17005, 96), rng.integers(16800, 17165, 1500)))
    rating = np.concatenate((np.full(96, 5.0), rng.integers(1, 6, 1500)))
    _, first = np.unique(u.astype(np.int64) * products + p, return_index=True)
    kept = np.sort(first)
    graph = build_graph(u[kept], p[kept], time=day[kept], rating=rating[kept], n_reviewers=reviewers, n_products=products)
    return graph, ring


def renamed(graph: ReviewGraph, rng: np.random.Generator) -> tuple[ReviewGraph, NDArray[np.int64], NDArray[np.int64]]:
    """Return the graph under new codes with its rows in another order, and the new code of each reviewer and of each product."""
    reviewer, product = rng.permutation(graph.n_reviewers), rng.permutation(graph.n_products)
    order = rng.permutation(graph.n_reviews)
    moved = build_graph(
        reviewer[graph.reviewer[order]],
        product[graph.product[order]],
        time=None if graph.time is None else graph.time[order],
        rating=None if graph.rating is None else graph.rating[order],
        row=graph.row[order],
        category=_moved(graph.category, product),
        seller=_moved(graph.seller, product),
        n_reviewers=graph.n_reviewers,
        n_products=graph.n_products,
    )
    return moved, reviewer, product


def _on_random_graphs(
    method: Method,
    run: Callable[[Method, ReviewGraph], Result],
    well_formed: Callable[[Method, ReviewGraph, Result], None],
    same: Callable[[str, Result, Result, str], None],
    names: Callable[[Method, ReviewGraph, Result, np.random.Generator], None],
    rng: np.random.Generator,
) -> tuple[ReviewGraph, NDArray[np.int32]]:
    """Check what every method keeps on every graph; return the graph with the planted block, and the block's reviewers."""
    planted, ring = planted_graph(rng)
    for graph in [planted, *(_random_graph(rng, size, bare=k % 2 == 1) for k, size in enumerate((40, 40, 200, 200)))]:
        before = _columns(graph)
        found = run(method, graph)
        verb = "find" if isinstance(method, Detector) else "score"
        changed = [name for name, held in _columns(graph).items() if held != before[name]]
        if changed:
            raise DetectorLawError("untouched", f"{verb} changed {', '.join(changed)} of its input")
        well_formed(method, graph, found)
        same("seed", found, run(method, _fresh(graph)), "a second run with the same seed")
        copy: Method = pickle.loads(pickle.dumps(method))  # noqa: S301  # a round trip of our own bytes: that is the law
        if copy != method:
            raise DetectorLawError("pickle", f"a copy through pickle is {copy!r}, the original {method!r}")
        same("pickle", found, run(copy, graph), "a copy through pickle")
        for _ in range(2):
            names(method, graph, found, rng)
    return planted, ring


def _small_graphs(rng: np.random.Generator) -> Iterator[ReviewGraph]:
    for k in range(SMALL_GRAPHS):
        yield _random_graph(rng, int(rng.integers(1, 40)), bare=k % 2 == 1)


def _random_graph(rng: np.random.Generator, reviews: int, *, bare: bool) -> ReviewGraph:
    """Return a graph with few, popular and unpopular, products; bare means without times and ratings."""
    reviewers, products = max(1, reviews // 4), max(1, reviews // 6)
    u = rng.integers(0, reviewers, reviews)
    p = (products * rng.random(reviews) ** 2).astype(np.int64)
    _, first = np.unique(u * products + p, return_index=True)
    count = len(first)
    return build_graph(
        u[first],
        p[first],
        time=None if bare else rng.integers(17000, 17060, count),
        rating=None if bare else rng.integers(1, 6, count),
        n_reviewers=reviewers,
        n_products=products,
    )


def _moved(column: NDArray[np.int32] | None, product: NDArray[np.int64]) -> NDArray[np.int32] | None:
    """Return a column of the products under their new codes."""
    if column is None:
        return None
    moved = np.empty_like(column)
    moved[product] = column
    return moved


def _fresh(graph: ReviewGraph) -> ReviewGraph:
    """Return the same graph in arrays of its own, with nothing computed before."""
    columns: dict[str, Any] = {name: None if getattr(graph, name) is None else getattr(graph, name).copy() for name in COLUMNS}
    reviewer = columns.pop("reviewer")
    timeline = Timeline(graph.n_products, graph.product_indptr.copy(), **columns, inferred=graph.inferred)
    return ReviewGraph(timeline, graph.n_reviewers, reviewer)


def _find(detector: Detector, graph: ReviewGraph) -> list[Group]:
    return detector.find(graph, np.random.default_rng(7))


def _columns(graph: ReviewGraph) -> dict[str, Any]:
    return {name: None if getattr(graph, name) is None else getattr(graph, name).tobytes() for name in COLUMNS}


def _parameters(method: Any, protocol: type[Any], lacks: str) -> None:  # noqa: ANN401  # whatever somebody calls a detector
    if isinstance(method, type):
        raise DetectorLawError("parameters", f"{method.__name__} is a class; give an object, {method.__name__}()")
    if not isinstance(method, protocol):
        raise DetectorLawError("parameters", f"{method!r} has {lacks}")
    if not isinstance(method.name, str) or not method.name:
        raise DetectorLawError("parameters", f"its name is {method.name!r}, not text")
    settings = getattr(method, "__dataclass_params__", None)
    if settings is None or not settings.frozen:
        raise DetectorLawError("parameters", f"{type(method).__name__} is not a frozen dataclass")


def _groups(detector: Detector, graph: ReviewGraph, found: object) -> None:
    if not isinstance(found, list) or not all(isinstance(group, Group) for group in found):
        raise DetectorLawError("groups", f"find returned {type(found).__name__}, not a list of Group")
    for place, group in enumerate(found):
        for side, size in (("reviewers", graph.n_reviewers), ("products", graph.n_products)):
            codes = getattr(group, side)
            if not len(codes) or codes[0] < 0 or codes[-1] >= size or (np.diff(codes.astype(np.int64)) <= 0).any():
                raise DetectorLawError("groups", f"group {place}: {side} {codes!r} are not sorted, unique codes below {size}, at least one")
        if not math.isfinite(group.score):
            raise DetectorLawError("groups", f"group {place} has the score {group.score!r}")
        if group.detector != detector.name:
            raise DetectorLawError("groups", f"group {place} names {group.detector!r}, the detector is {detector.name!r}")
    scores = [group.score for group in found]
    if scores != sorted(scores, reverse=True):
        raise DetectorLawError("groups", f"not best first: scores {scores!r}")


def _same(law: str, first: Sequence[Group], second: Sequence[Group], what: str) -> None:
    if members_of(first) != members_of(second):
        raise DetectorLawError(law, f"{what} gave {_short(second)}, the first run {_short(first)}")


def _names(detector: Detector, graph: ReviewGraph, found: Sequence[Group], rng: np.random.Generator) -> None:
    moved, reviewer, product = renamed(graph, rng)
    old_reviewer, old_product = np.argsort(reviewer), np.argsort(product)
    back = [
        Group(old_reviewer[group.reviewers], old_product[group.products], group.score, group.detector) for group in _find(detector, moved)
    ]
    if Counter(members_of(back)) != Counter(members_of(found)):
        raise DetectorLawError("names", f"after renaming and reordering it found {_short(back)}, before {_short(found)}")


def _planted(found: Sequence[Group], ring: NDArray[np.int32]) -> None:
    held = [(len(np.intersect1d(group.reviewers, ring)), len(group.reviewers)) for group in found]
    if not any(caught >= 11 and 2 * caught >= size for caught, size in held):
        raise DetectorLawError("planted", f"no group is the planted block; (planted reviewers, reviewers) of each group: {held!r}")


def _agree(found: list[Members], expected: list[Members], graph: ReviewGraph) -> None:
    ours, theirs = sorted(found), sorted(expected)
    same = len(ours) == len(theirs) and all(
        a[:2] == b[:2] and math.isclose(a[2], b[2], rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(ours, theirs, strict=True)
    )
    if not same:
        pairs = list(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
        raise DetectorLawError("oracle", f"found {ours!r}, the oracle {theirs!r}, on the reviews {pairs!r}")


def _short(groups: Sequence[Group]) -> str:
    """Name the first groups only: a message is to be read."""
    return f"{len(groups)} groups {members_of(groups)[:3]!r}"


def _score(ranker: Ranker, graph: ReviewGraph) -> Scores:
    return ranker.score(graph, np.random.default_rng(7))


def _scores(ranker: Ranker, graph: ReviewGraph, found: object, law: str = "scores") -> None:
    if not isinstance(found, Scores):
        raise DetectorLawError(law, f"score returned {type(found).__name__}, not Scores")
    if found.detector != ranker.name:
        raise DetectorLawError(law, f"the scores name {found.detector!r}, the ranker is {ranker.name!r}")
    for kind in KINDS:
        scores, size = getattr(found, kind), getattr(graph, f"n_{kind}")
        if kind not in ranker.ranks:
            if scores is not None:
                raise DetectorLawError(law, f"{kind} are scored, but ranks names {ranker.ranks!r}")
            continue
        if not isinstance(scores, np.ndarray) or scores.dtype != np.float64 or scores.shape != (size,):
            raise DetectorLawError(law, f"{kind} have the scores {scores!r}, not float64[{size}]")
        if not np.isfinite(scores).all():
            raise DetectorLawError(law, f"{np.count_nonzero(~np.isfinite(scores))} of {size} {kind} have scores that are not finite")
        if scores.flags.writeable:
            raise DetectorLawError(law, f"the scores of {kind} can be written to")


def _same_scores(law: str, first: Scores, second: Scores, what: str) -> None:
    for kind in KINDS:
        ours, theirs = getattr(first, kind), getattr(second, kind)
        if (ours is None) != (theirs is None):
            raise DetectorLawError(law, f"{kind} are scored only once: {what} differs")
        if ours is not None and not np.array_equal(ours, theirs):
            k = int(np.flatnonzero(ours != theirs)[0])
            differ = np.count_nonzero(ours != theirs)
            raise DetectorLawError(law, f"{what} gave {differ} {kind} other scores, such as {theirs[k]!r} for {ours[k]!r}")


def _same_scores_renamed(ranker: Ranker, graph: ReviewGraph, first: Scores, rng: np.random.Generator) -> None:
    """Compare with the scores of the graph under other names, put back under the old ones."""
    moved, reviewer, product = renamed(graph, rng)
    found = _score(ranker, moved)
    # Rows are the names of reviews.
    edge = np.empty(graph.n_reviews, dtype=np.int64)
    edge[np.argsort(graph.row)] = np.argsort(moved.row)
    places = {"reviewers": reviewer, "products": product, "reviews": edge}
    back = {kind: None if getattr(found, kind) is None else getattr(found, kind)[places[kind]] for kind in KINDS}
    _same_scores("names", first, Scores(found.detector, **back), "a graph renamed and reordered")


def _planted_above(found: Scores, graph: ReviewGraph, ring: NDArray[np.int32], least_auc: Mapping[Scored, float]) -> None:
    member = np.zeros(graph.n_reviewers, dtype=bool)
    member[ring] = True
    target = np.bincount(graph.product[member[graph.reviewer]], minlength=graph.n_products) == len(ring)
    inside = {"reviewers": member, "products": target, "reviews": member[graph.reviewer] & target[graph.product]}
    for kind, least in least_auc.items():
        area = _auc(getattr(found, kind), inside[kind])
        if area < least:
            raise DetectorLawError("planted", f"the block's {kind} rank above the others by an area of {area:.3f}, not {least:g}")


def _auc(scores: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the chance that a relevant one scores higher than another, ties half."""
    others = np.sort(scores[~relevant])
    below = np.searchsorted(others, scores[relevant], side="left")
    level = np.searchsorted(others, scores[relevant], side="right") - below
    return float((below + level / 2).mean() / len(others))


def _near(found: Scores, expected: Scores, graph: ReviewGraph) -> None:
    for kind in KINDS:
        ours, theirs = getattr(found, kind), getattr(expected, kind)
        if (ours is None) != (theirs is None) or (ours is not None and not np.allclose(ours, theirs, rtol=1e-9, atol=1e-9)):
            pairs = list(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
            raise DetectorLawError("oracle", f"{kind} have the scores {ours!r}, by the oracle {theirs!r}, on the reviews {pairs!r}")
