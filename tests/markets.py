"""Small logs with planted rings for tests: heavy tails, categories, a growing market. Not the simulator of the package, on purpose."""

import numpy as np
import pandas as pd

from collusion.graph.graph import build_graph


def shopped(rng, wanted, category, popularity):
    """Draw a product of each category wanted, by popularity."""
    p = np.empty(len(wanted), dtype=np.int64)
    for c in range(category.max() + 1):
        at, shelf = np.flatnonzero(wanted == c), np.flatnonzero(category == c)
        p[at] = rng.choice(shelf, len(at), p=popularity[shelf] / popularity[shelf].sum())
    return p


def market(n, seed, rings=(), *, days=1000, categories=8, sellers=True, camouflage=1.0, burst=10):
    """Return columns of a log and the planted rings as (reviewers, products).

    Parameters
    ----------
    n : honest reviews (repeats are counted once, so somewhat fewer are left)
    rings : tuples (reviewers, products, density)
    """
    rng = np.random.default_rng([n, seed])
    users, products = n // 4, n // 20
    activity, popularity = rng.pareto(1.4, users) + 0.3, rng.lognormal(0, 1.4, products)
    category = rng.integers(0, categories, products)
    u = rng.choice(users, n, p=activity / activity.sum())
    favourite = rng.integers(0, categories, (users, 2))
    wanted = np.where(rng.random(n) < 0.6, favourite[u, rng.integers(0, 2, n)], rng.integers(0, categories, n))
    p = shopped(rng, wanted, category, popularity)
    t = days * np.sqrt(rng.random(n))
    columns, truth, base = [(u, p, t, rng.choice([1, 2, 3, 4, 5], n, p=[0.1, 0.05, 0.1, 0.25, 0.5]))], [], users
    for size, width, density in rings:
        members, targets = np.arange(base, base + size), rng.choice(products, width, replace=False)
        base += size
        i, j = np.nonzero(rng.random((size, width)) < density)
        start = days * 0.2 + rng.random() * (0.7 * days - burst)
        fake = len(i)
        extra = int(camouflage * fake)
        columns.append((members[i], targets[j], start + burst * rng.random(fake), np.full(fake, 5)))
        columns.append(
            (
                members[rng.integers(0, size, extra)],
                rng.choice(products, extra, p=popularity / popularity.sum()),
                start + burst * rng.random(extra),
                rng.choice([3, 4, 5], extra),
            )
        )
        truth.append((members, targets))
    u, p, t, r = (np.concatenate(column) for column in zip(*columns, strict=True))
    _, first = np.unique(u * products + p, return_index=True)
    names = rng.permutation(base)
    log = {
        "reviewer": names[u[first]],
        "product": p[first],
        "time": np.floor(t[first]).astype(np.int64) + 15_000,
        "rating": r[first].astype(float),
        "category": category,
        "n_reviewers": base,
        "n_products": products,
    }
    if sellers:
        log["seller"] = rng.integers(0, products // 3, products)
    return log, [(np.sort(names[members]), np.sort(targets)) for members, targets in truth]


def narrow_market(n, seed, *, days=700, categories=8):
    """Return a graph without rings in which people keep to one category and mostly to one season: they co_reviews often, for no bad
    reason."""
    rng = np.random.default_rng([n, seed])
    users, products = n // 8, n // 20
    category, popularity = rng.integers(0, categories, products), rng.lognormal(0, 1.2, products)
    home, activity = rng.integers(0, categories, users), rng.pareto(1.4, users) + 0.3
    u = rng.choice(users, n, p=activity / activity.sum())
    wanted = np.where(rng.random(n) < 0.95, home[u], rng.integers(0, categories, n))
    p = shopped(rng, wanted, category, popularity)
    season = rng.integers(0, days // 60, users)
    t = np.where(rng.random(n) < 0.7, 60 * season[u] + rng.integers(0, 60, n), rng.integers(0, days, n))
    _, first = np.unique(u * products + p, return_index=True)
    return build_graph(u[first], p[first], time=t[first], category=category, n_reviewers=users, n_products=products)


def jaccard(a, b):
    """Shared over all of two sets of codes."""
    return len(np.intersect1d(a, b)) / len(np.union1d(a, b))


def frame(log):
    """Return the log as a pandas frame with text ids, the way a user holds one."""
    columns = {
        "reviewer_id": [f"u{code}" for code in log["reviewer"]],
        "product_id": [f"p{code}" for code in log["product"]],
        "rating": log["rating"],
        "timestamp": pd.to_datetime(log["time"], unit="D"),
        "category": [f"c{code}" for code in log["category"][log["product"]]],
    }
    if "seller" in log:
        columns["seller"] = [f"s{code}" for code in log["seller"][log["product"]]]
    return pd.DataFrame(columns)


class Bazaar:
    """A log of text ids drawn class by class: people first, then what they buy, unlike `market`, where reviews come first.

    Honest crowds are in it whose members no null knows: flash sales, fans of a seller, programmes of early reviewers, regulars, homes,
    launches and evenings of ratings. Paid reviews have five stars in 85 of 100 cases and four in the others.
    """

    DAYS = 900

    def __init__(self, n, seed, rings=()):
        self.rng = rng = np.random.default_rng([n, seed, 3])
        self.people, self.things = n * 2 // 5, n // 18
        self.activity, self.popularity = rng.lognormal(0, 1.3, self.people), rng.gamma(0.5, 1, self.things) + 0.02
        self.category, self.seller = rng.integers(0, 20, self.things), rng.integers(0, self.things // 6, self.things)
        self.launch = np.where(rng.random(self.things) < 0.35, 0, rng.integers(0, self.DAYS, self.things))
        self.quality, self.leniency = np.clip(rng.normal(4.1, 0.45, self.things), 2, 5), rng.normal(0, 0.5, self.people)
        self.busy = np.flatnonzero(self.activity > np.median(self.activity))
        self.parts, self.truth = [], []
        self._ordinary(n)
        for draw, each in (
            (self._sale, 20_000),
            (self._fans, 17_000),
            (self._programme, 40_000),
            (self._regulars, 40_000),
            (self._home, 2_000),
            (self._launch, 3_000),
            (self._evenings, 30_000),
        ):
            for _ in range(n // each):
                draw()
        for size, width, density, days in rings:
            self._ring(size, width, density, days)

    def _some(self, low, high):
        return self.rng.choice(self.busy, int(self.rng.integers(low, high)), replace=False)

    def _add(self, who, what, when, rating=None, kind=0.0):
        if rating is None:
            felt = self.quality[what] + np.append(self.leniency, np.zeros(who.max() + 1))[who] + self.rng.normal(kind, 0.95, len(who))
            rating = np.clip(np.rint(felt), 1, 5)
        inside = (when >= 0) & (when < self.DAYS)
        self.parts.append((who[inside], what[inside], when[inside], rating[inside]))

    def _ordinary(self, n):
        rng = self.rng
        who = rng.choice(self.people, n, p=self.activity / self.activity.sum())
        home, start, stay = (
            rng.integers(0, 20, self.people),
            rng.integers(-400, self.DAYS, self.people),
            rng.exponential(220, self.people) + 5,
        )
        wanted = np.where(rng.random(n) < 0.7, home[who], rng.integers(0, 20, n))
        what = shopped(rng, wanted, self.category, self.popularity)
        when = np.maximum(start[who] + rng.random(n) * stay[who], self.launch[what] + rng.exponential(100, n))
        self._add(who, what, np.where(when < self.DAYS, when, self.launch[what] + rng.random(n) * (self.DAYS - self.launch[what])))

    def _sale(self):
        """Each buys independently some of what unrelated sellers have on offer within the same days."""
        day, who = self.rng.uniform(50, self.DAYS), self._some(60, 250)
        what = self.rng.choice(np.flatnonzero(self.launch < day - 40), int(self.rng.integers(3, 15)), replace=False)
        i, j = np.nonzero(self.rng.random((len(who), len(what))) < self.rng.beta(1.2, 6, (len(who), 1)))
        self._add(who[i], what[j], day + self.rng.exponential(2.5, len(i)))

    def _fans(self):
        own = np.flatnonzero(self.seller == self.rng.integers(self.seller.max() + 1))
        who = self._some(10, 50)
        i, j = np.nonzero(self.rng.random((len(who), len(own))) < 0.5)
        self._add(who[i], own[j], self.launch[own[j]] + self.rng.exponential(15, len(i)), kind=0.4)

    def _programme(self):
        begin, who = self.rng.uniform(0, self.DAYS - 200), self._some(15, 60)
        new = np.flatnonzero((self.category == self.rng.integers(20)) & (self.launch > begin) & (self.launch < begin + 200))
        i, j = np.nonzero(self.rng.random((len(who), len(new))) < self.rng.uniform(0.1, 0.4))
        self._add(who[i], new[j], self.launch[new[j]] + self.rng.uniform(1, 21, len(i)))

    def _regulars(self):
        places, who = np.flatnonzero(self.category == self.rng.integers(20))[:12], self._some(8, 30)
        i, j = np.nonzero(self.rng.random((len(who), len(places))) < 0.45)
        self._add(who[i], places[j], self.launch[places[j]] + self.rng.random(len(i)) * (self.DAYS - self.launch[places[j]]), kind=0.2)

    def _home(self):
        who, what = self._some(2, 4), self.rng.choice(self.things, 8, replace=False)
        i, j = np.nonzero(self.rng.random((len(who), 8)) < 0.7)
        day = self.launch[what] + self.rng.random(8) * (self.DAYS - self.launch[what])
        self._add(who[i], what[j], day[j] + self.rng.exponential(2, len(i)))

    def _launch(self):
        who, what = self._some(40, 150), self.rng.integers(self.things)
        self._add(who, np.full(len(who), what), self.launch[what] + self.rng.exponential(3, len(who)))

    def _evenings(self):
        shelf = np.flatnonzero((self.category < 4) & (self.launch == 0))
        for who in self._some(20, 30):
            own = self.rng.choice(shelf, min(len(shelf), 20), replace=False, p=self.popularity[shelf] / self.popularity[shelf].sum())
            self._add(np.full(len(own), who), own, np.full(len(own), self.rng.uniform(0, self.DAYS)))

    def _ring(self, size, width, density, days):
        rng, first = self.rng, self.people + sum(len(members) for members, _ in self.truth)
        members, start = np.arange(first, first + size), rng.uniform(100, self.DAYS - days - 50)
        able = rng.permutation(np.flatnonzero(self.launch < start))
        targets = able[np.sort(np.unique(self.seller[able], return_index=True)[1])][:width]
        i, j = np.nonzero(rng.random((size, width)) < density)
        self._add(members[i], targets[j], start + rng.beta(1.5, 1.5, len(i)) * days, np.where(rng.random(len(i)) < 0.85, 5.0, 4.0))
        cover = rng.choice(self.things, len(i), p=self.popularity / self.popularity.sum())
        when = np.maximum(start - rng.exponential(120, len(i)), self.launch[cover])
        self._add(members[rng.integers(0, size, len(i))], cover, when)
        self.truth.append((members, targets))

    def frame(self, *columns):
        """Return the log with these columns beside ids and times, and the names of each ring's accounts."""
        who, what, when, rating = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        order = np.argsort(when, kind="stable")
        who, what, when, rating = who[order], what[order], when[order], rating[order]
        first = np.sort(np.unique(who * self.things + what, return_index=True)[1])
        who, what = who[first], what[first]
        name = [f"u{k}" for k in self.rng.permutation(who.max() + 1)]
        every = {
            "reviewer_id": [name[k] for k in who],
            "product_id": [f"p{k}" for k in what],
            "timestamp": pd.Timestamp("2019-01-01") + pd.to_timedelta(np.floor(when[first]), unit="D"),
            "rating": rating[first],
            "seller": [f"s{k}" for k in self.seller[what]],
            "category": [f"c{k}" for k in self.category[what]],
        }
        data = pd.DataFrame(every)[["reviewer_id", "product_id", "timestamp", *columns]]
        return data, [{name[k] for k in members} for members, _ in self.truth]
