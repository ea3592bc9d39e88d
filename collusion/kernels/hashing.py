"""Multipliers of the hash of 64-bit words that kernels use (SplitMix64; Steele, Lea and Flood, OOPSLA 2014; see `hash.hpp`)."""

from __future__ import annotations

import numpy as np

__all__ = ["MIX1", "MIX2"]

MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
