"""A bag (RFC 8493) in a zip archive: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["BASE", "DECLARATION", "MANIFEST", "MOST_BYTES", "MOST_FILES", "PAYLOAD", "TAG_MANIFEST", "archive", "manifest", "tags"]

BASE = "collusion-pack/"
"""The one folder of the archive, whatever the archive is called: the name of the file does not change its bytes."""

PAYLOAD = "data/"

MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

MOST_FILES, MOST_BYTES = 10_000, 256 * 2**20
"""Limits of a pack, when it is written and when it is read: whoever checks one holds it in memory."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip archive can name."""

UNIX, REGULAR_FILE = 3, 0o100644 << 16

LINE = 78
"""Characters after which `bag-info.txt` goes on in a new line, as RFC 8493 recommends."""

_BREAKS = re.compile(r"\s+")


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return a manifest: one line ``digest  path`` per file, as ``sha256sum`` writes and checks it."""
    return "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)).encode("ascii")


def tags(payload: Mapping[str, bytes], info: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """Return the tag files of a bag.

    Parameters
    ----------
    payload : mapping of str to bytes
        Paths, which begin with ``data/``, and contents.
    info : iterable of (str, str)
        Labels and values of ``bag-info.txt``, beside the size of the payload.
    """
    size = f"{sum(map(len, payload.values()))}.{len(payload)}"
    made = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": "".join(_labelled(label, value) for label, value in (*info, ("Payload-Oxum", size))).encode("utf-8"),
        MANIFEST: manifest(payload),
    }
    return {**made, TAG_MANIFEST: manifest(made)}


def _labelled(label: str, value: str) -> str:
    """Return a label and its value, on as many lines as it takes; a line that goes on begins with a blank."""
    lines = [f"{label}:"]
    for word in _BREAKS.split(value.strip()):
        if len(lines[-1]) + len(word) >= LINE and not lines[-1].endswith(":"):
            lines.append(" ")
        lines[-1] += f" {word}"
    return "\n".join(lines) + "\n"


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files under `BASE`: sorted, of one time, not compressed, since compressors differ between machines."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(BASE + path, EPOCH)
            entry.create_system, entry.external_attr = UNIX, REGULAR_FILE
            packed.writestr(entry, files[path])
    return out.getvalue()
