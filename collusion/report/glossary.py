"""The part of the glossary that a report prints, and which ways to shuffle its scan used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.glossary import definition, definitions

if TYPE_CHECKING:
    from collusion.case import Case

__all__ = ["TERMS", "nulls"]

_FIRST = (
    "co-review",
    "score",
    "shuffled log (null replicate)",
    "false-discovery rate",
    "q-value (false-discovery estimate)",
    "p-value",
    "innocent explanation",
    "score left (residual)",
)
_LAST = ("doubtful member", "density", "robustness (Gamma*)", "N0 to N3")

TERMS: dict[str, str] = {
    **{term: definition(term) for term in _FIRST},
    **definitions("question"),
    **definitions("status"),
    **{term: definition(term) for term in _LAST},
}
"""Terms that the pages use, and what they mean."""


def nulls(case: Case) -> dict[str, str]:
    """Return the ways to shuffle: name to what each keeps, and that it was not used where no ring has a q-value under it."""
    used = {name for ring in case.rings for name in ring.q_values}
    known = definitions("null model")
    others = dict.fromkeys(sorted(used - set(known)), "")
    return {name: said if name in used else f"{said} Not used in this scan." for name, said in (known | others).items()}
