"""Find coordinated review rings in a review log, with the evidence for and against each.

The public interface is what ``collusion.__all__`` lists, and the modules `collusion.plot` (pictures), `collusion.simulate` (simulated
logs), `collusion.bench` (benchmarks) and `collusion.testing` (checks for detectors, rankers and signals of your own). All other modules
are internal, whatever their names: they may change in any version.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from collusion.base.errors import BudgetError, CollusionError, ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from collusion.base.config import ScanConfig
    from collusion.base.model import Evidence, Group, Scores
    from collusion.case import Case, Ring
    from collusion.case.expansion import Expansion
    from collusion.case.write import write_case
    from collusion.detect import Detector, Ranker
    from collusion.evidence.signal import Signal
    from collusion.graph.graph import ReviewGraph
    from collusion.packs.signature import make_signing_key
    from collusion.packs.verify import verify
    from collusion.packs.write import pack
    from collusion.pipeline import expand, find_groups, rank, read_case, scan
    from collusion.privacy.case import pseudonymise
    from collusion.privacy.keys import make_key
    from collusion.privacy.reveal import reveal
    from collusion.report import figures as plot
    from collusion.report.explorer.widget import explore
    from collusion.reviews import ReviewTable, read_reviews
    from collusion.reviews.check import check

    __version__: str

__all__ = [
    "BudgetError",
    "Case",
    "CollusionError",
    "ConfigError",
    "Detector",
    "Evidence",
    "Expansion",
    "Group",
    "InputError",
    "OutputError",
    "Ranker",
    "ReviewGraph",
    "ReviewTable",
    "Ring",
    "ScanConfig",
    "Scores",
    "Signal",
    "__version__",
    "check",
    "expand",
    "explore",
    "find_groups",
    "make_key",
    "make_signing_key",
    "pack",
    "plot",
    "pseudonymise",
    "rank",
    "read_case",
    "read_reviews",
    "reveal",
    "scan",
    "verify",
    "write_case",
]

_MODULE_OF = {
    "Case": "collusion.case",
    "Detector": "collusion.detect",
    "Evidence": "collusion.base.model",
    "Expansion": "collusion.case.expansion",
    "Group": "collusion.base.model",
    "Ranker": "collusion.detect",
    "ReviewGraph": "collusion.graph.graph",
    "ReviewTable": "collusion.reviews",
    "Ring": "collusion.case",
    "ScanConfig": "collusion.base.config",
    "Scores": "collusion.base.model",
    "Signal": "collusion.evidence.signal",
    "check": "collusion.reviews.check",
    "expand": "collusion.pipeline",
    "explore": "collusion.report.explorer.widget",
    "find_groups": "collusion.pipeline",
    "make_key": "collusion.privacy.keys",
    "make_signing_key": "collusion.packs.signature",
    "pack": "collusion.packs.write",
    "pseudonymise": "collusion.privacy.case",
    "rank": "collusion.pipeline",
    "read_case": "collusion.pipeline",
    "read_reviews": "collusion.reviews",
    "reveal": "collusion.privacy.reveal",
    "scan": "collusion.pipeline",
    "verify": "collusion.packs.verify",
    "write_case": "collusion.case.write",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the type depends on the name
    # Loaded on first use (PEP 562): importing the package costs no pandas, igraph, networkx or matplotlib.
    if name == "plot":
        return importlib.import_module("collusion.report.figures")
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("collusion")
    if name in _MODULE_OF:
        return getattr(importlib.import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'collusion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
