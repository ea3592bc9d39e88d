"""What a log says of one account, product or seller, in codes and figures; a case puts it into words (`collusion.case.Case.ask`)."""

from collusion.questions.ask import ask_log
from collusion.questions.closeness import Target
from collusion.questions.ids import Asked, close_among, close_ids, find_id

__all__ = ["Asked", "Target", "ask_log", "close_among", "close_ids", "find_id"]
