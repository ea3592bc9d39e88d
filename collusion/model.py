"""The small frozen types that pass between the rooms.

Inside the house reviewers and products are codes (integers); from `Ring` outwards they are the ids of the log (text).
"""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np

from collusion.errors import CollusionError
from collusion.views import CaseViews, RingViews

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.decisions import DecisionStatus, Docket, Standing

__all__ = [
    "Accounting",
    "Breakdown",
    "Case",
    "Context",
    "Doubt",
    "Evidence",
    "Group",
    "Lookup",
    "Part",
    "Provenance",
    "Pseudonymised",
    "Replicates",
    "Ring",
    "Scored",
    "Scores",
    "SignalInfo",
    "SignalKind",
    "Source",
    "Status",
    "ring_id",
]

Status = Literal["flagged", "coordinated", "explained", "candidate"]
"""``flagged``: they acted together, and they behave unlike other reviewers of the same products. ``coordinated``: they acted together, and
nothing shows more than that; or an innocent explanation accounts for it, and they behave unlike others all the same. ``explained``: nothing
is left once an innocent explanation is granted. ``candidate``: cannot be distinguished from chance."""

Stance = Literal["for", "against", "explains", "neutral"]

SignalKind = Literal["acts together", "behaves like paid", "remark"]
"""Which of the two questions a signal answers. A remark is shown and decides nothing."""

Scored = Literal["reviewers", "products", "reviews"]


@dataclass(frozen=True, eq=False)
class Group:
    """What a detector brings forth: reviewers and products as codes.

    Parameters
    ----------
    reviewers, products : int32 arrays
        Sorted, unique codes.
    score : float
        The detector's own score; comparable within one detector only.
    detector : str
        Name of the detector.
    refined : bool, default False
        Whether the detector has tested who belongs to the group; the scan refines the membership of all others.
    """

    reviewers: NDArray[Any]  # any integers are taken, and held as int32
    products: NDArray[Any]
    score: float
    detector: str
    refined: bool = False

    def __post_init__(self) -> None:
        for name in ("reviewers", "products"):
            codes = np.unique(np.asarray(getattr(self, name), dtype=np.int32))
            codes.flags.writeable = False
            object.__setattr__(self, name, codes)


@dataclass(frozen=True, eq=False)
class Scores:
    """What a ranker brings forth: a number each, finite, higher for the more suspicious; comparable within one ranker and graph only.

    Parameters
    ----------
    detector : str
        Name of the ranker.
    reviewers : float64[n_reviewers] or None
        By code. None, here and below, where the method says nothing about that kind of node.
    products : float64[n_products] or None
        By code.
    reviews : float64[n_reviews] or None
        By slot of the graph.
    """

    detector: str
    reviewers: NDArray[Any] | None = None  # any numbers are taken, and held as float64
    products: NDArray[Any] | None = None
    reviews: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        for name in ("reviewers", "products", "reviews"):
            given = getattr(self, name)
            if given is not None:
                scores = np.array(given, dtype=np.float64)
                scores.flags.writeable = False
                object.__setattr__(self, name, scores)


@dataclass(frozen=True)
class Evidence:
    """One thing that can be said for or against a ring.

    Parameters
    ----------
    signal : str
        Short name of what was counted: ``density``, ``synchrony``, ``rating``, ``variants``.
    statement : str
        One plain sentence: what was counted, against what expectation, under which null. Holds no text of the log.
    observed, expected, p_value : float or None
        The figures of the sentence; None where the signal has none.
    rows : tuple of int
        Rows of the source that the figure counts.
    stance : {"for", "against", "explains", "neutral"}
        ``explains`` is an innocent explanation that was tested and holds.
    """

    signal: str
    statement: str
    observed: float | None = None
    expected: float | None = None
    p_value: float | None = None
    rows: tuple[int, ...] = ()
    stance: Stance = "for"


@dataclass(frozen=True)
class SignalInfo:
    """What a signal is, for whoever shows its evidence; every case lists those that its scan could ask.

    Parameters
    ----------
    name : str
        As in `Evidence.signal`.
    question : str
        The question it answers, in plain words, with a question mark.
    kind : {"acts together", "behaves like paid", "remark"}
    needs : tuple of str
        Columns without which it is silent.
    null : str
        One sentence: against what it compares. Empty for a remark without a p-value.
    """

    name: str
    question: str
    kind: SignalKind
    needs: tuple[str, ...] = ()
    null: str = ""


@dataclass(frozen=True)
class Doubt:
    """A member who may not belong to the ring.

    Parameters
    ----------
    reviewer : str
        Id of the log.
    reason : str
        One plain sentence. Holds no text of the log.
    """

    reviewer: str
    reason: str


@dataclass(frozen=True)
class Part:
    """One part of a ring's score.

    Parameters
    ----------
    name : str
        What it counts, in words of ours.
    nats : Decimal
        What it adds to the score, per member; as many decimals as the score has.
    observed, expected : number or None
        Co-reviews that it counts, and their mean under N1; None for what choosing the group costs.
    """

    name: str
    nats: Decimal
    observed: int | None = None
    expected: float | None = None


@dataclass(frozen=True)
class Breakdown:
    """What a ring's score is made of (`collusion.inference.score.breakdown`).

    Parameters
    ----------
    parts : tuple of Part
        Co-reviews by how busy the product was, quietest first, and what choosing the group costs.
    window : int or None
        Days within which a co-review counts; None where the log has no times.
    place : {"product", "seller"}
        What a pair's co-reviews count once per.
    """

    parts: tuple[Part, ...]
    window: int | None
    place: Literal["product", "seller"]

    @property
    def total(self) -> Decimal:
        """The sum of the parts, exactly: the score."""
        return sum((part.nats for part in self.parts), Decimal(0))


@dataclass(frozen=True)
class Ring(RingViews):
    """A group of reviewers that is reported: a lead for review, never a verdict.

    Parameters
    ----------
    id : str
        Made from the members alone (`ring_id`), so it is the same in every run that finds the same members.
    rank : int
        1 is the strongest: rings are sorted by score, whatever their status.
    status : {"flagged", "coordinated", "explained", "candidate"}
        What the two questions say (`Status`).
    reviewers, products : tuple of str
        Ids of the log, sorted.
    score : float
        Evidence per member in nats (see `collusion.inference.score`).
    q_values : mapping of str to float
        One for each null model that was run (``{"N1": 0.025}``); empty without replicates.
    rows : tuple of int
        Source rows of the ring's counted reviews: by its reviewers, on its products.
    density : float
        Share of the reviewer-product pairs that hold a review, 0 to 1.
    first_review, last_review : str or None
        ISO dates; None where the log has no times.
    detectors : tuple of str
        Names of the detectors that found it, sorted.
    explained_by : str or None
        The innocent explanation that leaves nothing of the score: of every ring that is ``explained``, and of those that are
        ``coordinated`` although it holds, since they behave unlike other reviewers.
    gamma : float or None
        Gamma*: how many times more likely shared honest taste would have to make the co-reviews before significance is lost
        (`collusion.inference.robustness`); None where it was not computed.
    breakdown : Breakdown or None
        What the score is made of; its parts add up to it exactly.
    q_paid : float or None
        q-value of the second question, among all groups whose score passes; None where it was not asked or no signal could answer.
    residual : float or None
        The smallest score left when one innocent explanation is granted; None where none could be tested.
    residual_of : str or None
        That explanation, by the name of its signal.
    doubtful : tuple of Doubt
        Members who may not belong to the ring, by id.

    Notes
    -----
    A ring of ``case.rings`` knows its case, so that it can show itself (`collusion.views`); that is no field: it is neither compared,
    printed, exported, pickled nor copied by `dataclasses.replace`.
    """

    id: str
    rank: int
    status: Status
    reviewers: tuple[str, ...] = field(repr=False)
    products: tuple[str, ...] = field(repr=False)
    score: float
    q_values: Mapping[str, float]
    rows: tuple[int, ...] = field(repr=False)
    density: float
    first_review: str | None
    last_review: str | None
    detectors: tuple[str, ...]
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    explained_by: str | None = None
    gamma: float | None = None
    breakdown: Breakdown | None = field(default=None, repr=False)
    q_paid: float | None = None
    residual: float | None = None
    residual_of: str | None = None
    doubtful: tuple[Doubt, ...] = field(default=(), repr=False)

    def within(self, case: Case) -> Self:
        """Return the same ring, which knows ``case``."""
        bound = copy(self)
        # Not a cycle: what a ring knows holds no rings, so that logs are freed as soon as nobody holds a case or a ring of it.
        object.__setattr__(bound, "_home", case)
        return bound

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_home"}

    @property
    def flagged(self) -> bool:
        """Whether both questions hold: its members acted together, and behave unlike other reviewers of the same products."""
        return self.status == "flagged"

    @property
    def q_value(self) -> float | None:
        """The q-value of the first question: the larger of N1 and N2, which must both pass, or N0 where the log has no times.

        None when no replicates were run.
        """
        asked = [self.q_values[name] for name in ("N1", "N2") if name in self.q_values] or list(self.q_values.values())
        return max(asked, default=None)

    @property
    def n_reviews(self) -> int:
        """Number of the ring's counted reviews."""
        return len(self.rows)


@dataclass(frozen=True)
class Source:
    """One input that was read: ``rows`` data rows, the first of which is global row ``first_row``."""

    name: str
    format: str
    rows: int
    first_row: int
    digest: str


@dataclass(frozen=True)
class Accounting:
    """Where every row went: ``rows_in == accepted + set_aside`` and ``accepted == counted + repeated + copies``."""

    rows_in: int
    accepted: int
    set_aside: int
    counted: int
    repeated: int
    copies: int
    reviewers: int
    products: int


@dataclass(frozen=True)
class Pseudonymised:
    """That a case holds pseudonyms in place of names, and how they were made (`collusion.pseudonymise`).

    ``key`` is the fingerprint of the key, which tells nothing of it; ``text`` whether the texts of reviews were kept.
    """

    scheme: str
    key: str
    text: bool


@dataclass(frozen=True)
class Provenance:
    """What made a case: enough to make it again.

    ``seconds`` maps a stage to its duration and is the only part that differs between two runs of the same command. ``pseudonymised`` is
    None where names are the log's own.
    """

    sources: tuple[Source, ...]
    config: Mapping[str, object]
    seed: int
    replicates: int
    versions: Mapping[str, str]
    seconds: Mapping[str, float] = field(default_factory=dict)
    pseudonymised: Pseudonymised | None = None


@dataclass(frozen=True, eq=False)
class Context:
    """The reviews around one ring: all by its reviewers, and all on its products; one array element a counted review.

    Sorted by (time, row). A review is the ring's own where ``member & target``.

    Parameters
    ----------
    row : int64 array
        Row in the source.
    reviewer, product : object arrays of str
    member, target : bool arrays
        Whether the reviewer is in the ring; whether the product is.
    time : int32 array or None
        Days since 1970-01-01 UTC; -2**31 where a row has none; None where the log has none.
    rating : float32 array or None
        nan where a row has none; None where the log has none.
    """

    row: NDArray[np.int64]
    reviewer: NDArray[np.object_]
    product: NDArray[np.object_]
    member: NDArray[np.bool_]
    target: NDArray[np.bool_]
    time: NDArray[np.int32] | None
    rating: NDArray[np.float32] | None


class Lookup(Protocol):
    """The way back from a ring to the log; `collusion.pipeline` provides it."""

    def context(self, ring: Ring) -> Context:
        """Return the reviews around a ring."""
        ...

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return source rows, in the order asked for, with the log's own columns as text.

        The first columns are ``row`` (global row), ``source`` (its file) and ``source_row`` (1 is the first data row of that file),
        followed by the canonical columns (``reviewer_id``, ``product_id``, ``rating``, ``timestamp`` as ISO 8601 in UTC,
        ``review_id``, ``text``, ``verified``, ...) that the log has.
        """
        ...

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return rows set aside: mappings with ``source, row, line, column, value, reason`` (text or int or None)."""
        ...


class Replicates(Protocol):
    """A `Lookup` that can draw null replicates again."""

    def null_case(self) -> Case:
        """Return a case that holds the strongest group the search found in a null replicate, as its only ring (none where none was found).

        Its notes say which replicate it is. Its reviewers are numbered, since in a replicate nobody did what he is said to have done.

        Raises
        ------
        CollusionError
            When no replicate was run.
        """
        ...


@dataclass(frozen=True, eq=False, repr=False)
class Case(CaseViews):
    """Everything one scan found, with where it came from.

    Parameters
    ----------
    rings : tuple of Ring
        In the order of their ranks; each knows this case (`Ring.within`).
    accounting : Accounting
    provenance : Provenance
    notes : tuple of str
        What could not be used, what was left out and why; plain sentences.
    lookup : Lookup
        Leads back to the log; not exported.
    journal : path
        Where decisions are written and looked up: a file whose name ends in ``.jsonl``, or a case directory, which stands for the file
        ``DIR.decisions.jsonl`` beside it that the command line uses. One file serves several logs: each line names its own.
    span : (str, str) or None
        ISO dates of the first and the last counted review of the log; None where it has no times.
    signals : tuple of SignalInfo
        The signals of the evidence, in the order in which a report lists them.
    """

    rings: tuple[Ring, ...]
    accounting: Accounting
    provenance: Provenance
    notes: tuple[str, ...]
    lookup: Lookup
    journal: str | os.PathLike[str] = "collusion-decisions.jsonl"
    span: tuple[str, str] | None = None
    signals: tuple[SignalInfo, ...] = ()

    def __post_init__(self) -> None:
        if self.rings:
            home = replace(self, rings=())
            object.__setattr__(self, "rings", tuple(ring.within(home) for ring in self.rings))

    def __repr__(self) -> str:
        # A log of millions has rings of thousands: nobody asks a prompt for their names.
        return f"<Case: {len(self.flagged):,} flagged of {len(self.rings):,} groups in {self.accounting.counted:,} reviews>"

    @property
    def flagged(self) -> tuple[Ring, ...]:
        """The flagged rings, in the order of their ranks."""
        return tuple(ring for ring in self.rings if ring.flagged)

    def context(self, ring: Ring) -> Context:
        """Return the reviews around ``ring`` (see `Context`)."""
        return self.lookup.context(ring)

    def reviews(self, ring: Ring) -> pd.DataFrame:
        """Return the source rows of the ring's counted reviews, read again from the input."""
        return self.lookup.rows(ring.rows)

    @property
    def decisions(self) -> Docket:
        """What the journal says of the rings: what stands, history, filters, precision so far."""
        from collusion.decisions import docket_of_case  # noqa: PLC0415  # only where somebody decides

        return docket_of_case(self)

    def decide(self, ring: Ring | str, status: DecisionStatus, *, note: str = "", by: str | None = None) -> Standing:
        """Record a decision on a ring in the journal, and return what stands after it.

        Parameters
        ----------
        ring : Ring or str
            A ring of this case, or its id.
        status : {"confirmed", "dismissed", "in progress", "open"}
            ``in progress`` claims the ring for ``by``; ``open`` gives it back.
        note : str
            Any text.
        by : str, optional
            Who decides.

        Raises
        ------
        ConfigError
            When an argument is wrong; all problems at once.
        InputError, OutputError
            When the journal is none, or cannot be read or written; nothing is recorded then.
        """
        return self.decisions.decide(ring.id if isinstance(ring, Ring) else ring, status, note=note, by=by)

    def with_journal(self, journal: str | os.PathLike[str]) -> Case:
        """Return this case with its decisions in another journal (see `journal`)."""
        return replace(self, journal=journal)

    def decided(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return what a table says of each ring on which there is a decision, by its id, and what a reader of the journal must know."""
        try:
            docket = self.decisions
            told = {one.ring_id: str(one) for one in docket.standings() if one.decision is not None or one.earlier}
            return told, docket.notes()
        except CollusionError as error:  # a broken journal must not hide the rings
            return {}, (str(error),)


def ring_id(reviewers: Iterable[str], products: Iterable[str]) -> str:
    """Return a name made from the members alone: ``R-`` and twelve hex digits.

    Lengths are hashed with the ids, so ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    digest = hashlib.sha256()
    for role, ids in ((b"r", reviewers), (b"p", products)):
        for name in sorted(ids):
            raw = name.encode("utf-8", "surrogatepass")
            digest.update(role + len(raw).to_bytes(8, "little") + raw)
    return f"R-{digest.hexdigest()[:12]}"
