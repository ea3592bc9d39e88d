"""Rings share devices more than homes do; homes, offices and carriers are not accused."""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from evidence.groups import group_of, log_of
from scipy.stats import binom, ks_2samp

from collusion.base.model import Link
from collusion.evidence.home_draws import draw, pool_of
from collusion.evidence.homes import holders, homes_of, purity, shared_pairs, sharing, units_of
from collusion.evidence.signals.links import Links
from collusion.graph.graph import build_graph
from collusion.graph.log import Names

WINDOW = 30


def link_of(reviewer, value, row=None):
    """A linking column; by default the rows are numbered by pair."""
    pairs, first = np.unique(np.stack([reviewer, value]), axis=1, return_index=True)
    code = np.unique(pairs[1], return_inverse=True)[1]
    row = np.arange(len(pairs[0])) if row is None else np.asarray(row)[first]
    return Link("device", pairs[0].astype(np.int32), code.astype(np.int32), row.astype(np.int64), Names.of([]))


class Town:
    """A log of accounts, some of which live in homes: all accounts of a home review whatever its first one does, within three days."""

    def __init__(self, seed, accounts=3_000, share=0.1, sizes=(2, 4)):
        self.rng = np.random.default_rng([accounts, seed])
        self.accounts, self.things = accounts, max(accounts // 10, 30)
        self.home, self.reviews = np.arange(accounts), []
        at = 0
        while at < share * accounts:
            size = int(self.rng.integers(sizes[0], sizes[1] + 1))
            self.home[at : at + size] = at
            at += size
        wrote = 1 + self.rng.poisson(self.rng.gamma(1.5, 1.5, accounts))
        for first in np.unique(self.home):
            people = np.flatnonzero(self.home == first) if first < at else np.array([first])
            what = self.rng.choice(self.things, min(int(wrote[first]), 20), replace=False)
            when = self.rng.integers(0, 700, len(what))
            for one in people:
                self.reviews.append((np.full(len(what), one), what, when + self.rng.integers(0, 3, len(what))))

    def people(self, n):
        """Draw n accounts, each with those of its home."""
        found = []
        while len(found) < n:
            at_home = np.flatnonzero(self.home == self.home[self.rng.integers(self.accounts)])
            found += [one for one in at_home.tolist() if one not in found][: n - len(found)]
        return np.array(found)

    def strangers(self, n):
        """Add n accounts that live alone and have reviewed nothing yet."""
        new = np.arange(self.accounts, self.accounts + n)
        self.home = np.append(self.home, new)
        self.accounts += n
        return new

    def meet(self, who, things=8, density=0.7, days=10):
        """Let people review the same things; return the group."""
        what = self.rng.choice(self.things, things, replace=False)
        i, j = np.nonzero(self.rng.random((len(who), things)) < density)
        start = self.rng.integers(0, 690)
        self.reviews.append((np.asarray(who)[i], what[j], start + self.rng.integers(0, days, len(i))))
        return np.sort(who), np.sort(what)

    def what(self, who):
        """All that some people reviewed."""
        u, p, _ = map(np.concatenate, zip(*self.reviews, strict=True))
        return np.unique(p[np.isin(u, who)])

    def log(self, *columns):
        """The facts of the log with linking columns: one value per account each, -1 for none."""
        u, p, t = map(np.concatenate, zip(*self.reviews, strict=True))
        _, first = np.unique(u * self.things + p, return_index=True)
        graph = build_graph(u[first], p[first], time=t[first], n_reviewers=self.accounts, n_products=self.things)
        shown = [np.flatnonzero(column >= 0) for column in columns]
        return log_of(graph, links=tuple(link_of(who, column[who]) for who, column in zip(shown, columns, strict=True)))


def asked(log, *groups):
    """The p-values of groups of one log, asked as a scan asks."""
    made = [group_of(log.graph, *one, window=WINDOW, log=log) for one in groups]
    signal = Links()
    signal.prepare(made)
    return [signal.test(one) for one in made]


# What is counted


@pytest.mark.parametrize("seed", range(6))
def test_what_sets_of_accounts_share_is_counted_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    n = 40
    link = link_of(rng.integers(0, n, 90), rng.integers(0, 25, 90))
    of = rng.integers(0, 5, n)
    of[rng.random(n) < 0.4] = -1
    by_value = defaultdict(set)
    for who, value in zip(link.reviewer.tolist(), link.value.tolist(), strict=True):
        by_value[value].add(who)
    total, largest, accounts = Counter(), Counter(), defaultdict(set)
    for people in by_value.values():
        for one in range(5):
            own = {who for who in people if of[who] == one}
            if len(own) > 1 and len(people) < n / 2:
                pure = (len(own) - 1) / (len(people) - 1)
                weighs = (len(own) - 1) * max(2 * pure - 1, 0) ** 2
                total[one] += weighs
                largest[one] = max(largest[one], weighs)
                accounts[one] |= own if pure > 0.5 else set()
    at = np.flatnonzero(of[link.reviewer] >= 0)
    held = np.bincount(link.value)
    found = sharing(link, held, n, at, of[link.reviewer[at]], 5)
    np.testing.assert_allclose(found.total, [total[k] for k in range(5)], atol=1e-8)
    np.testing.assert_allclose(found.largest, [largest[k] for k in range(5)], atol=1e-8)
    assert found.accounts.tolist() == [len(accounts[k]) for k in range(5)]


def test_a_value_is_as_pure_as_its_other_holders_are_inside():
    inside, held = np.array([1, 2, 3, 8, 20]), np.array([9, 2, 5, 40, 50])
    np.testing.assert_allclose(purity(inside, held, 101), [0, 1, 0.5, 7 / 39, 19 / 49])
    # Half of the log holds it: it stands for "unknown".
    np.testing.assert_allclose(purity(inside, held, 100), [0, 1, 0.5, 7 / 39, 0])


@pytest.mark.parametrize("window", [WINDOW, None])
def test_homes_are_accounts_that_share_a_value_and_products(window):
    """Against pairs and components found one by one."""
    rng = np.random.default_rng(3)
    n, u, p = 60, rng.integers(0, 60, 500), rng.integers(0, 40, 500)
    _, first = np.unique(u * 40 + p, return_index=True)
    graph = build_graph(u[first], p[first], time=rng.integers(0, 120, len(first)), n_reviewers=n, n_products=40)
    log = log_of(graph, links=(link_of(np.arange(n), rng.integers(0, 25, n)), link_of(np.arange(n), rng.integers(0, 40, n))))
    seen = defaultdict(dict)
    for who, what, day in zip(graph.reviewer.tolist(), graph.product.tolist(), graph.time.tolist(), strict=True):
        seen[who][what] = day
    common = {}
    for link in log.links:
        for value in range(int(link.value.max()) + 1):
            for a, b in combinations(sorted(link.reviewer[link.value == value].tolist()), 2):
                both = seen[a].keys() & seen[b].keys()
                common[a, b] = sum(window is None or abs(seen[a][k] - seen[b][k]) <= window for k in both)
    a, b, counts = shared_pairs(log, window)
    assert dict(zip(zip(a.tolist(), b.tolist(), strict=True), counts.tolist(), strict=True)) == common
    homes = homes_of(log, window, 2)
    joined = {one: {one} for one in range(n)}
    for (one, other), times in common.items():
        if times >= 2:
            whole = joined[one] | joined[other]
            for member in whole:
                joined[member] = whole
    for one in range(n):
        assert {*np.flatnonzero(homes.of == homes.of[one]).tolist()} == joined[one] if homes.of[one] >= 0 else joined[one] == {one}
    assert sorted(homes.size.tolist()) == sorted(len(home) for home in {frozenset(home) for home in joined.values()} if len(home) > 1)


@pytest.mark.parametrize("seed", range(3))
def test_draws_are_those_of_accounts_taken_one_by_one(seed):
    """A slow version draws accounts, lets homes follow, and counts on the accounts themselves what the drawn share."""
    town = Town(seed, 600)
    who, what = town.meet(town.people(12))
    log = town.log(town.home)
    group = group_of(log.graph, who, what, window=WINDOW, log=log)
    units, held = units_of(group), holders(log, 0)
    homes = homes_of(log, WINDOW, units.common)
    pool = pool_of(group, homes, units, {0: held}, np.zeros(town.accounts, bool))
    total, largest, accounts = (one[:, 0] for one in draw(pool, units, len(who), 1, np.random.default_rng(0)))
    rng, graph = np.random.default_rng(1), log.graph
    wrote = np.floor(np.log2(np.bincount(graph.reviewer, minlength=town.accounts)))
    touched = {homes.of[one] for one in who if homes.of[one] >= 0}
    free = [one for one in range(town.accounts) if one not in who and homes.of[one] not in touched]
    strata = log.strata.of
    active = {*graph.reviewer[np.isin(strata, strata[group.edges])].tolist()}
    near = [one for one in free if one in active]
    near = near if len(near) >= 20 * len(who) else free
    weight = np.zeros(town.accounts)
    for level, n in Counter(wrote[who].tolist()).items():
        alike = [one for one in near if wrote[one] == level]
        weight[alike] += 0.9 * n / len(alike)
    weight[free] += 0.1 * len(who) / len(free)
    # A unit that is in the group as a home gives way to a home.
    apart = units.size[units.apart].tolist()
    instead = [len(home) for home in (np.flatnonzero(homes.of == k) for k in range(len(homes.size))) if {*home.tolist()} <= {*free}]
    slow = []
    for _ in range(1_500):
        sizes, room = [int(rng.choice([*instead, *apart])) for _ in apart], len(who) - sum(apart)
        while room > 0:
            one = rng.choice(town.accounts, p=weight / weight.sum())
            at_home = np.flatnonzero(homes.of == homes.of[one]) if homes.of[one] >= 0 else [one]
            came = min(len(at_home) if rng.random() < homes.follows[one] / 64 else 1, room)
            sizes.append(came)
            room -= came
        shared = [size for size in sizes if size > 1]
        slow.append((sum(shared) - len(shared), max(shared, default=1) - 1, sum(shared)))
    for fast, one in zip((total, largest, accounts), np.array(slow).T, strict=True):
        assert ks_2samp(fast, one).statistic < 0.06


# Who is accused, and who is not


@pytest.mark.parametrize(("devices", "most"), [([6], 1e-3), ([5, 5], 1e-3), ([4] * 5, 5e-3), ([20], 0.02)])
def test_a_ring_on_shared_devices_stands_out_among_homes_that_review_together(devices, most):
    """Twenty accounts, of which so many share each device, in a log where one in ten lives in a home of two to four."""
    town = Town(1)
    crowd, ring = town.meet(town.people(20)), town.meet(town.strangers(20), 10)
    device, at = town.home.copy(), int(ring[0][0])
    for size in devices:
        device[at : at + size] = at
        at += size
    honest, found = asked(town.log(device), crowd, ring)
    assert found.p_value <= most
    assert found.stance == "for"
    assert found.observed == sum(devices)
    assert found.expected < found.observed
    assert honest.p_value > 0.05


@pytest.mark.parametrize("sizes", [[2], [3, 3], [2, 4], [2, 2, 2]])
def test_what_homes_share_too_is_no_evidence(sizes):
    """Where one account in ten lives so, a ring of which as many do cannot be distinguished from a crowd."""
    town = Town(2)
    ring = town.meet(town.strangers(20), 10)
    device, at = town.home.copy(), int(ring[0][0])
    for size in sizes:
        device[at : at + size] = at
        at += size
    (found,) = asked(town.log(device), ring)
    assert found.p_value > 0.05


def test_honest_crowds_that_homes_join_as_a_whole_are_not_accused():
    p_values = []
    for seed in range(8):
        town = Town(seed, 2_000)
        crowds = [town.meet(town.people(int(town.rng.integers(8, 25))), 6) for _ in range(12)]
        p_values += [one.p_value for one in asked(town.log(town.home), *crowds)]
    p_values = np.array(p_values)
    for level in (0.05, 0.01, 0.001):
        assert (p_values <= level).sum() <= binom.ppf(0.999, len(p_values), level)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("together", [False, True])
def test_homes_that_coincide_are_compared_with_homes(count, together):
    """Two or three homes are what other homes are, whether or not they reviewed some things together."""
    town = Town(4)
    homes = [np.flatnonzero(town.home == first) for first in np.unique(town.home)[:200]]
    who = np.concatenate([home for home in homes if len(home) >= 3][:count])
    if together:
        town.meet(who, 4, 1.0)
    (found,) = asked(town.log(town.home), (who, town.what(who)))
    assert found.p_value > 0.2


@pytest.mark.parametrize("families", [0, 3, 30])
def test_a_large_family_is_as_rare_as_its_rank_among_homes(families):
    """Six of one home, where so many other homes are as large."""
    town = Town(5, 3_000, sizes=(2, 4))
    others = [town.strangers(6) for _ in range(families + 1)]
    for family in others:
        town.home[family] = family[0]
        town.meet(family, 5, 1.0, days=3)
    who = others[0]
    log = town.log(town.home)
    (found,) = asked(log, (who, town.what(who)))
    homes = np.bincount(town.home)
    rank = (homes >= 6).sum() / (homes > 1).sum()
    assert found.p_value >= 0.5 * rank
    # Both figures say so, and their combination costs a little.
    assert found.p_value <= max(3 * rank, 0.02)


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_an_office_and_a_carrier_say_nothing(share):
    """Eight of a crowd of twenty work in an office of forty; everybody there, and a third of the log, is behind one carrier's address."""
    town = Town(6, share=share)
    crowd = town.meet(town.strangers(20))
    address = town.home.copy()
    address[crowd[0][:8]] = address[-1]
    address[1_000:1_032] = address[-1]
    carrier = np.where(np.arange(town.accounts) % 3 == 0, 0, np.arange(town.accounts))
    carrier[crowd[0]] = 0
    (found,) = asked(town.log(address, carrier), crowd)
    assert found.p_value > 0.2
    assert found.rows == ()


def test_a_value_that_half_of_the_log_holds_stands_for_unknown():
    town = Town(7, 60, share=0.0)
    ring = town.meet(town.strangers(20))
    device = np.arange(town.accounts)
    device[ring[0]] = device[:20] = 0
    (found,) = asked(town.log(device), ring)
    assert found.p_value > 0.5
    assert (found.observed, found.rows) == (0.0, ())


def test_rings_do_not_hide_each_other():
    """Eight rings that share devices alike: each is compared with honest accounts alone, where all of them are under test."""
    town = Town(8, 1_500, share=0.02)
    rings = [town.meet(town.strangers(15), 10) for _ in range(8)]
    device = town.home.copy()
    for who, _ in rings:
        device[who] = who[np.arange(15) // 4 * 4]
    log = town.log(device)
    together = [one.p_value for one in asked(log, *rings)]
    alone = [asked(log, ring)[0].p_value for ring in rings]
    assert max(together) < 1e-3
    assert np.median(alone) > 5 * np.median(together)


def test_a_second_column_that_says_nothing_costs_little_and_rows_show_what_is_shared():
    town = Town(9)
    ring = town.meet(town.strangers(20), 10)
    device = town.home.copy()
    device[ring[0][:7]] = device[ring[0][0]]
    device[ring[0][15:]] = -1
    log = town.log(device, np.arange(town.accounts))
    (found,) = asked(log, ring)
    assert found.p_value < 1e-3
    link = log.links[0]
    assert found.rows == tuple(link.row[np.isin(link.reviewer, ring[0][:7])].tolist())
    assert "7 of 20 members share" in found.statement
    assert "2 linking columns" in found.statement


def test_without_values_or_others_there_is_no_answer():
    town = Town(10, 300)
    ring = town.meet(town.strangers(6))
    device = town.home.copy()
    device[ring[0][1:]] = -1
    assert asked(town.log(device), ring) == [None]
    alone = build_graph(*np.divmod(np.arange(20), 4), time=np.zeros(20, int))
    log = log_of(alone, links=(link_of(np.arange(5), np.zeros(5, int)),))
    assert asked(log, (np.arange(5), np.arange(4))) == [None]
    assert Links().test(group_of(alone, np.arange(5), np.arange(4))) is None
