"""What is raised where a plug-in breaks a law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError

if TYPE_CHECKING:
    from typing import Self

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
        super().__init__(f"{law}: {message}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.law, self.message)
