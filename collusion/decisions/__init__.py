"""What people decided about rings: an append-only journal beside the case, the current decisions, and the precision so far.

`Case.decide` and `Case.decisions` are the door in Python; `collusion decide` and `collusion decisions` at the command line.
"""

from collusion.decisions.docket import Docket, docket_of_case, docket_of_directory
from collusion.decisions.entry import STATUSES, Decision, DecisionStatus, Subject
from collusion.decisions.history import Earlier, Standing
from collusion.decisions.journal import Damaged, Journal, journal_path
from collusion.decisions.precision import Precision, Share

__all__ = [
    "STATUSES",
    "Damaged",
    "Decision",
    "DecisionStatus",
    "Docket",
    "Earlier",
    "Journal",
    "Precision",
    "Share",
    "Standing",
    "Subject",
    "docket_of_case",
    "docket_of_directory",
    "journal_path",
]
