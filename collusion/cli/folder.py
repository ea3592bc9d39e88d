"""What ``--overwrite`` may replace: only folders that collusion made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError
from collusion.base.folders import MARKERS, made_here
from collusion.export import Seen, check_free

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["check_folder"]


def check_folder(out: Path, *, overwrite: bool, needed: Iterable[Path] = ()) -> Seen:
    """Check, before any work is done, that a folder can be made or replaced; return which folder is there now.

    Raises
    ------
    ConfigError
        When there is a file of that name, or a folder that is not empty and may not be overwritten, was not made by collusion, or contains
        one of the files and folders that the run needs.
    OutputError
        When its parent is missing or cannot be written.
    """
    taken = out.is_dir() and not out.is_symlink() and any(out.iterdir())
    if taken and not overwrite:
        raise ConfigError(f"{out}: exists and is not empty; name another, or add --overwrite to replace it")
    seen = check_free(out, overwrite=overwrite)
    if taken and not made_here(out):
        raise ConfigError(
            f"{out}: has no {' or '.join(MARKERS)} of collusion, so collusion did not make it and does not replace it; name another"
        )
    for path in needed:
        if taken and path.resolve().is_relative_to(out.resolve()):
            raise ConfigError(f"{path}: is in {out}, which would be replaced; give another --out")
    return seen
