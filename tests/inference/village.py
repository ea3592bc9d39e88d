"""A small log with one group of each innocent kind, and a ring: who is who is known, so that each answer can be checked by hand."""

from dataclasses import dataclass

import numpy as np

from collusion.graph.graph import build_graph

PEOPLE, THINGS, DAYS = 700, 200, 800
GROUPS = {"ring": 10, "one seller": 10, "rating sessions": 12, "launches": 12, "variants": 14}


@dataclass(frozen=True, eq=False)
class Village:
    """The graph; members and products of each group by name."""

    graph: object
    members: dict
    products: dict


def ordinary(rng, launch, add):
    """Everybody else: now and then, at launches, and three of the first four products in one visit."""
    for _ in range(4000):
        add(rng.integers(PEOPLE), p := rng.integers(THINGS), rng.integers(launch[p], DAYS))
    for p in range(100, THINGS):
        for u in rng.choice(PEOPLE, 8, replace=False):
            add(u, p, launch[p] + rng.integers(0, 4))
    for u in rng.choice(PEOPLE, 60, replace=False):
        day = rng.integers(0, DAYS)
        for p in rng.choice(4, 3, replace=False):
            add(u, p, day)


def village(seed=0, *, sellers=True, rated=True, dated=True, groups=tuple(GROUPS)):
    """Build the log. Launches draw a crowd each; listings of three variants are reviewed in one visit by whoever buys them."""
    rng = np.random.default_rng(seed)
    launch = np.where(np.arange(THINGS) < 100, 0, rng.integers(60, DAYS - 120, THINGS))
    rows = []

    def add(who, what, when, stars=None):
        rows.append((int(who), int(what), int(min(max(when, launch[what]), DAYS - 1)), float(stars or rng.choice([3, 4, 5]))))

    ordinary(rng, launch, add)
    first, members, products = PEOPLE, {}, {}
    # Two products a seller, but for the variants, which the log takes for four sellers'.
    sold = np.where(np.arange(THINGS) < 4, 500 + np.arange(THINGS), np.arange(THINGS) // 2)

    def group(name, what, when, share):
        nonlocal first
        if name not in groups:
            return
        members[name] = np.arange(first, first + GROUPS[name], dtype=np.int32)
        products[name] = np.sort(np.asarray(what)).astype(np.int32)
        first += GROUPS[name]
        for u in members[name]:
            own = [p for p in what if rng.random() < share]
            for p in own:
                add(u, p, when(u, p), 5.0 if name == "ring" else None)

    group("ring", np.arange(10, 22, 2), lambda _who, _what: 300 + rng.integers(0, 7), 0.9)
    own = np.arange(30, 37)
    sold[own] = 400
    group("one seller", own, lambda _who, what: 100 * (what - 30) + 20 + rng.integers(0, 5), 0.9)
    session = {}
    group("rating sessions", np.arange(40, 70), lambda who, _what: session.setdefault(int(who), 400 + rng.integers(0, 20)), 0.4)
    late = 100 + np.argsort(launch[100:])[::16][:6]
    group("launches", late, lambda _who, what: launch[what] + rng.integers(0, 4), 0.35)
    visit = {}
    group("variants", np.arange(4), lambda who, _what: visit.setdefault(int(who), 500 + rng.integers(0, 5)), 0.9)
    unique = {(u, p): (u, p, t, r) for u, p, t, r in rows}.values()
    u, p, t, r = (np.array(column) for column in zip(*unique, strict=True))
    graph = build_graph(
        u, p, time=t if dated else None, rating=r if rated else None, seller=sold if sellers else None, n_reviewers=first, n_products=THINGS
    )
    return Village(graph, members, products)
