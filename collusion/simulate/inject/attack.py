"""What every attack is, and the two that need no family of their own: none, and several one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

    from collusion.simulate.labelled import LabelledLog

__all__ = ["Attack", "Chain", "Nothing"]


class Attack(Protocol):
    """What can be planted: a frozen dataclass of parameters with one method."""

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with what is planted: its old rows first, unchanged and in order."""
        ...


@dataclass(frozen=True)
class Nothing:
    """No attack: the log as it is."""

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the log."""
        return log


@dataclass(frozen=True)
class Chain:
    """Several attacks, each planted into the log that the one before returned."""

    attacks: tuple[Attack, ...]

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with all of them."""
        for attack in self.attacks:
            log = attack.plant(log, rng)
        return log
