"""The catalogue of public sets, and their local copies: found in a folder and verified. Nothing here opens a connection."""

from __future__ import annotations

import difflib
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, InputError
from collusion.datasets.card import markdown, read_card
from collusion.reviews.source import sha256

if TYPE_CHECKING:
    from collusion.datasets.card import Dataset

__all__ = ["DATASETS", "card", "check", "dataset", "fetched_folder", "find", "local", "record_of", "recorded"]

FOLDER_VARIABLE = "COLLUSION_DATA"
"""Environment variable that names a folder of local copies."""

HEXADECIMAL = re.compile(r"[0-9a-f]{64}")

DATASETS: dict[str, Dataset] = {
    one.name: one for path in sorted((Path(__file__).parent / "cards").glob("*.toml")) for one in read_card(path)
}
"""Every set by its name."""


def dataset(name: str) -> Dataset:
    """Return the card of a set as data. Raises ConfigError when no set has this name."""
    if name not in DATASETS:
        close = difflib.get_close_matches(name, DATASETS, n=3, cutoff=0.6)
        # All names would fill a screen, so CATEGORY stands for those of a family.
        known = sorted({re.sub(r"(amazon-\d+)-.*", r"\1-CATEGORY", one) for one in DATASETS})
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"known: {', '.join(known)}"
        raise ConfigError(f"no data set is called {name!r}; {hint}")
    return DATASETS[name]


def card(name: str) -> str:
    """Return the data card of a set as Markdown: what it can and cannot show, its labels, licence, files and how to get it."""
    return markdown(dataset(name))


def fetched_folder() -> Path:
    """Return the folder that is also searched for copies: ``collusion`` in the user's folder for caches."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "collusion"


def find(name: str, folder: Path | None = None) -> Path:
    """Return the local copy of a set, verified.

    Parameters
    ----------
    name : str
    folder : Path, optional
        The only folder that is searched; where None, first the folder that ``COLLUSION_DATA`` names, then in `fetched_folder`.

    Raises
    ------
    ConfigError
        When there is no such set.
    InputError
        When there is no copy, with what to do; or its SHA-256 differs from that of the card, or of the file ``NAME.sha256`` beside it.

    Notes
    -----
    Reads the whole file once, for its SHA-256. A file without a known SHA-256 is used as it is, and that is logged.
    """
    data = dataset(name)
    given = os.environ.get(FOLDER_VARIABLE)
    folders = [Path(folder)] if folder is not None else [*([Path(given)] if given else []), fetched_folder()]
    for one in folders:
        path = local(data, one)
        if path is not None:
            return path
    looked = " and ".join(f"{one}{'' if one.is_dir() else ' (no such folder)'}" for one in folders)
    names = ", ".join(data.files)
    raise InputError(f"{name}: there is no local copy: none of {names} is in {looked}. {remedy(data)}")


def remedy(data: Dataset) -> str:
    """Return what to do where there is no local copy."""
    fetch = (
        f"Where there is a network, `collusion bench data {data.name} --fetch --folder DIR` gets it from {data.url}." if data.url else ""
    )
    where = f"Put it into a folder, and name the folder by {FOLDER_VARIABLE} or as an argument."
    return " ".join(part for part in (fetch, data.by_hand, where) if part)


def local(data: Dataset, folder: Path) -> Path | None:
    """Return the first of a set's files that is in a folder, verified; None where it has none. Raises InputError as `find` does."""
    for name in data.files:
        path = Path(folder) / name
        if path.is_file():
            check(path, data.checksums.get(name))
            return path
    return None


def check(path: Path, expected: str | None = None) -> None:
    """Verify a file by the SHA-256 expected, or else by the one recorded beside it as ``NAME.sha256``.

    Raises InputError when it has another, or the record is unreadable.
    """
    said = "its card"
    if expected is None:
        expected, said = recorded(path), f"{record_of(path).name} beside it"
    if expected is None:
        logging.getLogger(__name__).info("%s: its SHA-256 is not known, and no file with it is there; used as it is", path)
        return
    try:
        found = sha256(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if found != expected:
        raise InputError(
            f"{path}: has the SHA-256 {found}, but {said} says {expected}: it is cut short, damaged, edited or of another edition; "
            "remove it and get it again, or keep it under another name"
        )


def record_of(path: Path) -> Path:
    """Return the path of the file in which the SHA-256 of another file is recorded."""
    return path.with_name(path.name + ".sha256")


def recorded(path: Path) -> str | None:
    """Return the SHA-256 that is recorded beside a file, in the form of ``sha256sum``; None where there is none."""
    record = record_of(path)
    try:
        words = record.read_text(encoding="utf-8").split()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{record}: cannot be read ({error}); remove it, or write it again with sha256sum") from error
    if not words or not HEXADECIMAL.fullmatch(words[0].lower()):
        raise InputError(f"{record}: must begin with 64 hexadecimal digits, as sha256sum writes them; remove it, or write it again")
    return words[0].lower()
