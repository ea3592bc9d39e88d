"""The one room that sees the whole line: logs -> table -> graph -> groups -> rings -> case."""

from collusion.pipeline.progress import Progress
from collusion.pipeline.source import encode, read_log
from collusion.pipeline.steps import scan

__all__ = ["Progress", "encode", "read_log", "scan"]
