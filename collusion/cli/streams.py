"""Standard streams that are closed, or that nobody reads any more: the program continues without them."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ignore_closed_pipe", "open_closed_streams"]


def open_closed_streams() -> None:
    """Open the null device in place of each standard stream that is closed, as under cron, pythonw or ``>&-``.

    Otherwise the next file that is opened gets its number, and the output of a library is written into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:  # a stream before it is open, so the lowest free number is this one
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # noqa: FBT003  # the system's own form
    # They stay open until the program ends.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # type: ignore[unreachable]
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # type: ignore[unreachable]


@contextlib.contextmanager
def ignore_closed_pipe(stream: TextIO) -> Iterator[None]:
    """Write to a stream; if nobody reads it any more, as after ``| head``, this and later output is discarded.

    On stderr, any other failure is ignored as well: messages do not decide whether a case is written.
    """
    try:
        yield
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and stream is not sys.stderr:
            _silence(stream)  # otherwise the rest would fail again when the program ends
            raise
        _silence(stream)


def _silence(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):  # a stream of a test, without a number
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
