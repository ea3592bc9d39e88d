"""What `Before` needs as a folder: coded columns of all rows and names as ``.npy`` (never pickled), the rest as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.errors import InputError
from collusion.kernels.mapped import drop_pages
from collusion.reviews.before import Before
from collusion.reviews.facts import Facts
from collusion.reviews.owners import ByProduct
from collusion.reviews.table import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from collusion.reviews.assemble import Reading

__all__ = ["KEPT", "is_kept", "keep", "keep_columns", "kept", "kept_files"]

KEPT, COLUMNS = "sources.json", "columns.json"
FORMAT = "collusion/sources/1"

PIECE = 1 << 22
"""Entries written at a time of a column that has one value in a source."""

DAMAGE = (KeyError, TypeError, ValueError, AttributeError, AssertionError)
"""What the content of a damaged file raises where it is used."""

AGAIN = "make the folder again with `collusion encode`"


def is_kept(folder: Path) -> bool:
    """Return whether `keep` wrote into the folder."""
    return (folder / KEPT).is_file()


def keep(reading: Reading, folder: Path, options: Mapping[str, Any]) -> None:
    """Write what further sources need into an empty folder, with the options by which all are read; the reading stays as it is.

    The bytes depend on the sources in their order alone: not on how many times some were added. O(rows).
    """
    arrays: dict[str, dict[str, object]] = {}

    def write(name: str, pieces: Sequence[NDArray[Any] | np.generic], rows: Sequence[int]) -> None:
        # Names of linking columns are anything: files have numbers.
        arrays[name] = {"file": f"{len(arrays)}.npy", **_write(folder / f"{len(arrays)}.npy", pieces, rows)}

    rows = [len(part.ok) for part in reading.parts]
    write("ok", [np.True_ if part.ok.all() else part.ok for part in reading.parts], rows)
    for name in sorted(reading.parts[0].columns):
        write(f"column {name}", [part.columns[name] for part in reading.parts], rows)
    for name, names in reading.names.items():
        write(f"offsets {name}", [names.offsets], [len(names.offsets)])
        write(f"data {name}", [names.data], [len(names.data)])
    for name, counted in reading.of_products.items():
        counts = counted.counts(len(reading.names["product_id"]), len(reading.names[name]))
        for what, array in counts.items():
            write(f"{what} {name}", [array], [len(array)])
    tree = {
        "format": FORMAT,
        "options": {**options, "map": dict(options.get("map") or {})},
        "names": list(reading.names),
        "by_product": list(reading.of_products),
        "arrays": arrays,
        "sources": [asdict(one) for one in reading.facts],
        "not_votes": reading.not_votes,
        "unread": list(reading.unread),
        "problems": [dict(problem) for problem in reading.problems],
    }
    (folder / KEPT).write_text(json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=True) + "\n", encoding="utf-8")


def _write(path: Path, pieces: Sequence[NDArray[Any] | np.generic], rows: Sequence[int]) -> dict[str, object]:
    """Write an array that stands in pieces, without making a whole of it, or return its value where it has one throughout."""
    dtype, n = pieces[0].dtype, sum(rows)
    about: dict[str, object] = {"dtype": dtype.str, "length": n}
    first = pieces[0]
    if isinstance(first, np.generic) and all(isinstance(piece, np.generic) and piece.tobytes() == first.tobytes() for piece in pieces):
        # As hex digits of its bytes: JSON has no nan.
        return {**about, "value": first.tobytes().hex()}
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": dtype.str, "fortran_order": False, "shape": (n,)})
        for piece, length in zip(pieces, rows, strict=True):
            for start in range(0, length, PIECE):
                count = min(PIECE, length - start)
                part = np.full(count, piece) if isinstance(piece, np.generic) else piece[start : start + count]
                stream.write(np.ascontiguousarray(part, dtype).data)
            drop_pages(None if isinstance(piece, np.generic) else piece)
    return about


def kept(folder: Path) -> tuple[Before, dict[str, Any]]:
    """Read what `keep` wrote: what further sources need, and the options by which they are read.

    Raises
    ------
    InputError
        When the folder has another format, or an array is missing, damaged or of another length than was noted.
    """
    tree = _tree(folder)
    try:
        before = _before(folder, tree)
        options: dict[str, Any] = tree["options"]
    except DAMAGE as error:
        raise InputError(f"{folder / KEPT}: is damaged ({type(error).__name__}: {error}); {AGAIN}") from error
    for name, names in before.names.items():
        _check_codes(folder, name, before.columns.get(name), 0 if names is None else len(names))
    return before, options


def _check_codes(folder: Path, name: str, codes: NDArray[Any] | np.generic | None, n: int) -> None:
    """Raise InputError where a column has codes that no name has (-1: none). O(rows)."""
    if codes is None or not codes.size:
        return
    low, high = int(codes.min()), int(codes.max())
    drop_pages(None if isinstance(codes, np.generic) else codes)
    if low < -1 or high >= n:
        raise InputError(f"{folder}: the column {name!r} has codes from {low:,} to {high:,}, and {n:,} names; {AGAIN}")


def _before(folder: Path, tree: Mapping[str, Any]) -> Before:
    arrays = {name: _read(folder, about) for name, about in tree["arrays"].items()}
    ok = arrays.pop("ok")
    rows = tree["arrays"]["ok"]["length"]
    return Before(
        facts=[Facts.of(one) for one in tree["sources"]],
        names={name: Names(_array(arrays, f"offsets {name}"), _array(arrays, f"data {name}")) for name in tree["names"]},
        of_products={
            name: ByProduct.of({what: _array(arrays, f"{what} {name}") for what in ("first", "times", "total", "other", "other_times")})
            for name in tree["by_product"]
        },
        columns={name.removeprefix("column "): array for name, array in arrays.items() if name.startswith("column ")},
        ok=np.full(rows, ok) if isinstance(ok, np.generic) else ok,
        problems=tree["problems"],
        not_votes=tree["not_votes"],
        unread=tree["unread"],
    )


def keep_columns(folder: Path, columns: Mapping[str, str | None]) -> None:
    """Write which canonical columns the log turned out to have, with what `keep` wrote."""
    has = sorted(name for name, column in columns.items() if column is not None)
    (folder / COLUMNS).write_text(json.dumps(has) + "\n", encoding="utf-8")


def kept_files(folder: Path) -> tuple[list[Facts], dict[str, Any], set[str]]:
    """Return of what `keep` wrote the sources, the options by which they are read, and the columns that the log has; no array is opened.

    Raises InputError as `kept` does.
    """
    tree = _tree(folder)
    try:
        has = set(json.loads((folder / COLUMNS).read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{folder / COLUMNS}: cannot be read ({error}); {AGAIN}") from error
    try:
        return [Facts.of(one) for one in tree["sources"]], tree["options"], has
    except DAMAGE as error:
        raise InputError(f"{folder / KEPT}: is damaged ({type(error).__name__}: {error}); {AGAIN}") from error


def _tree(folder: Path) -> dict[str, Any]:
    where = folder / KEPT
    try:
        tree = json.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{where}: cannot be read ({error}); {AGAIN}") from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise InputError(f"{where}: is not of the format {FORMAT}; {AGAIN}")
    return tree


def _array(arrays: Mapping[str, NDArray[Any] | np.generic], name: str) -> NDArray[Any]:
    found = arrays[name]
    assert isinstance(found, np.ndarray)  # noqa: S101  # only columns of rows are written as one value
    return found


def _read(folder: Path, about: Mapping[str, Any]) -> NDArray[Any] | np.generic:
    dtype, n = np.dtype(about["dtype"]), about["length"]
    if "value" in about:
        value: np.generic = np.frombuffer(bytes.fromhex(about["value"]), dtype)[0]
        return value
    path = folder / about["file"]
    try:
        # Arrays without elements cannot be mapped.
        array: NDArray[Any] = np.load(path, mmap_mode="r" if n else None, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); {AGAIN}") from error
    if array.dtype != dtype or array.shape != (n,):
        raise InputError(f"{path}: contains {array.dtype}{list(array.shape)}, not {dtype}[{n}]; {AGAIN}")
    return array
