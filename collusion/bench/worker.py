"""A process that does one task after the other: ``python -m collusion.bench.worker MODULE:NAME``.

``NAME`` is the work: a function of a task and of ``allow``, or a class of such functions, whose object keeps what tasks share. It returns
the result as JSON. ``allow(seconds)`` sets the time that the work may take from then on. A task is a line of JSON on stdin; each answer is
a line on stdout. The process ends when stdin does: the process that gave the tasks is gone, and may have been killed.
"""

from __future__ import annotations

import _thread
import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from collusion.base.errors import InputError

__all__ = ["Allow", "Work", "answer", "find_work", "main"]

Allow = Callable[[float], None]
Work = Callable[[Mapping[str, Any], Allow], Any]

PATIENCE = 10.0
"""Seconds for clean-up after stdin has ended."""


def find_work(name: str) -> Work:
    """Return the work that a name such as ``collusion.bench.placebo:PlaceboWork`` stands for."""
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    work: Work = found() if isinstance(found, type) else found
    return work


def answer(work: Work, task: Mapping[str, Any], allow: Allow) -> dict[str, Any]:
    """Do a task and return the fields of `collusion.bench.processes.Answer`."""
    try:
        return {"status": "done", "value": work(task, allow)}
    except MemoryError:
        return {"status": "memory", "value": "ran out of memory"}
    except Exception as error:  # noqa: BLE001  # work that fails is an answer, too
        problems = list(error.problems) if isinstance(error, InputError) else str(error)
        limit = {"TimeLimitError": "time-out", "MemoryLimitError": "memory"}.get(type(error).__name__)
        return {"status": limit, "value": problems} if limit else {"status": "failed", "value": problems, "error": type(error).__name__}


def main() -> None:
    """Do tasks until stdin ends."""
    # Whatever a method prints must not appear among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # A shell starts background jobs with this signal ignored; `_listen` needs it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def tell(value: Mapping[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    tasks: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    try:
        work = find_work(sys.argv[1])
        while (line := tasks.get()) is not None:
            tell(answer(work, json.loads(line), lambda seconds: tell({"allow": seconds})))
    except (KeyboardInterrupt, BrokenPipeError):
        _end()


def _listen(tasks: queue.SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        tasks.put(line)
    tasks.put(None)
    # Interrupts the work, also while it waits, so that it ends what it has started. Code that cannot be interrupted ends below.
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
    time.sleep(PATIENCE)
    _end()


def _end() -> None:
    """End this process and what it started, which is in its group where it leads one."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
