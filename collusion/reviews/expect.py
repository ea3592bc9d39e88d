"""How many rows a log has, before any of them is read."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet

from collusion.base.errors import InputError
from collusion.reviews.source import expand

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from collusion.reviews.source import Input

__all__ = ["expected_rows"]

SAMPLE = 1 << 20
"""Bytes of text, decompressed, whose lines are counted."""

PIECE = 1 << 16
"""Bytes asked for at once."""

MOST = 1 << 26
"""Bytes of text after which no further block is waited for."""

FILES = 8
"""Text files of which a sample is read, the largest first: a folder may hold thousands."""


def expected_rows(paths: Sequence[str | os.PathLike[str]]) -> int | None:
    """Return how many rows the files of these paths hold: Parquet says so itself; text is estimated from the start of each file.

    None if it is not known, as of a file that is missing or damaged: reading will say what is wrong. A cell that spans lines counts
    as several rows.
    """
    try:
        inputs, _ = expand(paths)
        tables = [one for one in inputs if one.format == "parquet"]
        rows = sum(pa.parquet.read_metadata(one.path).num_rows for one in tables)
        texts = sorted((one for one in inputs if one.format != "parquet"), key=lambda one: -one.path.stat().st_size)
        lines, read = (sum(column) for column in zip(*(_sample(one) for one in texts[:FILES]), (0, 0), strict=True))
        size = sum(one.path.stat().st_size for one in texts)
    except (InputError, OSError, EOFError, zlib.error, pa.ArrowException, UnicodeDecodeError):
        return None
    return int(rows + (lines * size / read if read else 0))


def _sample(source: Input) -> tuple[int, int]:
    """Return how many lines the start of a text file has, and how many bytes on the disk it takes."""
    with source.path.open("rb") as raw:
        stream = _unpacked(source, raw)
        lines = taken = blocks = 0
        while piece := stream.read(PIECE):
            # Compressed bytes are read ahead in blocks: the text before a new block is what all blocks before it held.
            if taken >= SAMPLE and (raw.tell() != blocks or taken >= MOST):
                return lines, blocks
            blocks = raw.tell()
            lines += piece.count(b"\n")
            taken += len(piece)
    return lines, source.path.stat().st_size


def _unpacked(source: Input, raw: BinaryIO) -> Any:  # noqa: ANN401  # a file of Python's, or pyarrow's, which has no types
    if source.compression == "zstd":
        return pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")
    return gzip.GzipFile(fileobj=raw) if source.compression == "gzip" else raw
