"""Simulated markets with known truth, and rings and honest look-alikes planted into any log.

| to change | look into |
|---|---|
| an attack: add one, or see what there is | `inject/__init__.py` (the registry `ATTACKS`, and how to add one) |
| what a ring can do: its size, pace, ratings, camouflage | `plan.py` (`RingPlan`); `shapes.py` for the shapes of rings in calibrations |
| who reviews what, on which day, with which rating | `planting.py`, `pairs.py`: one planter for all rings |
| which accounts and targets a ring has | `market_rings.py` in a market, `inject/rings.py` and `inject/targets.py` in a log |
| what a broker does; its clients, workers and waves | `broker_plan.py` (`BrokerPlan`); `brokers.py` |
| the parameters of a market | `market.py` |
| people and products; ordinary reviews | `world.py`; `ordinary.py` |
| honest groups and crowds; variants of a listing | `honest.py`, `crowds.py`; `listings.py` |
| devices and addresses; texts; ids | `links.py`; `phrases.py`; `names.py` |
| how these parts become one log | `simulated.py` |
| files of a market | `writing.py` |
| a log with its labels | `labelled.py` |
| logs of up to 571 million reviews for speed measurements | `biglog.py`, `bigrings.py`, `powerlaw.py` |
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collusion.simulate.broker_plan import BrokerPlan
    from collusion.simulate.brokers import TrueBroker
    from collusion.simulate.honest import Sittings
    from collusion.simulate.inject import ATTACKS
    from collusion.simulate.labelled import LabelledLog
    from collusion.simulate.market import Market, SimulatedLog, TrueGroup, hard_crowds, simulate, with_honest
    from collusion.simulate.plan import RingPlan
    from collusion.simulate.writing import to_table

__all__ = [
    "ATTACKS",
    "BrokerPlan",
    "LabelledLog",
    "Market",
    "RingPlan",
    "SimulatedLog",
    "Sittings",
    "TrueBroker",
    "TrueGroup",
    "hard_crowds",
    "simulate",
    "to_table",
    "with_honest",
]

_MODULES = {
    "broker_plan": ("BrokerPlan",),
    "brokers": ("TrueBroker",),
    "honest": ("Sittings",),
    "inject": ("ATTACKS",),
    "labelled": ("LabelledLog",),
    "market": ("Market", "SimulatedLog", "TrueGroup", "hard_crowds", "simulate", "with_honest"),
    "plan": ("RingPlan",),
    "writing": ("to_table",),
}
_HOME = {name: f"collusion.simulate.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the type depends on the name
    # Loaded on first use: the names of shapes, say, need no pyarrow.
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'collusion.simulate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
