"""Small logs with planted rings for tests: heavy tails, categories, a growing market. Not the simulator of the package, on purpose."""

import numpy as np
import pandas as pd

from collusion.graph.graph import build_graph


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
    p = np.empty(n, dtype=np.int64)
    for c in range(categories):
        at, shelf = np.flatnonzero(wanted == c), np.flatnonzero(category == c)
        p[at] = rng.choice(shelf, len(at), p=popularity[shelf] / popularity[shelf].sum())
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
    """Return a graph without rings in which people keep to one category and mostly to one season: they meet often, for no bad reason."""
    rng = np.random.default_rng([n, seed])
    users, products = n // 8, n // 20
    category, popularity = rng.integers(0, categories, products), rng.lognormal(0, 1.2, products)
    home, activity = rng.integers(0, categories, users), rng.pareto(1.4, users) + 0.3
    u = rng.choice(users, n, p=activity / activity.sum())
    wanted = np.where(rng.random(n) < 0.95, home[u], rng.integers(0, categories, n))
    p = np.empty(n, dtype=np.int64)
    for c in range(categories):
        at, shelf = np.flatnonzero(wanted == c), np.flatnonzero(category == c)
        p[at] = rng.choice(shelf, len(at), p=popularity[shelf] / popularity[shelf].sum())
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
