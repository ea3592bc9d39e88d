"""Processes under limits: watched by the clock and by the memory of all that they start, and ended as a whole."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import collusion.base.errors
from collusion.base.errors import CollusionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Answer", "MemoryLimitError", "Status", "TimeLimitError", "Worker", "memory_of_machine", "run_bounded"]

PATH = re.compile(r"['\"]?/")

POLL_SECONDS = 0.05
"""Between two looks at a process."""

THREAD_VARIABLES = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that tell libraries how many threads they may use."""


class TimeLimitError(CollusionError):
    """A process took longer than its limit."""


class MemoryLimitError(CollusionError):
    """A process used more memory than its limit."""


class Family:
    """A process and all that it starts, in a session of its own; ``variables`` of its environment are beside those of this process."""

    def __init__(self, command: list[str], variables: Mapping[str, str], **pipes: Any) -> None:  # noqa: ANN401  # as Popen has them
        self.process: subprocess.Popen[Any] = subprocess.Popen(  # noqa: S603  # this very program, or one that the caller has made
            command, env={**os.environ, **variables}, start_new_session=True, **pipes
        )

    def check(self, end: float, seconds: float, memory: float) -> None:
        """Raise TimeLimitError after ``end`` on the monotonic clock, MemoryLimitError above ``memory`` bytes (0: no limit)."""
        if time.monotonic() > end:
            raise TimeLimitError(f"took more than {seconds:,.0f} s")
        if memory and sum(map(resident, _family(self.process.pid))) > memory:
            raise MemoryLimitError(f"took more than {memory / 2**20:,.0f} MiB")

    def end(self) -> None:
        """Kill the process and all that it started, also what has moved to a session of its own."""
        started = list(_family(self.process.pid))[1:]
        self.process.kill()
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for pid in started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all that it and they have started, where the system says so."""
    yield pid
    try:
        children = [(task / "children").read_text(encoding="ascii") for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return  # it, or a thread of it, has just ended, or the system has no such file
    for child in " ".join(children).split():
        yield from _family(int(child))


def resident(pid: int) -> int:
    """Return the bytes of memory that a process uses; 0 where it has ended, or the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_of_machine() -> int:
    """Return the bytes of the machine's memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def run_bounded(
    command: list[str], seconds: float, memory: int, folder: Path, threads: int, variables: Mapping[str, str] | None = None
) -> str:
    """Run a command, and the processes that it starts, in a folder where its output is also kept, and return what it printed.

    ``memory`` limits the bytes that it and the processes it starts use together, 0 for none; memory that they share counts once for each.
    `THREAD_VARIABLES` have the value ``threads``; ``variables`` are more of its environment, beside those of this process.

    Raises
    ------
    TimeLimitError, MemoryLimitError
        When it exceeded a limit; it and all that it started have been killed.
    CollusionError
        When it failed, with the last line that it wrote to stderr.
    """
    out, err = folder / "peer.out", folder / "peer.err"
    with out.open("wb") as to, err.open("wb") as complaints:
        # The working folder is a scratch folder: files that a library spills are removed with it.
        family = Family(command, _threads(threads) | dict(variables or {}), stdout=to, stderr=complaints, cwd=folder)
        end = time.monotonic() + seconds
        try:
            while family.process.poll() is None:
                family.check(end, seconds, memory)
                time.sleep(POLL_SECONDS)
        finally:
            family.end()
    code = family.process.returncode
    if code:
        lines = err.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [f"exit code {code}"]
        # Paths stay private: the message ends where one begins.
        raise CollusionError(f"failed: {PATH.split(lines[-1])[0].strip()[:120]}")
    return out.read_text(encoding="utf-8", errors="replace")


def _threads(number: int) -> dict[str, str]:
    return dict.fromkeys(THREAD_VARIABLES, str(number))


Status = Literal["done", "time-out", "memory", "failed", "stopped"]


@dataclass(frozen=True)
class Answer:
    """The answer to a task: its result as JSON where ``done``, otherwise a message.

    ``error`` is the class of the exception where ``failed``; empty where the process ended.
    """

    status: Status
    value: Any
    error: str = ""

    def result(self) -> Any:  # noqa: ANN401  # whatever the work returned
        """Return the result, or raise the error of the work where it is one of `collusion.base.errors`, and otherwise CollusionError."""
        if self.status == "done":
            return self.value
        cls = getattr(collusion.base.errors, self.error, None) if self.error else None
        if isinstance(cls, type) and issubclass(cls, CollusionError):
            raise cls(self.value)
        raise CollusionError(f"{self.error}: {self.value}" if self.error else f"a process {self.value}")


class Worker:
    """A process of `collusion.bench.worker`: started when there is a task, and again after it had to be ended.

    Once ``stop`` is set, the task at hand is given up.
    """

    def __init__(self, work: str, stop: threading.Event | None = None) -> None:
        self._work = work
        self._stop = stop or threading.Event()
        self._family: Family | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._complaints: IO[bytes] | None = None

    def run(self, task: Mapping[str, Any], seconds: float, memory: float) -> Answer:
        """Do a task, given as JSON, and return the answer.

        ``seconds`` is the limit of time until the work allows itself another one (`collusion.bench.worker`); ``memory`` limits the bytes of
        the process and all that it starts, on Linux, 0 for none.
        """
        family = self._started()
        try:
            self._give(family, task)
        except BrokenPipeError:
            # It died idle, as a process may that the system kills for want of memory: a new one takes the task.
            self.close()
            family = self._started()
            self._give(family, task)
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if self._stop.is_set():
                    self.close()
                    return Answer("stopped", "")
                try:
                    family.check(end, seconds, memory)
                except CollusionError as error:
                    self.close()
                    return Answer("time-out" if isinstance(error, TimeLimitError) else "memory", str(error))
                continue
            if line is None:
                return self._ended(family)
            said = json.loads(line)
            if "allow" not in said:
                return Answer(**said)
            seconds = said["allow"]
            end = time.monotonic() + seconds

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._family is not None:
            self._family.end()
            for pipe in (self._family.process.stdin, self._family.process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._family = None
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None

    def _started(self) -> Family:
        if self._family is not None and self._family.process.poll() is None:
            return self._family
        self.close()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._family = Family(
            [sys.executable, "-m", "collusion.bench.worker", self._work],
            # One thread each, so that several workers share the processors fairly.
            _threads(1),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
        )
        self._lines = queue.Queue()
        threading.Thread(target=_listen, args=(self._family.process.stdout, self._lines), daemon=True).start()
        return self._family

    @staticmethod
    def _give(family: Family, task: Mapping[str, Any]) -> None:
        if family.process.stdin is not None:  # a pipe was asked for
            family.process.stdin.write(json.dumps(task) + "\n")
            family.process.stdin.flush()

    def _ended(self, family: Family) -> Answer:
        code = family.process.wait()
        said = ""
        if self._complaints is not None:
            self._complaints.seek(0)
            lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
            said = f": {lines[-1][:300]}" if lines else ""
        self.close()
        if code == -signal.SIGKILL:
            return Answer("memory", "was killed, perhaps by the system for want of memory")
        return Answer("failed", f"ended with exit code {code}{said}")


def _listen(pipe: IO[str], lines: queue.Queue[str | None]) -> None:
    """Pass on each line, and None once the process has ended."""
    with contextlib.suppress(ValueError):  # closed by us
        for line in pipe:
            lines.put(line)
    lines.put(None)
