"""Cells to numbers: ratings and times, each with a reason where it cannot be read."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.hints import hint
from collusion.base.model import NO_TIME
from collusion.kernels.clock import DIFFERENT, NONE, believed_days, seconds_of_day, split_days
from collusion.reviews.moments import DATE, NOTHING, moment_by, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from collusion.reviews.moments import Moment

__all__ = [
    "UNITS",
    "Column",
    "UnitRecogniser",
    "as_arrow",
    "as_numpy",
    "days_of",
    "is_uuid",
    "ratings",
    "split_times",
    "texts",
    "times",
    "unit_of",
    "uuid_texts",
    "votes",
]

NO_NUMBER = np.iinfo(np.int64).min
"""The raw time of a review that has none."""

A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000, "days": 1}

A_SECOND = {unit: ticks // 86_400 for unit, ticks in A_DAY.items() if unit != "days"}

UNITS = (*A_DAY, "yyyymmdd")
"""Units in which times may be given as numbers."""

FIRST, LAST = (dt.date(1990, 1, 1) - dt.date(1970, 1, 1)).days, (dt.date(2100, 1, 1) - dt.date(1970, 1, 1)).days
"""Days between which the time of a review is believed: reviews on the web began in the nineties."""


@dataclass(frozen=True, eq=False)
class Column:
    """Values of one column of a batch, and which of its cells hold something that cannot be read.

    Of times that come in days, ``second`` has the second of the UTC day, -1 where a cell names a day alone; one number where it is that of
    all cells, None where no cell has one. Cells without a time have any.
    """

    values: NDArray[Any]
    bad: NDArray[np.bool_]
    second: NDArray[np.int32] | int | None = None


def texts(array: pa.Array) -> pa.Array:
    """Return ids as large strings: whole numbers in their decimal digits, of whatever type; bytes as the UTF-8 they are. Nulls stay null.

    Raises ValueError where a number is not whole or not exact, bytes are not UTF-8, or the type has no text of its own.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return texts(array.dictionary).take(array.indices)
    if pa.types.is_large_string(kind):
        return array
    if is_uuid(kind):
        return uuid_texts(array)
    if pa.types.is_floating(kind):
        values = pc.cast(array, pa.float64())
        if pc.any(pc.greater(pc.abs(values), 2.0**53)).as_py():
            raise ValueError("holds numbers beyond 2**53, whose last digits a float has lost")
        return pc.cast(pc.cast(values, pa.int64()), pa.large_string())  # raises where a number is not whole
    if pa.types.is_decimal(kind):
        # Through numbers: as text, 7.00 would not be 7.
        return pc.cast(pc.cast(array, pa.decimal256(76, 0)), pa.large_string())
    if pa.types.is_nested(kind):
        raise ValueError(f"holds values of the type {kind}, not text or whole numbers")
    return pc.cast(array, pa.large_string())


DASHED = (8, 13, 18, 23)
"""Places of the dashes among the 36 characters of a UUID."""

WRITTEN = 36
"""Characters of a UUID."""


def is_uuid(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds UUIDs in 16 bytes."""
    return isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.uuid"


def uuid_texts(array: pa.Array) -> pa.Array:
    """Return UUIDs of 16 bytes in their form of 36 characters, in lower case."""
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    _, data = array.buffers()
    n = len(array)
    raw = np.zeros((n, 16), np.uint8)
    if data is not None and n:
        raw = np.frombuffer(data, np.uint8, count=16 * n, offset=16 * array.offset).reshape(n, 16)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    hexadecimal = np.stack([digits[raw >> 4], digits[raw & 15]], axis=2).reshape(n, 32)
    out = np.full((n, WRITTEN), ord("-"), np.uint8)
    out[:, np.delete(np.arange(WRITTEN), DASHED)] = hexadecimal
    offsets = np.arange(0, WRITTEN * n + 1, WRITTEN, dtype=np.int64)
    text = pa.Array.from_buffers(pa.large_string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(out.reshape(-1))])
    return pc.if_else(array.is_valid(), text, pa.scalar(None, pa.large_string())) if array.null_count else text


def _absent(array: pa.Array, word: str | None) -> pa.Array:
    """Text with empty cells, blanks and the dialect's word for nothing made null."""
    trimmed = pc.utf8_trim_whitespace(array)
    nothing = pc.equal(trimmed, "")
    if word is not None:
        nothing = pc.or_(nothing, pc.equal(trimmed, word))
    return pc.if_else(nothing, pa.scalar(None, trimmed.type), trimmed)


def _without_words(array: pa.Array) -> pa.Array:
    """Text with the usual words for nothing made null."""
    words = pa.array(sorted(NOTHING), pa.large_string())
    return pc.if_else(pc.is_in(pc.utf8_lower(array), words), pa.scalar(None, array.type), array)


OUT_OF = re.compile(
    r"(?:rated\s+|rating:?\s*)?(\d+(?:[.,]\d+)?)(?:\s*(?:/|(?:out\s+of|of|von|sur|de|su|van)\s)\s*\d+(?:[.,]0+)?)?"
    r"\s*(?:stars?|stern(?:en|e)?|[ée]toiles?|estrellas?|stelle|stella|estrelas?|sterren|ster|★)?\Z",
    re.IGNORECASE,
)
"""A rating as review sites write it: 4.0 out of 5 stars, 4,5 von 5 Sternen, 4/5, 4 stars, 4,5."""

EXACT = 32
"""Bits of whole numbers up to which a rating is the same whether or not it goes through a float of 64 bits."""

TRUTHS = {"true": 1.0, "false": 0.0}
"""What recommendations are given as; the same numbers as in JSON and data frames."""


def _rating(cell: str) -> float:
    """Return a rating that is no plain number; nan where it is none."""
    if (truth := TRUTHS.get(cell.lower())) is not None:
        return truth
    if cell.strip("★☆") == "" and cell == "★" * cell.count("★") + "☆" * cell.count("☆"):
        return float(cell.count("★"))
    found = OUT_OF.match(cell) if cell.isascii() or not any(mark.isdigit() and not mark.isascii() for mark in cell) else None
    return math.nan if found is None else float(found[1].replace(",", "."))


def _text_ratings(array: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers of text, nan where there is none, and which cells cannot be read. Each cell is read by itself."""
    try:
        numbers = pc.cast(array, pa.float64())
        values = _with_nan(numbers)
        if np.count_nonzero(np.isnan(values)) == numbers.null_count:
            return values, np.zeros(len(array), bool)
    except pa.ArrowInvalid:
        pass
    # Few ratings differ: each is read once.
    coded = pc.dictionary_encode(_without_words(array))
    read = []
    for cell in coded.dictionary.to_pylist():
        number = _float(cell)
        read.append(_rating(cell) if number is None or math.isnan(number) else number)
    index = as_numpy(coded.indices, len(read))
    return np.array([*read, np.nan])[index], np.isnan(np.array([*read, 0.0]))[index]


def ratings(array: pa.Array, absent: str | None = None) -> Column:
    """Return ratings as float32 with nan where absent; bad where a cell is not a finite number.

    Of text, the usual words for nothing are absent, true and false are 1 and 0, and the forms of review sites are read.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), array.type.value_type
    if pa.types.is_null(kind):
        return Column(np.full(len(array), np.nan, np.float32), np.zeros(len(array), bool))
    if _is_text(kind):
        values, bad = _text_ratings(_absent(pc.cast(array, pa.large_string()), absent))
    elif pa.types.is_integer(kind) and kind.bit_width <= EXACT:
        numbers = pc.cast(array, pa.float32(), safe=False)
        return Column(as_numpy(numbers, np.nan), np.zeros(len(array), bool))
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        numbers = pc.cast(array, pa.float64(), safe=False)
        values = _with_nan(numbers)
        bad = np.zeros(len(array), bool)
    else:
        return Column(np.full(len(array), np.nan, np.float32), _valid(array))
    # nan is how data frames write an absent number.
    bad |= np.abs(values) > np.finfo(np.float32).max
    return Column((np.where(bad, np.nan, values) if bad.any() else values).astype(np.float32), bad)


def _with_nan(numbers: pa.Array) -> NDArray[np.float64]:
    """Return float64 with nan for nulls."""
    values = np.asarray(as_numpy(numbers, 0), dtype=np.float64)
    return np.where(_valid(numbers), values, np.nan) if numbers.null_count else values


def votes(array: pa.Array) -> Column:
    """Return counts as int32 with -1 where absent; bad where a cell is no whole number from 0 on. Text may set thousands off: 1,234."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), array.type.value_type
    if pa.types.is_null(kind):
        return Column(np.full(len(array), -1, np.int32), np.zeros(len(array), bool))
    if _is_text(kind):
        array = _absent(pc.cast(array, pa.large_string()), None)
        try:
            numbers = pc.cast(array, pa.int64())
        except pa.ArrowInvalid:
            array = _without_words(array)
            grouped = pc.match_substring_regex(array, r"^\d{1,3}(,\d{3})+$")
            cells = pc.if_else(grouped, pc.replace_substring(array, ",", ""), array).to_pylist()
            numbers = pa.array([_float(cell) for cell in cells], pa.float64(), from_pandas=False)
    elif pa.types.is_integer(kind) and kind != pa.uint64():
        numbers = pc.cast(array, pa.int64())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.cast(array, pa.float64(), safe=False)
    else:
        return Column(np.full(len(array), -1, np.int32), _valid(array))
    values = as_numpy(numbers, -1)
    whole = (values >= 0) & (values < 2**31)
    if values.dtype != np.int64:
        whole &= values == np.floor(values)
    return Column(np.where(whole, values, -1).astype(np.int32), ~whole & _valid(numbers))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _float(cell: str | None) -> float | None:
    """Return a number as Arrow would read it: Python alone takes 1_000 and the digits of other scripts."""
    if cell is None:
        return None
    try:
        return float(cell) if cell.isascii() and "_" not in cell else math.nan
    except ValueError:
        return math.nan


def times(array: pa.Array, absent: str | None = None, form: str | None = None) -> tuple[Column, bool]:
    """Return times as int64, `NO_NUMBER` where absent, and whether they are numbers whose unit is not yet known.

    Times that carry their meaning (timestamps, dates, text such as ISO 8601) come in days; numbers as they stand. Text and numbers are in
    the form that the user names (`moment_by`), where one is.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), array.type.value_type
    none = np.zeros(len(array), bool)
    if pa.types.is_null(kind):
        return Column(np.full(len(array), NO_NUMBER), none), False
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _typed_times(array), False
    if form is not None and (_is_text(kind) or pa.types.is_integer(kind)):
        cells = _without_words(_absent(pc.cast(array, pa.large_string()), absent))
        return _moments(cells, lambda cell: moment_by(form, cell)), False
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(array), True
    if _is_text(kind):
        return _text_times(_absent(pc.cast(array, pa.large_string()), absent))
    return Column(np.full(len(array), NO_NUMBER), _valid(array)), False


def _typed_times(array: pa.Array) -> Column:
    """Return timestamps and dates in days; Arrow keeps timestamps with a zone in UTC."""
    kind = array.type
    unit = kind.unit if pa.types.is_timestamp(kind) else "days" if pa.types.is_date32(kind) else "ms"
    counts = _whole(array.cast(pa.int32()).cast(pa.int64()) if unit == "days" else array.cast(pa.int64()))
    days, second = split_times(counts, unit)
    return Column(days, np.zeros(len(array), bool), second if pa.types.is_timestamp(kind) else None)


def _numbers(array: pa.Array) -> Column:
    """Return numbers as whole ones, those below rounded down."""
    if pa.types.is_integer(array.type) and array.type != pa.uint64():
        return Column(_whole(pc.cast(array, pa.int64())), np.zeros(len(array), bool))
    array = pc.cast(array, pa.float64(), safe=False)
    values = np.asarray(as_numpy(array, 0), dtype=np.float64)
    present = _valid(array) & ~np.isnan(values)  # nan is how data frames write an absent number
    bad = present & ~(np.abs(values) < 2.0**62)
    return Column(np.where(present & ~bad, np.floor(np.where(present & ~bad, values, 0)), NO_NUMBER).astype(np.int64), bad)


def _text_times(array: pa.Array) -> tuple[Column, bool]:
    found = _plain_times(array)
    if found is not None:
        return found
    # Only where plain reading fails: the words for nothing and the one suffix that whole columns have, then each cell by itself.
    array = _without_words(array)
    found = _plain_times(array)
    if found is None:
        bare = pc.replace_substring_regex(array, r"\s+(?:UTC|GMT)$", "Z")
        found = None if bare.equals(array) else _plain_times(bare)
    if found is not None:
        return found
    cells = pc.unique(array).to_pylist()
    numbers = {cell: number for cell in cells if (number := _number(cell)) is not None}
    moments = {cell: moment for cell in cells if cell is not None and (moment := moment_of(cell)) is not None}
    rows = array.to_pylist()
    if sum(cell in numbers for cell in rows) <= sum(cell in moments for cell in rows):
        return _moments(array, moments.get), False
    values = np.array([numbers.get(cell, NO_NUMBER) for cell in rows], dtype=np.int64)
    return Column(values, np.array([cell is not None and cell not in numbers for cell in rows], dtype=bool)), True


def _plain_times(array: pa.Array) -> tuple[Column, bool] | None:
    """Return text times that Arrow can read, all of them; None where it cannot."""
    none = np.zeros(len(array), bool)
    if array.null_count == len(array):
        return Column(np.full(len(array), NO_NUMBER), none), False
    try:
        return Column(_whole(pc.cast(array, pa.int64())), none), True
    except pa.ArrowInvalid:
        pass
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            read, _ = times(pc.cast(array, kind))
        except pa.ArrowInvalid:
            continue
        return Column(read.values, read.bad, _of_moments(array, read.second)), False
    return None


def _moments(array: pa.Array, read: Callable[[str], Moment | None]) -> Column:
    """Return text times read cell by cell, each cell that occurs once."""
    coded = pc.dictionary_encode(array)
    found = [read(cell) for cell in coded.dictionary.to_pylist()]
    index = as_numpy(coded.indices, len(found))
    days = np.array([*(NO_NUMBER if one is None else one[0] for one in found), NO_NUMBER], np.int64)[index]
    second = np.array([*(-1 if one is None else one[1] for one in found), -1], np.int32)[index]
    bad = np.array([*(one is None for one in found), False], bool)[index]
    return Column(days, bad, second if (second >= 0).any() else None)


def _of_moments(array: pa.Array, second: NDArray[np.int32] | int | None) -> NDArray[np.int32] | int | None:
    """Return the seconds of ISO 8601 text, -1 where a cell names a day alone, which is read as its midnight; None where all do."""
    long = as_numpy(pc.greater(pc.binary_length(array), DATE), False)  # noqa: FBT003  # what cells without a time are
    if second is None or not long.any():
        return None
    return second if long.all() else np.where(long, second, -1).astype(np.int32)


def _number(cell: str | None) -> int | None:
    value = _float(cell)
    return math.floor(value) if value is not None and abs(value) < 2.0**62 else None


def _packed_day(number: int) -> int:
    """Return the day of a number such as 20180823, or one that is out of range."""
    try:
        return (dt.date(number // 10_000, number // 100 % 100, number % 100) - dt.date(1970, 1, 1)).days
    except (ValueError, OverflowError):
        return LAST


def _valid(array: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = as_numpy(array.is_valid())
    return found


def _whole(array: pa.Array) -> NDArray[np.int64]:
    found: NDArray[np.int64] = as_numpy(array, NO_NUMBER)
    return found


def as_arrow(numbers: NDArray[Any]) -> pa.Array:
    """Return whole numbers as Arrow's, without a copy. `pyarrow.array` would load pandas, to ask whether they are a series of its."""
    numbers = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), len(numbers), [None, pa.py_buffer(numbers)])


def as_numpy(array: pa.Array, null: float = 0) -> NDArray[Any]:
    """Return numbers or truth values as numpy's, with ``null`` for nulls. `Array.to_numpy` and `fill_null` would load pandas as well."""
    dtype = np.dtype(array.type.to_pandas_dtype())
    if not len(array):
        return np.empty(0, dtype)
    valid, raw = array.buffers()
    values = _bits(raw, array) if dtype == np.bool_ else np.frombuffer(raw, dtype)[array.offset : array.offset + len(array)]
    if array.null_count:
        values = np.where(_bits(valid, array), values, dtype.type(null))
    return values


def _bits(buffer: pa.Buffer, array: pa.Array) -> NDArray[np.bool_]:
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8), count=array.offset + len(array), bitorder="little")
    return bits[array.offset :].view(np.bool_)


def unit_of(values: NDArray[np.int64]) -> tuple[str | None, str | None]:
    """Return the unit of numeric times, or why no unit fits: see `UnitRecogniser.recognised`."""
    recogniser = UnitRecogniser()
    recogniser.add(values)
    return recogniser.recognised()


class UnitRecogniser:
    """Tells the unit of numeric times from their values, which need not be there all at once.

    Those of 1990 to 2100 in s, ms, us and ns do not overlap.
    """

    def __init__(self) -> None:
        self._given = 0
        self._any: int | None = None
        self._fits: dict[str, int] = {}
        self._example: dict[str, int] = {}

    @property
    def first(self) -> str | None:
        """The unit that was found first, if any."""
        return next(iter(self._fits), None)

    def add(self, values: NDArray[np.int64]) -> None:
        """Take more values, `NO_NUMBER` where absent."""
        given = values[values != NO_NUMBER]
        if not len(given):
            return
        self._given += len(given)
        if self._any is None:
            self._any = int(given[0])
        low, high = int(given.min()), int(given.max())
        for unit in ("s", "ms", "us", "ns"):
            lowest, beyond = FIRST * A_DAY[unit], LAST * A_DAY[unit]
            if high < lowest or beyond <= low:
                continue
            inside = (given >= lowest) & (given < beyond)
            if count := int(inside.sum()):
                self._fits[unit] = self._fits.get(unit, 0) + count
                self._example.setdefault(unit, int(given[inside.argmax()]))

    def recognised(self) -> tuple[str | None, str | None]:
        """Return the unit, None where none fits, and why none does.

        Single values outside every range do not count, as long as they are less than half.
        """
        if self._any is None:
            return "s", None
        found = [unit for unit in ("s", "ms", "us", "ns") if unit in self._fits]
        if len(found) > 1:
            examples = ", ".join(f"{self._example[unit]} ({unit})" for unit in found)
            return None, f"mixes times in {' and '.join(found)}, for example {examples}; convert them to one unit"
        if not found or 2 * self._fits[found[0]] < self._given:
            return None, (
                f"holds numbers such as {self._any}, which are not times between 1990 and 2100 in s, ms, us or ns since 1970; "
                f"name their unit with {hint('time_unit')} ({', '.join(UNITS)})"
            )
        return found[0], None


def split_times(values: NDArray[np.int64], unit: str) -> tuple[NDArray[np.int64], NDArray[np.int32] | int | None]:
    """Return days since 1970-01-01 UTC (`NO_NUMBER` where absent) and the second of the day as `Column` has it; ``unit`` of `A_DAY`."""
    if unit == "days":
        return values, None
    days = np.empty(len(values), np.int64)
    rest = split_days(values, A_DAY[unit], NO_NUMBER, days)
    if rest == NONE:
        return days, None
    if rest != DIFFERENT:
        return days, rest // A_SECOND[unit]
    second = np.empty(len(values), np.int32)
    seconds_of_day(values, days, A_DAY[unit], A_SECOND[unit], second)
    return days, second


def days_of(values: NDArray[np.int64], unit: str | None) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return days since 1970-01-01 UTC (`NO_TIME` where absent) and which times are not believed; ``unit`` None: days already."""
    if unit == "yyyymmdd":
        given = values != NO_NUMBER
        packed, at = np.unique(values[given], return_inverse=True)
        read = np.array([_packed_day(number) for number in packed.tolist()], dtype=np.int64)
        whole = np.full(len(values), NO_NUMBER)
        whole[given] = read[at]
    else:
        whole, _ = split_times(values, unit or "days")
    # Days may count from any start of the user's own, so that unit is taken at its word.
    low, high = (-(2**30), 2**30) if unit == "days" else (FIRST, LAST)
    days, wrong = np.empty(len(values), np.int32), np.empty(len(values), bool)
    believed_days(whole, NO_NUMBER, low, high, NO_TIME, days, wrong)
    return days, wrong
