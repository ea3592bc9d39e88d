"""What ``--overwrite`` may replace: folders that this program made, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.errors import ConfigError
from collusion.export import check_free

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OURS", "check_folder"]

OURS = ("run.json", "collusion-graph.json", "market.json")
"""Each folder that this program makes holds one of these: `scan`, `encode` and `simulate`."""


def check_folder(out: Path, *, overwrite: bool) -> None:
    """Make sure, before any work is done, that a folder can be made or replaced.

    Raises
    ------
    ConfigError
        When there is a file of that name, or a folder that is not empty and is not to be overwritten or was not made by this program.
    OutputError
        When there is no place to make it in.
    """
    taken = out.is_dir() and not out.is_symlink() and any(out.iterdir())
    if taken and not overwrite:
        raise ConfigError(f"{out}: exists and is not empty; name another, or give --overwrite to replace it")
    check_free(out, overwrite=overwrite)
    if taken and not any((out / name).is_file() for name in OURS):
        raise ConfigError(f"{out}: holds none of {', '.join(OURS)}, so it was not made here and is not replaced; name another")
