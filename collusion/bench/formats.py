"""Tables as CSV, Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FORMATS", "Section", "Table", "csv_text", "latex", "markdown", "markdown_table"]

FORMATS = ("csv", "md", "latex")

Table = tuple[str, "Sequence[str]", "Sequence[Sequence[str]]"]
"""Title, header and rows."""

WIDE = 8
"""Columns from which a LaTeX table is scaled down to the width of the text, where it is wider."""

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}

NUMBER = re.compile(r"[\d,.()\s%+-]|to|nan|inf")


class Section(NamedTuple):
    """A table, and the sentences that follow it."""

    table: Table
    remarks: Sequence[str] = ()


def csv_text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as CSV; a cell of None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def markdown(title: str, sections: Iterable[Section], remarks: Sequence[str] = ()) -> str:
    """Return tables as one Markdown text."""
    parts = [f"# {title}", ""]
    for table, said in sections:
        parts += [markdown_table(table), *(f"- {line}" for line in said), *([""] if said else [])]
    parts += [f"- {_in_markdown(line)}" for line in remarks]
    return "\n".join(parts).rstrip() + "\n"


def markdown_table(table: Table) -> str:
    """Return a table below a heading."""
    head, header, body = table
    lines = [f"| {' | '.join(map(_in_markdown, line))} |" for line in (header, *body)]
    lines.insert(1, f"|{'---|' * len(header)}")
    return "\n".join([f"## {head}", "", *(lines if body else ["None."]), ""])


def latex(tables: Iterable[Table]) -> str:
    """Return tables as LaTeX floats, for a document that loads booktabs and graphicx."""
    head = "% Load these in the preamble: \\usepackage{booktabs} \\usepackage{graphicx} \\usepackage[T1]{fontenc}\n"
    return head + "".join(f"\n{_float(*table)}" for table in tables)


def _float(head: str, header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    # Numbers are aligned right, texts left.
    columns = "".join("l" if not k or any(NUMBER.sub("", line[k]) for line in body) else "r" for k in range(len(header)))
    rows = [_line(header), r"\midrule", *map(_line, body)]
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *rows, r"\bottomrule", r"\end{tabular}"]
    if len(header) > WIDE:
        lines = [r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%", *lines, "}"]
    return "\n".join([r"\begin{table}", r"\centering", rf"\caption{{{_in_latex(head)}}}", *lines, r"\end{table}", ""])


def _line(cells: Sequence[str]) -> str:
    return f"{' & '.join(map(_in_latex, cells))} \\\\"


def _in_latex(text: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in sanitize(text))


def _in_markdown(text: str) -> str:
    # Names are of plug-ins, and messages of whatever failed.
    return sanitize(text).replace("|", "/").replace("<", "&lt;")
