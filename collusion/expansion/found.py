"""What an expansion finds, by code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from collusion.base.model import Evidence

__all__ = ["Accounts", "Found", "Places"]


@dataclass(frozen=True, eq=False)
class Accounts:
    """Accounts whose co-reviews with the group pass the test, by q-value; arrays of one length.

    Parameters
    ----------
    code : int32 array
    p_value, q_value : float64 arrays
        The chance of as many co-reviews with the group, given how much, when and in which categories the account reviews; and the
        false-discovery rate over all accounts, the rounds included.
    score : float64 array
        ``-log10(p_value)``.
    shared : int64 array
        Products (sellers, where known) shared with the group, each with a member of its own.
    expected : float64 array
        How many of its reviews would be where the group is, by chance.
    round : int64 array
        The round in which it was first found, from 1.
    """

    code: NDArray[np.int32]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    score: NDArray[np.float64]
    shared: NDArray[np.int64]
    expected: NDArray[np.float64]
    round: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Places:
    """Products or sellers that the seeds and the accounts found reviewed more than others did, by q-value; arrays of one length.

    Parameters
    ----------
    code : int32 array
    reviews : int64 array
        Reviews by the seeds and the accounts found.
    expected : float64 array
        How many there would be by chance.
    p_value, q_value : float64 arrays
        Given these accounts.
    """

    code: NDArray[np.int32]
    reviews: NDArray[np.int64]
    expected: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Found:
    """The result of one expansion, by code.

    Parameters
    ----------
    seeds : int32 array
        The accounts that were given; empty where the expansion starts from products.
    accounts : Accounts
        Without the seeds that were given.
    products, sellers : Places
    rounds : tuple of int
        How many accounts each round found.
    paid : float or None
        The p-value of the second question (do they behave unlike others?) for the seeds and the accounts found; None if nothing could
        answer, or nothing was found.
    passes : bool
        Whether the answer to the second question is yes at the rate that was set. Otherwise the accounts act together with the seeds, and
        nothing shows more.
    evidence : tuple of Evidence
        What answered the second question.
    null_found : float
        How many accounts have p-values as small in a shuffled log that keeps the seeds' reviews, on average.
    """

    seeds: NDArray[np.int32]
    accounts: Accounts
    products: Places
    sellers: Places
    rounds: tuple[int, ...]
    paid: float | None
    passes: bool
    evidence: tuple[Evidence, ...]
    null_found: float
