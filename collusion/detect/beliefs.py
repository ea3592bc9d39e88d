"""Loopy belief propagation on pairwise Markov random fields of two states, in log-odds and fixed point.

All messages of a round are computed from those of the round before (flooding), so no order of nodes or edges is preferred; and the
messages of a node are summed in whole numbers, so the order of sums changes nothing: nodes renamed and edges reordered give the same
beliefs to the last bit.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collusion.kernels.arrays import Float64s
from collusion.kernels.csr import group_by
from collusion.kernels.door import call

__all__ = ["Beliefs", "propagate"]

_log = logging.getLogger(__name__)

UNIT = 2.0**38
"""One nat in fixed point: 11 digits after the point, and room for ten million messages of three nats at a node."""

MAX_EDGES = 2**30
"""Number of edges from which messages cannot be numbered in 32 bits."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """The result of belief propagation.

    Parameters
    ----------
    log_odds : float64[n]
        ln P(state 1) / P(state 0) of each node.
    rounds : int
        Rounds run.
    change : float
        The largest change of a message in the last round, in nats.
    converged : bool
        Whether the change fell to the tolerance.
    """

    log_odds: Float64s
    rounds: int
    change: float
    converged: bool


def propagate(
    a: NDArray[Any],
    b: NDArray[Any],
    kind: NDArray[Any],
    potentials: Float64s,
    prior: Float64s,
    *,
    damping: float = 0.0,
    rounds: int = 100,
    tolerance: float = 1e-6,
) -> Beliefs:
    """Return the beliefs of the nodes of a pairwise Markov random field.

    Parameters
    ----------
    a, b : int arrays of shape (m,)
        Ends of the edges, codes in ``[0, n)``; not checked.
    kind : int array of shape (m,)
        Which potential an edge has.
    potentials : float64[n_kinds, 2, 2]
        ``potentials[k, s, t]`` is how well state s of end a goes with state t of end b; above 0.
    prior : float64[n]
        Log-odds of state 1 of each node by itself, finite.
    damping : float, default 0
        Share of a message that is kept from the round before, from 0 to below 1: slower, but calms what swings. The fixed points are the
        same.
    rounds : int, default 100
        At most.
    tolerance : float, default 1e-6
        Nats: the rounds end when no message changes by more.

    Returns
    -------
    Beliefs

    Raises
    ------
    OverflowError
        When there are 2**30 edges or more: their messages are numbered in 32 bits.
    ValueError
        When a potential is not finite and above 0.

    Notes
    -----
    Exact on trees, after as many rounds as the longest path is long; on other graphs it need not converge, which is logged as a
    warning. O(rounds x m), an exponential and a logarithm per message; about 56 bytes per edge.

    References
    ----------
    J. Pearl: Probabilistic Reasoning in Intelligent Systems. 1988. K. Murphy, Y. Weiss, M. Jordan: Loopy Belief Propagation for
    Approximate Inference. UAI 1999.
    """
    n, m = len(prior), len(a)
    if m >= MAX_EDGES:
        raise OverflowError(f"belief propagation takes fewer than {MAX_EDGES:,} edges, not {m:,}")
    tail = np.concatenate((a, b)).astype(np.int32)
    indptr, half = group_by(tail, n)
    position = np.empty(2 * m, np.int32)
    position[half] = np.arange(2 * m, dtype=np.int32)
    back = np.concatenate((position[m:], position[:m]))[half]
    # Seen from b, a potential is transposed.
    both = np.ascontiguousarray(np.concatenate((potentials, potentials.transpose(0, 2, 1))), np.float64)
    kinds = np.concatenate((kind, np.asarray(kind) + len(potentials))).astype(np.int32)[half]
    del tail, half, position
    for same in (indptr, back, kinds):  # read-only, so that codes out of range are looked for once and not in every round
        same.flags.writeable = False
    fixed = np.rint(prior * UNIT).astype(np.int64)
    received, sent = np.zeros(2 * m, np.int64), np.zeros(2 * m, np.int64)
    done, change = 0, 0.0
    limit = tolerance * UNIT
    while done < rounds:
        largest = call("belief_round", indptr, back, kinds, both, fixed, received, sent, damping)
        received, sent = sent, received
        done, change = done + 1, largest / UNIT
        if largest <= limit:
            break
    log_odds: Float64s = call("belief_log_odds", indptr, fixed, received)
    converged = change <= tolerance
    if not converged:
        _log.warning("belief propagation has not converged: messages change by %.2g nats after %d rounds", change, done)
    return Beliefs(log_odds=log_odds, rounds=done, change=change, converged=converged)
