"""The laws of signals, on random logs with every column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from collusion.base.model import Evidence, Stance
from collusion.evidence.signal import SIGNAL_KINDS, prepare
from collusion.testing.laws import LawError
from collusion.testing.logs import COLUMNS, columns_of, facts_of, group_facts, random_group, random_log, renamed_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.evidence.facts import GroupFacts, LogFacts
    from collusion.evidence.signal import Signal
    from collusion.testing.logs import LogColumns

__all__ = ["SignalLawError", "check_signal"]

LOGS, GROUPS = 10, 20
"""Honest logs and groups of each for the law ``uniform``: many logs, since groups of one log have much in common."""

LEVELS = (0.05, 0.01, 0.001)
"""Levels at which the p-values of honest groups are counted."""

CHANCE = 1e-3
"""Chance, at each level, that a signal with uniform p-values breaks the law ``uniform``."""

DIGITS = 1e-9
"""Relative difference that the order of a sum may make under other names."""

Names = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


class SignalLawError(LawError):
    """A signal breaks a law: one of those that `check_signal` lists."""


def check_signal(signal: Signal, *, seed: int = 0) -> tuple[str, ...]:
    """Check a signal against the laws, on random logs that have every column, with a planted ring and honest groups.

    ``parameters``
        It is a frozen dataclass with a name (text), a question that ends with a question mark, the kind "behaves like paid" or "remark",
        what it needs (a tuple of column names, `collusion.evidence.facts.LogFacts.columns`), a null (text, empty for remarks alone) and the
        method ``test``.
    ``silent``
        It returns None where a column that it needs is missing, and raises no error whatever column is missing.
    ``evidence``
        ``test`` returns None or `Evidence` with the signal's name, a statement, finite figures, a p-value above 0 and at most 1 or None, a
        valid stance, and rows of the log, ascending, each once. The stance of a remark is "neutral" or "against". Of some group it says
        something, else no law would be checked.
    ``seed``
        The same group of the same log gives the same evidence.
    ``untouched``
        The log is as it was.
    ``names``
        New codes for reviewers, products and linked values and another order of rows give the same p-value and figures, to nine digits.
    ``uniform``
        Only for the kind "behaves like paid". On 200 groups of ten honest logs, p-values at most 0.05, 0.01 and 0.001 are no more frequent
        than those of a uniform law (binomial, chance 1e-3 each), counted over the groups of which it says something.

    Parameters
    ----------
    signal : Signal
    seed : int
        Of the random logs.

    Returns
    -------
    tuple of str
        The laws checked.

    Raises
    ------
    SignalLawError
        At the first law broken.
    """
    rng = np.random.default_rng([seed, 0x516A])
    _parameters(signal)
    log, *ring = random_log(rng)
    groups: list[Names] = [(ring[0], ring[1]), *(random_group(log, rng) for _ in range(5))]
    _silent(signal, log, groups)
    facts = facts_of(log)
    before = columns_of(facts)
    said = _said(signal, facts, groups)
    _untouched(before, columns_of(facts))
    for one in said:
        _evidence(signal, facts, one)
    if not any(said):
        raise SignalLawError("evidence", f"it says nothing of any of {len(groups)} groups, of which one is a ring")
    for again, what in ((facts, "a second time"), (facts_of(log), "of the same log loaded again")):
        if (other := _said(signal, again, groups)) != said:
            k = next(k for k, one in enumerate(said) if one != other[k])
            raise SignalLawError("seed", f"asked {what} it said {other[k]!r}, at first {said[k]!r}")
    for _ in range(2):
        _names(signal, log, groups, said, rng)
    laws = ("parameters", "silent", "evidence", "seed", "untouched", "names")
    if signal.kind == "remark":
        return laws
    _uniform(signal, rng)
    return (*laws, "uniform")


def most_of(n: int, level: float) -> int:
    """Return the largest number of n uniform p-values at most ``level`` that is not rarer than `CHANCE`."""
    beyond, k = 1.0, -1
    while beyond > CHANCE:
        k += 1
        beyond -= math.comb(n, k) * level**k * (1 - level) ** (n - k)
    return k


def _said(signal: Signal, facts: LogFacts, groups: Sequence[Names]) -> list[Evidence | None]:
    """Return what a signal says of the groups of a log, prepared as a scan prepares it."""
    seen: list[GroupFacts] = [group_facts(facts, *group) for group in groups]
    prepare([signal], seen)
    return [signal.test(group) for group in seen]


def _parameters(signal: Any) -> None:  # noqa: ANN401  # whatever somebody calls a signal
    settings = getattr(signal, "__dataclass_params__", None)
    if isinstance(signal, type) or settings is None or not settings.frozen:
        raise SignalLawError("parameters", f"{signal!r} is not an object of a frozen dataclass")
    for attribute in ("name", "question", "null"):
        if not isinstance(getattr(signal, attribute, None), str):
            raise SignalLawError("parameters", f"its {attribute} is {getattr(signal, attribute, None)!r}, not text")
    if not signal.name:
        raise SignalLawError("parameters", "its name is empty")
    if not signal.question.endswith("?"):
        raise SignalLawError("parameters", f"its question {signal.question!r} does not end with a question mark")
    kind, needs = getattr(signal, "kind", None), getattr(signal, "needs", None)
    if kind not in SIGNAL_KINDS[1:]:
        raise SignalLawError("parameters", f"its kind is {kind!r}, not one of {', '.join(map(repr, SIGNAL_KINDS[1:]))}")
    if not isinstance(needs, tuple) or not {*needs} <= {*COLUMNS}:
        raise SignalLawError("parameters", f"it needs {needs!r}, not a tuple of some of {', '.join(map(repr, COLUMNS))}")
    if kind != "remark" and not signal.null:
        raise SignalLawError("parameters", "its null is empty: nothing says what its p-value compares with")
    if not callable(getattr(signal, "test", None)):
        raise SignalLawError("parameters", "it has no method test(group)")


def _silent(signal: Signal, log: LogColumns, groups: Sequence[Names]) -> None:
    for without in (*(frozenset({column}) for column in COLUMNS), frozenset(COLUMNS)):
        missing = ", ".join(map(repr, sorted(without)))
        try:
            said = _said(signal, facts_of(log, without=without), groups)
        except Exception as error:
            raise SignalLawError("silent", f"without {missing} it raised {error!r}") from error
        if not without.isdisjoint(signal.needs) and any(one is not None for one in said):
            raise SignalLawError("silent", f"without {missing}, of which it needs some, it says {next(one for one in said if one)!r}")


def _evidence(signal: Signal, facts: LogFacts, said: object) -> None:
    if said is None:
        return
    if not isinstance(said, Evidence):
        raise SignalLawError("evidence", f"test returned {type(said).__name__}, neither Evidence nor None")
    if said.signal != signal.name:
        raise SignalLawError("evidence", f"the evidence names {said.signal!r}, the signal is {signal.name!r}")
    if not isinstance(said.statement, str) or not said.statement:
        raise SignalLawError("evidence", f"its statement is {said.statement!r}, not text")
    for name in ("observed", "expected", "p_value"):
        value = getattr(said, name)
        if value is not None and not (isinstance(value, (int, float)) and math.isfinite(value)):
            raise SignalLawError("evidence", f"its {name} is {value!r}, neither None nor a finite number")
    if said.p_value is not None and not 0 < said.p_value <= 1:
        raise SignalLawError("evidence", f"its p-value is {said.p_value!r}, not above 0 and at most 1")
    if said.stance not in (("neutral", "against") if signal.kind == "remark" else get_args(Stance)):
        raise SignalLawError("evidence", f"its stance is {said.stance!r}, which a signal of the kind {signal.kind!r} cannot have")
    _rows(said.rows, facts)


def _rows(rows: object, facts: LogFacts) -> None:
    if not isinstance(rows, tuple) or not all(isinstance(row, int) for row in rows) or list(rows) != sorted({*rows}):
        raise SignalLawError("evidence", f"its rows {rows!r} are not a tuple of whole numbers, ascending, each once")
    if strange := {*rows}.difference(facts.graph.row.tolist()):
        raise SignalLawError("evidence", f"the log has no row {min(strange)}")


def _untouched(before: dict[str, bytes | None], after: dict[str, bytes | None]) -> None:
    if changed := [name for name, held in after.items() if held != before[name]]:
        raise SignalLawError("untouched", f"test changed {', '.join(changed)} of the log")


def _names(signal: Signal, log: LogColumns, groups: Sequence[Names], said: Sequence[Evidence | None], rng: np.random.Generator) -> None:
    moved, reviewer, product = renamed_log(log, rng)
    again = _said(signal, facts_of(moved), [(reviewer[who], product[what]) for who, what in groups])
    for old, new in zip(said, again, strict=True):
        if not _alike(old, new):
            raise SignalLawError("names", f"under other names and in another order of rows it said {new!r}, before {old!r}")


def _alike(old: Evidence | None, new: Evidence | None) -> bool:
    if old is None or new is None:
        return old is new
    return all(
        a is b if a is None or b is None else math.isclose(a, b, rel_tol=DIGITS, abs_tol=smallest)
        for a, b, smallest in ((old.p_value, new.p_value, 0.0), (old.observed, new.observed, DIGITS), (old.expected, new.expected, DIGITS))
    )


def _uniform(signal: Signal, rng: np.random.Generator) -> None:
    found: list[float] = []
    for k in range(LOGS):
        log, _, _ = random_log(rng)
        groups = [random_group(log, rng) for _ in range(GROUPS)]
        found += [one.p_value for one in _said(signal, facts_of(log, seed=k), groups) if one is not None and one.p_value is not None]
    p = np.array(found)
    for level in LEVELS:
        low, most = int((p <= level).sum()), most_of(len(p), level)
        if low > most:
            raise SignalLawError(
                "uniform", f"{low} of {len(p)} honest groups have a p-value of at most {level:g}; chance would give {most}"
            )
