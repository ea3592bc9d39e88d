"""Seeded damage to small logs: to their cells, to their text, to the bytes that are stored, and to their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.fuzz_logs import FORMS, Log, compressed, make_log, pick, rendered

if TYPE_CHECKING:
    from collections.abc import Callable

    from collusion.bench.fuzz_logs import Form

__all__ = ["UNTOUCHED", "Case", "draw"]

UNTOUCHED = "untouched"
"""The kind of a file without damage."""

SHARE_UNTOUCHED = 0.04
"""Share of files that are left whole, so that a reader that refuses everything is noticed."""

THREADED = 0.25
"""Share of files that are read by two threads, which takes longer and is where readers hang."""

SAME = 0.7
"""Share of pairs of quotes in one column."""

NOTHING = ("NULL", "null", "nan", "NaN", "N/A", "\\N", "None", "-", "", " ", "inf", "#N/A", "undefined", "?")

DATES = (
    "31/12/2021", "13/13/2021", "2021-02-30", "0000-00-00", "Jan 5, 2021", "05.01.2021 25:61", "9999-12-31", "-1", "1e18",
    "99999999999999999999", "2021-01-01T00:00:00+99:00", "yesterday", "2021-01-01 00:00:00 CET", "20210101", "1.6e9",
    "\u0662\u0660\u0662\u0661-\u0660\u0661-\u0660\u0661", "2021-1-1", "1969-12-31",
)  # fmt: skip

VALUES = (
    "5.0 out of 5 stars", "4,5", "True", "-0", "1e400", "0x10", "\x00", "five", "5" * 400, "½", "\u0661", "\ud800", "a\x1fb", "\x1a", '"',
    "\ufeff", "\u202e",
)  # fmt: skip

HUGE = (*(70_000,) * 18, 300_000, 5_000_000)
"""Characters of a huge cell: beyond the bytes in which a header is looked for, and beyond a block of the parser."""


@dataclass(frozen=True)
class Case:
    """One damaged log.

    ``files`` are relative paths with the bytes stored, ``source`` is what is read: one of them, or the folder of all. ``whole`` is the text
    of each before it was compressed, with damage to text, without damage to stored bytes; ``log`` is the log before the damage. ``quote``
    and ``threads`` are options of the reader.
    """

    number: int
    form: Form
    kind: str
    files: tuple[tuple[str, bytes], ...]
    source: str
    whole: tuple[bytes, ...]
    log: Log
    quote: str | None
    threads: int


def draw(seed: int, number: int) -> Case:
    """Return the damaged log of this number: the same in every call."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, number, 0x66757A7A]))  # "fuzz"
    form = pick(rng, FORMS)
    log = make_log(rng, form)
    quote = "none" if rng.random() < 0.05 and form.kind == "delimited" else None
    threads = 2 if rng.random() < THREADED else 1
    kind = UNTOUCHED if rng.random() < SHARE_UNTOUCHED else pick(rng, [*CELLS, *TEXT, *STORED])
    changed = CELLS[kind](rng, log) if kind in CELLS else log
    parts = np.array_split(np.arange(len(changed.rows)), 2) if form.hive else [np.arange(len(changed.rows))]
    whole = [rendered(changed, [changed.rows[k] for k in part]) for part in parts]
    at = int(rng.integers(len(whole)))
    if kind in TEXT:
        for _ in range(int(rng.integers(1, 4))):
            whole[at] = TEXT[kind](rng, whole[at], log)
    stored = [compressed(content, form.compression) for content in whole]
    suffix = form.suffix
    if kind in STORED:
        stored[at] = STORED[kind](rng, stored[at])
        if kind == "wrong suffix":
            suffix = pick(rng, sorted({one.suffix for one in FORMS} | {"", ".json", ".pq", ".xlsx"}))
    folders = ("log/category=books", f"log/category={pick(rng, ('toys', 'a%20b', '', '__HIVE_DEFAULT_PARTITION__', '%00', 'é', 'x=y'))}")
    names = [f"{folders[k]}/part-{k}{suffix}" if form.hive else f"log{suffix}" for k in range(len(stored))]
    return Case(
        number=number,
        form=form,
        kind=kind,
        files=tuple(zip(names, stored, strict=True)),
        source="log" if form.hive else names[0],
        whole=tuple(whole),
        log=log,
        quote=None if kind == UNTOUCHED else quote,
        threads=threads,
    )


def _column(log: Log, place: int) -> int:
    """Return the position of the rating (2), the time (3) or another column, found by its cells, since columns are in any order."""
    kinds = (r"u?9173\d{5}\Z", r"p\d\Z|\d\Z", r"\d\Z", r"(\d{4}-|\d{9})")
    first = log.rows[0]
    found = [j for j, cell in enumerate(first) if re.match(kinds[place], cell)]
    return found[0] if found else 0


def _replaced(rng: np.random.Generator, log: Log, column: int, words: tuple[str, ...]) -> Log:
    rows = [list(row) for row in log.rows]
    for k in rng.permutation(len(rows))[: int(rng.integers(1, 4))].tolist():
        rows[k][column] = pick(rng, words)
    return replace(log, rows=tuple(map(tuple, rows)))


def _header(rng: np.random.Generator, log: Log) -> Log:
    names = list(log.header)
    i, j = rng.permutation(len(names))[:2].tolist()
    what = int(rng.integers(6))
    if what == 0:
        names[i], names[j] = names[j], names[i]
    elif what == 1:
        names[i] = names[j]
    elif what == 2:
        names[i] = pick(rng, ("", " ", "\u200b", "x" * 70_000, '"', "é"))
    elif what == 3:
        names[i] = pick(rng, (f" {names[i]} ", names[i].upper(), names[i] + "\ufeff"))
    elif what == 4:
        return replace(log, rows=(*log.rows[:2], log.header, *log.rows[2:]))
    else:
        return replace(log, header=log.rows[0], rows=(log.header, *log.rows[1:]))
    return replace(log, header=tuple(names))


def _ragged(rng: np.random.Generator, log: Log) -> Log:
    rows = list(log.rows)
    k = int(rng.integers(len(rows)))
    rows[k] = rows[k][:-1] if rng.random() < 0.5 else (*rows[k], "more")
    return replace(log, rows=tuple(rows))


def _odd_id(rng: np.random.Generator, log: Log) -> Log:
    rows = [list(row) for row in log.rows]
    k, column = int(rng.integers(len(rows))), _column(log, 0)
    known = rows[k][column]
    rows[k][column] = pick(
        rng, (f" {known}", f"{known}.0", known.upper(), "1.23457E+15", f"{known}\u200b", f"'{known}", f"{known}\n", "nan", "")
    )
    return replace(log, rows=tuple(map(tuple, rows)))


def _huge(rng: np.random.Generator, log: Log) -> Log:
    return _replaced(rng, log, int(rng.integers(len(log.header))), (pick(rng, ("x", "é", '"', "x\n", "a b,")) * (pick(rng, HUGE) // 2),))


CELLS: dict[str, Callable[[np.random.Generator, Log], Log]] = {
    "word for nothing": lambda rng, log: _replaced(rng, log, int(rng.integers(len(log.header))), NOTHING),
    "odd date": lambda rng, log: _replaced(rng, log, _column(log, 3), DATES),
    "odd value": lambda rng, log: _replaced(rng, log, int(rng.integers(len(log.header))), VALUES),
    "odd id": _odd_id,
    "huge cell": _huge,
    "header": _header,
    "ragged row": _ragged,
}


def _marks(content: bytes, mark: bytes) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(mark), content)]


def _put(content: bytes, at: int, what: bytes, dropped: int = 0) -> bytes:
    return content[:at] + what + content[at + dropped :]


def _any(rng: np.random.Generator, content: bytes) -> int:
    return int(rng.integers(len(content) + 1))


def _ends(rng: np.random.Generator, content: bytes, log: Log) -> int:
    """Return a position where a cell begins or ends."""
    mark = log.form.delimiter.encode()
    after = [at + len(mark) for at in _marks(content, mark)] + [at + 1 for at in _marks(content, b"\n")]
    before = _marks(content, mark) + _marks(content, b"\n")
    return pick(rng, pick(rng, (after, before)) or [0])


def _pair(rng: np.random.Generator, content: bytes, log: Log) -> bytes:
    """Open a quote before a cell and close one after a later cell, mostly of the same column: then no row has a wrong number of cells."""
    mark = log.form.delimiter.encode()
    lines = content.splitlines(keepends=True)
    first = int(rng.integers(len(lines) + 1))
    last = first + int(rng.integers(4))
    if last >= len(lines):
        return content
    column = int(rng.integers(len(log.header)))
    other = column if rng.random() < SAME else int(rng.integers(len(log.header)))
    for k, place, quoted in ((first, column, b'"%b'), (last, other, b'%b"')):
        body = lines[k].rstrip(b"\r\n")
        cells = body.split(mark)
        at = min(place, len(cells) - 1)
        cells[at] = quoted % cells[at]
        lines[k] = mark.join(cells) + lines[k][len(body) :]
    return b"".join(lines)


def _delimiter(rng: np.random.Generator, content: bytes, log: Log) -> bytes:
    mark = log.form.delimiter.encode()
    at = pick(rng, _marks(content, mark) or [0])
    what = pick(rng, (b"", mark * 2, b";", b"\t", b" ", mark + b'"'))
    return _put(content, at, what, len(mark))


def _line_end(rng: np.random.Generator, content: bytes, _: Log) -> bytes:
    at = pick(rng, _marks(content, b"\n") or [0])
    return _put(
        content, at, pick(rng, (b"", b"\r", b"\r\n", b"\n\r", b"\n\n", b"\n \n", b"\x0b", b"\x0c", b"\xe2\x80\xa8", b"\xc2\x85")), 1
    )


def _flip(rng: np.random.Generator, content: bytes, _log: Log | None = None) -> bytes:
    if not content:
        return content
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        changed[int(rng.integers(len(changed)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _bom(rng: np.random.Generator, content: bytes, _: Log) -> bytes:
    text = content.decode("utf-8", "replace")
    made = (
        lambda: b"\xef\xbb\xbf" + content,
        lambda: b"\xef\xbb\xbf" * 2 + content,
        lambda: _put(content, _any(rng, content), b"\xef\xbb\xbf"),
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-16-le"),
        lambda: text.encode("utf-32"),
        lambda: text.encode("latin-1", "replace"),
    )
    chosen: Callable[[], bytes] = pick(rng, made)
    return chosen()


def _splice(rng: np.random.Generator, content: bytes, _: Log) -> bytes:
    """Copy a piece to another position, or cut it; a copy names no record."""
    at = _any(rng, content)
    piece = content[at : at + int(rng.integers(1, 80))]
    if rng.random() < 0.5:
        return _put(content, at, b"", len(piece))
    return _put(content, _any(rng, content), re.sub(rb"\d{3,}", b"7", piece))


JSON = (
    b"NaN", b"Infinity", b"1e999", b"-0", b"[" * 2000, b"{}", b'{"$date": 1}', b'"\\ud800"', b"null", b"1" * 5000, b'{"$oid": "7"}',
    b"true",
)  # fmt: skip
"""Values that are odd in JSON."""


def _json(rng: np.random.Generator, content: bytes, log: Log) -> bytes:
    """Put in what is odd in JSON alone; in other forms a piece of JSON."""
    joints = _marks(content, b"}" + log.line_end.encode() + b"{")
    bare = pick(rng, JSON)
    colons = _marks(content, b": ")
    what = int(rng.integers(4))
    if what == 0 and joints:
        return _put(content, pick(rng, joints), b", ", 2 + len(log.line_end))
    if what == 1 and joints:
        return _put(content, pick(rng, joints) + 1, pick(rng, (b"", b" ", b",", b"\n\n")), len(log.line_end))
    if what == 2 and colons:
        at = pick(rng, colons) + 2
        ends = [end for end in _marks(content, b", ") + _marks(content, b"}") if end > at] or [len(content)]
        return _put(content, at, bare, min(ends) - at)
    return _put(content, pick(rng, _marks(content, b"\n") or [0]), b"\n" + bare)


def _utf8(rng: np.random.Generator, content: bytes, _: Log) -> bytes:
    return _put(
        content, _any(rng, content), pick(rng, (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80", b"\xe9", b"\x80"))
    )


TEXT: dict[str, Callable[[np.random.Generator, bytes, Log], bytes]] = {
    "quote at a cell": lambda rng, content, log: _put(content, _ends(rng, content, log), b'"'),
    "quote anywhere": lambda rng, content, _: _put(content, _any(rng, content), pick(rng, (b'"', b'""', b"'", b'"\n'))),
    "two quotes": _pair,
    "quote dropped": lambda rng, content, _: _put(content, pick(rng, _marks(content, b'"') or [len(content)]), b"", 1),
    "delimiter": _delimiter,
    "line end": _line_end,
    "flipped": _flip,
    "cut short": lambda rng, content, _: content[: _any(rng, content)],
    "begins late": lambda rng, content, _: content[_any(rng, content) // 8 :],
    "NUL": lambda rng, content, _: _put(content, _any(rng, content), b"\0" * int(rng.integers(1, 4))),
    "byte-order mark": _bom,
    "not UTF-8": _utf8,
    "splice": _splice,
    "JSON": _json,
    "control": lambda rng, content, _: _put(content, _any(rng, content), bytes([pick(rng, (1, 8, 11, 12, 26, 27, 28, 31, 127))])),
}

STORED: dict[str, Callable[[np.random.Generator, bytes], bytes]] = {
    "stored flipped": _flip,
    "stored cut short": lambda rng, content: content[: int(rng.integers(len(content)))],
    "stored and more": lambda rng, content: content + pick(rng, (b"\0\0\0", b"more", b"\x1f\x8b", bytes(rng.bytes(20)))),
    "compressed twice": lambda rng, content: compressed(content, pick(rng, ("gzip", "zstd"))),
    "wrong suffix": lambda _, content: content,
    "noise": lambda rng, _: bytes(rng.bytes(int(rng.integers(0, 300)))),
}
