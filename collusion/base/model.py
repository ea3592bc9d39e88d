"""The small frozen types that pass between the rooms.

Inside the house reviewers and products are codes (integers); from `Ring` outwards they are the ids of the log (text).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "CANONICAL",
    "NEEDED",
    "NO_TIME",
    "Accounting",
    "Basket",
    "Breakdown",
    "Context",
    "Doubt",
    "Evidence",
    "Group",
    "Link",
    "Part",
    "Provenance",
    "Pseudonymised",
    "Scored",
    "Scores",
    "SignalInfo",
    "SignalKind",
    "Source",
    "Status",
]

NO_TIME = int(np.iinfo(np.int32).min)
"""The day of a review without a time."""

NEEDED = ("reviewer_id", "product_id")
"""Columns that every log must have."""

CANONICAL = (
    *NEEDED,
    "rating",
    "timestamp",
    "review_id",
    "text",
    "verified",
    "seller",
    "category",
    "listing",
    "helpful_votes",
    "marketplace",
)
"""The columns this library knows, needed ones first."""

Status = Literal["flagged", "coordinated", "explained", "candidate"]
"""``flagged``: they acted together, and they behave unlike other reviewers of the same products. ``coordinated``: they acted together, and
nothing shows more than that; or an innocent explanation accounts for it, and they behave unlike others all the same. ``explained``: nothing
is left once an innocent explanation is granted. ``candidate``: cannot be distinguished from chance."""

Stance = Literal["for", "against", "explains", "neutral"]

SignalKind = Literal["acts together", "behaves like paid", "remark"]
"""Which of the two questions a signal answers. A remark is shown and decides nothing."""

Scored = Literal["reviewers", "products", "reviews"]

SHOWN_STATEMENT = 80
"""Characters of a statement that the evidence shows at a prompt."""


@dataclass(frozen=True, eq=False)
class Group:
    """What a detector finds: reviewers and products as codes.

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

    def __repr__(self) -> str:
        return f"<Group of {self.detector}: {len(self.reviewers):,} reviewers, {len(self.products):,} products, score {self.score:g}>"


@dataclass(frozen=True, eq=False)
class Scores:
    """What a ranker finds: one finite number each, higher for the more suspicious; comparable within one ranker and graph only.

    Parameters
    ----------
    detector : str
        Name of the ranker.
    reviewers : float64[n_reviewers] or None
        By code. None, here and below, if the method does not score these.
    products : float64[n_products] or None
        By code.
    reviews : float64[n_reviews] or None
        In the order of the graph's edges.
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

    def __repr__(self) -> str:
        sizes = [f"{len(scores):,} {name}" for name in ("reviewers", "products", "reviews") if (scores := getattr(self, name)) is not None]
        return f"<Scores of {self.detector}: {', '.join(sizes) or 'nothing'}>"


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

    def __repr__(self) -> str:
        said = self.statement if len(self.statement) <= SHOWN_STATEMENT else self.statement[: SHOWN_STATEMENT - 3] + "..."
        p_value = "" if self.p_value is None else f", p_value={self.p_value:.3g}"
        return f"Evidence({self.signal!r}, stance={self.stance!r}{p_value}, {said!r})"


@dataclass(frozen=True)
class SignalInfo:
    """What a signal is; every case lists the signals that its scan could use.

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
        One sentence: what it compares with. Empty for a remark without a p-value.
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
        Whether each pair of members counts once per product or once per seller.
    """

    parts: tuple[Part, ...]
    window: int | None
    place: Literal["product", "seller"]

    @property
    def total(self) -> Decimal:
        """The sum of the parts, exactly: the score."""
        return sum((part.nats for part in self.parts), Decimal(0))


@dataclass(frozen=True)
class Source:
    """One input that was read: ``rows`` data rows, the first of which is global row ``first_row``."""

    name: str
    format: str
    rows: int
    first_row: int
    digest: str


@dataclass(frozen=True, eq=False)
class Basket:
    """Products of one listing over which single reviewers' reviews were copied.

    Parameters
    ----------
    products, reviewers : int32 arrays
        Sorted codes.
    rows : int64 array
        Source rows of those reviewers on those products.
    copies : int
        How many of the rows do not count.
    inferred : bool
        Whether the listing was inferred from copied reviews rather than given by the log.
    """

    products: NDArray[np.int32]
    reviewers: NDArray[np.int32]
    rows: NDArray[np.int64]
    copies: int
    inferred: bool


@dataclass(frozen=True, eq=False)
class Link:
    """Which reviewers show which values of one linking column. Arrays are read-only.

    Accepted rows that are not counted, since they repeat or copy another, show values too.

    Parameters
    ----------
    name : str
        The column of the log.
    reviewer : int32[m]
        Codes, ascending.
    value : int32[m]
        Codes of the values; each (reviewer, value) once, sorted.
    row : int64[m]
        First global data row that shows it.
    values : Names
        The values as text, by code.
    """

    name: str
    reviewer: NDArray[np.int32]
    value: NDArray[np.int32]
    row: NDArray[np.int64]
    values: Any  # the names of the room that holds it

    def __post_init__(self) -> None:
        for array in (self.reviewer, self.value, self.row):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.reviewer)


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

    ``key`` is the fingerprint of the key, which does not reveal it; ``text`` says whether the texts of reviews were kept.
    """

    scheme: str
    key: str
    text: bool


@dataclass(frozen=True)
class Provenance:
    """What made a case: enough to make it again.

    ``seconds`` maps a stage to its duration and is the only part that differs between two runs of the same command. ``pseudonymised`` is
    None if names are the log's own. ``strongest_replicate`` is the shuffled log, counted from 0, whose strongest group scored highest by
    the score that rings are ranked by; None if the shuffled logs held no group, or none was searched.
    """

    sources: tuple[Source, ...]
    config: Mapping[str, object]
    seed: int
    replicates: int
    versions: Mapping[str, str]
    seconds: Mapping[str, float] = field(default_factory=dict)
    pseudonymised: Pseudonymised | None = None
    strongest_replicate: int | None = None

    def __repr__(self) -> str:
        sources = f"{len(self.sources):,} sources" if len(self.sources) != 1 else "1 source"
        version = self.versions.get("collusion", "unknown")
        return f"<Provenance: {sources}, seed {self.seed}, {self.replicates:,} replicates, collusion {version}>"


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

    def __repr__(self) -> str:
        own = int(np.count_nonzero(self.member & self.target))
        return f"<Context: {len(self.row):,} reviews around a ring, {own:,} of them its own>"
