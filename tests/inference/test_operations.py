"""Groups that share workers, sellers or devices are joined; honest groups that a busy account, a family or a crowd joins are not."""

import numpy as np
import pytest

from collusion.base.model import Link
from collusion.evidence.facts import LogFacts
from collusion.evidence.text_copies import near_copies
from collusion.graph.graph import build_graph
from collusion.graph.strata import strata_of
from collusion.inference.operations import joined, links_between
from collusion.inference.stages import Candidate, Scored

PEOPLE, PRODUCTS, SELLERS = 3_000, 300, 100
SIZE, TARGETS = 12, 6


class Village:
    """Ordinary reviews, and groups of ``SIZE`` on products of their own, the products from ``PRODUCTS`` on."""

    def __init__(self, groups, seed=0, *, rows=(), devices=(), sold_by=None):
        rng = np.random.default_rng(seed)
        who, what = [rng.integers(PEOPLE, size=9_000)], [rng.integers(PRODUCTS, size=9_000)]
        for g, members in enumerate(groups):
            pairs = [(u, PRODUCTS + g * TARGETS + p) for u in members for p in range(TARGETS) if rng.random() < 0.8 or p < 3]
            who.append(np.array([u for u, _ in pairs]))
            what.append(np.array([p for _, p in pairs]))
        who += [np.array([u for u, _ in rows], np.int64)]
        what += [np.array([p for _, p in rows], np.int64)]
        key = np.unique(np.concatenate(who) * 10_000 + np.concatenate(what))
        self.who, self.what = key // 10_000, key % 10_000
        self.time = rng.integers(0, 400, len(key))
        self.groups, self.devices = [np.array(sorted(one)) for one in groups], devices
        n = PRODUCTS + len(groups) * TARGETS
        self.seller = np.arange(n) % SELLERS if sold_by is None else np.array([sold_by(p) for p in range(n)])
        self.n = max(int(self.who.max()) + 1, PEOPLE + SIZE * len(groups))

    def links(self, names=None, fdr=0.05):
        """Return what joins groups, with the people under other codes."""
        code = np.arange(self.n) if names is None else names
        order = np.argsort(code[self.who] * 10_000 + self.what) if names is None else np.random.default_rng(1).permutation(len(self.who))
        graph = build_graph(
            code[self.who[order]],
            self.what[order],
            time=self.time[order],
            rating=None,
            seller=self.seller,
            category=None,
            n_reviewers=self.n,
        )
        held = sorted((int(code[u]), d) for u, d in self.devices)
        columns = [np.array([one[k] for one in held], np.int32) for k in (0, 1)]
        link = [Link("device", *columns, np.arange(len(held)), None)] if held else []
        log = LogFacts(graph, strata_of(graph), graph.product, links=link)
        groups = [
            Scored(
                Candidate(
                    np.sort(code[one]).astype(np.int32), np.arange(PRODUCTS + g * TARGETS, PRODUCTS + (g + 1) * TARGETS, dtype=np.int32), ()
                ),
                1.0,
                1.0,
            )
            for g, one in enumerate(self.groups)
        ]
        return links_between(log, groups, fdr)


def crew(g, core=()):
    """A group of new accounts, some of whom are replaced."""
    return [*core, *range(PEOPLE + g * SIZE, PEOPLE + (g + 1) * SIZE - len(core))]


CORE = (PEOPLE + 990, PEOPLE + 991, PEOPLE + 992)


def kinds(links):
    return {(one.first, one.second, one.kind) for one in links}


def test_groups_that_share_workers_are_joined():
    links = Village([crew(0, CORE), crew(1, CORE), crew(2, CORE), crew(3), crew(4)]).links()
    assert kinds(links) == {(0, 1, "accounts"), (0, 2, "accounts"), (1, 2, "accounts")}
    assert joined(5, links) == [[0, 1, 2]]
    assert all(sorted(one.codes) == sorted(CORE) for one in links)


@pytest.mark.parametrize("seed", range(3))
def test_groups_that_share_nothing_are_not(seed):
    assert not Village([crew(g) for g in range(6)], seed).links()


def test_one_account_joins_nobody():
    one = (CORE[0],)
    assert not Village([crew(0, one), crew(1, one), crew(2, one)]).links(fdr=0.5)


def test_busy_accounts_join_nobody():
    """People who review far more than others are in two groups of popular products by their activity alone."""
    rng = np.random.default_rng(5)
    busy = range(4)
    rows = [(u, int(p)) for u in busy for p in rng.choice(PRODUCTS, 200, replace=False)]
    groups = [crew(0, busy), crew(1, busy), crew(2)]
    assert not Village(groups, rows=rows).links()


def test_a_part_of_a_crowd_in_two_groups_joins_nobody():
    """What shared members reviewed together is one thing, counted in two groups: they did nothing of what the second group did."""
    crowd = crew(0)
    village = Village([crowd, crew(1)])
    village.groups[1] = np.array(sorted([*village.groups[1], *crowd[:5]]))
    assert not village.links()


def test_new_names_and_another_order_of_rows_change_nothing():
    village = Village([crew(0, CORE), crew(1, CORE), crew(2), crew(3)])
    names = np.random.default_rng(7).permutation(village.n)
    old, new = village.links(), village.links(names)
    assert [(a.first, a.second, a.kind, a.expected, a.p_value, a.q_value) for a in old] == [
        (b.first, b.second, b.kind, b.expected, b.p_value, b.q_value) for b in new
    ]
    assert all(sorted(names[a.codes]) == b.codes.tolist() for a, b in zip(old, new, strict=True))


def test_shared_sellers_join_groups():
    def own(p):
        return SELLERS + p % 3 if PRODUCTS <= p < PRODUCTS + 2 * TARGETS else p % SELLERS

    links = Village([crew(0), crew(1), crew(2), crew(3)], sold_by=own).links()
    assert kinds(links) == {(0, 1, "sellers")}
    assert sorted(links[0].codes) == [SELLERS, SELLERS + 1, SELLERS + 2]


def test_a_seller_of_half_the_log_joins_nobody():
    assert not Village([crew(g) for g in range(4)], sold_by=lambda p: 0 if p % 2 else p).links()


def devices_of(*shared):
    own = [(u, u) for u in range(PEOPLE + 2 * SIZE)]
    return [*own, *((u, 10_000 + d) for d, users in enumerate(shared) for u in users)]


def test_rare_devices_join_groups_and_common_ones_do_not():
    first, second = crew(0), crew(1)
    rare = devices_of(*((first[k], second[k]) for k in range(4)))
    assert kinds(Village([first, second, crew(2)], devices=rare).links()) == {(0, 1, "device")}
    common = devices_of(*((first[k], second[k], *range(k * 700, k * 700 + 700)) for k in range(4)))
    assert not Village([first, second, crew(2)], devices=common).links()


def test_one_family_joins_nobody():
    first, second = crew(0), crew(1)
    assert not Village([first, second], devices=devices_of((*first[:2], *second[:2]))).links(fdr=0.5)


def test_near_copies_are_found_and_phrases_are_not():
    base = "the lid of this pan closes well and nothing sticks to it even after a month of use every day"
    other = "my son took the kite to the beach and it flew on the first try although the wind was weak"
    texts = [base, other, base.replace("pan", "pot"), base, f"{other[:20]} but it broke when he brought it home on the second day of may"]
    assert near_copies(texts).tolist() == [0, 1, 0, 0, 4]
    assert near_copies([]).tolist() == []
