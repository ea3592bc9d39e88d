"""The one room that sees the full pipeline: logs -> table -> graph -> groups -> rings -> case."""

from collusion.pipeline.door import scan
from collusion.pipeline.expand import expand
from collusion.pipeline.methods import find_groups, rank
from collusion.pipeline.progress import Progress
from collusion.pipeline.reopen import read_case
from collusion.pipeline.source import append, encode, read_log

__all__ = ["Progress", "append", "encode", "expand", "find_groups", "rank", "read_case", "read_log", "scan"]
