"""Decoding in a thread of its own, a few batches ahead of who uses them."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ahead"]

T = TypeVar("T")
DEPTH = 8
"""Batches that may wait, where nothing else is said."""

PATIENCE_SECONDS = 1.0
"""How long to wait for a batch before asking whether the thread still lives."""


class _End:
    """The end of the items, and the error that ended them."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[T], depth: int = DEPTH) -> Iterator[T]:
    """Yield the items, made in a thread; an error there is raised here. The thread ends when the items or their user do.

    At most ``depth`` items wait.
    """
    ready: queue.Queue[Any] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                ready.put(item)
                if stop.is_set():
                    break
        except BaseException as caught:  # noqa: BLE001  # raised again where the items are used
            error = caught
        ready.put(_End(error))

    thread = threading.Thread(target=work, name="collusion-decode", daemon=True)
    thread.start()
    try:
        while not isinstance(item := _next(ready, thread), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        # A full queue would hold the thread: empty it until the thread has seen the sign.
        while thread.is_alive():
            try:
                ready.get(timeout=0.01)
            except queue.Empty:
                continue


def _next(ready: queue.Queue[Any], thread: threading.Thread) -> Any:  # noqa: ANN401  # an item or the end
    """Return what the thread made next; one that found no memory even to report its error would be waited for without end."""
    while True:
        alive = thread.is_alive()
        try:
            return ready.get(timeout=PATIENCE_SECONDS if alive else 0)
        except queue.Empty:
            if not alive:
                raise MemoryError("the thread that reads the log ended too early") from None
