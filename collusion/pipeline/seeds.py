"""From which accounts and products an expansion starts: lists, a file, a ring of a case; and their codes in the log."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.errors import ConfigError, InputError
from collusion.base.hints import hint
from collusion.graph.log import Names
from collusion.kernels.coding import hash_strings
from collusion.questions.ids import close_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.graph.log import Log

__all__ = ["Coded", "Seeds", "coded", "seeds_of"]

SHOWN = 50
"""Unknown ids that an error lists."""

LIKE = 5
"""Of those, how many get a proposal: each is compared with all ids of the log."""

MARKS = (",", ";", "\t", "|")
"""Delimiters of a file of seeds, recognised from its first line."""

MOST_BYTES = 1 << 26
"""A file of seeds is far smaller: a log that was named by mistake is not read whole."""

COLUMNS = {"reviewer_id": "reviewers", "product_id": "products"}


@dataclass(frozen=True)
class Seeds:
    """Ids from which an expansion starts, each once, in the order given."""

    reviewers: tuple[str, ...]
    products: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Coded:
    """Seeds of one log: int32 arrays of codes, ascending."""

    reviewers: NDArray[np.int32]
    products: NDArray[np.int32]
    notes: tuple[str, ...]


def seeds_of(
    reviewers: Any,  # noqa: ANN401  # checked
    products: Any,  # noqa: ANN401  # checked
    file: Any,  # noqa: ANN401  # a path
    ring: Any,  # noqa: ANN401  # a Ring, an id or a rank
    case: Any,  # noqa: ANN401  # a Case or its folder
    named: Mapping[str, str],
) -> Seeds:
    """Return all seeds that were named; ``named`` has the log's own names of columns, which a file may use, too.

    Raises
    ------
    ConfigError
        When nothing was named, or something is no list of ids; all problems at once.
    InputError
        When a file or the case cannot be read.
    """
    wrong = [*_wrong("reviewers", reviewers), *_wrong("products", products)]
    if case is not None and ring is None:
        wrong.append(f"case: has no effect without a ring of it; name one with {hint('ring')}")
    if ring is not None and case is None and not hasattr(ring, "reviewers"):
        wrong.append(f"ring: needs the case that has it; name its folder with {hint('case')}")
    if not wrong and file is None and ring is None and not _listed(reviewers) and not _listed(products):
        ways = ", ".join(map(hint, ("reviewers", "products", "file")))
        wrong.append(f"seeds: there are none; name accounts or products to start from with {ways} or {hint('ring')}")
    if wrong:
        raise ConfigError("\n".join(wrong))
    notes: list[str] = []
    found = {"reviewers": _listed(reviewers), "products": _listed(products)}
    if file is not None:
        for role, ids in _of_file(Path(file), named).items():
            found[role] += ids
    if ring is not None:
        found["reviewers"] += _of_ring(ring, case)
        notes.append("The members of a group were found in reviews, perhaps in these. What they share with each other is no evidence here.")
    return Seeds(tuple(dict.fromkeys(found["reviewers"])), tuple(dict.fromkeys(found["products"])), tuple(notes))


def _wrong(name: str, given: Any) -> list[str]:  # noqa: ANN401  # checked here
    """Return what is wrong with a list of ids."""
    if given is None or isinstance(given, str):
        return []
    try:
        odd = [one for one in given if not isinstance(one, str) or not one]
    except TypeError:
        return [f"{name}: {given!r} is no list of ids; give the texts that the log has, as in ['u-1', 'u-2']"]
    return [f"{name}: {one!r} is not an id; give the text that the log has" for one in odd[:LIKE]]


def _listed(given: Any) -> list[str]:  # noqa: ANN401  # as checked
    return [] if given is None else [given] if isinstance(given, str) else list(given)


def _of_ring(ring: Any, case: Any) -> list[str]:  # noqa: ANN401  # a Ring or its name; a Case or its folder
    """Return the accounts of a ring."""
    from collusion.pipeline.reopen import read_case  # noqa: PLC0415  # only for a ring

    if not hasattr(ring, "reviewers"):
        held = case if hasattr(case, "rings") else read_case(case)
        if held.provenance.pseudonymised is not None:
            raise ConfigError("case: holds pseudonyms, so its groups do not lead back to accounts of the log; use the case before them")
        ring = held.find(str(ring))
    return list(ring.reviewers)


def _of_file(path: Path, named: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the ids of a file: its columns of accounts and products, or one account per line where it has no header."""
    lines = [*_lines(path)]
    if not lines:
        raise InputError(f"{path}: holds no ids; write one per line, or a table with a column reviewer_id or product_id")
    delimiter = max(MARKS, key=lines[0][1].count)
    try:
        first, *rest = [(number, row) for number, text in lines for row in csv.reader([text], delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise InputError(f"{path}: a line is damaged ({error}); write one id per line, or a table with a header line") from error
    known = {**COLUMNS, **{own: COLUMNS[name] for name, own in named.items() if name in COLUMNS}}
    header = [known.get(cell.strip()) for cell in first[1]]
    if not any(header):
        if len(first[1]) > 1:
            raise InputError(
                f"{path}: has no column reviewer_id or product_id, but {', '.join(map(repr, first[1][:LIKE]))}. "
                "Rename them, or write one id per line"
            )
        header, rest = ["reviewers"], [first, *rest]
    if wide := [number for number, row in rest if len(row) != len(header)]:
        raise InputError(
            f"{path}: line {wide[0]} does not have {len(header)} cells, as the first line has"
            f"{f' ({len(wide) - 1:,} more lines)' if len(wide) > 1 else ''}; put ids that hold {delimiter!r} in double quotes"
        )
    found: dict[str, list[str]] = {"reviewers": [], "products": []}
    for _, row in rest:
        for role, cell in zip(header, row, strict=True):
            if role is not None and cell:
                found[role].append(cell)
    if not any(found.values()):
        raise InputError(f"{path}: has a header and no ids")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text that are not blank, with their numbers."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: is larger than {MOST_BYTES >> 20} MiB, so it is no list of seeds; name one")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name a file of ids") from error
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.strip():
            yield number, line


def coded(log: Log, seeds: Seeds) -> Coded:
    """Return the codes of seeds in a log; a product stands for its listing. O(ids + reviews).

    Raises
    ------
    ConfigError
        When the log lacks any of them, with the ids that are most like it, or none of them has a review that counts.
    """
    graph = log.graph
    reviewers, products = _codes(log.reviewers, seeds.reviewers), _codes(log.products, seeds.products)
    _refuse_unknown(log, seeds, reviewers, products)
    listing = np.arange(len(log.products), dtype=np.int32)
    listing[log.variant] = graph.product
    people = np.unique(reviewers).astype(np.int32)
    things = np.unique(listing[products]).astype(np.int32)
    active, reviewed = people[np.diff(graph.indptr)[people] > 0], things[np.diff(graph.product_indptr)[things] > 0]
    if not len(active) and not len(reviewed):
        raise ConfigError("seeds: none of them has a review that counts: their rows repeat or copy others; name other seeds")
    lost = len(people) - len(active) + len(things) - len(reviewed)
    said = (
        [f"{lost:,} of the seeds {'has' if lost == 1 else 'have'} no review that counts, so nothing can be found from there."]
        if lost
        else []
    )
    return Coded(active, reviewed, (*seeds.notes, *said))


def _codes(names: Names, wanted: Sequence[str]) -> NDArray[np.int64]:
    """Return the code of each id, -1 where there is none. O(bytes of all ids)."""
    asked = Names.of(wanted)
    hashes = [np.empty(len(one), np.uint64) for one in (names, asked)]
    for one, out in zip((names, asked), hashes, strict=True):
        hash_strings(one.offsets, one.data, out)
    at: dict[str, int] = {names[int(code)]: int(code) for code in np.flatnonzero(np.isin(hashes[0], hashes[1]))}
    return np.array([at.get(one, -1) for one in wanted], dtype=np.int64)


def _refuse_unknown(log: Log, seeds: Seeds, reviewers: NDArray[np.int64], products: NDArray[np.int64]) -> None:
    """Raise ConfigError with all ids that the log lacks."""
    missing = [
        *(("account", one) for one, code in zip(seeds.reviewers, reviewers, strict=True) if code < 0),
        *(("product", one) for one, code in zip(seeds.products, products, strict=True) if code < 0),
    ]
    if not missing:
        return
    ids = [one for _, one in missing]
    other = {
        "account": ("a product", {one for one, code in zip(ids, _codes(log.products, ids), strict=True) if code >= 0}),
        "product": ("an account", {one for one, code in zip(ids, _codes(log.reviewers, ids), strict=True) if code >= 0}),
    }
    said = [_unknown(log, noun, one, *other[noun], propose=k < LIKE) for k, (noun, one) in enumerate(missing[:SHOWN])]
    if len(missing) > SHOWN:
        said.append(f"seeds: {len(missing) - SHOWN:,} more ids are not in the log")
    total = len(seeds.reviewers) + len(seeds.products)
    if total > 1 and 2 * len(missing) > total:
        said.append(
            f"seeds: the log lacks {len(missing):,} of {total:,}; are they of this log, and does {hint('map')} name its right columns?"
        )
    raise ConfigError("\n".join(said))


def _unknown(log: Log, noun: str, name: str, other: str, there: Iterable[str], *, propose: bool) -> str:
    shown = _shown(name)
    if name in there:
        option = "products" if noun == "account" else "reviewers"
        return (
            f"seeds: {shown} is {other} of the log, not {'an account' if noun == 'account' else 'a product'}; name it with {hint(option)}"
        )
    close = close_ids(log, name, "reviewer" if noun == "account" else "product") if propose else []
    like = f"; did you mean {' or '.join(_shown(one) for one, _ in close)}?" if close else ""
    return f"seeds: the log has no {noun} {shown}{like}"


def _shown(name: str) -> str:
    """Return an id for a message, its middle left out where it is long."""
    return repr(name if len(name) <= 80 else f"{name[:40]}...{name[-35:]}")
