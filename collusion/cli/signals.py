"""``collusion signals``: what is asked of a group, by which signal, and what each needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from collusion.cli.documentation import documentation
from collusion.cli.options import Json  # noqa: TC001  # typer reads it at run time
from collusion.cli.terminal import Terminal

__all__ = ["signals"]


def signals(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show one signal in full.", show_default=False)] = None,
    *,
    as_json: Json = False,
) -> int:
    """List the signals: what each asks of a group, and the columns it needs.

    Those that "behave like paid" answer the second question; remarks decide nothing. The first question, whether a group acted together, is
    answered by shuffled logs alone. With a name, the signal is shown in full: against what it compares, and where it is dangerous.
    """
    from collusion.evidence.signal import info_of, signal_class, signal_names  # noqa: PLC0415  # numpy, which `--help` must not load
    from collusion.inference.statements import FIRST_QUESTION, REMARKS  # noqa: PLC0415  # as above

    terminal = Terminal()
    if name is not None and name not in {one.name for one in (*FIRST_QUESTION, *REMARKS)}:
        cls = signal_class(name)
        if as_json:
            terminal.result({"signals": [_as_json(info_of(cls), cls)]})
        else:
            info = info_of(cls)
            terminal.text(f"{info.name} ({info.kind})\n{info.question}\n\n{_text(cls)}\n\nNeeds: {_needs(info.needs)}")
        return 0
    classes = {one: signal_class(one) for one in signal_names()}
    found: list[dict[str, Any]] = [
        *(_as_json(info, None) for info in FIRST_QUESTION),
        *(_as_json(info_of(cls), cls) for cls in classes.values()),
        *(_as_json(info, None) for info in REMARKS),
    ]
    found = [one for one in found if name in (None, one["name"])]
    if as_json:
        terminal.result({"signals": found})
        return 0
    rows = [(one["name"], one["kind"], ", ".join(one["needs"]), one["question"]) for one in found]
    terminal.table(("name", "kind", "needs", "question"), rows, to_stdout=True)
    return 0


def _as_json(info: Any, cls: type[Any] | None) -> dict[str, Any]:  # noqa: ANN401  # a SignalInfo, whose room is loaded on use
    return {**asdict(info), "needs": list(info.needs), "about": "" if cls is None else _text(cls)}


def _text(cls: type[Any]) -> str:
    """Return the documentation of a signal."""
    return documentation(cls)


def _needs(columns: tuple[str, ...]) -> str:
    return ", ".join(columns) or "nothing beyond reviewers and products"
