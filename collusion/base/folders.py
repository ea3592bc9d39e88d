"""Folders and files that this program made, recognised by what they hold."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["JOURNAL_HEAD", "JOURNAL_SUFFIX", "MARKERS", "REPORT_SUFFIX", "Spooled", "is_result", "made_here"]

MARKERS = ("run.json", "collusion-graph.json", "market.json")
"""Each folder that this program makes holds one of these: `scan`, `encode` and `simulate`."""

RESULTS = ("run.json", "collusion-graph.json")
"""Of those, the markers of folders that are no log themselves: a case, and a coded log."""

JOURNAL_SUFFIX = ".decisions.jsonl"
"""End of the name of a journal, which is next to its case."""

REPORT_SUFFIX = ".report"
"""End of the name of a decided report, which is next to its case."""

JOURNAL_HEAD = b'{"collusion_decision":'
"""How a journal begins."""

MOST_BYTES = 1 << 16
"""``run.json`` is far smaller. A larger file of that name is another program's."""


def made_here(folder: Path) -> bool:
    """Return whether this program made a folder, so that it may be replaced."""
    return any(_is_marker(folder / name) for name in MARKERS)


def is_result(path: Path) -> bool:
    """Return whether a folder is a case or a coded log, or a file a journal of decisions: not one of the logs next to it."""
    if path.is_dir():
        return any(_is_marker(path / name) for name in RESULTS)
    if not path.name.endswith(JOURNAL_SUFFIX):
        return False
    with path.open("rb") as stream:
        return stream.read(len(JOURNAL_HEAD)) == JOURNAL_HEAD


def _is_marker(path: Path) -> bool:
    """Return whether a file is there and, where other programs use its name, too, is ours."""
    if path.name != "run.json":
        return path.is_file()
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return False
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(tree, dict) and isinstance(tree.get("seconds"), dict)


class Spooled(type(Path())):  # type: ignore[misc]  # the class of paths of this system
    """A file that holds what came through a pipe."""

    shown: str = ""
    """What the user called it: messages and the case name this, not the temporary file."""
