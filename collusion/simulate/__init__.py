"""Simulated markets with known truth, and rings and honest look-alikes planted into any log."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collusion.simulate.honest import Sittings
    from collusion.simulate.inject import ATTACKS
    from collusion.simulate.labelled import LabelledLog
    from collusion.simulate.market import Market, SimulatedLog, hard_crowds, simulate, with_honest
    from collusion.simulate.planting import RingPlan
    from collusion.simulate.writing import to_table

__all__ = ["ATTACKS", "LabelledLog", "Market", "RingPlan", "SimulatedLog", "Sittings", "hard_crowds", "simulate", "to_table", "with_honest"]

_MODULES = {
    "honest": ("Sittings",),
    "inject": ("ATTACKS",),
    "labelled": ("LabelledLog",),
    "market": ("Market", "SimulatedLog", "hard_crowds", "simulate", "with_honest"),
    "planting": ("RingPlan",),
    "writing": ("to_table",),
}
_HOME = {name: f"collusion.simulate.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    # Loaded on first use: the names of shapes, say, need no pyarrow.
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'collusion.simulate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
