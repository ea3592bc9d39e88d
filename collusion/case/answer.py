"""The answer to "what about this account?": in words, as frames and as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from collusion.base.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from collusion.base.answer import Closeness, Findings, Role
    from collusion.base.model import Status

__all__ = ["Answer", "InGroup", "InOperation"]

SHOWN_LINES = 38
"""Lines of an answer at a prompt; `print` shows all of them."""

FRAMES = {
    "co-reviewers": ("reviewer", "co_reviews", "expected", "surprise", "n_reviews", "rings"),
    "groups": (
        "ring_id",
        "rank",
        "status",
        "explained_by",
        "n_reviews",
        "products",
        "observed",
        "expected",
        "p_value",
        "doubt",
        "decision",
        "why",
    ),
    "comparisons": ("name", "value", "median", "percentile", "n"),
}
"""The frames of an answer and their columns."""


@dataclass(frozen=True)
class InGroup:
    """One group of the case that an account, product or seller is in.

    Parameters
    ----------
    ring_id : str
    rank : int
    status : {"flagged", "coordinated", "explained", "candidate"}
    explained_by : str or None
    why : str
        What the status means for this group (as its page says).
    evidence : tuple of str
        What speaks for the group: the statements of its evidence.
    n_reviews : int or None
        Counted reviews of it that are the group's; None where they are not to be had.
    products : tuple of str
        Of a seller: its products that are in the group. Of a product that is not in the group itself: those of its listing that are.
    doubt : str or None
        Why the account may not belong to the group.
    decision : str or None
        What people decided about the group.
    closeness : Closeness or None
        Its test as a member, by the log; None where the log is not to be had.
    """

    ring_id: str
    rank: int
    status: Status
    explained_by: str | None
    why: str
    evidence: tuple[str, ...] = ()
    n_reviews: int | None = None
    products: tuple[str, ...] = ()
    doubt: str | None = None
    decision: str | None = None
    closeness: Closeness | None = None


@dataclass(frozen=True)
class InOperation:
    """One operation that groups of an account, product or seller are part of.

    Parameters
    ----------
    operation_id : str
    rank : int
    n_rings : int
        All of its groups.
    own : tuple of str
        Those of them that the account, product or seller is in.
    core : bool
        Whether it is an account by which the groups are joined (`collusion.base.operation.Operation`).
    joined_by : tuple of str
        Kinds of the links (`collusion.base.operation.RingLink`).
    """

    operation_id: str
    rank: int
    n_rings: int
    own: tuple[str, ...]
    core: bool
    joined_by: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """What a case, and its log, say of one account, product or seller (`collusion.Case.ask`): a lead, never a verdict.

    Parameters
    ----------
    id : str
    role : {"reviewer", "product", "seller"}
    groups : tuple of InGroup
        In the order of their ranks.
    nearest : Closeness or None
        If it is in no group: the nearest one, and what is missing.
    nearest_status : str or None
        The status of that group.
    findings : Findings or None
        What the log says; None where the log is not to be had.
    unavailable : tuple of str
        What cannot be said, and why.
    n_groups : int
        How many groups the case has.
    notes : tuple of str
        On the journal of decisions.
    operations : tuple of InOperation
        Those that any of the groups are part of, in the order of their ranks.

    Examples
    --------
    >>> answer = case.ask("u-1183")  # doctest: +SKIP
    >>> answer.to_frame("co-reviewers").head()  # doctest: +SKIP
    """

    id: str
    role: Role
    groups: tuple[InGroup, ...]
    nearest: Closeness | None = None
    nearest_status: Status | None = None
    findings: Findings | None = None
    unavailable: tuple[str, ...] = ()
    n_groups: int = 0
    notes: tuple[str, ...] = ()
    operations: tuple[InOperation, ...] = ()

    def __str__(self) -> str:
        from collusion.report.answer import text  # noqa: PLC0415  # only where somebody reads it

        return text(self)

    def __repr__(self) -> str:
        lines = str(self).splitlines()
        left = len(lines) - SHOWN_LINES
        return "\n".join(lines if left <= 0 else [*lines[:SHOWN_LINES], f"... {left:,} more lines; print(answer) shows all"])

    def _repr_html_(self) -> str:
        """Return what a notebook shows; everything from the log is escaped."""
        from collusion.report.answer_html import card  # noqa: PLC0415  # templates, only for a notebook

        return card(self)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, as ``collusion ask --json`` prints it; ids are as in the log."""
        from collusion.report.answer import paragraphs  # noqa: PLC0415  # as above

        found = self.findings
        data = {} if found is None else asdict(found)
        return {
            "id": self.id,
            "role": self.role,
            "in_log": found is not None,
            "groups": [asdict(one) for one in self.groups],
            "operations": [asdict(one) for one in self.operations],
            "nearest": None if self.nearest is None else {**asdict(self.nearest), "status": self.nearest_status},
            **{name: data.get(name) for name in ("n_reviews", "first_review", "last_review", "products")},
            "co_reviewers": {name: data.get(name) for name in ("window", "unit")}
            | {"total": data.get("n_co_reviewers"), "strongest": data.get("co_reviewers")},
            "comparable": None
            if found is None or found.comparable is None
            else {
                "least_reviews": found.comparable[0],
                "most_reviews": found.comparable[1],
                "figures": data["comparisons"],
            },
            "unavailable": list(self.unavailable),
            "notes": list(self.notes),
            "words": paragraphs(self),
        }

    def to_frame(self, what: Literal["co-reviewers", "groups", "comparisons"] = "co-reviewers") -> pd.DataFrame:
        """Return one part as a frame, one row each: the strongest co-reviewers, the groups, or the figures against comparable ones.

        Parameters
        ----------
        what : {"co-reviewers", "groups", "comparisons"}, default "co-reviewers"

        Raises
        ------
        ConfigError
            When there is no such part.
        """
        import pandas as pd  # noqa: PLC0415  # only where somebody wants a frame

        if what not in FRAMES:
            raise ConfigError(f"what: there is no frame {what!r}; {did_you_mean(str(what), FRAMES)}")
        rows: list[dict[str, Any]] = []
        if what == "groups":
            rows = [{**(asdict(one.closeness) if one.closeness is not None else {}), **asdict(one)} for one in self.groups]
        elif self.findings is not None:
            held = self.findings.co_reviewers if what == "co-reviewers" else self.findings.comparisons
            rows = [asdict(one) for one in held]
        for row in rows:
            row.update({name: ";".join(value) for name, value in row.items() if isinstance(value, tuple)})
        return pd.DataFrame([{name: row.get(name) for name in FRAMES[what]} for row in rows], columns=list(FRAMES[what]))
