"""Bootstrap intervals of means over rings, logs or runs. Those of shares are exact: `collusion.decisions.precision.exact_interval`."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from collusion.decisions.precision import CONFIDENCE
from collusion.decisions.precision import exact_interval as clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "RESAMPLES", "bootstrap", "clopper_pearson"]

RESAMPLES = 4000


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
