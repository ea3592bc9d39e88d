"""Belief propagation and exact beliefs on fields of two states, in plain Python."""

from __future__ import annotations

import math
from itertools import product


def exact(priors, edges):
    """P(state 1) of each node by summing over all states; ``edges`` are (u, v, table) with ``table[state of u][state of v]``."""
    nodes = list(priors)
    total, ones = 0.0, dict.fromkeys(nodes, 0.0)
    for states in product((0, 1), repeat=len(nodes)):
        state = dict(zip(nodes, states, strict=True))
        weight = math.prod(priors[v] if state[v] else 1 - priors[v] for v in nodes)
        weight *= math.prod(table[state[u]][state[v]] for u, v, table in edges)
        total += weight
        for v in nodes:
            ones[v] += weight * state[v]
    return {v: ones[v] / total for v in nodes}


def loopy(log_odds, edges, rounds, damping):
    """Log-odds of each node after so many rounds of flooding; messages are log-odds, kept to a share of ``damping``."""
    steps = [(k, u, v, table) for k, (u, v, table) in enumerate(edges)]
    steps += [(k, v, u, [list(row) for row in zip(*table, strict=True)]) for k, (u, v, table) in enumerate(edges)]
    told = {(k, u, v): 0.0 for k, u, v, _ in steps}
    for _ in range(rounds):
        before = dict(told)
        heard = dict.fromkeys(log_odds, 0.0)
        for (_, _, v), message in before.items():
            heard[v] += message
        for k, u, v, table in steps:
            cavity = log_odds[u] + heard[u] - before[k, v, u]
            one = 1 / (1 + math.exp(-cavity)) if cavity > -700 else 0.0
            weight = [(1 - one) * table[0][t] + one * table[1][t] for t in (0, 1)]
            told[k, u, v] = (1 - damping) * math.log(weight[1] / weight[0]) + damping * before[k, u, v]
    belief = dict(log_odds)
    for (_, _, v), message in told.items():
        belief[v] += message
    return belief
