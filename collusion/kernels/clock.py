"""Times to days and seconds of the day, in one pass over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DIFFERENT", "NONE", "believed_days", "seconds_of_day", "split_days"]

DIFFERENT, NONE = -1, -2
"""What `split_days` returns where times are at different seconds of their days, and where there is no time."""


def split_days(values: NDArray[np.int64], per_day: int, nothing: int, days: NDArray[np.int64]) -> int:
    """Fill ``days`` (int64[n]) with the day of each time, ``per_day`` ticks long (2 or more); ``nothing`` stays as it is.

    Returns the ticks from the start of the day to the time, if all times have the same, else `DIFFERENT` or `NONE`. O(n).
    """
    same: int = call("split_days", values, per_day, nothing, days)
    return same


def seconds_of_day(values: NDArray[np.int64], days: NDArray[np.int64], per_day: int, per_second: int, out: NDArray[np.int32]) -> None:
    """Fill ``out`` (int32[n]) with the second of its day of each time; with any number where there is none. O(n)."""
    call("seconds_of_day", values, days, per_day, per_second, out)


def believed_days(
    days: NDArray[np.int64], nothing: int, low: int, high: int, no_time: int, out: NDArray[np.int32], wrong: NDArray[np.bool_]
) -> None:
    """Fill ``out`` (int32[n]) with the days from ``low`` up to ``high``, ``no_time`` for all others; all three are within 32 bits. O(n).

    ``wrong`` (bool[n]) are the others but for ``nothing``.
    """
    call("believed_days", days, nothing, low, high, no_time, out, wrong)
