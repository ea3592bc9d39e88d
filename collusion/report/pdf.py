"""The report as one PDF, to hand on or to file: the overview, the selected rings and how it was made, laid out by WeasyPrint.

WeasyPrint is loaded with this module; it needs the libraries of Pango, which pip does not install.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from markupsafe import Markup
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from collusion.base.errors import ConfigError, OutputError, did_you_mean
from collusion.report.environment import environment
from collusion.report.index_page import index_page
from collusion.report.inputs import prepared, source_rows
from collusion.report.ring_page import ring_page
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collusion.case import Case, Ring
    from collusion.report.decided import Decided


__all__ = ["LISTED_ROWS", "selected", "write_pdf"]

LISTED_ROWS = 50
"""Most reviews, members and products listed of each ring: paper is read, and the tables hold all."""

_FONTS = {f"house:{name}": f"{name}.ttf" for name in ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono")}
"""Fonts by the address the style sheet gives them: matplotlib's own, so that a machine without fonts prints the same pages."""


class _Sealed(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Hands out the fonts of the house; whatever else is asked for is refused, files included."""

    def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ANN401, ARG002  # as WeasyPrint calls it
        if url in _FONTS:
            data = (Path(mpl.get_data_path()) / "fonts" / "ttf" / _FONTS[url]).read_bytes()
            return URLFetcherResponse(url, data, {"Content-Type": "font/ttf"})
        raise ValueError("a report reaches neither the network nor local files")


def write_pdf(case: Case, file: Path, *, rings: str | Sequence[str] = "flagged", decided: Decided | None = None) -> None:
    """Write the report as one tagged PDF (PDF/UA-1); the same case, fonts and release of WeasyPrint give the same bytes.

    The overview of the case comes first, then pages for each selected ring, then the method, the glossary and the provenance. Nothing is
    fetched: neither the network nor any file is reached, but for the fonts that matplotlib brings, and those of the system for scripts
    that these do not have.

    Parameters
    ----------
    case : Case
    file : Path
        Must not exist.
    rings : {"flagged", "all"} or str or sequence of str, default "flagged"
        Which rings get pages, with pictures and up to 50 of their reviews, members and products. The others are lines of the overview.
        Given the ids of rings, the PDF is about these alone and leaves the overview out.
    decided : Decided, optional
        What people decided. Then the overview is there in any case, and ``rings`` may be empty.

    Raises
    ------
    ConfigError
        When the case has no ring with one of the ids.
    OutputError
        When it cannot be written, or a ring's id is none that `collusion.base.model.ring_id` makes.
    """
    case = prepared(case)
    printed, overview = selected(case, rings) if decided is None or rings else ([], True)
    pages, rows = environment(), source_rows(case, printed)
    body = pages.get_template("ring_body.html.j2")
    bodies = [
        Markup(body.render(ring_page(case, ring, rows, pictures=True, most=LISTED_ROWS, anchor=f"{ring.id}-", decided=decided)))  # noqa: S704  # escaped
        for ring in printed
    ]
    first = index_page(case, {ring.id for ring in printed}, decided)
    text = pages.get_template("document.html.j2").render(first, bodies=bodies, overview=overview or decided is not None)
    identifier = hashlib.sha256(text.encode()).digest()[:16]
    made = HTML(string=text, url_fetcher=_Sealed(), media_type="print").write_pdf(pdf_identifier=identifier, pdf_variant="pdf/ua-1")
    try:
        with file.open("xb") as stream:
            stream.write(made)
    except OSError as error:
        raise OutputError(f"{file}: the report cannot be written ({error})") from error


def selected(case: Case, rings: str | Sequence[str]) -> tuple[list[Ring], bool]:
    """Return the rings that get pages, by rank, and whether the overview of the case is printed, too."""
    if rings in ("all", "flagged"):
        return [ring for ring in case.rings if rings == "all" or ring.flagged], True
    wanted = [rings] if isinstance(rings, str) else list(rings)
    known = [ring.id for ring in case.rings]
    wrong = [f"the case has no ring '{sanitize(one)}'; {did_you_mean(one, known)}" for one in wanted if one not in known]
    if wrong or not wanted:
        raise ConfigError("\n".join(wrong) or "no ring is selected for the PDF; give 'flagged', 'all', or ids of rings")
    return [ring for ring in case.rings if ring.id in set(wanted)], False
