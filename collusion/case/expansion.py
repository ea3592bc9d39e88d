"""The answer to "who else?": in words, as frames and as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from collusion.base.errors import ConfigError, did_you_mean
from collusion.base.expansion import FoundAccount, FoundPlace
from collusion.export.expansion import account_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from collusion.base.model import Evidence, Provenance

__all__ = ["Expansion"]

SHOWN_LINES = 38
"""Lines of an expansion at a prompt; `print` shows all of them."""

FRAMES = ("reviewers", "connected", "products", "sellers", "rounds")


@dataclass(frozen=True, eq=False, repr=False)
class Expansion:
    """What an expansion from known accounts or products finds (`collusion.expand`): leads, never a verdict.

    Parameters
    ----------
    seeds : tuple of str
        The accounts that it started from, sorted.
    seed_products : tuple of str
        The products that it started from, sorted.
    reviewers : tuple of FoundAccount
        Accounts that act together with the seeds, if the group behaves unlike others; by q-value. Without the seeds that were given.
    connected : tuple of FoundAccount
        Accounts that act together with the seeds, if nothing shows more: the group does not behave unlike others, or nothing could be
        asked. One of the two is empty: the second question is asked of the group.
    products, sellers : tuple of FoundPlace
        What the seeds and these accounts reviewed more than others did, at the false-discovery rate; by q-value.
    rounds : tuple of int
        How many accounts the group had after each round, without the seeds. The first rounds ask for less than the last.
    paid : float or None
        The p-value of the second question (do they behave unlike others?); None if nothing was found, or nothing could answer.
    passes : bool
        Whether the answer is yes at the false-discovery rate.
    evidence : tuple of Evidence
        What answered it.
    null_found : float
        How many accounts with p-values as small the same rounds find in a shuffled log that keeps the seeds' reviews, on average; 0 if
        none were found in the log.
    fdr : float
        The false-discovery rate that was set.
    provenance : Provenance
    notes : tuple of str
    way : callable
        Returns rows of the source by their numbers, as a frame.

    Examples
    --------
    >>> found = cl.expand("reviews.csv", reviewers=["u-17", "u-203", "u-981"])  # doctest: +SKIP
    >>> found.to_frame().head()  # doctest: +SKIP
    """

    seeds: tuple[str, ...]
    seed_products: tuple[str, ...]
    reviewers: tuple[FoundAccount, ...]
    connected: tuple[FoundAccount, ...]
    products: tuple[FoundPlace, ...]
    sellers: tuple[FoundPlace, ...]
    rounds: tuple[int, ...]
    paid: float | None
    passes: bool
    evidence: tuple[Evidence, ...]
    null_found: float
    fdr: float
    provenance: Provenance
    notes: tuple[str, ...]
    way: Callable[[Sequence[int]], pd.DataFrame]

    @property
    def accounts(self) -> tuple[FoundAccount, ...]:
        """All accounts: `reviewers` or `connected`."""
        return (*self.reviewers, *self.connected)

    @property
    def second_question(self) -> bool | None:
        """The answer to the second question: yes, no, or None where it was not asked or nothing could answer."""
        return None if self.paid is None else self.passes

    def __str__(self) -> str:
        from collusion.report.expansion import text  # noqa: PLC0415  # only where somebody reads it

        return text(self)

    def __repr__(self) -> str:
        lines = str(self).splitlines()
        left = len(lines) - SHOWN_LINES
        return "\n".join(lines if left <= 0 else [*lines[:SHOWN_LINES], f"... {left:,} more lines; print(expansion) shows all"])

    def _repr_html_(self) -> str:
        """Return what a notebook shows; everything from the log is escaped."""
        from collusion.report.answer_html import expansion_card  # noqa: PLC0415  # markup, only for a notebook

        return expansion_card(self)

    def reviews(self, account: str | None = None) -> pd.DataFrame:
        """Return the rows of the source that speak for one account, or for all of them, as the source has them.

        Parameters
        ----------
        account : str, optional
            The id of an account found.

        Returns
        -------
        DataFrame
            ``row``, ``source``, ``source_row`` and the columns of the log, one row per review.

        Raises
        ------
        ConfigError
            When the expansion did not find this account.
        """
        wanted = [one for one in self.accounts if account in (None, one.id)]
        if account is not None and not wanted:
            raise ConfigError(f"account: the expansion did not find {account!r}; to_frame() and to_frame('connected') list what it found")
        return self.way(sorted({row for one in wanted for row in one.rows}))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, as ``collusion expand --json`` prints it; ids are as in the log."""
        return {
            "seeds": list(self.seeds),
            "seed_products": list(self.seed_products),
            "reviewers": [account_cells(one) for one in self.reviewers],
            "connected": [account_cells(one) for one in self.connected],
            "products": [asdict(one) for one in self.products],
            "sellers": [asdict(one) for one in self.sellers],
            "rounds": list(self.rounds),
            "null_found": self.null_found,
            "fdr": self.fdr,
            "paid_p_value": self.paid,
            "second_question": self.second_question,
            "evidence": [{**asdict(one), "rows": list(one.rows)} for one in self.evidence],
            "notes": list(self.notes),
        }

    def to_frame(self, what: Literal["reviewers", "connected", "products", "sellers", "rounds"] = "reviewers") -> pd.DataFrame:
        """Return one part as a frame, one row each.

        Parameters
        ----------
        what : {"reviewers", "connected", "products", "sellers", "rounds"}, default "reviewers"
            ``reviewers`` has the connected accounts, too, as ``reviewers.csv`` does: ``found`` says which are found.

        Raises
        ------
        ConfigError
            When there is no such part.
        """
        import pandas as pd  # noqa: PLC0415  # only where somebody wants a frame

        if what not in FRAMES:
            raise ConfigError(f"what: there is no frame {what!r}; {did_you_mean(str(what), FRAMES)}")
        if what == "rounds":
            return pd.DataFrame({"round": range(1, len(self.rounds) + 1), "found": self.rounds})
        accounts = what in {"reviewers", "connected"}
        columns = [one.name for one in fields(FoundAccount if accounts else FoundPlace)]
        listed = (*self.reviewers, *self.connected) if what == "reviewers" else getattr(self, what)
        frame = pd.DataFrame([{name: getattr(one, name) for name in columns} for one in listed], columns=columns)
        if accounts:
            frame.insert(1, "found", [what == "reviewers" and k < len(self.reviewers) for k in range(len(frame))])
        return frame
