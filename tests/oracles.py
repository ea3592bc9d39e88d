"""Slow, obvious second versions of what the package computes fast: plain Python, exact where the thing is exact."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from scipy.stats import genpareto

GOLDEN = 0x9E3779B97F4A7C15


def scrambled(x):
    """The mix of bits of SplitMix64 (Steele, Lea and Flood 2014)."""
    x %= 2**64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)


def number(seed, k, n):
    """Number k of SplitMix64 from a seed, below n."""
    return (scrambled(int(seed) + (k + 1) * GOLDEN) >> 31) * n >> 33


# A graph is a set of nodes and a list of edges (u, v, weight); any hashable node.


def inside(nodes, edges):
    return sum(w for u, v, w in edges if u in nodes and v in nodes)


def density(nodes, edges):
    return Fraction(inside(nodes, edges), len(nodes))


def greedy_block(nodes, edges):
    """Full peel: at each step all nodes of least weighted degree go at once; return the first of the densest sets, and its density."""
    left = frozenset(nodes)
    best, best_density = left, density(left, edges)
    while left:
        degree = dict.fromkeys(left, 0)
        for u, v, w in edges:
            if u in left and v in left:
                degree[u] += w
                degree[v] += w
        least = min(degree.values())
        left = frozenset(v for v in left if degree[v] > least)
        if left and density(left, edges) > best_density:
            best, best_density = left, density(left, edges)
    return best, best_density


def fraudar_blocks(pairs, blocks, weigh):
    """FRAUDAR on (reviewer, product) pairs by full peels; ``weigh(degree)`` is a whole number. Return [(reviewers, products, density)]."""
    rest = set(pairs)
    found = []
    while rest and len(found) < blocks:
        degree = {}
        for _, p in rest:
            degree[p] = degree.get(p, 0) + 1
        edges = [(("u", u), ("p", p), weigh(degree[p])) for u, p in rest]
        nodes = {node for edge in edges for node in edge[:2]}
        block, value = greedy_block(nodes, edges)
        users = frozenset(name for side, name in block if side == "u")
        products = frozenset(name for side, name in block if side == "p")
        found.append((users, products, value))
        rest = {(u, p) for u, p in rest if not (u in users and p in products)}
    return found


def densest(nodes, edges):
    """Return the maximal densest subgraph (the union of all optimal sets) and its density, by trying every set."""
    best = Fraction(0)
    optimal = []
    for size in range(1, len(nodes) + 1):
        for chosen in combinations(sorted(nodes), size):
            value = density(set(chosen), edges)
            if value > best:
                best, optimal = value, []
            if value == best:
                optimal.append(set(chosen))
    return (set().union(*optimal) if best else set()), best


def alpha_beta_core(pairs, alpha, beta):
    """Delete reviewers with fewer than alpha and products with fewer than beta reviews until nothing is left to delete."""
    rest = set(pairs)
    while True:
        written, received = {}, {}
        for u, p in rest:
            written[u] = written.get(u, 0) + 1
            received[p] = received.get(p, 0) + 1
        kept = {(u, p) for u, p in rest if written[u] >= alpha and received[p] >= beta}
        if kept == rest:
            return {u for u, _ in rest}, {p for _, p in rest}
        rest = kept


def q_values(observed, null, replicates):
    """q(s) = min over observed s' <= s of (1 + number of null scores >= s') / (replicates * number of observed scores >= s'), at most 1."""

    def ratio(s):
        return Fraction(1 + sum(t >= s for t in null), replicates * sum(t >= s for t in observed))

    return [min(Fraction(1), *(ratio(t) for t in observed if t <= s)) for s in observed]


def benjamini_hochberg(p_values):
    """Adjusted p-values: the least rate at which each is rejected, min over p' >= p of p' * n / rank(p')."""
    n = len(p_values)
    return [min(1.0, *(other * n / sum(x <= other for x in p_values) for other in p_values if other >= p)) for p in p_values]


def pareto_tail(excess, at):
    """Return the chance to exceed ``at``: the generalised Pareto law of Hosking and Wallis's moments, of the sample's mean, by scipy."""
    n, mean = len(excess), sum(excess) / len(excess)
    if mean == 0:
        return 1.0 if at == 0 else 1 / (n + 1)
    weighted = sum(x * (1 - (i - 0.35) / n) for i, x in enumerate(sorted(excess), 1)) / n
    shape = min(max(2 - mean / (mean - 2 * weighted), 0), 0.9)
    return float(genpareto.sf(at, shape, scale=mean * (1 - shape)))
