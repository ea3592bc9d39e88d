"""The stages of a group on its way to a ring: candidate, scored, tested. Each is a type of its own, and none is changed later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, Status

__all__ = ["Candidate", "DoubtfulMember", "Left", "Scored", "Tested"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A group whose membership is decided.

    Parameters
    ----------
    reviewers, products : int32 arrays
        Codes, ascending.
    detectors : tuple of str
        Names of the detectors that found it, or a group that overlaps it, sorted.
    """

    reviewers: NDArray[np.int32]
    products: NDArray[np.int32]
    detectors: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scored:
    """A candidate with its scores.

    Parameters
    ----------
    candidate : Candidate
    score : float
        Co-reviews counted once per seller (per product where the log names no sellers); `collusion.inference.score`.
    by_product : float
        Co-reviews counted once per product.
    """

    candidate: Candidate
    score: float
    by_product: float

    @property
    def reviewers(self) -> NDArray[np.int32]:
        """Codes of the members."""
        return self.candidate.reviewers

    @property
    def products(self) -> NDArray[np.int32]:
        """Codes of the products."""
        return self.candidate.products

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.candidate.reviewers)


@dataclass(frozen=True)
class Left:
    """What is left of a group's score when one innocent explanation is granted.

    Parameters
    ----------
    name : str
        Of the explanation: ``rating sessions``, ``launches``, ``one seller``, ``variants``.
    score : float
        The score that is left.
    observed, expected : float
        The co-reviews and their mean that it was computed from.
    needed : float
        The score that a group of this size must exceed at the false-discovery rate of the scan.
    chance : float
        Groups of the null that reach the score that is left, per permuted log; infinite without replicates.
    holds : bool
        Whether the explanation accounts for the group: nothing is left.
    """

    name: str
    score: float
    observed: float
    expected: float
    needed: float = 0.0
    chance: float = float("inf")
    holds: bool = False


@dataclass(frozen=True)
class DoubtfulMember:
    """A member who may not belong to the group: code and reason."""

    reviewer: int
    reason: str


@dataclass(frozen=True, eq=False)
class Tested:
    """A scored group with the answers to both questions.

    Parameters
    ----------
    scored : Scored
    status : Status
    q_values : mapping of str to float
        By null model.
    passes : bool
        Whether the score itself is significant at the false-discovery rate of the scan.
    left : tuple of Left
        One for each explanation that could be granted.
    explained_by : str or None
    evidence : tuple of Evidence
    p_paid, q_paid : float or None
        The combined p-value of the second question, and its q-value; None where no signal could answer.
    gamma : float or None
    doubtful : tuple of DoubtfulMember
    """

    scored: Scored
    status: Status
    q_values: Mapping[str, float]
    passes: bool
    left: tuple[Left, ...] = ()
    explained_by: str | None = None
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    p_paid: float | None = None
    q_paid: float | None = None
    gamma: float | None = None
    doubtful: tuple[DoubtfulMember, ...] = ()
