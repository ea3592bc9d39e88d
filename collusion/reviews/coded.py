"""One source, batch by batch, to coded columns; what cannot be read is set aside with its reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.errors import InputError
from collusion.base.hints import hint
from collusion.base.model import NEEDED
from collusion.kernels.coding import UNSEEN, first_seen, hash_strings, unset_empty
from collusion.kernels.columns import take
from collusion.reviews.columns import Filling, Sparing
from collusion.reviews.days import Days
from collusion.reviews.failures import OF_DATA
from collusion.reviews.links import key_of, missing_link
from collusion.reviews.moments import NOTHING, format_hint, is_nothing
from collusion.reviews.table import Names
from collusion.reviews.values import NO_NUMBER, as_arrow, as_numpy, ratings, texts, times, votes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from collusion.kernels.coding import Coder
    from collusion.reviews.batches import Reader
    from collusion.reviews.dialect import Dialect
    from collusion.reviews.owners import ByProduct
    from collusion.reviews.table import Problem

__all__ = ["CODED", "IDS", "READ", "USED", "Coded", "SourceCoder", "buffers"]

CODED = ("reviewer_id", "product_id", "category", "seller", "marketplace", "listing")
"""Columns whose values become codes."""

IDS = CODED[:2]
"""Those of which every row keeps its code; of the others each product does (`ByProduct`)."""

USED = (*CODED, "rating", "timestamp", "text", "verified")
"""Columns that say who reviewed what, when and how."""

READ = (*USED, "helpful_votes")
"""Columns that are read; the others are read when rows are asked for."""

FORMS = {
    "rating": "",
    "timestamp": " Times are read as ISO 8601 (2017-07-14, 2017-07-14T09:30:00Z), with the name of a month (July 14, 2017), or as numbers; "
    f"name any other form, as in {hint('time_format', '%d.%m.%Y')}.",
}
"""What can be read, said where most of a column cannot."""

LONGEST_WORD = max(map(len, NOTHING))
"""Bytes of the longest word for nothing."""

SPELLED = {"nan": "NaN", "nat": "NaT", "\\n": "\\N", "<na>": "<NA>"}
"""Words for nothing whose usual spelling is neither lower case nor upper case nor a title's."""

MANY = 100
"""Cells that cannot be read from which on a column of few values was mistaken, if they are most of these; fewer are set aside."""

SHOWN = 1000
"""Cells that cannot be read, of which the form is looked for."""

SPACE_OR_BEYOND = 0x21, 0x80
"""A cell that begins with a byte from the first up to the second is not blank: it begins with a visible ASCII character."""


@dataclass(frozen=True, eq=False)
class Coded:
    """A batch with the codes of its ids: ``columns`` by canonical name, ``codes`` (int32[rows]) and how many ids are known since."""

    rows: int
    columns: Mapping[str, pa.Array]
    codes: Mapping[str, NDArray[np.int32]]
    sizes: Mapping[str, int]


@dataclass(eq=False)
class SourceCoder:
    """Codes the batches of one source: each of those that `coded` yields goes to `add`, and after the last comes `end`.

    All sources of a log share ``coders`` (one for each of `CODED` and of the linking columns), ``of_products`` (for each of `CODED` but
    `IDS`) and ``wanted`` (the canonical columns that the log has, in whichever source). ``found`` leads from these to the source's own.
    ``time_unit`` and ``time_format`` are those that the user names. ``digest`` is for a source that is no file. With a ``pool`` the ids of
    several columns are coded at a time, which changes no result.
    """

    reader: Reader
    form: Dialect
    found: Mapping[str, str]
    coders: Mapping[str, Coder]
    of_products: Mapping[str, ByProduct]
    wanted: set[str]
    time_unit: str | None
    digest: bool
    time_format: str | None = None
    links: Sequence[str] = ()
    pool: Executor | None = None
    rows: int = 0
    unit: str | None = None
    problems: list[Problem] = field(default_factory=list)
    not_votes: int = 0
    _filled: dict[str, Filling] = field(default_factory=dict)
    _sparing: dict[str, Sparing] = field(default_factory=dict)
    _lookups: dict[str, tuple[pa.Array, NDArray[np.int32]]] = field(default_factory=dict)
    _bad: dict[str, int] = field(default_factory=lambda: {"rating": 0, "timestamp": 0})
    _given: dict[str, int] = field(default_factory=lambda: {"rating": 0, "timestamp": 0})
    _not_utf8: dict[str, str] = field(default_factory=dict)
    _late: set[str] = field(default_factory=set)
    _words: dict[str, list[int]] = field(default_factory=dict)
    _hasher: Any = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self._ok = Filling(self.reader.rows, np.bool_)
        self._days = Days(self.reader.rows, self.time_unit)
        self._late = {name for name in self.links if name not in self.reader.header}

    @property
    def columns(self) -> list[str]:
        """The source's columns that `coded` expects, in its order."""
        return [*(self.found[name] for name in READ if name in self.found), *self.links]

    @property
    def _own(self) -> dict[str, str]:
        """The source's columns by what they are called here."""
        return {**self.found, **{key_of(link): link for link in self.links}}

    @property
    def ids(self) -> list[str]:
        """The source's columns whose values become codes and nothing else."""
        others = {self.found[name] for name in READ if name in self.found and name not in CODED}
        return [column for column in self.columns if column not in others]

    @property
    def sha256(self) -> str:
        """Digest of the batches as hex digits."""
        return str(self._hasher.hexdigest())

    def coded(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Coded]:
        """Yield the batches with the codes of their ids, for `add`; raise InputError where a column holds no ids.

        What lies between two batches here and what `add` does may run beside each other: they share nothing that both write.
        """
        first = 0
        for batch in batches:
            columns = self._columns(batch)
            names = [*(name for name in CODED if name in self.wanted), *map(key_of, self.links)]
            code = partial(self._codes_of_column, columns, first, batch.num_rows)
            # Each column has a coder of its own.
            codes = dict(zip(names, (self.pool.map if self.pool else map)(code, names), strict=True))
            sizes = {name: len(self.coders[name]) for name in names}
            yield Coded(batch.num_rows, columns, codes, sizes)
            first += batch.num_rows

    def add(self, batch: Coded) -> None:
        """Take the next rows; raise InputError where their times are of two forms."""
        n, columns = batch.rows, batch.columns
        ok = np.ones(n, bool)
        self._ids(batch, ok)
        if "rating" in self.wanted:
            self._part("rating", self._ratings(columns.get("rating"), ok, n))
        inside = self._times(columns.get("timestamp"), ok, n) if "timestamp" in self.wanted else ok
        for name, by_product in self.of_products.items():
            if name in batch.codes:
                product = IDS[1]
                by_product.add(batch.codes[product], batch.codes[name], ok & inside, batch.sizes[product], batch.sizes[name])
        if "text" in self.wanted:
            self._part("text", self._hashes(columns.get("text"), n))
        for name, read in (("verified", self._flags), ("helpful_votes", self._votes)):
            if name in self.wanted:
                self._may_lack(name, read(columns[name]) if name in columns else None, n)
        self._ok.add(ok)
        self.rows += n

    def _ids(self, batch: Coded, ok: NDArray[np.bool_]) -> None:
        """Keep the codes of which every row has its own; set rows without an id aside."""
        links = {key_of(link): link for link in self.links}
        for name, codes in batch.codes.items():
            if name in NEEDED:
                self._part(name, codes)
                self._set_aside(codes < 0, ok, name, batch.columns[name], f"{name} is missing")
            elif name in links:
                self._part(name, codes)
                if links[name] in self._late and (codes >= 0).any():
                    self._late.discard(links[name])

    def _codes_of_column(self, columns: Mapping[str, pa.Array], first: int, n: int, name: str) -> NDArray[np.int32]:
        """Return the codes of one column of the rows from ``first`` on; -1 where a row has no value."""
        known = len(self.coders[name])
        codes = self._codes(name, columns.get(name), n)
        self._check_names(name, known, codes, first)
        if name in CODED and name not in IDS:
            self._unset_words(name, known, codes)
        return codes

    def _unset_words(self, name: str, known: int, codes: NDArray[np.int32]) -> None:
        """Make words for nothing absent: products whose listing or seller is NULL have nothing in common. Ids stay as they are."""
        if name not in self._words:
            self._words[name], known = [], 0  # sources before may have brought words
        held = self._words[name]
        if known < len(self.coders[name]):
            offsets, data = self.coders[name].names(known)
            for at in np.flatnonzero(np.diff(offsets) <= LONGEST_WORD).tolist():
                word = data[offsets[at] : offsets[at + 1]].tobytes().decode("utf-8", "replace")
                # A marketplace may be North America or Namibia.
                if is_nothing(word) and not (name == "marketplace" and word == "NA"):
                    held.append(known + at)
        if held:
            codes[np.isin(codes, held)] = -1

    def _columns(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Return the columns of a batch by their canonical names, digested and checked."""
        links = [key_of(link) for link in self.links]
        columns = dict(zip([*(name for name in READ if name in self.found), *links], batch.columns, strict=True))
        if self.digest:
            for array in columns.values():
                self._hasher.update(repr(array.type).encode())
                self._hasher.update(pa.record_batch([array], names=["column"]).serialize())
        for name in [name for name in columns if name not in CODED and name not in links]:
            try:
                columns[name].validate(full=True)  # Parquet does not see that text is UTF-8; ids are checked once each
            except pa.ArrowInvalid as error:
                raise InputError(
                    f"{self.reader.name}: the column {self.found[name]!r} is damaged ({error}); write the file again"
                ) from error
        return columns

    def end(self) -> tuple[dict[str, NDArray[Any] | np.generic], NDArray[np.bool_]]:
        """Return the columns of all rows, and which rows are accepted; raise InputError where a column was mistaken for another.

        A column that has one value throughout may be that value.
        """
        where = self.reader.name
        if not self.rows:
            raise InputError(f"{where}: has columns but no rows")
        wrong = [*self._not_utf8.values(), *(missing_link(self.reader, name) for name in self.links if name in self._late)]
        wrong += [
            f"{where}: {count:,} of {self._given[column]:,} cells of the column {self.found[column]!r} cannot be read as a {column}; "
            f"is it the right column? ({hint('map', {column: 'COLUMN'})})" + self._forms(column)
            for column, count in self._bad.items()
            if 2 * count > self.rows or (2 * count > self._given[column] and count >= MANY)
        ]
        if wrong:
            raise InputError(wrong)
        ok = self._ok.whole()
        whole: dict[str, NDArray[Any] | np.generic] = {name: filled.whole() for name, filled in self._filled.items()}
        whole |= {name: filled.whole() for name, filled in self._sparing.items()}
        # What is returned here is nobody else's, so that each column can go when it was used.
        self._filled, self._sparing, self._lookups = {}, {}, {}
        if "timestamp" in self.wanted:
            self._check_days(ok)
            whole["time"], whole["second"] = self._days.whole(), self._days.seconds()
            self._days = Days(0, None)
        self.problems.sort(key=lambda problem: problem["row"])  # type: ignore[arg-type,return-value]  # rows are int
        if self.reader.first_line is not None:
            for problem in self.problems:
                problem["line"] = self.reader.first_line + int(problem["row"]) - 1  # type: ignore[call-overload]  # as above
        return whole, ok

    def _forms(self, column: str) -> str:
        """Return what can be read, and how to name the form of dates that can be read in two ways."""
        if column != "timestamp" or self.time_format is not None:
            return "" if column != "timestamp" else f" They are expected in the form {self.time_format!r} ({hint('time_format')})."
        cells = [str(problem["value"]) for problem in self.problems if problem["column"] == self.found[column]]
        return format_hint(cells[:SHOWN]) or FORMS[column]

    def _part(self, name: str, values: NDArray[Any]) -> None:
        if name not in self._filled:
            self._filled[name] = Filling(self.reader.rows, values.dtype)
        self._filled[name].add(values)

    def _may_lack(self, name: str, values: NDArray[Any] | None, n: int) -> None:
        """Add to a column in which -1 means no value; one without any takes no memory."""
        column = self._sparing.setdefault(name, Sparing(self.reader.rows, np.int8 if name == "verified" else np.int32))
        if values is None:
            column.fill(n, -1)
        else:
            column.add(values)

    def _set_aside(self, bad: NDArray[np.bool_], ok: NDArray[np.bool_], name: str, array: pa.Array, reason: str) -> None:
        """Set rows aside, each for the first thing that is wrong with it."""
        for at in np.flatnonzero(bad & ok).tolist():
            self._problem(self.rows + at, name, array[at].as_py(), reason)
        ok &= ~bad

    def _problem(self, row: int, name: str, cell: object, reason: str) -> None:
        self.problems.append(
            {
                "source": self.reader.name,
                "row": row + 1,
                "line": None,
                "column": self.found[name],
                "value": None if cell is None else str(cell).encode("utf-8", "backslashreplace").decode()[:200],
                "reason": reason,
            }
        )

    def _ratings(self, array: pa.Array | None, ok: NDArray[np.bool_], n: int) -> NDArray[np.float32]:
        if array is None:
            return np.full(n, np.nan, np.float32)
        read = ratings(array, self.form.absent)
        bad = int(np.count_nonzero(read.bad))
        self._bad["rating"] += bad
        self._given["rating"] += n + bad - int(np.count_nonzero(np.isnan(read.values)))  # what is bad is nan, too
        self._set_aside(read.bad, ok, "rating", array, "rating is not a finite number")
        return read.values

    def _check_names(self, name: str, known: int, codes: NDArray[np.int32], first: int) -> None:
        """Note the first id of a column that is no UTF-8, of those that came with this batch; Parquet does not see to it."""
        if name in self._not_utf8 or known == len(self.coders[name]):
            return
        bad = Names(*self.coders[name].names(known)).not_utf8()
        if bad is not None:
            row = first + int(np.argmax(codes == known + bad)) + 1
            what = name if name in CODED else f"value of the column {self._own[name]!r}"
            self._not_utf8[name] = f"{self.reader.name}: row {row}: the {what} is not UTF-8; write the file again as UTF-8"

    def _times(self, array: pa.Array | None, ok: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
        """Add the days of the next rows; return which rows have none that no review can have."""
        if array is None:
            self._days.add(np.full(n, NO_NUMBER), numeric=False)
            return np.ones(n, bool)
        read, numeric = times(array, self.form.absent, self.time_format)
        try:
            outside = self._days.add(read.values, numeric=numeric, second=read.second)
        except ValueError as error:
            raise InputError(
                f"{self.reader.name}: the column {self.found['timestamp']!r} mixes dates and numbers; convert them to one form"
            ) from error
        bad = int(np.count_nonzero(read.bad))
        self._bad["timestamp"] += bad
        self._given["timestamp"] += bad + int(np.count_nonzero(read.values != NO_NUMBER))
        self._set_aside(read.bad, ok, "timestamp", array, "timestamp is not a date, an ISO 8601 time or a number")
        return ~outside

    def _check_days(self, ok: NDArray[np.bool_]) -> None:
        """Tell the unit of the times; set aside times that no review can have."""
        where = f"{self.reader.name}: the column {self.found.get('timestamp')!r}"
        self.unit, problem = self._days.recognised()
        if problem:
            raise InputError(f"{where} {problem}")
        rows, values = self._days.outside()

        def shown(value: int) -> object:
            return value if self._days.numeric else str(np.datetime64(value, "D"))

        if 2 * len(rows) > self._days.given:
            raise InputError(
                f"{where} holds mostly times outside 1990 to 2100, such as {shown(int(values[0]))}; is the unit right? "
                f"({hint('time_unit')})"
            )
        for row, value in zip(rows[ok[rows]].tolist(), values[ok[rows]].tolist(), strict=True):
            self._problem(row, "timestamp", shown(value), "timestamp is not between 1990 and 2100")
        ok[rows] = False

    def _codes(self, name: str, array: pa.Array | None, n: int) -> NDArray[np.int32]:
        if array is None:
            return np.full(n, -1, np.int32)
        if pa.types.is_dictionary(array.type):
            return self._codes_of_entries(name, array)
        offsets, data, valid = buffers(self._texts(name, array))
        return self.coders[name].code(offsets, data, _filled(offsets, data, valid))

    def _codes_of_entries(self, name: str, array: pa.DictionaryArray) -> NDArray[np.int32]:
        """Code each entry of a dictionary when the first row leads to it: codes still follow first appearance, in the order of the rows."""
        entries = array.dictionary
        # Batches of one row group share their dictionary; while it is held here, no other can lie at its address.
        held, lookup = self._lookups.get(name, (None, np.empty(0, np.int32)))
        if held is None or _place(held) != _place(entries):
            lookup = np.full(len(entries) + 1, UNSEEN, np.int32)
            lookup[-1] = -1  # where rows without a value lead
            self._lookups[name] = entries, lookup
        index = array.indices
        if index.type != pa.int32():
            index = pc.cast(index, pa.int64())
        rows = as_numpy(index, len(entries)).astype(np.int32, copy=False)
        fresh = np.empty(min(len(rows), len(entries)), np.int32)
        fresh = fresh[: first_seen(rows, lookup, fresh)]
        if len(fresh):
            # Parquet writes entries in the order in which rows first lead to them, so that mostly they stand side by side.
            beside = bool((np.diff(fresh) == 1).all())
            new = entries.slice(fresh[0], len(fresh)) if beside else entries.take(as_arrow(fresh))
            lookup[fresh] = self._codes(name, new, len(fresh))
        return take(lookup, rows)

    def _texts(self, name: str, array: pa.Array) -> pa.Array:
        if pa.types.is_string(array.type):
            return array  # as it is: only its offsets are narrower
        try:
            return texts(array)
        except (*OF_DATA, ValueError) as error:
            what = "ids" if name in CODED else "text"
            about = f"for {name} holds no {what}" if name in USED else "that should link accounts holds neither text nor whole numbers"
            raise InputError(
                f"{self.reader.name}: the column {self._own[name]!r} {about} ({error}); save it as text, or name another column"
            ) from error

    def _hashes(self, array: pa.Array | None, n: int) -> NDArray[np.uint64]:
        out = np.zeros(n, np.uint64)
        if array is not None:
            text = self._texts("text", array)
            offsets, data, _ = buffers(text.fill_null("") if text.null_count else text)
            hash_strings(offsets, data, out)
            short = np.flatnonzero(np.diff(offsets) <= LONGEST_WORD)
            out[short[np.isin(out[short], _hashes_of_words())]] = 0
        return out

    def _votes(self, array: pa.Array) -> NDArray[np.int32]:
        read = votes(array)
        self.not_votes += int(read.bad.sum())
        return read.values

    def _flags(self, array: pa.Array) -> NDArray[np.int8]:
        if pa.types.is_boolean(array.type):
            yes = as_numpy(array).astype(np.int8)
            return yes if not array.null_count else np.where(as_numpy(array.is_valid()), yes, np.int8(-1))
        text = pc.cast(pc.utf8_lower(pc.utf8_trim_whitespace(self._texts("verified", array))), pa.large_string())
        yes = pc.is_in(text, pa.array(["true", "1", "y", "yes", "t"], pa.large_string())).to_numpy(zero_copy_only=False)
        no = pc.is_in(text, pa.array(["false", "0", "n", "no", "f"], pa.large_string())).to_numpy(zero_copy_only=False)
        return np.where(yes, 1, np.where(no, 0, -1)).astype(np.int8)


@cache
def _hashes_of_words() -> NDArray[np.uint64]:
    """Return the hashes of the words for nothing as they are mostly written: a text of one of these is none, and no copy of another."""
    words = sorted({form for word in NOTHING if word for form in (word, word.upper(), word.title(), SPELLED.get(word, word))})
    offsets, data, _ = buffers(pa.array(words, pa.large_string()))
    out = np.zeros(len(words), np.uint64)
    hash_strings(offsets, data, out)
    return out


def _place(array: pa.Array) -> tuple[object, ...]:
    """Return what distinguishes one dictionary in memory from another."""
    return (array.type, array.offset, len(array), *(None if buffer is None else buffer.address for buffer in array.buffers()))


def buffers(text: pa.Array) -> tuple[NDArray[Any], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return offsets, bytes and validity of a string or large_string array, whatever slice of its buffers it is."""
    _, offsets, data = text.buffers()
    n = len(text)
    width = np.dtype(np.int64 if pa.types.is_large_string(text.type) else np.int32)
    where = np.zeros(n + 1, width)
    if offsets is not None and offsets.size:
        where = np.frombuffer(offsets, dtype=width, count=n + 1, offset=width.itemsize * text.offset)
    raw = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
    # Kernels check offsets that cannot change once.
    where.flags.writeable = raw.flags.writeable = False
    valid = np.ones(n, bool) if not text.null_count else as_numpy(text.is_valid())
    return where, raw, valid


def _filled(offsets: NDArray[Any], data: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the ``valid`` strings, which is written to, are neither empty nor white space alone."""
    odd = np.empty(len(valid), np.int32)
    # White space is rare, so only cells that may begin with it are looked at as text.
    for at in odd[: unset_empty(offsets, data, valid, *SPACE_OR_BEYOND, odd)].tolist():
        valid[at] = bool(data[offsets[at] : offsets[at + 1]].tobytes().decode("utf-8", "replace").strip())
    return valid
