"""What classes and commands say of themselves: their docstrings, and the sections of these in numpydoc form."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["docstring", "meanings", "sections"]

STRIPPED = 2
"""Level of optimization (``python -OO``) from which on docstrings are removed; a dataclass then has its signature instead."""

HEADING = re.compile(r"^(\w[\w ]*)\n-+\n", re.MULTILINE)

ENTRY = re.compile(r"^(\w+(?:, \w+)*) : .*\n((?:(?: .*)?\n)*)", re.MULTILINE)
"""Names of one or more parameters, and the indented text below them."""


def docstring(thing: type[Any] | Callable[..., Any]) -> str:
    """Return the docstring of a class or function; under ``-OO`` from its source, and empty where there is none."""
    if sys.flags.optimize < STRIPPED:
        return inspect.getdoc(thing) or ""
    for one in getattr(thing, "__mro__", (thing,)):
        try:
            # Not ast.parse: from Python 3.14 on it drops docstrings, too.
            source = textwrap.dedent(inspect.getsource(one))
            (tree,) = ast.iter_child_nodes(compile(source, "source", "exec", ast.PyCF_ONLY_AST, optimize=0))
        except (OSError, TypeError, ValueError, SyntaxError):
            continue
        if isinstance(tree, (ast.ClassDef, ast.FunctionDef)) and (found := ast.get_docstring(tree)):
            return found
    return ""


def sections(text: str) -> dict[str, str]:
    """Return the sections of a docstring by their headings; what comes before the first heading has the heading ``""``."""
    first, *rest = HEADING.split(text)
    return {"": first.strip(), **{title: body.strip("\n") for title, body in zip(rest[::2], rest[1::2], strict=True)}}


def meanings(section: str) -> dict[str, str]:
    """Return what a section of parameters says of each, on one line."""
    return {name: " ".join(found[2].split()) for found in ENTRY.finditer(section + "\n") for name in found[1].split(", ")}
