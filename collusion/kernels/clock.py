"""Times to days and seconds of the day, in one pass over them."""

from __future__ import annotations

from collusion.kernels.arrays import Bools, Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["DIFFERENT", "NONE", "believed_days", "seconds_of_day", "split_days"]

DIFFERENT, NONE = -1, -2
"""What `split_days` returns where times are at different seconds of their days, and where there is no time."""


@kernel("split_days")
def split_days(values: Int64s, per_day: int, nothing: int, days: Int64s) -> int:
    """Fill ``days`` (int64[n]) with the day of each time, ``per_day`` ticks long (2 or more); ``nothing`` stays as it is.

    Returns the ticks from the start of the day to the time, if all times have the same, else `DIFFERENT` or `NONE`. O(n).
    """


@kernel("seconds_of_day")
def seconds_of_day(values: Int64s, days: Int64s, per_day: int, per_second: int, out: Int32s) -> None:
    """Fill ``out`` (int32[n]) with the second of its day of each time; with any number where there is none. O(n)."""


@kernel("believed_days")
def believed_days(days: Int64s, nothing: int, low: int, high: int, no_time: int, out: Int32s, wrong: Bools) -> None:
    """Fill ``out`` (int32[n]) with the days from ``low`` up to ``high``, ``no_time`` for all others; all three are within 32 bits. O(n).

    ``wrong`` (bool[n]) are the others but for ``nothing``.
    """
