"""``collusion guide``: the documentation, offline."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from collusion.cli.terminal import Terminal

__all__ = ["guide"]


def guide(
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="Page to print; without it all are listed.", show_default=False)
    ] = None,
) -> int:
    """Print a page of the guide, or list its pages: tutorials, how-to, reference and explanation.

    On a terminal the page is laid out; elsewhere it is Markdown.
    """
    from collusion.guide import page, summaries  # noqa: PLC0415  # what `--help` need not load

    if topic is not None:
        _show(page(topic))
        return 0
    lines = []
    for section, titles in summaries().items():
        lines += ["", section, *(f"  {name:<20}{title}" for name, title in titles.items())]
    Terminal().text("\n".join([*lines[1:], "", "Print a page with: collusion guide TOPIC"]))
    return 0


def _show(markdown: str) -> None:
    if not sys.stdout.isatty():
        Terminal().text(markdown.rstrip("\n"))
        return
    from rich.console import Console  # noqa: PLC0415  # rich costs 0.05 s, which `--help` must not pay
    from rich.markdown import Markdown  # noqa: PLC0415  # as above

    console = Console()
    with console.capture() as laid_out:
        console.print(Markdown(markdown, hyperlinks=False))
    Terminal().text(laid_out.get().rstrip("\n"))
