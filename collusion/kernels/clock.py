"""Times to days and seconds of the day, in one pass over them."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare

__all__ = ["DIFFERENT", "NONE", "believed_days", "seconds_of_day", "split_days"]

DIFFERENT, NONE = -1, -2
"""What `split_days` returns where times lie differently in their days, and where there is no time."""


@bare
def split_days(values, per_day, nothing, days):
    """Fill ``days`` with the day of each time, ``per_day`` ticks long; ``nothing`` stays as it is.

    Returns the ticks from the start of the day to the time, if all times have the same, else `DIFFERENT` or `NONE`.
    """
    same = np.int64(NONE)
    # A product and a check take a fifth of a division of 64 bits; the product is at most one off.
    scale = 1.0 / per_day
    for i in range(len(values)):
        value = values[i]
        if value == nothing:
            days[i] = nothing
            continue
        day = np.int64(np.floor(value * scale))
        rest = value - day * per_day
        if rest < 0:
            day -= 1
            rest += per_day
        elif rest >= per_day:
            day += 1
            rest -= per_day
        days[i] = day
        if rest != same and same != DIFFERENT:
            same = rest if same == NONE else np.int64(DIFFERENT)
    return same


@bare
def seconds_of_day(values, days, per_day, per_second, out):
    """Fill ``out`` with the second of its day of each time; with any number where there is none."""
    scale = 1.0 / per_second
    for i in range(len(values)):
        # Ticks of a day are exact in a double, and so is whether the product fell below a whole number.
        rest = values[i] - days[i] * per_day
        second = np.int64(rest * scale)
        out[i] = second + ((second + 1) * per_second <= rest) - (second * per_second > rest)


@bare
def believed_days(days, nothing, low, high, no_time, out, wrong):
    """Fill ``out`` with the days from ``low`` up to ``high``, ``no_time`` for all others; ``wrong`` are these but for ``nothing``."""
    for i in range(len(days)):
        believed = low <= days[i] < high
        out[i] = days[i] if believed else no_time
        wrong[i] = not believed and days[i] != nothing
