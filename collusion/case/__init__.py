"""A case and its rings, with their doors to the report, the files, the pictures and the decisions."""

from collusion.case.case import Case
from collusion.case.lookup import Lookup, Replicates
from collusion.case.ring import Ring, ring_id

__all__ = ["Case", "Lookup", "Replicates", "Ring", "ring_id"]
