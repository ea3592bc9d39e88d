"""Workers as seen from outside: given a cell, watched by the clock and by their memory, ended where they take too much."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from collusion.bench.peers import resident

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Worker"]

GRACE = 900.0
"""Seconds that a log may take to be made, and then scores to be judged: none of it is the method's."""

COMPILE = 120.0
"""Seconds beyond its own that a method may take at its first run, on a small log, when its kernels may have to be compiled."""

LOOK = 0.05


class Worker:
    """A process of `collusion.bench.board.worker`, begun when there is a cell for it, and again after it had to be ended.

    Parameters
    ----------
    stop : threading.Event, optional
        Once set, the cell at hand is given up.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._complaints: IO[bytes] | None = None

    def run(self, task: Mapping[str, Any], seconds: float, memory: float) -> dict[str, Any]:
        """Return what came of a cell: one of ``done`` (its figures), ``time-out``, ``memory``, ``failed`` (a message) and ``stopped``.

        Parameters
        ----------
        task : mapping
            As `collusion.bench.board.worker.Bench.cell` takes it.
        seconds : float
            That the method may take, by the wall clock.
        memory : float
            MiB that the process may hold; told by the system where it is Linux, and not enforced elsewhere.
        """
        process = self._started()
        try:
            self._give(process, task)
        except BrokenPipeError:
            # It died idle, as a process may that the system ends for want of memory: a fresh one takes the cell.
            self.close()
            process = self._started()
            self._give(process, task)
        allowances = {"warms": seconds + COMPILE, "begins": seconds, "judges": GRACE}
        allowed = GRACE
        end = time.monotonic() + allowed
        while True:
            try:
                line = self._answers.get(timeout=LOOK)
            except queue.Empty:
                if self._stop.is_set():
                    self.close()
                    return {"stopped": ""}
                if time.monotonic() > end:
                    self.close()
                    return {"time-out": f"took more than {allowed:,.0f} s"}
                if resident(process.pid) > memory * 2**20:
                    self.close()
                    return {"memory": f"took more than {memory:,.0f} MiB"}
                continue
            if line is None:
                return self._ended(process)
            told: dict[str, Any] = json.loads(line)
            (phase,) = told
            if phase not in allowances:
                return told
            allowed = allowances[phase]
            end = time.monotonic() + allowed

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process = None
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        # A cell has one thread: so many processes as were asked for then share the processors fairly.
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "collusion.bench.board.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
            env={**os.environ, **single},
        )
        self._answers = queue.Queue()
        threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True).start()
        return self._process

    @staticmethod
    def _give(process: subprocess.Popen[str], task: Mapping[str, Any]) -> None:
        assert process.stdin is not None  # noqa: S101  # a pipe was asked for
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()

    def _ended(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        code = process.wait()
        said = ""
        if self._complaints is not None:
            self._complaints.seek(0)
            lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
            said = f": {lines[-1][:300]}" if lines else ""
        self.close()
        # A process that the system ends for want of memory is killed outright.
        return (
            {"memory": "was ended by the system, perhaps for want of memory"}
            if code == -9
            else {"failed": f"ended with exit code {code}{said}"}
        )


def _listen(pipe: IO[str] | None, answers: queue.Queue[str | None]) -> None:
    """Pass on each line, and None once the process has ended."""
    try:
        for line in pipe or ():
            answers.put(line)
    except ValueError:
        pass  # closed by us
    answers.put(None)
