"""Random numbers of ``numpy.random.default_rng`` inside a kernel: numpy takes longer to make a generator than to draw a product's dates.

PCG64 (O'Neill 2014; XSL-RR, 128 bits of state) seeded by numpy's ``SeedSequence``. numpy freezes both, so these are numpy's own numbers.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import intrinsic

from collusion.kernels._jit import bare, jit

__all__ = ["HIGH", "LOW", "STEP_HIGH", "STEP_LOW", "bounded", "next_word", "seeded", "stepped", "word_of"]

MASK, HALF, ONE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1)
TOP, ROTATION = np.uint64(58), np.uint64(63)
WORDS = 4
"""Words that SeedSequence mixes the seeds into."""

FACTOR_HIGH, FACTOR_LOW = np.uint64(2549297995355413924), np.uint64(4865540595714422341)

FIRST_IN, FACTOR_IN = np.uint64(0x43B0D7E5), np.uint64(0x931E8875)
FIRST_OUT, FACTOR_OUT = np.uint64(0x8B51F9DD), np.uint64(0x58F38DED)
LEFT, RIGHT, SHIFT = np.uint64(0xCA01F9DD), np.uint64(0x4973F715), np.uint64(16)

HIGH, LOW, STEP_HIGH, STEP_LOW, HELD, KEPT = range(6)
"""What the six words of a generator are: state, increment, and whether 32 bits are kept for later, and which."""


@bare
def _hashed(word, constant, factor):
    """Return a word of 32 bits hashed, and the constant of the next one."""
    word ^= constant
    constant = (constant * factor) & MASK
    word = (word * constant) & MASK
    return word ^ (word >> SHIFT), constant


@intrinsic
def upper_product(_context, one, other):
    """Return the upper 64 bits of the product of two words: one instruction, of which numba has no name."""

    def generate(_lowering, builder, _signature, args):
        wide = type(args[0].type)(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, wide(64)), args[0].type)

    return types.uint64(one, other), generate


@bare
def stepped(high, low, step_high, step_low):
    """Return the state, of 128 bits, multiplied and with the increment added. Loops hold it in registers, which an array keeps it from."""
    product = low * FACTOR_LOW
    after = product + step_low
    return high * FACTOR_LOW + low * FACTOR_HIGH + upper_product(low, FACTOR_LOW) + step_high + (
        ONE if after < product else np.uint64(0)
    ), after


@bare
def word_of(high, low):
    """Return the 64 bits that a state gives; ``Generator.random`` takes the upper 53 of them for the digits of its number."""
    word, turn = high ^ low, high >> TOP
    return (word >> turn) | (word << ((np.uint64(64) - turn) & ROTATION))


@bare
def _step(state):
    state[HIGH], state[LOW] = stepped(state[HIGH], state[LOW], state[STEP_HIGH], state[STEP_LOW])


@jit
def seeded(seeds):
    """Return the state (uint64[6]) of ``numpy.random.default_rng(seeds)``, for up to four seeds below 2 ** 32 each."""
    pool = np.zeros(WORDS, np.uint64)
    constant = FIRST_IN
    for i in range(WORDS):
        pool[i], constant = _hashed(np.uint64(seeds[i]) if i < len(seeds) else np.uint64(0), constant, FACTOR_IN)
    for i in range(WORDS):
        for j in range(WORDS):
            if i != j:
                word, constant = _hashed(pool[i], constant, FACTOR_IN)
                word = (LEFT * pool[j] - RIGHT * word) & MASK
                pool[j] = word ^ (word >> SHIFT)
    made = np.zeros(4, np.uint64)
    constant = FIRST_OUT
    for i in range(8):
        word, constant = _hashed(pool[i % WORDS], constant, FACTOR_OUT)
        made[i // 2] |= word << (HALF if i % 2 else np.uint64(0))
    state = np.zeros(6, np.uint64)
    state[STEP_HIGH] = (made[2] << ONE) | (made[3] >> ROTATION)
    state[STEP_LOW] = (made[3] << ONE) | ONE
    _step(state)
    low = state[LOW] + made[1]
    state[HIGH] += made[0] + (ONE if low < made[1] else np.uint64(0))
    state[LOW] = low
    _step(state)
    return state


@bare
def next_word(state):
    """Return the next 64 bits (`word_of`)."""
    _step(state)
    return word_of(state[HIGH], state[LOW])


@bare
def _half(state):
    """Return the next 32 bits: the lower half of a word, and the upper one when asked again."""
    if state[HELD]:
        state[HELD] = 0
        return state[KEPT]
    word = next_word(state)
    state[HELD], state[KEPT] = 1, word >> HALF
    return word & MASK


@bare
def bounded(state, n):
    """Return the next of ``Generator.integers(n)``, n from 1 to 2 ** 32 - 1, as numpy makes them in arrays (Lemire 2019)."""
    if n == 1:
        return np.int64(0)
    count = np.uint64(n)
    product = _half(state) * count
    if product & MASK < count:
        least = ((MASK + ONE) - count) % count
        while product & MASK < least:
            product = _half(state) * count
    return np.int64(product >> HALF)
