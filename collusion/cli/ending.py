"""How a run ends early: by a signal, or because a thread has no memory."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

__all__ = ["NO_MEMORY", "Ended", "ends_in_order", "in_child", "is_out_of_memory", "run_to_end"]

MIB = 2**20

NARROW = 4096 * MIB
"""Address space (``ulimit -v``) below which the work is done in a child process. Every thread reserves room for its stack and its
allocations: the smallest scan takes 2,100 MiB at its peak with two threads, and less than 980 where each library has one thread."""

GUARDED = "COLLUSION_GUARDED"
"""Environment variable of such a child process."""

MODEST = {
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""Settings with which libraries reserve less; read when they are loaded."""

MARGIN = 256 * MIB
"""Address space left at the peak below which an unexpected error is attributed to the limit: a library may request
as much in one allocation."""

STEP = 132 * 1024
"""Bytes that malloc of glibc asks of the system at least: with less than this below the limit, it gets nothing more."""

STUCK_SECONDS = 10
"""How long a process may have less than `STEP` left before it counts as stuck."""

NO_MEMORY = "Error: out of memory; scan a part of the log, or on a larger machine"


WORDS = ("cannot allocate memory", "failed to map segment", "can't start new thread", "failed to launch worker thread", "out of memory")
"""Texts of libraries about memory in errors that are not MemoryError: the stack of a thread takes memory, too."""


class Ended(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Signals:
    """Which signal ended the run: a library may have wrapped the exception that it raised."""

    number: int | None = None

    def end(self, number: int, _: FrameType | None) -> None:
        self.number = number
        for one in _endings():  # a second signal would interrupt the cleaning up
            signal.signal(one, signal.SIG_IGN)
        raise Ended(number)

    def code(self) -> int:
        """Return the exit code, as a shell reports it."""
        return 130 if self.number is None else 128 + self.number


@contextlib.contextmanager
def ends_in_order() -> Iterator[_Signals]:
    """End on SIGTERM and SIGHUP as on Ctrl-C, and at once when a thread ends without memory: others would wait for it for ever."""
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


def run_to_end(main: Callable[[], int]) -> int:
    """Run a program whose exit code the process keeps, whatever threads of libraries still do.

    pyarrow may be reading ahead when a log is given up. Its thread then aborts the process (exit code 134) as it meets an interpreter that
    is being taken down, so the process ends before that, after all other functions registered with `atexit`.
    """
    codes: list[int] = []
    atexit.register(_leave, codes)  # what is registered first is called last
    code = main()
    codes.append(code)
    return code


def _leave(codes: list[int]) -> None:
    if not codes:  # an exception that Python reports
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none
            stream.flush()
    os._exit(codes[0])


def _endings() -> tuple[signal.Signals, ...]:
    return tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def _thread_died(args: Any) -> None:  # noqa: ANN401  # threading.ExceptHookArgs
    threading.__excepthook__(args) if not is_out_of_memory(args.exc_value) else _give_up()


def _unraisable(args: Any) -> None:  # noqa: ANN401  # sys.UnraisableHookArgs
    # A thread that has no memory to start is reported here, and its creator waits for it.
    sys.__unraisablehook__(args) if not isinstance(args.exc_value, MemoryError) else _give_up()


class _Watch(logging.Handler):
    """Sees the log record of a thread pool whose worker has ended: its work is never done, and nobody else is informed."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None and is_out_of_memory(record.exc_info[1]):
            _give_up()


def _give_up() -> None:
    """End the process from any thread. Its unfinished folder stays, and the next scan into the same output removes it."""
    with contextlib.suppress(OSError):
        os.write(2, NO_MEMORY.encode() + b"\n")
    os._exit(1)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, or its cause, is a lack of memory; if a library does not say so, whether the limit is close."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    if any(isinstance(one, MemoryError) for one in chain):
        return True
    text = " ".join(str(one) for one in chain).lower()
    if any(words in text for words in WORDS):
        return True
    from collusion.base.errors import CollusionError  # noqa: PLC0415  # loaded by now

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


def in_child(arguments: Sequence[str]) -> int | None:
    """Run the program in a child process if address space is scarce, and return its exit code; None if there is enough.

    A library that gets no memory aborts the process, so another process has to report it.
    """
    limit = address_limit()
    if limit is None or limit >= NARROW or GUARDED in os.environ:
        return None
    import subprocess  # noqa: PLC0415  # only here

    child = subprocess.Popen([sys.executable, "-m", "collusion", *arguments], env={**MODEST, **os.environ, GUARDED: "1"})  # noqa: S603  # ourselves
    for number in (signal.SIGINT, *_endings()):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: child.send_signal(number))
    code = _waited(child, limit)
    if code >= 0:
        return code
    if -code in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.write(2, f"{NO_MEMORY} (ulimit -v allows {limit // MIB:,} MiB of address space)\n".encode())
        return 1
    return 128 - code


def _waited(child: subprocess.Popen[bytes], limit: int) -> int:
    """Wait for a process and return its exit code; kill one that stays without memory.

    If malloc gets nothing more from the system, CPython 3.11 tries for ever to handle the error, and keeps its lock.
    """
    import subprocess  # noqa: PLC0415  # only here

    full = 0
    while True:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            full = full + 1 if _size("VmSize", child.pid) > limit - STEP else 0
            if full == STUCK_SECONDS:
                child.kill()


def _peak() -> int:
    return _size("VmPeak")


def _size(what: str, process: int | str = "self") -> int:
    """Return the bytes of address space of a process, on Linux; 0 elsewhere."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as stream:  # noqa: PTH123  # little memory is left
            return next((int(line.split()[1]) * 1024 for line in stream if line.startswith(f"{what}:")), 0)
    except MemoryError:
        return sys.maxsize
    except OSError:
        return 0
