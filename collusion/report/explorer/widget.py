"""The door to the explorer in a notebook: ``cl.explore(case, ring)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError, InputError

if TYPE_CHECKING:
    from collusion.case import Case, Ring
    from collusion.report.explorer.notebook import Explorer

__all__ = ["explore"]


def explore(case: Case, ring: Ring, *, text: bool = True) -> Explorer:
    """Return an interactive view of a ring, for JupyterLab, marimo and other places where anywidget runs.

    What is selected comes back as ``selection``: the ids of reviewers and products, and the source rows of their reviews that are shown.

    Parameters
    ----------
    case : Case
    ring : Ring
        One of the case's.
    text : bool, default True
        Whether to show texts with the reviews; the source is read again for them.

    Returns
    -------
    anywidget.AnyWidget

    Raises
    ------
    InputError
        When the ring is not one of the case.
    CollusionError
        When the package anywidget is not installed.

    Examples
    --------
    >>> widget = cl.explore(case, case.rings[0])  # doctest: +SKIP
    >>> widget.selection.reviewers  # doctest: +SKIP
    ('A03CC799',)
    >>> widget.observe(lambda change: print(change.new.rows), "selection")  # doctest: +SKIP
    """
    try:
        from collusion.report.explorer.notebook import Explorer  # noqa: PLC0415  # an extra, loaded on use
    except ModuleNotFoundError as error:
        if error.name not in {"anywidget", "traitlets", "ipywidgets"}:
            raise
        command = "python3 -m pip install anywidget"
        raise CollusionError(f"cl.explore needs the package {error.name}; install it with: {command}") from error
    if ring.id not in {one.id for one in case.rings}:
        raise InputError(f"{ring.id} is not a ring of this case; take one of case.rings")
    return Explorer.of(case, ring, text=text)
