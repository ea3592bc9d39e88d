"""What classes and commands say of themselves, also under ``python -OO``, which throws docstrings away."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["documentation"]

STRIPPED = 2
"""Level of optimization from which on there are no docstrings; what a dataclass has in place of one is its signature."""


def documentation(thing: type[Any] | Callable[..., Any]) -> str:
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
