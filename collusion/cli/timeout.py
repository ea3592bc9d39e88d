"""``--timeout``: a run that takes longer than it may is ended, and nothing of it is left."""

from __future__ import annotations

import math
import os
import re
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["TimedOutError", "time_limit", "to_seconds"]

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}

GRACE_SECONDS = 20.0
"""How long a run may take to end once its time is over: a kernel that is running is not broken off. Then the process ends as it is."""


class TimedOutError(CollusionError):
    """A run took longer than it may."""


def to_seconds(text: str) -> float:
    """Return the seconds of a duration such as ``90``, ``90s``, ``30m``, ``1.5h`` or ``1d``; raise ConfigError where it is none above 0."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip(), re.ASCII)
    seconds = float(found[1]) * UNITS[found[2]] if found else math.nan
    if not 0 < seconds < threading.TIMEOUT_MAX:
        raise ConfigError(f"--timeout: {text!r} is not a duration; give seconds, or a number with a unit, such as 30m or 2h")
    return seconds


@contextmanager
def time_limit(limit: str | None, complain: Callable[[str], None]) -> Iterator[None]:
    """End the block with TimedOutError once it has taken ``limit``, as `to_seconds` reads it; never where None.

    The main thread is interrupted, so that what the block has begun is removed as after Ctrl-C. Where it does not end within
    `GRACE_SECONDS`, the process does, with exit code 1; a hidden folder that it leaves is removed by the next run into the same output.
    """
    if limit is None:
        yield
        return
    alarm = _Alarm(to_seconds(limit), f"Error: {_message(limit)}", complain)
    before = signal.signal(signal.SIGALRM, alarm.ring) if hasattr(signal, "SIGALRM") else None
    alarm.start()
    try:
        try:
            yield
        finally:
            alarm.stop()
    except BaseException as error:
        # What the interruption raised may have become an error of a library on its way.
        if alarm.expired and not isinstance(error, GeneratorExit):
            raise TimedOutError(_message(limit)) from None
        raise
    finally:
        if before is not None:
            signal.signal(signal.SIGALRM, before)


def _message(limit: str) -> str:
    return (
        f"the time allowed is over (--timeout {limit}); nothing was written. Allow more, scan a shorter range of dates, or use more threads"
    )


class _Alarm:
    """A thread that interrupts the main thread when the time is over, and ends the process where that does not help."""

    def __init__(self, seconds: float, message: str, complain: Callable[[str], None]) -> None:
        self.seconds, self.message, self.complain = seconds, message, complain
        self.expired = False
        self._over = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="timeout", daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        with self._lock:  # the interrupting thread has done so
            pass

    def ring(self, _number: int, _frame: FrameType | None) -> None:
        if not self._over.is_set():
            raise KeyboardInterrupt

    def _watch(self) -> None:
        if self._over.wait(self.seconds):
            return
        with self._lock:
            if self._over.is_set():
                return
            self.expired = True
            _interrupt()
        if not self._over.wait(GRACE_SECONDS):
            self.complain(self.message)
            os._exit(1)


def _interrupt() -> None:
    """Interrupt the main thread, also where it waits for another thread."""
    if hasattr(signal, "SIGALRM"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
    else:
        import _thread  # noqa: PLC0415  # systems without alarms

        _thread.interrupt_main()
