"""Hashes of 64-bit words that kernels share (SplitMix64; Steele, Lea and Flood, OOPSLA 2014)."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare

__all__ = ["GOLDEN", "MIX1", "MIX2", "below", "bucket", "cell", "cells_for", "finalise", "mix64", "random_word"]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio, made odd: the step of the generator, and a multiplier that spreads codes over a table (Knuth)."""

MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)


@bare
def finalise(x):
    """Scramble a uint64: a bijection, each bit of which depends on all."""
    x = (x ^ (x >> np.uint64(30))) * MIX1
    x = (x ^ (x >> np.uint64(27))) * MIX2
    return x ^ (x >> np.uint64(31))


@bare
def mix64(x):
    """Return a 64-bit hash of a uint64: `finalise` after a step that keeps 0 from being a fixed point."""
    return finalise(x + GOLDEN)


@bare
def random_word(key, k):
    """Return number ``k`` (from 0) of the random words that SplitMix64 draws when seeded with ``key``: any of them without those before."""
    return finalise(key + GOLDEN * np.uint64(k + 1))


@bare
def below(key, k, n):
    """Return number ``k`` of a key in [0, n), for n up to 2**31: the high bits of a 64-bit product (bias below n / 2**33)."""
    return np.int64(((random_word(key, k) >> np.uint64(31)) * np.uint64(n)) >> np.uint64(33))


@bare
def cells_for(n):
    """Return the cells of a table for n: a power of two, which is n at least."""
    cells = 64
    while cells < n:
        cells *= 2
    return cells


@bare
def cell(key, mask, shift=32):
    """Return the cell of a key of at least 0 among ``mask + 1``, a power of two; unsigned, so that none negative is looked for.

    ``shift`` is the lowest bit of the hash that chooses the cell.
    """
    return (np.uint64(key) * GOLDEN >> np.uint64(shift)) & np.uint64(mask)


@bare
def bucket(key, mask):
    """Return where a search for a key of at least 0 begins in a table of ``mask + 1`` cells, a power of two."""
    return np.int64(cell(key, mask))
