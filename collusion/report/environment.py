"""The templates of the report, which escape every value, and the style sheets and the script inside its pages."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

import jinja2
from markupsafe import Markup

from collusion.base.glossary import definitions
from collusion.report.palette import DARK, LIGHT
from collusion.report.statuses import STATUSES

__all__ = ["environment", "hash_of"]


def environment() -> jinja2.Environment:
    """Return templates that escape every value, and fail on any that is missing."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("collusion.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    decisions = [status.replace(" ", "-") for status in definitions("decision")]
    sheet = environment.get_template("style.css.j2")
    style, paper_style = (
        sheet.render(light=LIGHT, dark=DARK, paper=paper, statuses=STATUSES, decisions=decisions) for paper in (False, True)
    )
    script = resources.files("collusion.report").joinpath("templates", "groups.js").read_text(encoding="utf-8")
    environment.globals |= {
        "style": Markup(style),  # noqa: S704  # our own style sheet
        "style_hash": hash_of(style),
        "groups_script": Markup(script),  # noqa: S704  # our own
        "groups_script_hash": hash_of(script),
        "paper_style": Markup(paper_style),  # noqa: S704  # our own style sheet
    }
    return environment


def hash_of(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows a script or a style sheet."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
