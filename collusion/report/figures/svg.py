"""A figure of matplotlib as SVG inside a page: no style, no script, no reference beyond itself.

matplotlib writes ``style`` attributes, which a Content-Security-Policy without ``unsafe-inline`` rightly ignores. Here they become
presentation attributes, which the page's style sheet can override (dark pages). Elements and attributes that are not on the list raise.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape
from matplotlib.backends.backend_agg import FigureCanvasAgg

from collusion.report.figures.canvas import house_style, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collusion.report.figures.canvas import Picture

__all__ = ["inline_svg"]

_ELEMENTS = frozenset({"svg", "g", "defs", "path", "use", "text", "clipPath", "rect"})
_GEOMETRY = frozenset({"d", "x", "y", "width", "height", "transform", "viewBox"})
_PRESENTATION = frozenset(
    {
        "fill",
        "fill-opacity",
        "fill-rule",
        "font-size",
        "font-style",
        "font-weight",
        "opacity",
        "stroke",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-opacity",
        "stroke-width",
        "text-anchor",
    }
)
# The page chooses the font; the comments, the licence block and the style element say nothing that a page needs.
_DROPPED = frozenset({"font-family", "version", "font-stretch", "font-variant"})
_SKIPPED = frozenset({"metadata", "style"})
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
# matplotlib 3.9 writes one shorthand where later releases write its parts; the page chooses the family.
_FONT = re.compile(r"(?:(\d+) )?([\d.]+px) [^;]*")
_LOCAL = re.compile(r"#[A-Za-z0-9_.-]+")
_LOCAL_URL = re.compile(r"url\((#[A-Za-z0-9_.-]+)\)")
_PLAIN = re.compile(r"[A-Za-z0-9#.,()\s%_+-]*")


def inline_svg(picture: Picture, name: str, description: str) -> Markup:
    """Return a figure as an ``svg`` element; the same figure gives the same text.

    Parameters
    ----------
    picture : Picture
    name : str
        Put before every ``id``, so that one page can contain several pictures.
    description : str
        What the picture shows, for those who do not see it.

    Raises
    ------
    ValueError
        When matplotlib wrote an element, an attribute or a value that is not known to be harmless.
    """
    stream = io.BytesIO()
    with house_style(), quiet():
        # What "tight" does, without drawing everything once more to find out.
        renderer = FigureCanvasAgg(picture).get_renderer()  # type: ignore[no-untyped-call]  # matplotlib has no types for it
        box = picture.get_tightbbox(renderer).padded(0.06)
        picture.savefig(
            stream,
            format="svg",
            bbox_inches=box,
            facecolor="none",
            metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
        )
    root = ET.fromstring(stream.getvalue())  # noqa: S314  # written by matplotlib a line above, without entities
    used = {reference for element in root.iter() for reference in _references(element)}
    # Half as large again as on paper: labels of 7 points are read without effort on a screen.
    width, height = (round(1.5 * float(size)) for size in root.attrib["viewBox"].split()[2:])
    size = f'width="{width}" height="{height}" viewBox="{escape(root.attrib["viewBox"])}"'
    parts = [f'<svg class="picture" role="img" aria-label="{escape(description)}" {size}>']
    for child in root:
        parts.extend(_written(child, name, used))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704  # every name is on a list, every value is checked, every text is escaped


def _references(element: ET.Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        if _bare(key) == "href" and value.startswith("#"):
            yield value[1:]
        elif _bare(key) == "clip-path":
            yield value[5:-1]


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def _written(element: ET.Element, prefix: str, used: set[str], *, shape: bool = False) -> Iterator[str]:
    tag = _bare(element.tag)
    if tag in _SKIPPED:
        return
    if tag not in _ELEMENTS:
        raise ValueError(f"unexpected SVG element {tag!r}")
    given = {_bare(key): value for key, value in element.attrib.items() if _bare(key) != "style"}
    for part in filter(None, (part.strip() for part in element.attrib.get("style", "").split(";"))):
        key, value = (side.strip() for side in part.split(":", 1))
        if key == "font" and (font := _FONT.fullmatch(value)):
            given |= {"font-size": font[2]} | ({"font-weight": font[1]} if font[1] else {})
        else:
            given[key] = value
    if shape:
        # What defines a mark has no colours of its own: they come from where it is used, where the page's style sheet reaches them.
        given = {key: value for key, value in given.items() if key not in {"fill", "stroke"}}
    attributes = []
    for key, value in given.items():
        checked = _checked(tag, key, value, prefix, used)
        if checked is not None:
            attributes.append(f' {key}="{checked}"')
    children = [part for child in element for part in _written(child, prefix, used, shape=shape or tag == "defs")]
    text = escape(element.text or "") if tag == "text" else ""
    # A group that neither contains nor changes anything is left out: matplotlib wraps every artist in one.
    if tag == "g" and not attributes:
        yield from children
        return
    yield f"<{tag}{''.join(attributes)}>{text}"
    yield from children
    yield f"</{tag}>"


def _checked(tag: str, key: str, value: str, prefix: str, used: set[str]) -> str | None:
    """Return a value that is safe in the page; None where the attribute is not needed."""
    checked = None
    if key == "id" and _LOCAL.fullmatch(f"#{value}"):
        checked = f"{prefix}-{value}" if value in used else ""
    elif key == "href" and tag == "use" and _LOCAL.fullmatch(value):
        checked = f"#{prefix}-{value[1:]}"
    elif key == "clip-path" and (found := _LOCAL_URL.fullmatch(value)):
        checked = f"url(#{prefix}-{found[1][1:]})"
    elif key in _GEOMETRY | _PRESENTATION and _PLAIN.fullmatch(value):
        checked = " ".join(_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", value).split())
    if checked is not None or key in _DROPPED:
        return checked or None
    raise ValueError(f"unexpected SVG attribute {key!r} of {tag!r}: {value[:80]!r}")
