"""The files of a pack: the statement, the pages of the rings, the tables, and where all of it comes from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.export.files import case_tree, csv_lines
from collusion.export.tables import tables_of
from collusion.packs.journal import COLUMNS
from collusion.packs.render import markdown, page, pages
from collusion.packs.statement import statement
from collusion.report.inputs import prepared, source_rows
from collusion.report.ring_page import ring_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from collusion.case import Case
    from collusion.packs.fields import Fields
    from collusion.packs.journal import Decided
    from collusion.packs.subject import Subject

__all__ = ["SCHEMA", "payload"]

SCHEMA = "collusion/pack/1"

TABLES = ("rings", "members", "reviews", "evidence")
"""Tables of the case that a pack has. Rows that were set aside are of the whole log, not of its rings."""

FOR_PAGES = ("context", "reviews", "problems")
"""Parts of ``case.json`` that a pack leaves out: reviews around the rings, and rows that were set aside."""


def payload(
    case: Case, subject: Subject, decisions: Mapping[str, Sequence[Decided]], damaged: int, fields: Fields, templates: Path | None
) -> dict[str, bytes]:
    """Return the files of a pack by their paths, each under ``data/``.

    Parameters
    ----------
    case : Case
        The part of the case for the addressee (`collusion.packs.hidden.case_for`).
    subject : Subject
    decisions : mapping of str to sequence of Decided
        By ring.
    damaged : int
        Lines of the journal that cannot be read.
    fields : Fields
    templates : Path or None
        Folder of templates that go before the built-in ones.
    """
    case = prepared(case)
    found = tables_of(case)
    tables = {name: (columns, rows) for name, columns, rows in found}
    shown = _pages(case)
    values = statement(case, subject, shown, tables["reviews"][1], decisions, fields, damaged)
    text = markdown(subject.addressee, values, templates)
    rows = [tuple(asdict(one).values()) for some in decisions.values() for one in some]
    made = {
        "statement.md": text,
        "statement.html": page(text, "Statement of reasons"),
        **{f"rings/{ring}.html": _page(values) for ring, values in shown.items()},
        **{f"tables/{name}.csv": "".join(csv_lines(*tables[name], found.logged)) for name in TABLES},
        "tables/decisions.csv": "".join(csv_lines(COLUMNS, rows, COLUMNS)),
        "provenance.json": _provenance(case, subject, decisions),
    }
    return {f"data/{path}": content.encode("utf-8") for path, content in made.items()}


def _pages(case: Case) -> dict[str, dict[str, Any]]:
    """Return what the page of each ring says."""
    rows = source_rows(case, case.rings)
    return {ring.id: ring_page(case, ring, rows, pictures=True) for ring in case.rings}


def _page(values: Mapping[str, Any]) -> str:
    made: str = pages().get_template("evidence.html.j2").render(values)
    return made


def _provenance(case: Case, subject: Subject, decisions: Mapping[str, Sequence[Decided]]) -> str:
    tree = {name: value for name, value in case_tree(case).items() if name not in (*FOR_PAGES, "schema")}
    tree["schema"] = SCHEMA
    tree["addressee"] = subject.addressee
    tree["decisions"] = {ring: [asdict(one) for one in some] for ring, some in decisions.items()}
    tree["left_out"] = ["texts of reviews", "other groups of the case", "rows that were set aside"]
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"
