"""The report: a first page, one page per ring, and explorers of the first rings. They open offline and request nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.errors import OutputError
from collusion.report.changes_page import changes_page
from collusion.report.decided import listed
from collusion.report.environment import environment
from collusion.report.explorer.page import explorer_page
from collusion.report.index_page import index_page
from collusion.report.inputs import PICTURES, pictured, prepared, source_rows
from collusion.report.operations_page import check_operations, operations_page
from collusion.report.profits_page import profits_page
from collusion.report.ring_page import ring_page

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.case import Case
    from collusion.report.decided import Decided

__all__ = ["write_report"]


def write_report(case: Case, directory: Path, *, pictures: int = PICTURES, decided: Decided | None = None) -> None:
    """Write the pages of a case.

    ``index.html``, ``profits.html`` where groups are flagged or coordinated, ``rings/<ring id>.html``, and
    ``rings/<ring id>-explore.html`` for rings that get pictures.

    A case with operations also gets ``operations.html``.

    A case that was compared with an earlier one gets ``changes.html``, too.

    Pages request nothing. Their Content-Security-Policy allows their own style sheet by its hash; the first page and the explorers also
    allow their one script. Only the explorers need it. The same case gives the same bytes.

    Parameters
    ----------
    case : Case
    directory : Path
        Made when it is not there; its parent must be.
    pictures : int, default 20
        How many rings get pictures and an explorer: the flagged ones first, and at most a quarter of others. The index says which.
    decided : Decided, optional
        What people decided; the pages say it, and only rings that it asks for are listed and have pages.

    Raises
    ------
    OutputError
        When a page cannot be written, or a ring's id is none that `collusion.base.model.ring_id` makes.
    """
    check_operations(case)
    case = prepared(case)
    shown = listed(case, decided)
    rings = [ring for ring in case.rings if ring.id in shown]
    names = [ring.id for ring in rings]
    pages, rows, drawn = environment(), source_rows(case, rings), pictured(rings, pictures)
    try:
        directory.mkdir(exist_ok=True)
        (directory / "rings").mkdir(exist_ok=True)
        _write(directory / "index.html", pages.get_template("index.html.j2").render(index_page(case, drawn, decided)))
        if case.profits is not None and case.profits.products:
            _write(directory / "profits.html", pages.get_template("profits.html.j2").render(profits_page(case, case.profits)))
        if case.operations:
            _write(directory / "operations.html", pages.get_template("operations.html.j2").render(operations_page(case, shown)))
        if case.since is not None:
            _write(directory / "changes.html", pages.get_template("changes.html.j2").render(changes_page(case, case.since)))
        page = pages.get_template("ring.html.j2")
        for ring, earlier, later in zip(rings, ["", *names], [*names[1:], ""], strict=False):
            values = ring_page(case, ring, rows, pictures=ring.id in drawn, decided=decided)
            _write(directory / "rings" / f"{ring.id}.html", page.render(values, earlier=earlier, later=later))
            if ring.id in drawn:
                _write(directory / "rings" / f"{ring.id}-explore.html", explorer_page(pages, case, ring, rows))
    except OSError as error:
        raise OutputError(f"{directory}: the report cannot be written ({error})") from error


def _write(path: Path, page: str) -> None:
    # Two rings of one id would be one page: "x" refuses the second.
    with path.open("xb") as stream:
        stream.write(page.encode())
