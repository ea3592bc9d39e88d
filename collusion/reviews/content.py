"""What a file is by its first bytes, where its name says nothing or something else."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from typing import TYPE_CHECKING

import pyarrow as pa

from collusion.reviews.failures import OF_DATA

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WAYS_OUT", "content_of"]

HEAD = 512
"""Bytes that are looked at."""

COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

WAYS_OUT = {
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook or another Office file; save the sheet as CSV (Save As, CSV UTF-8) and read that",
    b"BZh": "is compressed by bzip2; unpack it (bunzip2), or compress it by gzip or zstd",
    b"\xfd7zXZ\0": "is compressed by xz; unpack it (unxz), or compress it by gzip or zstd",
    b"\x04\x22\x4d\x18": "is compressed by LZ4; unpack it (unlz4), or compress it by gzip or zstd",
    b"7z\xbc\xaf\x27\x1c": "is a 7-Zip archive; unpack it and read the files in it",
    b"Rar!": "is a RAR archive; unpack it and read the files in it",
    b"SQLite format 3\0": "is an SQLite database; export the table of reviews as CSV (sqlite3 -csv -header FILE 'select * from TABLE')",
    b"ARROW1": "is an Arrow or Feather file; save it as Parquet, or read it in Python and pass the table",
    b"FEA1": "is a Feather file; save it as Parquet, or read it in Python and pass the table",
    b"ORC": "is an ORC file; save it as Parquet",
    b"Obj\x01": "is an Avro file; save it as Parquet or JSON lines",
    b"\x89HDF": "is an HDF5 file; save the table as Parquet",
    b"%PDF": "is a PDF; a log is a table, such as CSV",
    b"<!doctype": "is a web page, not a log; perhaps a page for signing in was saved in its place",
    b"<html": "is a web page, not a log; perhaps a page for signing in was saved in its place",
    b"<?xml": "is XML; save it as CSV or JSON lines",
}
"""First bytes, in lower case where they are text, of what is not read, and what to do about it."""

TAR = slice(257, 262)
"""Where an archive of tar has its mark."""


def content_of(path: Path, form: str, compression: str | None) -> tuple[str, str | None, str | None]:
    """Return the format and the compression of a regular file, and why it cannot be read, with what to do, if so.

    ``form`` and ``compression`` are what its name says (empty and None where nothing). The format is ``txt`` where neither the name nor the
    bytes say more.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    by_mark = next((name for mark, name in COMPRESSED.items() if head.startswith(mark)), None)
    if head.startswith(b"PAR1") and form != "parquet":
        return "parquet", None, None
    if form == "parquet":
        return form, compression, None
    compression = by_mark or compression
    if by_mark is not None:
        head = _unpacked(path, by_mark)
        if head.startswith(b"PAR1"):
            return form, compression, f"is a Parquet file, compressed by {by_mark}; unpack it"
    if (problem := _refused(head, path)) is not None:
        return form, compression, problem
    if form != "jsonl" and head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return "jsonl", compression, None
    return form or "txt", compression, None


def _refused(head: bytes, path: Path) -> str | None:
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    if head[TAR] == b"ustar":
        return "is a tar archive; unpack it (tar xf) and read the files in it"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
    return next(
        (reason for mark, reason in WAYS_OUT.items() if head.startswith(mark) or (mark[:1] == b"<" and start.startswith(mark))), None
    )


def _of_zip(path: Path) -> str:
    """Return what a zip file is: sheets of Excel and others are zip files, too."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        names = []
    if any(name.startswith("xl/") for name in names) or path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb"):
        return "is an Excel workbook; save the sheet as CSV (Save As, CSV UTF-8) and read that"
    if "content.xml" in names or path.suffix.lower() == ".ods":
        return "is a workbook of LibreOffice; save the sheet as CSV in UTF-8 and read that"
    if any(name.startswith("word/") for name in names) or path.suffix.lower() == ".docx":
        return "is a Word document; a log is a table, such as CSV"
    return "is a zip archive or a workbook; unpack it (unzip) and read the files in it, or save its sheet as CSV"


def _unpacked(path: Path, compression: str) -> bytes:
    """Return the first bytes inside; none where they are damaged, which reading will say."""
    try:
        if compression == "gzip":
            with gzip.open(path) as stream:
                return stream.read(HEAD)
        with pa.CompressedInputStream(pa.OSFile(os.fspath(path), "rb"), "zstd") as unpacked:
            return bytes(unpacked.read(HEAD))
    except (OSError, EOFError, zlib.error, *OF_DATA):
        return b""
