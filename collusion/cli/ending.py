"""How a run ends before its time: by a signal, or without memory in any thread."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["NO_MEMORY", "Ended", "address_limit", "check_address_space", "ends_in_order", "is_out_of_memory"]

MIB = 2**20

LEAST_ADDRESSES = 1536 * MIB
"""Address space (``ulimit -v``) below which a scan is not begun. Libraries, thread stacks and compiled code of the smallest scan take
2,100 MiB at their peak with two threads; with less than this, loading them ends anywhere, now and then inside of a library."""

MARGIN = 256 * MIB
"""Address space left at the peak below which an error that nobody expects is put down to the limit: one allocation of a library may ask for
as much."""

NO_MEMORY = "Error: out of memory; scan a part of the log, or on a larger machine"


class Ended(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Signals:
    """Which signal ended the run: what it raised may be wrapped on the way out."""

    number: int | None = None

    def end(self, number: int, _: FrameType | None) -> None:
        self.number = number
        for one in _endings():  # a second signal would break off the cleaning up
            signal.signal(one, signal.SIG_IGN)
        raise Ended(number)

    def code(self) -> int:
        """Return the exit code, as a shell reports it."""
        return 130 if self.number is None else 128 + self.number


@contextlib.contextmanager
def ends_in_order() -> Iterator[_Signals]:
    """End on SIGTERM and SIGHUP as on Ctrl-C, and at once where a thread dies for want of memory: others would wait for it for ever."""
    signals = _Signals()
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {one: signal.getsignal(one) for one in _endings()}
        for one, handler in before.items():
            if handler == signal.SIG_DFL:  # `nohup` ignores SIGHUP, and so do we; a handler of a program around us stays
                signal.signal(one, signals.end)
    hooks = threading.excepthook, sys.unraisablehook
    watch = _Watch()
    pools = logging.getLogger("concurrent.futures")
    threading.excepthook, sys.unraisablehook = _thread_died, _unraisable
    pools.addHandler(watch)
    try:
        yield signals
    finally:
        pools.removeHandler(watch)
        threading.excepthook, sys.unraisablehook = hooks
        for one, handler in before.items():
            if signal.getsignal(one) in (signals.end, signal.SIG_IGN):
                signal.signal(one, handler)


def _endings() -> tuple[signal.Signals, ...]:
    return tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def _thread_died(args: Any) -> None:  # noqa: ANN401  # threading.ExceptHookArgs
    threading.__excepthook__(args) if not is_out_of_memory(args.exc_value) else _give_up()


def _unraisable(args: Any) -> None:  # noqa: ANN401  # sys.UnraisableHookArgs
    # A thread that found no memory to begin is reported here, and who started it waits for it.
    sys.__unraisablehook__(args) if not isinstance(args.exc_value, MemoryError) else _give_up()


class _Watch(logging.Handler):
    """Hears of a worker of a thread pool that died: its work is never done, and nobody else is informed."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None and is_out_of_memory(record.exc_info[1]):
            _give_up()


def _give_up() -> None:
    """End the process from any thread. Its unfinished folder stays, and the next scan into the same output removes it."""
    with contextlib.suppress(OSError):
        os.write(2, NO_MEMORY.encode() + b"\n")
    os._exit(1)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, or what caused it, is for want of memory; of a library that does not say so, if the limit is close."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    if any(isinstance(one, MemoryError) for one in chain):
        return True
    text = " ".join(str(one) for one in chain).lower()
    if any(words in text for words in ("cannot allocate memory", "failed to map segment", "can't start new thread", "out of memory")):
        return True
    from collusion.errors import CollusionError  # noqa: PLC0415  # loaded by now

    limit = address_limit()
    return limit is not None and not isinstance(error, (CollusionError, OSError)) and _peak() > limit - MARGIN


def address_limit() -> int | None:
    """Return the most bytes of address space that this process may take (``ulimit -v``); None where there is no limit."""
    try:
        resource = importlib.import_module("resource")  # Unix only
    except ImportError:
        return None
    soft = int(resource.getrlimit(resource.RLIMIT_AS)[0])
    return None if soft in (-1, resource.RLIM_INFINITY) else soft


def check_address_space() -> None:
    """Raise before any work is done where the limit on address space is below what any scan takes.

    Raises
    ------
    BudgetError
    """
    limit = address_limit()
    if limit is not None and limit < LEAST_ADDRESSES:
        from collusion.errors import BudgetError  # noqa: PLC0415  # loaded by now

        raise BudgetError(
            f"out of memory: this process may take {limit / MIB:,.0f} MiB of address space (`ulimit -v`), and the smallest scan takes "
            "about 2,200 MiB; raise the limit, as in `ulimit -v 4000000`"
        )


def _peak() -> int:
    try:
        with open("/proc/self/status", encoding="ascii") as stream:  # noqa: PTH123  # little memory is left
            return next((int(line.split()[1]) * 1024 for line in stream if line.startswith("VmPeak:")), 0)
    except OSError:
        return 0
