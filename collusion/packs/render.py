r"""Templates to Markdown, and Markdown to a page. Whatever comes from a log or from people is text in both: no markup, no link.

Values are escaped as they enter the Markdown (``\*``), by the environment and not by the templates, so that no edited template forgets it.
The page is made from the Markdown with HTML switched off, and its policy allows its own style sheet alone.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from collusion.base.errors import ConfigError, OutputError, did_you_mean
from collusion.packs.fields import NOT_STATED, example
from collusion.packs.subject import ADDRESSEES
from collusion.report.environment import environment as report_environment

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["check_templates", "markdown", "page", "pages", "write_templates"]

ENDING = ".md.j2"

FIELDS_FILE = "fields.toml"

JOINERS = "\u200c\u200d"
"""Characters that are not seen, and that Persian, Indic scripts and emoji are written with."""

_MARKS = re.compile(r"[\\`*_\[\]<>#|~&!$]|(?<=:)(?=//)")
_AT_START = re.compile(r"[+\-=]|\d+(?=[.)](?:\s|$))")


def _escaped(value: object) -> Markup:
    """Return a value as text in Markdown: on one line, every mark escaped."""
    if isinstance(value, Markup):  # what a macro or a block of the template made
        return value
    if value == NOT_STATED:
        return Markup(f"*{NOT_STATED}*")  # noqa: S704  # our own, marked so that it is seen
    # What is hidden was written out before (`sanitize`), where a reader should see it; here nothing of it passes.
    text = "".join(one for one in " ".join(str(value).split()) if one.isprintable() or one in JOINERS)
    escaped = _MARKS.sub(lambda found: f"\\{found[0]}", text)
    if found := _AT_START.match(escaped):  # which would begin a list or a line
        at = found.end() if found[0].isdigit() else 0
        escaped = f"{escaped[:at]}\\{escaped[at:]}"
    return Markup(escaped)  # noqa: S704  # Markdown, whose HTML is made with markup switched off


def _built_in() -> list[str]:
    folder = resources.files("collusion.packs").joinpath("templates")
    return sorted(one.name for one in folder.iterdir() if one.name.endswith(ENDING))


def check_templates(folder: Path, addressee: str) -> None:
    """Raise ConfigError where a folder of templates does not exist, or has a template that is never read, or none that is."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: is not a folder of templates; `collusion pack --write-templates {folder}` writes one to edit")
    known, found = _built_in(), sorted(one.name for one in folder.iterdir() if one.name.endswith(".j2"))
    wrong = [f"{folder / name}: is no template of a pack; {did_you_mean(name, known)}" for name in found if name not in known]
    others = {f"{one}{ENDING}" for one in ADDRESSEES if one != addressee}
    if not wrong and not set(found) - others:
        wrong = [
            f"{folder}: has no template that a pack for {addressee} is made of: {', '.join(one for one in known if one not in others)}"
        ]
    if wrong:
        raise ConfigError("\n".join(wrong))


def markdown(addressee: str, values: Mapping[str, object], folder: Path | None) -> str:
    """Return the statement for an addressee.

    Raises
    ------
    ConfigError
        When a template is wrong; it says which, where and what.
    """
    ours = jinja2.PackageLoader("collusion.packs")
    environment = SandboxedEnvironment(
        loader=ours if folder is None else jinja2.ChoiceLoader([jinja2.FileSystemLoader(folder), ours]),
        autoescape=True,
        finalize=_escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        text = environment.get_template(f"{addressee}{ENDING}").render(values)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"template {error.name}, line {error.lineno}: {error.message}") from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise ConfigError(f"a template of {addressee} cannot be filled: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"a template of {addressee} is not UTF-8: {error}") from error
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def pages() -> jinja2.Environment:
    """Return the templates of the report and those of the pages of a pack."""
    environment = report_environment()
    environment.loader = jinja2.ChoiceLoader([jinja2.PackageLoader("collusion.packs"), jinja2.PackageLoader("collusion.report")])
    return environment


def page(text: str, title: str) -> str:
    """Return a statement in Markdown as a page that opens offline and requests nothing."""
    try:
        from markdown_it import MarkdownIt  # noqa: PLC0415  # an extra, only where a pack is made
    except ModuleNotFoundError as error:
        raise ConfigError("packs need the package markdown-it-py, which is not installed; `pip install markdown-it-py`") from error
    body = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(text)
    # Made from Markdown with markup switched off: the only tags are those of headings, lists, tables and the like.
    made: str = pages().get_template("statement.html.j2").render(title=title, body=Markup(body))  # noqa: S704
    return made


def write_templates(folder: str | os.PathLike[str]) -> list[str]:
    """Write the templates of the statements and an example of the fields into a new or empty folder, to be edited; return their names.

    Raises
    ------
    ConfigError
        When the folder has something in it.
    OutputError
        When it cannot be written.
    """
    out = Path(folder)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out}: exists and is not an empty folder; name another, so that no template of yours is lost")
    source = resources.files("collusion.packs").joinpath("templates")
    try:
        out.mkdir(exist_ok=True)
        for name in _built_in():
            (out / name).write_bytes(source.joinpath(name).read_bytes())
        (out / FIELDS_FILE).write_text(example(), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out}: the templates cannot be written ({error.strerror or error})") from error
    return [*_built_in(), FIELDS_FILE]
