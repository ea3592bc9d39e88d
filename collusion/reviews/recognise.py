"""Which column a person would call the time, the rating, the reviewer or the product: by the words of its name, then by its values.

Ids are proposed for a person to confirm. Times and ratings are used where names and values leave one choice.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.base.errors import InputError
from collusion.base.hints import hint
from collusion.reviews.days import Days
from collusion.reviews.facts import Facts
from collusion.reviews.values import NO_NUMBER, ratings, times
from collusion.reviews.wording import COLUMNS, listed, plural, verb

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from collusion.reviews.batches import Reader
    from collusion.reviews.facts import Fits

__all__ = ["by_name", "propose", "recognise", "unused", "unused_note"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NAMES = {
    "timestamp": (
        _set(
            "date time datetime timestamp stamp ts epoch when day created posted submitted published written added reviewed rated "
            "datum fecha 日期 时间"
        ),
        _set(
            "at on of the in utc gmt local iso unix s ms sec seconds millis review reviews rating comment feedback post creation "
            "submission publication event"
        ),
    ),
    "rating": (
        _set("rating ratings rate stars star score overall grade recommended recommend recommends bewertung sterne estrellas 评分"),
        _set("review reviews user reviewer customer author value given the is was out of 5 10 my by voted up thumbs"),
    ),
    "reviewer_id": (
        _set(
            "user users reviewer author customer client buyer member profile account person steam rater critic consumer shopper guest "
            "visitor traveler traveller contributor commenter poster usr uid username"
        ),
        _set("id ids identifier key code no nr number num hash uuid guid review comment post the name"),
    ),
    "product_id": (
        _set(
            "product products prod item items asin app game movie film book business restaurant hotel place venue listing sku isbn ean upc "
            "gtin goods article song track album video course recipe beer wine package extension plugin gmap poi property drug anime show "
            "episode site website company"
        ),
        _set("id ids identifier key code no nr number num hash uuid guid the name"),
    ),
}
"""For each column: words of which its name has one, and words that its name may have beside. Any other word, as in ``birth date``, makes it
the name of something else."""

WHOLE = {"timestamp": (["at"],), "rating": (["voted", "up"], ["thumbs", "up"], ["liked"])}
"""Names, as words, that are known as a whole."""

ID, LABEL = _set("id ids identifier key code uuid guid hash uid asin sku isbn"), "name"
"""Words of the name of an id, and the word of a name that people see, which is the lesser choice."""

TEXTUAL = _set(
    "text review reviews comment comments title summary body content message description opinion feedback pros cons reply response"
)
"""Words of columns that hold what people write. None of them is proposed for ids."""

LIKE = 0.8
"""Likeness (difflib) from which a misspelt name is proposed: ``reviwer_id`` has 0.95 of ``reviewer_id``, ``steamid`` 0.77 of ``itemid``."""

LONG = 48
"""Characters that the median cell of a column of ids does not exceed: UUIDs have 36, ids of Google Maps 37. More is text."""

SAMPLE = 2000
"""Rows whose values are looked at."""

FILES = 3
"""Files of which values are looked at."""

WRONG = 0.05
"""Share of values that may be unreadable in a column that is used without being asked for."""

LEVELS, LOWEST, HIGHEST = 101, -10, 100
"""Most values that ratings take, and between which they are: per cent have 101. Numbers of votes, or scores of a model, have more."""

MANY = 50
"""Rows from which on one time throughout is that of the export: taken for the time of reviews, it would let everybody coincide."""

PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
COMPOUND = re.compile(r"(?<=..)(id|date|time|stamp|at|on)$")
"""Words that are written together with the one before: ``steamid``, ``reviewdate``."""


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: ``Posted On``, ``posted_on`` and ``postedOn`` have the same."""
    found: list[str] = []
    for word in re.findall(r"[^\W_]+", PARTS.sub(" ", name).lower()):
        parts = COMPOUND.sub(r" \1", word).split()
        known = any(word in (first | beside) for first, beside in NAMES.values())
        whole = known or not any(parts[0] in (first | beside) for first, beside in NAMES.values())
        found += [word] if whole else parts
    return found


def by_name(column: str, canonical: str) -> int:
    """Return how surely a column has the name of a canonical one: 0 not at all; of ids, 1 for a name that people see, 3 for an id."""
    own = words(column)
    first, beside = NAMES[canonical]
    if own in WHOLE.get(canonical, ()):
        return 2
    if not own or not first & set(own) or not set(own) <= first | beside:
        return 0
    if canonical in ("timestamp", "rating"):
        return 2
    if own[-1] in TEXTUAL:
        return 0
    return 1 if LABEL in own else 3 if ID & set(own) else 2


def propose(
    missing: Sequence[str], free: Mapping[str, str], known: Mapping[str, Collection[str]], reader: Reader | None
) -> dict[str, str | None]:
    """Return for each needed column that is missing the one to propose, None where none or several are near.

    ``free`` are the columns without a meaning (the name without blanks around it, and the source's own), of which those that hold text are
    left out; ``known`` are the names that any dialect gives to each missing column.
    """
    text = _with_text(reader, free)
    may = [column for column in free if column not in text]
    found: dict[str, str | None] = {}
    for name in missing:
        sure = {column: by_name(column, name) for column in may}
        best = [column for column in may if sure[column] and sure[column] == max(sure.values())]
        if not best:
            others = [column for column in may if not any(by_name(column, other) for other in NAMES) and not TEXTUAL & set(words(column))]
            like = {column: max(_likeness(column, one) for one in known[name]) for column in others}
            best = [column for column in others if like[column] >= LIKE and like[column] == max(like.values())]
        found[name] = best[0] if len(best) == 1 else None
    return found


def _likeness(column: str, name: str) -> float:
    return difflib.SequenceMatcher(None, name.lower(), column.strip().lower()).ratio()


def _with_text(reader: Reader | None, columns: Mapping[str, str]) -> set[str]:
    """Return the columns that hold what people write; none where the source cannot be read, which reading it will say."""
    if reader is None or not columns:
        return set()
    found = set()
    for column, cells in zip(columns, _head(reader, list(columns.values())), strict=False):
        if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
            continue
        lengths = pc.utf8_length(cells.slice(0, SAMPLE).drop_null()).to_pylist()
        if lengths and float(np.median(lengths)) > LONG:
            found.add(column)
    return found


def _head(reader: Reader, columns: Sequence[str]) -> list[pa.Array]:
    """Return the first cells of columns; nothing where there are none or they cannot be read, which reading will say."""
    try:
        for batch in reader.batches(columns):
            return list(batch.columns)
    except InputError:
        pass
    return []


def recognise(
    sources: Sequence[tuple[Reader | Facts, str | None, Mapping[str, str]]],
    links: Collection[str],
    unit: str | None,
    form: str | None = None,
) -> tuple[dict[str, str], list[str], list[Fits]]:
    """Return the columns of a log to use as time and rating where no source names one as we do, and notes about what was decided.

    Each source comes with its word for an absent value and its columns by canonical name. ``unit`` and ``form`` of times are those that the
    user names; ``links`` have a use already. Returned last is for each source which of its columns hold what their names say, as far as
    that was asked. Of a source that was read before (`Facts`) it is known; InputError is raised where it is not.
    """
    chosen: dict[str, str] = {}
    notes: list[str] = []
    asked: list[Fits] = [{} for _ in sources]

    for canonical in ("timestamp", "rating"):
        if any(canonical in found for *_, found in sources):
            continue
        named: dict[str, bool] = {}
        for reader, _, found in sources:
            taken = {*found.values(), *links}
            for column in reader.header:
                if column not in taken and column not in named and by_name(column, canonical):
                    own = [k for k, (one, _, _) in enumerate(sources) if column in one.header][:FILES]
                    named[column] = all(_asked(sources[k], asked[k], column, canonical, unit, form) for k in own)
        fit = [column for column, fits in named.items() if fits]
        if len(fit) == 1:
            chosen[canonical] = fit[0]
        elif fit:
            options = ", ".join(f"{column!r} ({hint('map', {canonical: column})})" for column in fit)
            notes.append(f"{len(fit)} columns could be the {canonical}, so none was used. Name one with {hint('map')}.{COLUMNS}{options}.")
        elif named:
            options = ", ".join(f"{column!r} ({hint('map', {canonical: column})})" for column in named)
            one = verb(len(named), "column is called like", "columns are called like")
            notes.append(
                f"{len(named)} {one} the {canonical}, but the values cannot be read as such or are all the same, so none is used. If "
                f"one is the {canonical}, name it with {hint('map')}.{COLUMNS}{options}."
            )
    if chosen:
        what = " and the ".join(chosen)
        used = ", ".join(f"{column!r} ({canonical})" for canonical, column in chosen.items())
        notes.insert(
            0,
            f"The {what} {verb(len(chosen), 'was', 'were')} recognised by the name and the values of the column. If that is wrong, name "
            f"another with {hint('map')}.{COLUMNS}{used}.",
        )
    return chosen, notes, asked


def _asked(
    source: tuple[Reader | Facts, str | None, Mapping[str, str]],
    asked: Fits,
    column: str,
    canonical: str,
    unit: str | None,
    form: str | None,
) -> bool:
    """Return whether the first values of a column are what its name says, and note it."""
    reader, absent, _ = source
    found = reader.fit(column, canonical) if isinstance(reader, Facts) else _fits(reader, column, canonical, absent, unit, form)
    asked.setdefault(canonical, {})[column] = found
    return found


def _fits(reader: Reader, column: str, canonical: str, absent: str | None, unit: str | None, form: str | None) -> bool:
    """Whether the first values of a column are times of reviews, or ratings."""
    head = _head(reader, [column])
    if not head:
        return False
    cells = head[0]
    some = cells.slice(0, SAMPLE)
    if canonical == "rating":
        read = ratings(some, absent)
        values = np.unique(read.values[~np.isnan(read.values)])
        wrong = int(read.bad.sum())
        return bool(wrong <= WRONG * len(some) and 0 < len(values) <= LEVELS and values.min() >= LOWEST and values.max() <= HIGHEST)
    days = Days(len(some), unit)
    read, numeric = times(some, absent, form)
    outside = days.add(read.values, numeric=numeric, second=read.second)
    _, problem = days.recognised()
    given = int(np.count_nonzero(read.values != NO_NUMBER))
    wrong = int(read.bad.sum()) + int(outside.sum())
    return bool(given and problem is None and wrong <= WRONG * len(some) and (len(cells) < MANY or len(pc.unique(cells)) > 1))


def unused(sources: Sequence[tuple[Reader | Facts, Mapping[str, str]]], links: Collection[str]) -> list[str]:
    """Return the columns of a log without a use, in the order of the first source that has them."""
    every = dict.fromkeys(column for reader, _ in sources for column in reader.header)
    used = {column for _, found in sources for column in found.values()} | set(links)
    return [column for column in every if column not in used]


def unused_note(columns: Sequence[str]) -> list[str]:
    """Return a note that names columns without a use; none where there are none."""
    if not columns:
        return []
    return [f"{plural(len(columns), 'column is', 'columns are')} not used.{COLUMNS}{listed(columns)}."]
