"""Signals: each answers one question about a group. Other rooms know them only through this registry."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import entry_points
from typing import Any, ClassVar, Protocol, get_args, runtime_checkable

from collusion.base.errors import ConfigError, did_you_mean
from collusion.base.model import Evidence, SignalInfo, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.pvalues import SIGNAL_LEVEL

__all__ = ["BUILT_IN", "ENTRY_POINTS", "Signal", "answer", "info_of", "make_signals", "prepare", "signal_class", "signal_names"]

BUILT_IN: dict[str, str] = {
    "rating": "collusion.evidence.signals.rating:Rating",
    "exclusivity": "collusion.evidence.signals.exclusivity:Exclusivity",
    "links": "collusion.evidence.signals.links:Links",
    "text": "collusion.evidence.signals.text:Text",
    "clock": "collusion.evidence.signals.clock:Clock",
    "density": "collusion.evidence.signals.density:Density",
    "synchrony": "collusion.evidence.signals.synchrony:Synchrony",
    "crowd": "collusion.evidence.signals.crowd:Crowd",
    "promotion": "collusion.evidence.signals.promotion:Promotion",
    "independent arrival": "collusion.evidence.signals.independent_arrival:IndependentArrival",
    "early reviewers": "collusion.evidence.signals.early:EarlyReviewers",
    "households": "collusion.evidence.signals.households:Households",
    "verified": "collusion.evidence.signals.verified:Verified",
    "helpful votes": "collusion.evidence.signals.helpful:HelpfulVotes",
}
"""Name of each signal and where it is; loaded on use. Those of the second question first, in the order of a report."""

ENTRY_POINTS = "collusion.signals"

SIGNAL_KINDS: tuple[SignalKind, ...] = get_args(SignalKind)


@runtime_checkable
class Signal(Protocol):
    """What a plug-in signal has to be: a frozen dataclass with five class attributes and one method, or two.

    Attributes
    ----------
    name : str
        As in `collusion.base.model.Evidence.signal`.
    question : str
        The question it answers, in plain words, with a question mark.
    kind : {"behaves like paid", "remark"}
        A signal of the second question has a p-value that is uniform, or larger, for honest groups; a remark decides nothing. The first
        question is answered by permutations of the whole search alone, so no signal of its kind can be added.
    needs : tuple of str
        Columns without which it has no answer (`collusion.evidence.facts.LogFacts.columns`).
    null : str
        One sentence: what it compares with.

    Notes
    -----
    A signal may also have a method ``prepare(groups)``, which is called once with all groups (`collusion.evidence.facts.GroupFacts`, of
    one log) before any of them is tested: to read what all of them need in one pass, or to learn which accounts are under test. It keeps
    what it learns with ``groups[0].log.keep``, and ``test`` finds it with ``log.kept``; ``test`` also works where nothing was prepared.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    kind: ClassVar[SignalKind]
    needs: ClassVar[tuple[str, ...]]
    null: ClassVar[str]

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the evidence about a group, or None where the question cannot be answered. It changes nothing, and names nobody."""
        ...


def signal_names() -> tuple[str, ...]:
    """Return the names of all signals: built in, then from the entry-point group ``collusion.signals``."""
    outside = sorted({point.name for point in entry_points(group=ENTRY_POINTS)} - BUILT_IN.keys())
    return (*BUILT_IN, *outside)


def signal_class(name: str) -> type[Any]:
    """Return the class of a signal.

    Raises
    ------
    ConfigError
        When there is no signal of that name, or what an entry point leads to is none.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found: type[Any] = getattr(importlib.import_module(module), attribute)
        return found
    for point in entry_points(group=ENTRY_POINTS, name=name):
        loaded: type[Any] = point.load()
        if wrong := _faults(name, loaded):
            raise ConfigError("\n".join(wrong))
        return loaded
    raise ConfigError(f"no signal is called {name!r}; {did_you_mean(name, signal_names())}")


def make_signals(names: Iterable[str] | None = None) -> list[Signal]:
    """Return the signals of these names, all there are where None, in the order of the registry.

    Raises
    ------
    ConfigError
        When a name is unknown; all problems at once.
    """
    known = signal_names()
    asked = known if names is None else tuple(names)
    if unknown := [name for name in asked if name not in known]:
        raise ConfigError("\n".join(f"no signal is called {name!r}; {did_you_mean(name, known)}" for name in unknown))
    return [signal_class(name)() for name in known if name in asked]


def answer(
    signal: Signal, statement: str, observed: float, expected: float | None, rows: tuple[int, ...], p_value: float | None = None
) -> Evidence:
    """Return what a built-in signal found, rounded: a remark takes no side, other signals speak for a ring up to `SIGNAL_LEVEL`."""
    remark = signal.kind == "remark"
    return Evidence(
        signal=signal.name,
        statement=statement,
        observed=round(observed, 6),
        expected=None if expected is None else round(expected, 6),
        p_value=p_value if remark or p_value is None else float(f"{p_value:.6g}"),
        rows=rows,
        stance="for" if not remark and p_value is not None and p_value <= SIGNAL_LEVEL else "neutral",
    )


def info_of(signal: Signal | type[Any]) -> SignalInfo:
    """Return the description of a signal that a report shows."""
    return SignalInfo(signal.name, signal.question, signal.kind, tuple(signal.needs), signal.null)


def prepare(signals: Iterable[Signal], groups: Sequence[GroupFacts]) -> None:
    """Let each signal that can prepare itself look at all groups before they are tested."""
    for signal in signals:
        look: Callable[[Sequence[GroupFacts]], None] | None = getattr(signal, "prepare", None)
        if look is not None:
            look(groups)


def _faults(name: str, cls: Any) -> list[str]:  # noqa: ANN401  # whatever an entry point leads to
    where = f"signal {name!r}"
    if not isinstance(cls, type) or not dataclasses.is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return [f"{where}: the entry point must lead to a frozen dataclass, not {cls!r}"]
    wrong = [
        f"{where}: {attribute} must be text"
        for attribute in ("name", "question", "null")
        if not isinstance(getattr(cls, attribute, None), str)
    ]
    if getattr(cls, "name", None) != name:
        wrong.append(f"{where}: its name is {getattr(cls, 'name', None)!r}; the entry point and the class must agree")
    if getattr(cls, "kind", None) not in SIGNAL_KINDS[1:]:
        wrong.append(f"{where}: kind must be one of {', '.join(map(repr, SIGNAL_KINDS[1:]))}, not {getattr(cls, 'kind', None)!r}")
    if not isinstance(getattr(cls, "needs", None), tuple):
        wrong.append(f"{where}: needs must be a tuple of column names")
    if not callable(getattr(cls, "test", None)):
        wrong.append(f"{where}: has no method test(group)")
    if not callable(getattr(cls, "prepare", len)):
        wrong.append(f"{where}: prepare must be a method prepare(groups)")
    return wrong
