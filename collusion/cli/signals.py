"""``collusion signals``: what is asked of a group, by which signal, and what each needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from collusion.cli.docstring import docstring, sections
from collusion.cli.options import Json  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["signals"]


def signals(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show one signal in full.", show_default=False)] = None,
    *,
    as_json: Json = False,
) -> int:
    """List the signals: their questions and the columns they need.

    Signals of the kind "behaves like paid" answer the second question; remarks decide nothing. The first question, whether a group acted
    together, is answered by shuffled logs alone. With a name, the signal is shown in full: what it compares with, and where it misleads.
    """
    from collusion.evidence.signal import info_of, signal_class, signal_names  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.inference.statements import FIRST_QUESTION, REMARKS  # noqa: PLC0415  # as above

    terminal = Terminal()
    fixed = {one.name: one for one in (*FIRST_QUESTION, *REMARKS)}
    if name is None:
        classes = [signal_class(one) for one in signal_names()]
        found = [
            *(_described(info, None) for info in FIRST_QUESTION),
            *(_described(info_of(cls), cls) for cls in classes),
            *(_described(info, None) for info in REMARKS),
        ]
    elif name in fixed:
        found = [_described(fixed[name], None)]
    else:
        cls = signal_class(name)
        found = [_described(info_of(cls), cls)]
    if as_json:
        terminal.result({"signals": found})
    elif name is None:
        rows = [(one["name"], one["kind"], ", ".join(one["needs"]), one["question"]) for one in found]
        terminal.table(("name", "kind", "needs", "question"), rows, to_stdout=True)
    else:
        _show(found[0], terminal)
    return 0


def _described(info: Any, cls: type[Any] | None) -> dict[str, Any]:  # noqa: ANN401  # a SignalInfo, whose room is loaded on use
    return {**asdict(info), "needs": list(info.needs), "about": "" if cls is None else docstring(cls)}


def _show(one: dict[str, Any], terminal: Terminal) -> None:
    terminal.text(f"{one['name']} ({one['kind']})\n{one['question']}\n")
    about = sections(one["about"])
    notes = about.get("Notes", "")
    null = f"Compared with: {one['null']}" if one["null"] else ""
    needs = f"Needs: {', '.join(one['needs']) or 'nothing beyond reviewers and products'}"
    terminal.prose("\n\n".join(part for part in (about[""], notes, null, needs) if part))
