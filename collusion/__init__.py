"""Find coordinated review rings in a review log, with the evidence for and against each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from collusion.errors import BudgetError, CollusionError, ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from collusion import plot
    from collusion.case import Case, Ring
    from collusion.case.write import write_case
    from collusion.config import ScanConfig
    from collusion.export.networks import to_networkx
    from collusion.model import Evidence, Group
    from collusion.pipeline import scan
    from collusion.privacy.case import pseudonymise
    from collusion.privacy.keys import make_key
    from collusion.privacy.reveal import reveal
    from collusion.report.explorer.widget import explore
    from collusion.reviews import read_reviews
    from collusion.reviews.check import check

__all__ = [
    "BudgetError",
    "Case",
    "CollusionError",
    "ConfigError",
    "Evidence",
    "Group",
    "InputError",
    "OutputError",
    "Ring",
    "ScanConfig",
    "check",
    "explore",
    "make_key",
    "plot",
    "pseudonymise",
    "read_reviews",
    "reveal",
    "scan",
    "to_networkx",
    "write_case",
]

_HOME = {
    "Case": "collusion.case",
    "Evidence": "collusion.model",
    "Group": "collusion.model",
    "Ring": "collusion.case",
    "ScanConfig": "collusion.config",
    "make_key": "collusion.privacy.keys",
    "pseudonymise": "collusion.privacy.case",
    "explore": "collusion.report.explorer.widget",
    "check": "collusion.reviews.check",
    "read_reviews": "collusion.reviews",
    "reveal": "collusion.privacy.reveal",
    "scan": "collusion.pipeline",
    "to_networkx": "collusion.export.networks",
    "write_case": "collusion.case.write",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    # Loaded on first use (PEP 562): importing the package costs no pandas, igraph, networkx or matplotlib.
    if name == "plot":
        return importlib.import_module("collusion.plot")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'collusion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
