"""From seeds to a group, round by round, and what permutations that keep the seeds' reviews find in the same rounds."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.facts import GroupFacts
from collusion.evidence.pvalues import SIGNAL_LEVEL
from collusion.evidence.signal import BUILT_IN
from collusion.expansion.found import Accounts, Found
from collusion.expansion.law import Draws, Laws
from collusion.expansion.nearness import Places as Windowed
from collusion.expansion.nearness import nearness
from collusion.expansion.places import places_of
from collusion.graph.null import Null
from collusion.inference.verdict import SMALLEST_Q, combined, second_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from collusion.base.model import Evidence
    from collusion.evidence.facts import LogFacts
    from collusion.evidence.signal import Signal
    from collusion.graph.graph import ReviewGraph
    from collusion.inference.search import Search

__all__ = ["GENEROUS", "MOST_ROUNDS", "Grown", "Round", "Setting", "expand", "group_test", "grow", "q_values"]

GENEROUS = (0.5, 0.5, 0.25, 0.25)
"""False-discovery rates of the first rounds. A handful of seeds shares little with each of hundreds of others, so the first round asks for
less. They decide whose company counts, not who is found: the strict rounds drop whoever does not pass at the rate that was set, and
permutations repeat all of them. Tried on four simulated markets alone, and measured on others (`collusion bench expansion`)."""

MOST_ROUNDS = 10
"""Strict rounds, at most. The group can only shrink in them, so most expansions end after two or three."""


def expand(
    facts: LogFacts,
    search: Search,
    seeds: NDArray[np.int32],
    products: NDArray[np.int32],
    signals: Sequence[Signal],
    *,
    fdr: float,
    replicates: int,
    seed: int,
    threads: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> Found:
    """Find who acts with known accounts, or at known products, and whether they behave unlike others.

    The q-value of an account is the larger of two: by its p-value over all accounts, and by how many accounts the same rounds find, with
    a p-value as small, in permutations that keep the seeds' reviews and permute all others within category and month (N1; N0 without
    times). The second pays for the rounds.

    Parameters
    ----------
    facts : LogFacts
    search : Search
        Its windows and strata are used.
    seeds, products : int32 arrays
        Codes; one of them may be empty.
    signals : sequence of Signal
        Those of the second question are asked of the seeds and the accounts found together.
    fdr : float
    replicates : int
        Permutations; 0 leaves the second q-value out.
    seed : int
    threads : int
        Changes no result.
    progress : callable
        Called with the number of permutations done.

    Notes
    -----
    O(reviews + co-reviews of the group) per round, about ten rounds for each window and permutation.
    """
    graph = facts.graph
    stratum = search.strata.of
    windows = [Windowed.of(graph, one.window, by_seller=search.by_seller) for one in search.by_window]
    given = np.zeros(graph.n_reviewers, np.bool_)
    given[seeds] = True
    bought = np.zeros(graph.n_products, np.bool_)
    bought[products] = True
    setting = Setting(graph, stratum, given)
    grown = grow(setting, windows, bought, fdr)
    null = []
    for one in _permuted(setting, windows, bought, fdr, replicates, seed, threads):
        null.append(one.p_value)
        progress(len(null))
    q_value = np.maximum(grown.q_value, _by_permutations(grown.p_value, null))
    code = np.flatnonzero((q_value <= fdr) & ~given)
    code = code[np.lexsort((code, -grown.shared[code], grown.p_value[code]))]
    group = given.copy()
    group[code] = True
    paid, evidence = _second(facts, search, group, signals) if len(code) else (None, ())
    sellers = None if graph.seller is None else graph.seller[graph.product]
    unknown = np.full(graph.n_reviews, -1, np.int32)
    return Found(
        seeds=np.flatnonzero(given).astype(np.int32),
        accounts=Accounts(
            code=code.astype(np.int32),
            p_value=grown.p_value[code],
            q_value=np.maximum(np.round(q_value[code], 6), SMALLEST_Q),
            score=np.round(-np.log10(grown.p_value[code]), 6).astype(np.float64),
            shared=grown.shared[code],
            expected=np.round(grown.expected[code], 6),
            round=grown.first[code],
        ),
        products=places_of(graph, stratum, group, graph.product),
        sellers=places_of(graph, stratum, group, unknown if sellers is None else sellers),
        rounds=grown.sizes,
        paid=paid,
        passes=paid is not None and paid <= min(fdr, SIGNAL_LEVEL),
        evidence=evidence,
        null_found=float(np.mean([(one <= grown.p_value[code].max(initial=0.0)).sum() for one in null])) if null and len(code) else 0.0,
    )


def _permuted(
    setting: Setting, windows: Sequence[Windowed], products: NDArray[np.bool_], fdr: float, replicates: int, seed: int, threads: int
) -> Iterator[Grown]:
    """Yield what the same rounds find in permutations that keep the seeds' reviews."""
    if not replicates:
        return
    graph = setting.graph
    null = Null.of(graph, "N0" if graph.time is None else "N1").fixing(np.flatnonzero(setting.seeds[graph.reviewer]))

    def grown(k: int) -> Grown:
        permuted, _ = null.draw(np.random.default_rng([seed, zlib.crc32(b"expansion"), k]))
        return grow(replace(setting, graph=permuted), windows, products, fdr)

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(grown, range(replicates))


def _by_permutations(p_value: NDArray[np.float64], null: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return how many accounts a permutation has with a p-value as small, on average, per account of the log with one."""
    q_value = np.zeros(len(p_value))
    if not null:
        return q_value
    pooled = np.sort(np.concatenate([one[one < 1.0] for one in null]))
    order = np.argsort(p_value, kind="stable")
    by_chance = np.searchsorted(pooled, p_value[order], side="right") / len(null)
    rank = np.searchsorted(p_value[order], p_value[order], side="right")
    q_value[order] = np.minimum(np.minimum.accumulate((by_chance / rank)[::-1])[::-1], 1.0)
    return q_value


def _second(
    facts: LogFacts, search: Search, group: NDArray[np.bool_], signals: Sequence[Signal]
) -> tuple[float | None, tuple[Evidence, ...]]:
    """Ask the second question of a group at the products that two of its members reviewed within the longest window."""
    graph, longest = facts.graph, search.by_window[-1]
    own = np.flatnonzero(group[graph.reviewer])
    low, high = Windowed.of(graph, longest.window, by_seller=False).around(own)
    inside = np.concatenate(([0], np.cumsum(group[graph.reviewer])))
    shared = own[inside[high] - inside[low] > 1]
    one = GroupFacts(facts, np.flatnonzero(group).astype(np.int32), np.unique(graph.product[shared]), longest)
    asked = [signal for signal in signals if signal.kind == "behaves like paid"]
    if not len(shared) or not asked:
        return None, ()
    evidence = tuple(second_question([one], asked, 1)[0])
    return combined(evidence, {signal.name: signal.name in BUILT_IN for signal in asked}, SIGNAL_LEVEL), evidence


@dataclass(frozen=True, eq=False)
class Grown:
    """What the rounds found in one log.

    Parameters
    ----------
    p_value, q_value : float64[n_reviewers]
        Of the last round; 1 for seeds.
    shared : int64[n_reviewers]
    expected : float64[n_reviewers]
        In the window of the smallest p-value.
    first : int64[n_reviewers]
        Round in which an account was first found; the last possible one where it was in none.
    sizes : tuple of int
        Accounts found in each round.
    """

    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    shared: NDArray[np.int64]
    expected: NDArray[np.float64]
    first: NDArray[np.int64]
    sizes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Setting:
    """What all rounds in one log have in common.

    Parameters
    ----------
    graph : ReviewGraph
        The log, or a permutation of it.
    stratum : int[n_reviews]
    seeds : bool[n_reviewers]
    """

    graph: ReviewGraph
    stratum: NDArray[np.integer]
    seeds: NDArray[np.bool_]

    @cached_property
    def draws(self) -> Draws:
        """How many reviews each account has in each stratum."""
        return Draws.of(self.graph.reviewer, self.stratum, self.graph.n_reviewers)


def grow(setting: Setting, windows: Sequence[Windowed], products: NDArray[np.bool_], fdr: float) -> Grown:
    """Find who acts with the seeds, and with those found, until nothing changes.

    Each round tests every account against the seeds and the accounts found in the round before, itself left out. An account that no longer
    passes is dropped. Each window has rounds of its own; the smallest of an account's last p-values counts, times their number.

    Parameters
    ----------
    setting : Setting
    windows : sequence of Places
    products : bool[n_products]
        Products that the expansion starts from: the first round finds who reviewed several of them.
    fdr : float
    """
    start = setting.seeds.copy()
    if products.any():
        start |= _at_products(setting, windows[0], products).q_value <= GENEROUS[0]
    ends = [_rounds(setting, places, start, fdr) for places in windows]
    best = np.argmin([end.last.p_value for end in ends], axis=0)
    pick = np.arange(setting.graph.n_reviewers)
    p_value = np.minimum(np.stack([end.last.p_value for end in ends])[best, pick] * len(windows), 1.0)
    q_value = q_values(p_value, np.minimum(sum(end.last.most for end in ends), 1.0), setting.seeds)
    firsts = np.stack([end.first for end in ends])
    sizes = [end.sizes for end in ends]
    return Grown(
        p_value,
        q_value,
        np.stack([end.last.shared for end in ends])[best, pick],
        np.stack([end.last.expected for end in ends])[best, pick],
        np.where(firsts > 0, firsts, len(GENEROUS) + MOST_ROUNDS).min(axis=0),
        tuple(max((some[k] for some in sizes if len(some) > k), default=0) for k in range(max(map(len, sizes)))),
    )


@dataclass(frozen=True, eq=False)
class _End:
    """The last round of one window, the round in which each account was first found (0 for none), and how many each round found."""

    last: Round
    first: NDArray[np.int64]
    sizes: tuple[int, ...]


def _rounds(setting: Setting, places: Windowed, group: NDArray[np.bool_], fdr: float) -> _End:
    """Grow a group in one window: generously, then strictly."""
    sizes: list[int] = []
    first = np.zeros(setting.graph.n_reviewers, np.int64)
    for k, level in enumerate((*GENEROUS, *(fdr,) * MOST_ROUNDS)):
        tested = group_test(setting, places, group, generous=k < len(GENEROUS))
        found = (tested.q_value <= max(level, fdr)) & ~setting.seeds
        sizes.append(int(found.sum()))
        first[found & (first == 0)] = k + 1
        before, group = group, setting.seeds | found
        if k >= len(GENEROUS):
            # From here on nobody joins those whose company counts, so that strangers bring no company of their own.
            group &= before
            if (group == before).all():
                break
    return _End(tested, first, tuple(sizes))


@dataclass(frozen=True, eq=False)
class Round:
    """One test of every account: float64 and int64[n_reviewers].

    ``most`` is the chance that an account has a p-value below 1 at all.
    """

    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    most: NDArray[np.float64]
    shared: NDArray[np.int64]
    expected: NDArray[np.float64]


def group_test(setting: Setting, places: Windowed, group: NDArray[np.bool_], *, generous: bool) -> Round:
    """Test every account against a group, itself left out.

    In ``generous`` rounds, whoever shares remarkably much with the group is no measure of what is usual either: a ring that the group does
    not hold yet makes it look usual that people meet at its products.
    """
    graph, stratum, draws = setting.graph, setting.stratum, setting.draws
    near = nearness(graph, places, group)
    shared, expected = np.zeros(graph.n_reviewers, np.int64), np.zeros(graph.n_reviewers)
    shared[near.account] = near.shared
    p_value = np.ones(graph.n_reviewers)
    # Reviews of the group itself are no measure of what is usual.
    usual = ~group
    for again in (False, True)[: 1 + generous]:
        if again:
            usual &= p_value > SIGNAL_LEVEL
        slots = usual[graph.reviewer]
        laws = Laws.of(near.score[slots], stratum[slots], draws.counts.shape[1])
        p_value[near.account] = laws.tail(draws, near.account, near.total, near.shared)
    expected[near.account] = laws.expected_hits(draws, near.account)
    return _tested(setting, laws, p_value, shared, expected)


def _at_products(setting: Setting, places: Windowed, products: NDArray[np.bool_]) -> Round:
    """Test how many of some products each account reviewed, once per unit."""
    graph, draws = setting.graph, setting.draws
    hits = np.flatnonzero(products[graph.product])
    pairs = np.unique(np.stack([graph.reviewer[hits].astype(np.int64), places.unit[hits]]), axis=1)
    account, total = np.unique(pairs[0], return_counts=True)
    laws = Laws.of(products[graph.product].astype(np.int64), setting.stratum, draws.counts.shape[1])
    p_value, shared = np.ones(graph.n_reviewers), np.zeros(graph.n_reviewers, np.int64)
    p_value[account], shared[account] = laws.tail(draws, account, total.astype(np.int64), total.astype(np.int64)), total
    return _tested(setting, laws, p_value, shared, np.zeros(graph.n_reviewers))


def _tested(setting: Setting, laws: Laws, p_value: NDArray[np.float64], shared: NDArray[np.int64], expected: NDArray[np.float64]) -> Round:
    """Return a round, in which seeds are not tested."""
    p_value[setting.seeds] = 1.0
    most = laws.chance_of_several(setting.draws)
    return Round(p_value, q_values(p_value, most, setting.seeds), most, shared, expected)


def q_values(p_value: NDArray[np.float64], most: NDArray[np.float64], seeds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the q-values over all accounts but the seeds.

    As by Benjamini and Hochberg, with laws that are discrete (Heyse 2011): an account with few reviews has no small p-value but with a
    chance of ``most``, so up to a p-value t the accounts count min(t, most) each, not t.
    """
    q_value = np.ones(len(p_value))
    others = np.flatnonzero(~seeds & (p_value < 1.0))
    if not len(others):
        return q_value
    order = others[np.argsort(p_value[others], kind="stable")]
    chances = np.sort(most[~seeds])
    below = np.concatenate(([0.0], np.cumsum(chances)))
    at = np.searchsorted(chances, p_value[order])
    by_chance = below[at] + (len(chances) - at) * p_value[order]
    rank = np.searchsorted(p_value[order], p_value[order], side="right")
    q_value[order] = np.minimum(np.minimum.accumulate((by_chance / rank)[::-1])[::-1], 1.0)
    return q_value
