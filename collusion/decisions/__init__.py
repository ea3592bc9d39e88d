"""What people decided about rings: an append-only journal beside the case, the current decisions, and the precision so far.

`Case.decide` and `Case.decisions` are the door in Python; `collusion decide` and `collusion decisions` at the command line.
"""

from collusion.decisions.appeals import COUNTS_AS, matches
from collusion.decisions.case_decisions import CaseDecisions, asked_statuses, decisions_of_case
from collusion.decisions.entry import APPEALS, STATUSES, Decision, DecisionStatus, Subject
from collusion.decisions.find import find_ring
from collusion.decisions.history import Earlier, RingStatus
from collusion.decisions.journal import Damaged, Journal, journal_path
from collusion.decisions.precision import Precision, Share

__all__ = [
    "APPEALS",
    "COUNTS_AS",
    "STATUSES",
    "CaseDecisions",
    "Damaged",
    "Decision",
    "DecisionStatus",
    "Earlier",
    "Journal",
    "Precision",
    "RingStatus",
    "Share",
    "Subject",
    "asked_statuses",
    "decisions_of_case",
    "find_ring",
    "journal_path",
    "matches",
]
