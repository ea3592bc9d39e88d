"""Public sets: found in a folder of local copies, verified, and read under the names that a scan knows. Nothing here opens a connection."""

from __future__ import annotations

import difflib
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from collusion.datasets.cards import DATASETS, Dataset, markdown
from collusion.errors import ConfigError, InputError
from collusion.reviews.batches import Frame, reader_of
from collusion.reviews.coded import USED
from collusion.reviews.delimited import NAMED
from collusion.reviews.dialect import NEEDED, columns_of, late
from collusion.reviews.source import COMPRESSIONS, Input, opened, sha256
from collusion.reviews.values import A_DAY, NO_NUMBER, as_numpy, ratings, texts, times, unit_of
from collusion.simulate.labelled import LabelledLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from collusion.reviews.batches import Reader

__all__ = ["DATASETS", "Dataset", "card", "check", "dataset", "fetched_folder", "find", "labelled", "load", "local"]

FOLDER = "COLLUSION_DATA"
"""Environment variable that names a folder of local copies."""

SECONDS = 86_400

HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


def dataset(name: str) -> Dataset:
    """Return the card of a set as data.

    Raises
    ------
    ConfigError
        When there is none of this name.
    """
    if name not in DATASETS:
        close = difflib.get_close_matches(name, DATASETS, n=3, cutoff=0.6)
        # All names would fill a screen: a family stands for its categories.
        known = sorted({re.sub(r"(amazon-\d+)-.*", r"\1-CATEGORY", one) for one in DATASETS})
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"known: {', '.join(known)}"
        raise ConfigError(f"no data set is called {name!r}; {hint}")
    return DATASETS[name]


def card(name: str) -> str:
    """Return the data card of a set as Markdown: what it can and cannot show, its labels, licence, files and how to get it."""
    return markdown(dataset(name))


def fetched_folder() -> Path:
    """Return the folder in which sets lie that were fetched without naming another: ``collusion`` in the user's folder for caches."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "collusion"


def find(name: str, folder: Path | None = None) -> Path:
    """Return the local copy of a set, verified.

    Parameters
    ----------
    name : str
    folder : Path, optional
        Where it is looked for, and nowhere else; without it in the folder that ``COLLUSION_DATA`` names, then in `fetched_folder`.

    Raises
    ------
    ConfigError
        When there is no such set.
    InputError
        When there is no copy, with what to do; or it is not the one that the card, or the ``NAME.sha256`` beside it, describes.

    Notes
    -----
    Reads the whole file once, for its SHA-256. A file of which none is known is taken as it is, and that is logged.
    """
    data = dataset(name)
    given = os.environ.get(FOLDER)
    folders = [Path(folder)] if folder is not None else [*([Path(given)] if given else []), fetched_folder()]
    for one in folders:
        path = local(data, one)
        if path is not None:
            return path
    looked = " and ".join(f"{one}{'' if one.is_dir() else ' (no such folder)'}" for one in folders)
    names = ", ".join(copy.name for copy in data.files)
    raise InputError(f"{name}: there is no local copy: none of {names} is in {looked}. {remedy(data)}")


def remedy(data: Dataset) -> str:
    """Return what to do where there is no local copy."""
    fetch = (
        f"Where there is a network, `collusion bench data {data.name} --fetch --folder DIR` gets it from {data.url}." if data.url else ""
    )
    where = f"Put it into a folder, and name that by {FOLDER} or as an argument."
    return " ".join(part for part in (fetch, data.by_hand, where) if part)


def local(data: Dataset, folder: Path) -> Path | None:
    """Return the first of a set's files that a folder holds, verified; None where it holds none. Raises InputError as `find` does."""
    for copy in data.files:
        path = Path(folder) / copy.name
        if path.is_file():
            check(path, copy.sha256)
            return path
    return None


def check(path: Path, expected: str | None = None) -> None:
    """Verify a file by the SHA-256 expected, or else by the one recorded beside it as ``NAME.sha256``.

    Raises
    ------
    InputError
        When it has another, or the record is unreadable.
    """
    said = "its card"
    if expected is None:
        expected, said = recorded(path), f"{record_of(path).name} beside it"
    if expected is None:
        logging.getLogger(__name__).info("%s: its SHA-256 is not known and none is beside it; taken as it is", path)
        return
    try:
        found = sha256(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if found != expected:
        raise InputError(
            f"{path}: has the SHA-256 {found}, but {said} says {expected}: it is cut short, damaged, edited or of another edition; "
            "remove it and get it anew, or keep it under another name"
        )


def record_of(path: Path) -> Path:
    """Return the path of the file that holds the SHA-256 of another."""
    return path.with_name(path.name + ".sha256")


def recorded(path: Path) -> str | None:
    """Return the SHA-256 that lies beside a file, in the form of ``sha256sum``; None where there is none."""
    record = record_of(path)
    try:
        words = record.read_text(encoding="utf-8").split()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{record}: cannot be read ({error}); remove it, or write it anew with sha256sum") from error
    if not words or not HEXADECIMAL.fullmatch(words[0].lower()):
        raise InputError(f"{record}: must begin with 64 hexadecimal digits, as sha256sum writes them; remove it, or write it anew")
    return words[0].lower()


def load(name: str, folder: Path | None = None) -> pa.Table:
    """Return a set as a table, from the local copy that `find` returns.

    Parameters
    ----------
    name : str
    folder : Path, optional
        As in `find`.

    Returns
    -------
    pyarrow.Table
        A row for each row of the file, in its order. Of reviews: ``reviewer_id`` and ``product_id`` as text; where the set has them
        ``rating`` (float32), ``timestamp`` (UTC, whole seconds), ``text``, ``verified``, ``category``, ``seller``, ``listing``,
        ``marketplace``; and ``label`` where there are labels, true for what is fake. Of products: ``product_id``, the features, and
        ``label``. A column without any value is left out.

    Raises
    ------
    ConfigError, InputError
        As `find` does; InputError also where the file is damaged or a cell cannot be read, naming the rows.

    Notes
    -----
    Read by what reads logs for a scan, so that a scan of the table and of the file see the same reviews. The table is held in memory, with
    all texts.
    """
    data = dataset(name)
    path = find(name, folder)
    return _products(data, path) if data.kind == "products" else _reviews(data, path)


def labelled(name: str, folder: Path | None = None) -> LabelledLog:
    """Return a set of reviews with its labels: what is labelled fake, or nothing where the set has no labels. No rings are known in any.

    Raises
    ------
    ConfigError, InputError
        As `load` does; ConfigError also where a set holds no reviews.
    """
    data = dataset(name)
    if data.kind != "reviews":
        raise ConfigError(f"{name}: is no log of reviews, but of {data.kind}; load it as a table")
    table = load(name, folder)
    if "label" not in table.column_names:
        return LabelledLog(table, np.zeros(len(table), bool))
    return LabelledLog(table.drop_columns(["label"]), as_numpy(table.column("label").combine_chunks()))


def _input(data: Dataset, path: Path) -> Input:
    """Return a file with its format by the card: some are named without a suffix."""
    return Input(path, data.form, COMPRESSIONS.get(path.suffix))


def _reviews(data: Dataset, path: Path) -> pa.Table:
    reader = _reader(data, path)
    form, found = columns_of(reader.name, reader.header, {}, data.dialect)
    missing = [name for name in data.extra if name not in reader.header]
    if missing:
        raise InputError(f"{reader.name}: has no column {', '.join(missing)}; its columns are {', '.join(reader.header)}; get it anew")
    if data.form == "jsonl":
        found = late(form, found, reader.header, USED)
    kept = {name: found[name] for name in USED if name in found}
    kept |= {name: name for name in data.extra}
    if data.label is not None:
        kept["label"] = data.label.column
    told = _Told(data, reader.name, form.absent, tuple(kept))
    for batch in reader.batches(list(kept.values())):
        told.add(batch)
    return told.table()


def _reader(data: Dataset, path: Path) -> Reader:
    source = _input(data, path)
    if not data.header:
        return reader_of(source, {}, data.dialect)
    frame = Frame(_csv(source, list(data.header)))
    frame.name = source.name
    return frame


def _csv(source: Input, header: Sequence[str] | None = None) -> pa.Table:
    """Read a CSV file at once: all columns as text where their names are given, by their values where the file has a header."""
    convert = (
        None
        if header is None
        else pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header, pa.large_string()), strings_can_be_null=False)
    )
    try:
        with opened(source) as stream:
            return pyarrow.csv.read_csv(stream, read_options=pyarrow.csv.ReadOptions(column_names=header), convert_options=convert)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source.name}: cannot be read ({error}); it is cut short, damaged or of another form; get it anew") from error


class _Told:
    """The columns of a set as its batches come, and what is wrong with them."""

    def __init__(self, data: Dataset, where: str, absent: str | None, names: Sequence[str]) -> None:
        self._data, self._where, self._absent = data, where, absent
        self._parts: dict[str, list[Any]] = {name: [] for name in names}
        self._numeric: set[bool] = set()
        self._rows = 0
        self._wrong: list[str] = []
        self._more = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        for name, array in zip(self._parts, batch.columns, strict=True):
            self._parts[name].append(self._read(name, array))
        self._rows += batch.num_rows

    def table(self) -> pa.Table:
        """Return the columns that have values; raise InputError naming all that is wrong."""
        if not self._rows:
            raise InputError(f"{self._where}: has no rows; it is cut short or empty; get it anew")
        columns = {name: self._whole(name, parts) for name, parts in self._parts.items()}
        if self._wrong:
            rest = [f"{self._where}: {self._more:,} more cells like these"] if self._more else []
            raise InputError([*self._wrong, *rest])
        if self._data.kind == "attacks":
            columns["label"] = pa.chunked_array([pa.array(np.ones(self._rows, bool))])
        return pa.table({name: column for name, column in columns.items() if name in NEEDED or column.null_count < len(column)})

    def _read(self, name: str, array: pa.Array) -> Any:  # noqa: ANN401  # an array of Arrow's or of numpy's
        try:
            if name == "rating":
                read = ratings(array, self._absent)
                self._note(name, array, read.bad, "no finite number")
                return read.values
            if name == "timestamp":
                return self._seconds(array)
            if name == "verified":
                return array if pa.types.is_boolean(array.type) else pc.cast(texts(array), pa.bool_())
            if name == "label":
                return self._fakes(array)
            cells = texts(array)
        except (pa.ArrowException, ValueError) as error:
            raise InputError(
                f"{self._where}: the column for {name} holds what cannot be read as one ({error}); get the file anew"
            ) from error
        if name in NEEDED:
            self._note(name, array, as_numpy(pc.fill_null(pc.equal(pc.utf8_trim_whitespace(cells), ""), fill_value=True)), "no id")
        return cells if name == "text" else pc.cast(cells, pa.string())

    def _fakes(self, array: pa.Array) -> pa.Array:
        label = self._data.label
        assert label is not None  # noqa: S101  # otherwise there is no such column
        return _truth(array, label.fake, label.genuine, lambda bad, what: self._note("label", array, bad, what))

    def _seconds(self, array: pa.Array) -> NDArray[np.int64]:
        """Return times in seconds where they carry their meaning, else as they stand; see `collusion.reviews.values.times`."""
        read, numeric = times(array, self._absent)
        self._note("timestamp", array, read.bad, "no date, ISO 8601 time or number")
        given = read.values != NO_NUMBER
        if given.any():
            self._numeric.add(numeric)
        if numeric or not given.any():
            return read.values
        return np.where(given, _to_the_second(array, read.values * SECONDS), NO_NUMBER)

    def _whole(self, name: str, parts: list[Any]) -> pa.ChunkedArray:
        if name == "rating":
            rating = np.concatenate(parts)
            return pa.chunked_array([pa.array(rating, mask=np.isnan(rating))])
        if name == "timestamp":
            return pa.chunked_array([self._stamps(np.concatenate(parts))])
        return pa.chunked_array(parts)

    def _stamps(self, values: NDArray[np.int64]) -> pa.Array:
        absent = values == NO_NUMBER
        if len(self._numeric) > 1:
            self._wrong.append(f"{self._where}: the column for timestamp mixes dates and numbers; get the file anew")
        elif self._numeric == {True}:
            unit, problem = unit_of(values)
            if problem is not None:
                self._wrong.append(f"{self._where}: the column for timestamp {problem}")
            else:
                values = values // (A_DAY[unit or "s"] // SECONDS)
        return pa.array(np.where(absent, 0, values), mask=absent).cast(pa.timestamp("s", tz="UTC"))

    def _note(self, name: str, array: pa.Array, bad: NDArray[np.bool_], what: str) -> None:
        """Note the cells that cannot be read; of very many the first ones by row and value."""
        for at in np.flatnonzero(bad).tolist():
            if len(self._wrong) < NAMED:
                cell = str(array[at].as_py()).encode("utf-8", "backslashreplace").decode()[:80]
                self._wrong.append(f"{self._where}: row {self._rows + at + 1:,}: the {name} {cell!r} is {what}; get the file anew")
            else:
                self._more += 1


def _truth(array: pa.Array, fake: str, genuine: str, note: Callable[[NDArray[np.bool_], str], None]) -> pa.Array:
    """Return which cells say fake; every other must say genuine."""
    said = pc.utf8_trim_whitespace(texts(array))
    yes, no = (as_numpy(pc.fill_null(pc.equal(said, one), fill_value=False)) for one in (fake, genuine))
    note(~(yes | no), f"neither {fake!r} (fake) nor {genuine!r} (genuine)")
    return pa.array(yes)


def _to_the_second(array: pa.Array, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ISO 8601 times in seconds where Arrow reads all of them, else those of their days."""
    try:
        stamps = pc.cast(pc.cast(pc.utf8_trim_whitespace(texts(array)), pa.timestamp("s")), pa.int64())
    except (pa.ArrowException, ValueError):
        return days
    return np.asarray(as_numpy(stamps), dtype=np.int64)


def _products(data: Dataset, path: Path) -> pa.Table:
    source = _input(data, path)
    table = _csv(source)
    label = data.label
    assert label is not None  # noqa: S101  # products are there for their labels
    missing = [name for name in ("product_ID", label.column) if name not in table.column_names]
    if missing:
        raise InputError(f"{source.name}: has no column {', '.join(missing)}; it is another table; get it anew")
    features = [name for name in table.column_names if name not in ("product_ID", label.column)]
    wrong = [
        f"{source.name}: the feature {name} is no number in every row; get the file anew"
        for name in features
        if not _is_number(table, name)
    ]

    def note(bad: NDArray[np.bool_], what: str) -> None:
        rows = np.flatnonzero(bad)[:NAMED] + 1
        if len(rows):
            wrong.append(
                f"{source.name}: the column {label.column} is {what} in row {', '.join(f'{row:,}' for row in rows)}; get the file anew"
            )

    fake = _truth(table.column(label.column).combine_chunks(), label.fake, label.genuine, note)
    if wrong:
        raise InputError(wrong)
    columns = {"product_id": pc.cast(table.column("product_ID"), pa.string())}
    columns |= {name: pc.cast(table.column(name), pa.float64()) for name in features}
    return pa.table({**columns, "label": pa.chunked_array([fake])})


def _is_number(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
