"""Ids that give nothing away: a scrambled number in base 32, one to one with the code it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.colours import MIX1, MIX2

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["names", "scramble", "seller_names", "uniform"]

ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", dtype=np.uint8)
"""Crockford's base 32: no letter that looks like a digit."""

FACTORS = (MIX1, MIX2, np.uint64(0xD6E8FEB86659FD93))
"""Odd multipliers with well spread bits: those of splitmix64 and one more."""


def scramble(code: NDArray[np.int64] | NDArray[np.uint64], bits: int, key: int) -> NDArray[np.uint64]:
    """Return numbers below ``2**bits``, different for different codes below ``2**bits``.

    Adding, multiplying by an odd number and xor with a right shift are each one to one modulo ``2**bits``, hence so is the whole.
    """
    mask = np.uint64((1 << bits) - 1)
    shift = np.uint64((bits + 1) // 2)
    value = (code.astype(np.uint64) + np.uint64(key & int(mask))) & mask
    for factor in FACTORS:
        value ^= value >> shift
        value *= factor  # wraps modulo 2**64, of which 2**bits is a divisor
        value &= mask
    value ^= value >> shift
    return value


def names(code: NDArray[np.int64], letters: int, prefix: bytes, key: int) -> NDArray[np.bytes_]:
    """Return one id per code: the prefix and ``letters`` base-32 digits of the scrambled code.

    Codes below ``32**letters`` get different ids, and an id depends only on its code and the key.
    """
    number = scramble(code, 5 * letters, key)
    text = np.empty((len(code), len(prefix) + letters), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    for k in range(letters):
        text[:, -1 - k] = ALPHABET[(number & np.uint64(31)).astype(np.intp)]
        number >>= np.uint64(5)
    found: NDArray[np.bytes_] = text.view(f"S{text.shape[1]}")[:, 0]
    return found


def uniform(code: NDArray[np.int64], key: int) -> NDArray[np.float64]:
    """Return numbers from 0 to 1 that depend only on the code and the key."""
    share: NDArray[np.float64] = scramble(code, 60, key) / 2.0**60
    return share


def seller_names(sellers: int, seed: int) -> list[str]:
    """Return the name of each seller of a market, by code."""
    return [f"S{k:05d}" for k in np.random.default_rng([seed, sellers]).permutation(sellers).tolist()]
