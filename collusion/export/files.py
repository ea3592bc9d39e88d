"""The tables of a case as CSV and Parquet; the case as JSON and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet

from collusion.export.escape import cell, number
from collusion.export.profits import REALS, WHOLE
from collusion.export.surroundings import surroundings, written_reviews
from collusion.export.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from collusion.case import Case, Ring

__all__ = ["SCHEMA", "case_tree", "csv_lines", "write_csv", "write_csv_excel", "write_json", "write_jsonl", "write_parquet"]

SCHEMA = "collusion/case/2"
"""Name and version of the JSON document; its schema is ``case.schema.json`` beside this file. Version 2 has four statuses."""

COLUMNAR = ("context", "reviews")
"""Parts of ``case.json`` that hold one element per review."""

_KINDS = {
    "rank": pa.int64(),
    "flagged": pa.bool_(),
    "flagged_before": pa.bool_(),
    **dict.fromkeys(("q_value", "score", "gamma", "residual", "density", "rating", "observed", "expected", "p_value"), pa.float64()),
    **dict.fromkeys(("n_reviewers", "n_products", "n_reviews", "n_rows", "row", "line"), pa.int64()),
    **dict.fromkeys(("n_rings", "n_flagged", "n_core", "n_shared"), pa.int64()),
    **dict.fromkeys(REALS, pa.float64()),
    **dict.fromkeys((*WHOLE, "rank", "rank_without", "n_ranked", "n_by_members", "n_gained"), pa.int64()),
    **dict.fromkeys(("n_before", "n_came", "n_left", "n_products_came", "n_products_left"), pa.int64()),
}


def write_csv(case: Case, folder: Path, *, mark: bool = False) -> None:
    r"""Write the tables of a case as CSV (RFC 4180, UTF-8, ``\n``).

    One file per table (`tables_of`), such as ``rings.csv``. Text of the log is written by `collusion.export.escape.cell`, so that a sheet
    never takes it for a formula. To have it back, take one apostrophe from the front of a cell and read ``\x00``, ``\x09``, ``\x0a``,
    ``\x0d``, ``\x3b``, ``\x5c``, ``\x7c`` and ``\ud800`` to ``\udfff`` as the characters of these codes
    (`collusion.export.escape.uncell`). With ``mark`` files begin with the UTF-8 mark (BOM).
    """
    tables = tables_of(case)
    for name, columns, rows in tables:
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as stream:
            stream.writelines(csv_lines(columns, rows, tables.logged))


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]], logged: Collection[str]) -> Iterator[str]:
    """Yield the lines of a table as CSV; of the columns ``logged``, text is written by `collusion.export.escape.cell`."""
    yield ",".join(_quoted(cell(column)) for column in columns) + "\n"
    for row in rows:
        yield ",".join(_quoted(_text(value, logged=column in logged)) for column, value in zip(columns, row, strict=True)) + "\n"


def write_csv_excel(case: Case, folder: Path) -> None:
    """Write the files of `write_csv` with the UTF-8 mark by which Excel knows that a file it opens is UTF-8."""
    write_csv(case, folder, mark=True)


def _quoted(text: str) -> str:
    # The csv module leaves a lone carriage return unquoted, which other readers take for the end of the line.
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def _text(value: object, *, logged: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return cell(str(value)) if logged else str(value)


def write_parquet(case: Case, folder: Path) -> None:
    """Write the tables of `write_csv` as Parquet; text is as it is in the log, except lone surrogates."""
    for name, columns, rows in tables_of(case):
        data = list(zip(*rows, strict=True)) or [() for _ in columns]
        arrays = [pa.array([_parquet_cell(value) for value in values], _kind(column)) for column, values in zip(columns, data, strict=True)]
        pa.parquet.write_table(pa.table(arrays, names=list(columns)), folder / f"{name}.parquet", compression="zstd")


def _kind(column: str) -> pa.DataType:
    return _KINDS.get(column, pa.float64() if column.startswith("q_") else pa.string())


def _parquet_cell(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def write_json(case: Case, folder: Path) -> None:
    """Write ``case.json``: all of the case except the times of the run. ASCII, keys sorted; valid under ``case.schema.json``."""
    parts = ",\n ".join(f"{json.dumps(name)}: {_part(name, value)}" for name, value in sorted(case_tree(case).items()))
    (folder / "case.json").write_text(f"{{\n {parts}\n}}\n", encoding="ascii")


def _part(name: str, value: object) -> str:
    """Return a part of ``case.json``: long columns on one line, all else to be read by people."""
    text = json.dumps(value, indent=None if name in COLUMNAR else 1, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return text.replace("\n", "\n ")


def write_jsonl(case: Case, folder: Path) -> None:
    """Write ``rings.jsonl``: one ring per line, as in ``case.json``."""
    with (folder / "rings.jsonl").open("w", encoding="ascii", newline="") as stream:
        for ring in case.rings:
            stream.write(json.dumps(_ring(ring), sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n")


def case_tree(case: Case) -> dict[str, Any]:
    """Return a case as plain values that JSON can hold."""
    left_out = {"seconds"} | ({"pseudonymised"} if case.provenance.pseudonymised is None else set())
    return {
        "schema": SCHEMA,
        "signals": _plain_value(case.signals),
        "rings": [_ring(ring) for ring in case.rings],
        "accounting": _plain_value(case.accounting),
        "notes": list(case.notes),
        "operations": _plain_value(case.operations),
        "span": _plain_value(case.span),
        **({} if case.profits is None else {"profits": _plain_value(case.profits)}),
        "context": surroundings(case),
        "reviews": written_reviews(case),
        "problems": [_plain(problem) for problem in case.lookup.problems()],
        **({} if case.since is None else {"since": _plain_value(case.since)}),
        "provenance": {name: value for name, value in _of_fields(case.provenance).items() if name not in left_out},
    }


def _ring(ring: Ring) -> dict[str, Any]:
    return {**_of_fields(ring), "flagged": ring.flagged, "q_value": number(ring.q_value)}


def _of_fields(one: Any) -> dict[str, Any]:  # noqa: ANN401  # any data class
    # What is declared as a float is written as one, whole numbers too.
    return {
        part.name: number(value) if part.type in {"float", "float | None"} else _plain_value(value)
        for part in fields(one)
        for value in (getattr(one, part.name),)
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:  # noqa: ANN401  # a tree of anything that a configuration holds
    if isinstance(value, Mapping):
        return _plain(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _of_fields(value)
    if isinstance(value, Decimal):
        # Read as decimals, the parts of a score add up to it exactly.
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain_value(one) for one in value]
    return number(value) if isinstance(value, float) else value
