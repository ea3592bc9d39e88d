"""The explorer as a page of the report, which opens offline: one script, allowed by its hash."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from collusion.report import formatting
from collusion.report.environment import hash_of
from collusion.report.explorer.data import as_json, explored
from collusion.report.palette import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2

    from collusion.case import Case, Ring

__all__ = ["explorer_page", "script", "stylesheet"]

_COLOURS = ("ink", "soft", "line", "paper", "ring", "without", "band", "shade")


@cache
def script() -> str:
    """Return the ES module (see ``explorer.js``)."""
    return resources.files(__package__).joinpath("explorer.js").read_text(encoding="utf-8")


@cache
def stylesheet() -> str:
    """Return the style sheet of the explorer, which touches nothing outside it, with the colours of the pictures.

    Dark where the system asks for it, or where JupyterLab or marimo say so, whatever the system asks for; on paper always light.
    """
    light, dark = (" ".join(f"--{name}: {colours[name]};" for name in _COLOURS) for colours in (LIGHT, DARK))
    return (
        f".collusion-explorer {{ {light} color-scheme: light; }}\n"
        f"@media (prefers-color-scheme: dark) {{ .collusion-explorer {{ {dark} color-scheme: dark; }} }}\n"
        f':is([data-jp-theme-light="true"], .light, .light-theme) .collusion-explorer {{ {light} color-scheme: light; }}\n'
        f':is([data-jp-theme-light="false"], .dark, .dark-theme) .collusion-explorer {{ {dark} color-scheme: dark; }}\n'
        f"@media print {{ :root .collusion-explorer {{ {light} color-scheme: light; }} }}\n"
    ) + resources.files(__package__).joinpath("explorer.css").read_text(encoding="utf-8")


def explorer_page(pages: jinja2.Environment, case: Case, ring: Ring, rows: Mapping[int, Mapping[str, Any]]) -> str:
    """Return the page that explores one ring.

    Its Content-Security-Policy allows this very script and style sheet and no request; text becomes markup nowhere (trusted types).

    Parameters
    ----------
    pages : jinja2 Environment
        Of `collusion.report.pages`.
    case : Case
    ring : Ring
    rows : mapping of int to mapping
        Source rows whose texts are shown.
    """
    code = f"{script()}\nstart();\n"
    style = f"{pages.globals['style']}\n{stylesheet()}"
    data = explored(case, ring, rows).data
    page: str = pages.get_template("explorer.html.j2").render(
        ring=ring.id,
        status=ring.status,
        summary=formatting.ring_summary(ring),
        left=data["left"],
        data=Markup(as_json(data)),  # noqa: S704  # JSON without <, > and &
        script=Markup(code),  # noqa: S704  # our own
        script_hash=hash_of(code),
        explorer_style=Markup(style),  # noqa: S704  # our own
        explorer_style_hash=hash_of(style),
    )
    return page
