"""Accounts, products and sellers that an expansion from known accounts finds, by their ids."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FoundAccount", "FoundPlace"]


@dataclass(frozen=True)
class FoundAccount:
    """An account that acts together with the seeds.

    Parameters
    ----------
    id : str
    q_value : float
        The false-discovery rate among accounts with this value or a smaller one.
    p_value : float
        How often chance gives as many co-reviews with the seeds and the other accounts found, given how much, when and in which categories
        the account reviews. Of one account that was named in advance.
    score : float
        ``-log10(p_value)``.
    shared : int
        Products (sellers, where the log has them) that it shares with the seeds and the other accounts found, each with another account.
    expected : float
        How many of its reviews would be there by chance.
    round : int
        The round in which it was first found, from 1.
    rows : tuple of int
        Rows of the source, ascending: its reviews near a review of the same product by a seed or another account found, and those of
        products that the expansion starts from.
    """

    id: str
    q_value: float
    p_value: float
    score: float
    shared: int
    expected: float
    round: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class FoundPlace:
    """A product or a seller that the seeds and the accounts found reviewed more than others did.

    Parameters
    ----------
    id : str
    reviews : int
        Reviews by the seeds and the accounts found.
    expected : float
        How many there would be by chance.
    p_value, q_value : float
        Given these accounts.
    """

    id: str
    reviews: int
    expected: float
    p_value: float
    q_value: float
