"""Intervals for what was measured: exact ones of shares, bootstrap ones of means over rings, logs or runs."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import beta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "RESAMPLES", "bootstrap", "clopper_pearson"]

CONFIDENCE = 0.95

RESAMPLES = 4000


def clopper_pearson(hits: int, n: int) -> tuple[float, float]:
    """Return the exact interval of a share (Clopper and Pearson 1934): (0, 1) where there is nothing to take a share of."""
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def bootstrap(values: Sequence[float] | NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Return the percentile interval of a mean, or one for each column: its ends, nan where there is nothing to take a mean of.

    The values, one per ring, log or run, are resampled `RESAMPLES` times (Efron 1979); leave out nan. The name seeds it, so that a
    figure has the same interval whatever else is reported. Memory for `RESAMPLES` numbers per value.
    """
    of = np.asarray(values, dtype=np.float64)
    if not len(of):
        return np.full((2, *of.shape[1:]), np.nan)
    # How often each value is drawn is all that a resample is.
    drawn = np.random.default_rng(zlib.crc32(name.encode())).multinomial(len(of), np.full(len(of), 1 / len(of)), RESAMPLES)
    ends: NDArray[np.float64] = np.quantile(drawn @ of / len(of), ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2), axis=0)
    return ends
