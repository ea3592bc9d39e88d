"""What a scan says while it works, and how long its stages took."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Clock", "Progress", "silent"]

logger = logging.getLogger(__name__)


class Progress(Protocol):
    """Called as work goes on: the stage, how much of it is done, and how much there is (None: not known)."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note of the progress."""
        ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Report nothing."""


@dataclass
class Clock:
    """Adds up the seconds of each stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what is done inside to a stage, and log when it begins and ends."""
        logger.info("stage %s begins", name, extra={"stage": name})
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        logger.info("stage %s ends after %.3f s", name, seconds, extra={"stage": name, "seconds": round(seconds, 6)})
