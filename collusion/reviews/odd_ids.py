"""Ids that are not what they seem: shortened by a spreadsheet, with ``.0`` behind them, or equal but for blanks, case and Unicode form.

Ids stay as they are. Notes say what was seen, how many ids it concerns, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.hints import hint
from collusion.kernels.coding import hash_strings
from collusion.kernels.owners import count_codes
from collusion.reviews.coded import buffers
from collusion.reviews.values import as_arrow, as_numpy
from collusion.reviews.wording import EXAMPLES, plural, quoted, verb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.reviews.table import Names

__all__ = ["odd_ids"]

LARGEST = 5_000_000
"""Distinct ids that are compared with each other. Of more, those whose hash falls into one of several classes stand for all: equal ids
have equal hashes, so that a sample by hash keeps pairs together."""

CHUNK = 1 << 19
"""Ids that are normalised at a time, so that the memory they take does not grow with the log."""

SHOWN = 3
"""Ids that a note shows."""

SCIENTIFIC = r"^[+-]?\d(?:[.,]\d+)?[eE]\+\d{2,3}$"
"""A number as spreadsheets, pandas and R shorten it: one digit before the point, and a signed exponent, unlike a hexadecimal id."""

DATE = r"^(?i:\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2})$"
"""What a spreadsheet makes of an id such as MAR1, 3-1 or SEPT-02."""

BROKEN = r"^(?:#{3,}|#(?:N/A|NAME\?|VALUE!|REF!|NUM!|NULL!|DIV/0!))$"
"""What a spreadsheet shows where it has no value, or no room for one."""

DIGITS_KEPT = 15
"""Digits of a number that a spreadsheet keeps; further ones become 0."""

ZEROS, FEWEST = 0.8, 3
"""Share of long numbers whose further digits are all 0, and how many such numbers, from which on a spreadsheet is suspected: of three
numbers of 16 digits, one in a thousand times all end in 0."""

FLOAT = r"^\d+\.0+$"
PADDED = r"^0+\d+$"

ODD = r"[^\x21-\x7e]"
"""A character that is not visible ASCII: only ids with one can differ by more than case."""

INVISIBLE = r"[\p{Cf}\x{FE00}-\x{FE0F}]+"
BLANKS = r"[\s\p{Z}]+"

REMEDY = "Get the log with its full ids: in a spreadsheet, set the column to text before the data are loaded."


def odd_ids(names: Names, codes: NDArray[np.int32], what: str) -> list[str]:
    """Return notes about ids that may stand for more or fewer people or products than they seem to; ``what`` says which they are.

    ``codes`` are those of the accepted rows; ids that no such row has do not count. O(bytes of the ids), and a sort of hashes where some
    ids have letters of both cases or other than visible ASCII characters.
    """
    if not len(names):
        return []
    ids = _Ids(names, codes, what)
    return [*_shortened(ids), *_floats(ids), *_padded(ids), *_several_lines(ids), *_alike(ids)]


@dataclass(frozen=True, eq=False)
class _Ids:
    names: Names
    codes: NDArray[np.int32]
    what: str

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """How many accepted rows each id has."""
        return count_codes(self.codes, len(self.names))

    @cached_property
    def total(self) -> int:
        """How many ids have a row."""
        return int(np.count_nonzero(self.rows))

    @cached_property
    def length(self) -> NDArray[np.int64]:
        """Bytes of each id."""
        return np.diff(self.names.offsets)

    @cached_property
    def arrow(self) -> pa.Array:
        """All ids."""
        return self.names.arrow()

    @property
    def noun(self) -> str:
        """The ids in the plural."""
        return f"{self.what} ids"

    def holds(self, char: str) -> bool:
        """Return whether any id has this ASCII character. Most logs are done with that: one pass over bytes, no string is made."""
        return bool((self.names.data == ord(char)).any())

    def matching(self, pattern: str, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which of these ids match and have a row."""
        if not len(at):
            return at
        own = self.arrow if len(at) == len(self.names) else self.arrow.take(as_arrow(at))
        found: NDArray[np.intp] = at[as_numpy(pc.match_substring_regex(own, pattern))]
        return found[self.rows[found] > 0] if len(found) else found

    def without(self, found: NDArray[np.intp], pattern: str) -> NDArray[np.intp]:
        """Return those of these ids that are there also without what the pattern matches."""
        if not len(found):
            return found
        bare = pc.replace_substring_regex(self.arrow.take(as_arrow(found)), pattern, "")
        other = as_numpy(pc.index_in(bare, self.arrow), -1)
        both: NDArray[np.intp] = found[(other >= 0) & (self.rows[other] > 0)]
        return both

    def share(self, found: NDArray[np.intp]) -> str:
        """Return text such as ``4 of 9 reviewer ids (6 rows)``."""
        return f"{len(found):,} of {self.total:,} {self.noun} ({plural(int(self.rows[found].sum()), 'row')})"

    def examples(self, found: NDArray[np.intp]) -> str:
        """Return the end of a note: the first of these ids by name."""
        first = found[np.argsort(self.names.rank(found))[:SHOWN]]
        return EXAMPLES + ", ".join(map(quoted, self.names.take(first))) + "."


def _shortened(ids: _Ids) -> list[str]:
    every = np.arange(len(ids.names))
    shared = f"Different {'people' if ids.what == 'reviewer' else 'products'} may share one id, and then count as one."
    notes = []
    if ids.holds("+") and len(found := ids.matching(SCIENTIFIC, every)):
        notes.append(
            f"{ids.share(found)} {verb(len(found), 'is a number', 'are numbers')} in scientific notation, as a spreadsheet leaves "
            f"{verb(len(found), 'it when it shortens a long id', 'them when it shortens long ids')}. {shared} {REMEDY}{ids.examples(found)}"
        )
    mangled = []
    if ids.holds("-"):
        mangled.append(ids.matching(DATE, np.flatnonzero(ids.length <= len("12-sept"))))
    if ids.holds("#"):
        mangled.append(ids.matching(BROKEN, every))
    if mangled and len(found := np.concatenate(mangled)):
        notes.append(
            f"{ids.share(found)} {verb(len(found), 'looks', 'look')} like what a spreadsheet writes in place of an id (a date, or a sign "
            f"for an error). {shared} {REMEDY}{ids.examples(found)}"
        )
    long = np.flatnonzero(ids.length > DIGITS_KEPT)
    # Most long ids do not end in 0, so that few logs have theirs looked at as text.
    zero = ids.names.data[ids.names.offsets[long + 1] - 1] == ord("0")
    if np.count_nonzero(zero) >= max(FEWEST, ZEROS * len(long) / 2):
        numbers = ids.matching(rf"^\d{{{DIGITS_KEPT + 1},}}$", long)
        found = ids.matching(rf"^\d{{{DIGITS_KEPT}}}0+$", numbers)
        if len(found) >= max(FEWEST, ZEROS * len(numbers)):
            notes.append(
                f"{ids.share(found)} are long numbers with only zeros after the {DIGITS_KEPT}th digit, as a spreadsheet leaves "
                f"them. {shared} {REMEDY}{ids.examples(found)}"
            )
    return notes


def _floats(ids: _Ids) -> list[str]:
    if not ids.holds("."):
        return []
    found = ids.matching(FLOAT, np.arange(len(ids.names)))
    if not len(found):
        return []
    both = ids.without(found, r"\.0+$")
    one = "person" if ids.what == "reviewer" else "product"
    twice = (
        f" {len(both):,} of them {verb(len(both), 'occurs', 'occur')} without it, too, and one {one} then counts as two."
        if len(both)
        else ""
    )
    said = (
        f"{ids.share(found)} {verb(len(found), 'is a whole number that ends', 'are whole numbers that end')} in '.0', as pandas writes "
        f"whole numbers if one cell of the column is empty.{twice} Ids are text and stay as they are. Write the column as whole numbers "
        f"(in pandas: astype('Int64')) and scan again.{ids.examples(both if len(both) else found)}"
    )
    return [said]


def _padded(ids: _Ids) -> list[str]:
    first = ids.names.data[ids.names.offsets[:-1]]
    both = ids.without(ids.matching(PADDED, np.flatnonzero((first == ord("0")) & (ids.length > 1))), "^0+")
    if not len(both):
        return []
    said = (
        f"{ids.share(both)} {verb(len(both), 'begins', 'begin')} with a zero and {verb(len(both), 'occurs', 'occur')} without it, too. "
        "Spreadsheets remove leading zeros. Ids are text and stay as they are. If these are the same, write the ids in one form and scan "
        f"again.{ids.examples(both)}"
    )
    return [said]


def _several_lines(ids: _Ids) -> list[str]:
    if not ids.holds("\n"):
        return []
    broken = ids.matching("\n", np.arange(len(ids.names)))
    if not len(broken):
        return []
    said = (
        f"{ids.share(broken)} {verb(len(broken), 'is', 'are')} of several lines. A stray quote may have joined records there. Look "
        f"at these lines of the file; if quotes are ordinary characters in it, read it with {hint('quote', 'none')}.{ids.examples(broken)}"
    )
    return [said]


def _alike(ids: _Ids) -> list[str]:
    """Find ids that are one when blanks, case and Unicode form are ignored."""
    data = ids.names.data
    visible = bool(len(data)) and int(data.min()) > ord(" ") and int(data.max()) <= ord("~")
    if visible and _one_case(ids.arrow):
        return []
    n = len(ids.names)
    step = -(-n // LARGEST)
    hashes, place = [], []
    for start in range(0, n, CHUNK):
        own = _hashes(ids.arrow.slice(start, CHUNK), visible=visible)
        at = np.arange(len(own)) if step == 1 else np.flatnonzero(own % np.uint64(step) == 0)
        hashes.append(own[at])
        place.append(at + start)
    found = _groups(np.concatenate(hashes), np.concatenate(place), ids)
    if found is None:
        return []
    members, group = found
    several, few = len(members), int(group[-1]) + 1
    about, estimated = ("about ", f" (estimated from one in {step} ids)") if step > 1 else ("", "")
    ranked = members[np.argsort(ids.names.rank(members))]
    same = members[group == group[members == ranked[0]][0]]
    said = (
        f"{about.capitalize()}{several * step:,} {ids.noun} become {about}{few * step:,} when blanks, case and Unicode form are "
        f"ignored{estimated}. Ids are text and stay as they are, so one {'person' if ids.what == 'reviewer' else 'product'} may count as "
        f"several. If they are the same, write the ids in one form and scan again.{ids.examples(same)}"
    )
    return [said]


def _one_case(ids: pa.Array) -> bool:
    """Return whether visible ASCII ids have no capitals, or nothing but capitals: then case tells none of them apart."""
    data = np.frombuffer(ids.buffers()[2], np.uint8)
    return any(np.array_equal(np.frombuffer(other.buffers()[2], np.uint8), data) for other in (pc.ascii_lower(ids), pc.ascii_upper(ids)))


def _hashes(ids: pa.Array, *, visible: bool) -> NDArray[np.uint64]:
    """Return a hash of each id without blanks at its ends, case and Unicode form; equal forms have equal hashes."""
    out = np.empty(len(ids), np.uint64)
    odd = np.zeros(len(ids), bool) if visible else as_numpy(pc.match_substring_regex(ids, ODD))
    for own, at in ((_plain, ~odd), (_form, odd)):
        if at.any():
            here = np.empty(int(np.count_nonzero(at)), np.uint64)
            form = own(ids if at.all() else ids.take(as_arrow(np.flatnonzero(at))))
            offsets, data, _ = buffers(form)
            hash_strings(offsets, data, here)
            out[at] = here
    return out


def _plain(ids: pa.Array) -> pa.Array:
    return pc.ascii_lower(ids)


def _form(ids: pa.Array) -> pa.Array:
    form = pc.utf8_lower(pc.utf8_normalize(ids, form="NFKC"))
    form = pc.replace_substring_regex(form, INVISIBLE, "")
    # Lower-case letters of some scripts have forms of their own.
    return pc.utf8_normalize(pc.utf8_trim_whitespace(pc.replace_substring_regex(form, BLANKS, " ")), form="NFKC")


def _groups(hashes: NDArray[np.uint64], place: NDArray[np.intp], ids: _Ids) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Return the ids that share a hash with others and have a row, and the group of each, from 0; None where there are none."""
    may = _suspects(hashes)
    if not len(may):
        return None
    may = may[ids.rows[place[may]] > 0]
    hashes, place = hashes[may], place[may]
    _, group, size = np.unique(hashes, return_inverse=True, return_counts=True)
    several = size[group] > 1
    if not several.any():
        return None
    members = place[several]
    group = np.unique(group[several], return_inverse=True)[1].ravel()
    order = np.argsort(group, kind="stable")
    return members[order], group[order]


def _suspects(hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return the positions of all hashes that occur more than once, and of few others. O(n), where a sort would take twice as long."""
    mask = (1 << int(4 * len(hashes)).bit_length()) - 1
    bucket = (hashes & np.uint64(mask)).astype(np.int64)
    own = np.arange(len(hashes), dtype=np.int32)
    last = np.empty(mask + 1, np.int32)
    last[bucket] = own
    holder = last[bucket]
    other = holder != own
    return np.unique(np.concatenate([own[other], holder[other]]))
