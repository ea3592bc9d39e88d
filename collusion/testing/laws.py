"""What is raised where a plug-in breaks a law."""

from __future__ import annotations

from collusion.base.errors import CollusionError

__all__ = ["LawError"]


class LawError(CollusionError):
    """A plug-in breaks a law.

    Parameters
    ----------
    law : str
        Name of the law.
    message : str
        What was seen.
    """

    def __init__(self, law: str, message: str) -> None:
        self.law = law
        self.message = message
        super().__init__(law, message)

    def __str__(self) -> str:
        return f"{self.law}: {self.message}"
