"""Errors of Arrow and of the system: those about a file, and those about a machine without memory."""

from __future__ import annotations

import errno

import pyarrow as pa

from collusion.base.errors import InputError

__all__ = ["OF_DATA", "damaged"]

OF_DATA = (
    pa.ArrowInvalid,
    pa.ArrowCapacityError,
    pa.ArrowIndexError,
    pa.ArrowKeyError,
    pa.ArrowNotImplementedError,
    pa.ArrowSerializationError,
    pa.ArrowTypeError,
)
"""Errors of Arrow about what is wrong with data. The others must not be taken for one of these: `ArrowMemoryError`, and the plain
`ArrowException` of a thread that cannot be started, say nothing about the file. (Errors of input and output are OSError.)"""


def damaged(name: str, error: object) -> InputError:
    """Return the error of a file whose bytes cannot be read to their end; raise MemoryError where it is memory that they need."""
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        raise MemoryError(str(error)) from error
    return InputError(
        f"{name}: cannot be read to its end ({error}); it is cut short, damaged or not what its name says; fetch or write it again"
    )
