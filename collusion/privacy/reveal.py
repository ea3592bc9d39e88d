"""Pseudonyms back to names. An HMAC cannot be inverted, so the pseudonyms of all names of the log are computed again with the key."""

from __future__ import annotations

import base64
import io
import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.base.errors import CollusionError, ConfigError, InputError, OutputError
from collusion.export.escape import cell
from collusion.privacy.keys import key_of
from collusion.privacy.names import PATTERN, ROLES, digest_of, fingerprint, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from collusion.graph.log import Log
    from collusion.graph.log import Names as LogNames
    from collusion.reviews.table import Names, ReviewTable

    AnyNames = Names | LogNames

__all__ = ["Revealed", "check_new", "found_in", "gathered", "reveal", "write_mapping"]

TEXTS = {".csv", ".tsv", ".json", ".jsonl", ".html", ".svg", ".graphml", ".gexf", ".md", ".txt"}
"""Files of a folder that are searched for pseudonyms, beside Parquet."""

IN_ROWS = {"review": "review_id", "seller": "seller", "listing": "listing", "category": "category", "marketplace": "marketplace"}
"""Roles whose names are read from the rows once more, and the columns they are in."""


@dataclass(frozen=True)
class Revealed:
    """A pseudonym, its role, and its name; None if the log has no such name."""

    pseudonym: str
    role: str
    name: str | None


def reveal(
    pseudonyms: Iterable[str],
    source: Any,  # noqa: ANN401  # as read_reviews
    key: bytes | str | os.PathLike[str],
    *,
    map: Mapping[str, str] | None = None,  # noqa: A002  # as read_reviews
    dialect: str | None = None,
    time_unit: str | None = None,
    time_format: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: Sequence[str] | None = None,
    link: Sequence[str] = (),
    threads: int = 2,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> tuple[Revealed, ...]:
    """Turn pseudonyms back into the names of a log.

    Parameters
    ----------
    pseudonyms : iterable of str
        ``A-4QZB6O2XJ5RDNWTE`` and the like; an iterable that holds fingerprints of keys, as `found_in` returns it, is checked by them.
    source : path, sequence of paths, data frame, or folder made by `collusion encode`
        The log. A folder made by `encode` holds reviewers and products alone.
    key : bytes or path
        The key that the pseudonyms were made with.
    map, dialect, time_unit, time_format, delimiter, quote, columns, link, threads, progress
        As for `collusion.read_reviews`; values of linking columns are revealed where ``link`` names the columns.

    Returns
    -------
    tuple of Revealed
        In the order in which they were given, each once.

    Raises
    ------
    ConfigError
        When the key cannot be used, or a fingerprint among the pseudonyms shows that they were made with another.
    InputError
        When something given is no pseudonym, or the log cannot be used; all problems at once.

    Notes
    -----
    O(names of the log), about 2 us each; only those asked for are kept.
    """
    options = {name: value for name, value in locals().items() if name not in {"pseudonyms", "source", "key"}}
    secret = key_of(key)
    given = list(dict.fromkeys(one.strip().upper() for one in pseudonyms))
    wrong = [f"{one!r} is not a pseudonym, such as A-4QZB6O2XJ5RDNWTE" for one in given if not PATTERN.fullmatch(one)]
    if wrong:
        raise InputError(wrong)
    keys = [one for one in given if ROLES[one[0]] == "key"]
    if keys and fingerprint(secret) not in keys:
        raise ConfigError(
            f"the pseudonyms were made with the key {' or '.join(keys)}, and this key is {fingerprint(secret)}; name that one"
        )
    asked = [one for one in given if one not in keys]
    wanted: dict[str, dict[bytes, str]] = {}
    for one in asked:
        wanted.setdefault(ROLES[one[0]], {})[base64.b32decode(one[2:])] = one
    names: dict[str, str] = {}
    if wanted:
        log = _read(source, options)
        for role, digests in wanted.items():
            if progress is not None:
                progress(f"reveal {role}s", 0, None)
            for raw in _names(log, role):
                pseudonym = digests.get(digest_of(secret, role, raw))
                if pseudonym is not None:
                    name = raw.decode("utf-8", "surrogatepass")
                    if names.setdefault(pseudonym, name) != name:
                        raise CollusionError(f"{pseudonym} stands for more than one {role} of the log, so its name is not known")
    return tuple(Revealed(one, ROLES[one[0]], names.get(one)) for one in asked)


def _read(source: Any, options: dict[str, Any]) -> ReviewTable | Log:  # noqa: ANN401  # as read_reviews
    from collusion.graph import store  # noqa: PLC0415  # numpy and pyarrow, only for who reveals
    from collusion.reviews import read_reviews  # noqa: PLC0415  # as above

    paths = [source] if isinstance(source, (str, Path)) else list(source) if isinstance(source, (list, tuple)) else []
    stores = [Path(path) for path in paths if store.is_store(Path(path))]
    if len(stores) > 1 or (stores and len(paths) > 1):
        raise ConfigError(f"{stores[0]}: is a folder made by `collusion encode`; name only this folder, or the logs it was made from")
    return store.load(stores[0]) if stores else read_reviews(paths or source, **options)


def _names(log: ReviewTable | Log, role: str) -> Iterator[bytes]:
    """Yield the names of one role, as bytes; of a review, a seller and the like each time it comes."""
    from collusion.graph.log import Log  # noqa: PLC0415  # as above

    if role == "digest":
        yield from (packed(source.digest) for source in log.sources)
    elif role == "link":
        for link in log.links:
            yield from _each(link.values)
    elif role in IN_ROWS:
        if not isinstance(log, Log):  # a folder made by `encode` holds no such names
            yield from map(packed, log.values(IN_ROWS[role]))
    else:
        coded = isinstance(log, Log)
        yield from _each(getattr(log, f"{role}s" if coded else f"{role}_names"))


def _each(names: AnyNames) -> Iterator[bytes]:
    for first, end in itertools.pairwise(names.offsets.tolist()):
        yield names.data[first:end].tobytes()


def gathered(given: Sequence[str]) -> list[str]:
    """Return the pseudonyms that were given, and those in the files and folders that were; raise InputError naming what is neither."""
    written = [one for one in given if PATTERN.fullmatch(one.strip().upper())]
    others = [Path(one) for one in given if one not in written]
    missing = [f"{one}: is neither a pseudonym, such as A-4QZB6O2XJ5RDNWTE, nor a file or folder" for one in others if not one.exists()]
    if missing:
        raise InputError(missing)
    return [*written, *found_in(others)]


def found_in(paths: Sequence[Path]) -> list[str]:
    """Return the pseudonyms, and the fingerprints of keys, in files and in folders such as a scan writes; each once, sorted.

    Raises InputError naming every file that cannot be read or holds no pseudonym.
    """
    found: set[str] = set()
    wrong = []
    for path in paths:
        try:
            files = sorted(one for one in path.rglob("*") if one.suffix.lower() in TEXTS | {".parquet"}) if path.is_dir() else [path]
            here = {one for file in files if file.is_file() for one in _in_file(file)}
        except (OSError, ValueError) as error:  # Arrow's errors are of these
            wrong.append(f"{path}: cannot be read ({error})")
            continue
        if not here:
            wrong.append(f"{path}: holds no pseudonym; name a file of a pseudonymised case, or its folder")
        found |= here
    if wrong:
        raise InputError(wrong)
    return sorted(found)


def _in_file(file: Path) -> Iterator[str]:
    if file.suffix.lower() == ".parquet":
        import pyarrow as pa  # noqa: PLC0415  # only where there is such a file
        import pyarrow.parquet  # noqa: PLC0415  # as above

        table = pa.parquet.read_table(file)
        for column in table.columns:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                for value in column.unique().to_pylist():
                    yield from PATTERN.findall(value or "")
        return
    with file.open(encoding="utf-8", errors="replace", newline="\n") as stream:
        for line in stream:
            yield from PATTERN.findall(line)


def write_mapping(revealed: Iterable[Revealed], path: Path) -> None:
    """Write ``pseudonym,role,id`` as a new CSV file that its owner alone may read; an empty id is unknown.

    Ids are written as in the files of a case: text that a sheet would take for a formula begins with an apostrophe
    (`collusion.export.escape.uncell` takes it away). Raises ConfigError where there is something of that name already, and OutputError
    where it cannot be written; nothing is left behind.
    """
    text = io.StringIO()
    text.write("pseudonym,role,id\n")
    for one in revealed:
        held = cell(one.name or "").replace('"', '""')
        text.write(f'{one.pseudonym},{one.role},"{held}"\n')
    check_new(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.write(text.getvalue())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}); nothing was left behind") from error


def check_new(path: Path) -> None:
    """Raise ConfigError where `write_mapping` would find something of that name."""
    if path.exists() or path.is_symlink():
        raise ConfigError(f"{path}: exists; name another file")
