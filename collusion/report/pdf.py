"""The report as one PDF, to hand on or to file: the first page, then the rings with pictures, laid out by WeasyPrint.

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

from collusion.errors import OutputError
from collusion.report.environment import environment
from collusion.report.index_page import index_page
from collusion.report.inputs import PICTURES, pictured, prepared, source_rows
from collusion.report.ring_page import ring_page

if TYPE_CHECKING:
    from collusion.case import Case

__all__ = ["LISTED", "write_pdf"]

LISTED = 100
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


def write_pdf(case: Case, file: Path, *, pictures: int = PICTURES) -> None:
    """Write the report as one tagged PDF (PDF/UA-1); the same case, fonts and release of WeasyPrint give the same bytes.

    Nothing is fetched: neither the network nor any file is reached, but for the fonts that matplotlib brings, and those of the system for
    scripts that these do not have.

    Parameters
    ----------
    case : Case
    file : Path
        Must not exist.
    pictures : int, default 20
        How many rings get pages, with pictures and up to 100 of their reviews, members and products: the flagged ones first, and at most
        a quarter of others. The lists have all.

    Raises
    ------
    OutputError
        When it cannot be written, or a ring's id is none that `collusion.model.ring_id` makes.
    """
    case = prepared(case)
    drawn = pictured(case, pictures)
    told = [ring for ring in case.rings if ring.id in drawn]
    pages, rows = environment(), source_rows(case, told)
    body = pages.get_template("ring_body.html.j2")
    bodies = [
        Markup(body.render(ring_page(case, ring, rows, pictures=True, most=LISTED, anchor=f"{ring.id}-")))  # noqa: S704  # escaped
        for ring in told
    ]
    text = pages.get_template("document.html.j2").render(index_page(case, drawn), bodies=bodies)
    identifier = hashlib.sha256(text.encode()).digest()[:16]
    made = HTML(string=text, url_fetcher=_Sealed(), media_type="print").write_pdf(pdf_identifier=identifier, pdf_variant="pdf/ua-1")
    try:
        with file.open("xb") as stream:
            stream.write(made)
    except OSError as error:
        raise OutputError(f"{file}: the report cannot be written ({error})") from error
