"""A ring: the group of reviewers that is reported, and the views by which it shows itself."""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from collusion.base.errors import CollusionError
from collusion.base.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import igraph
    import networkx as nx
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from collusion.base.model import Breakdown, Doubt, Evidence, Status
    from collusion.base.operation import Operation
    from collusion.case.case import Case

__all__ = ["Ring", "ring_id"]


@dataclass(frozen=True)
class Ring:
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
        (`collusion.inference.statements`); None where it was not computed.
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
    lineage_id : str
        The id of the first ring of its line, from scan to scan (`collusion.base.lineage`); its own id where no line is known.

    Notes
    -----
    A ring of ``case.rings`` has a reference to its case, so that it can draw itself. The case is not a field: it is not compared, printed,
    exported, pickled or copied by `dataclasses.replace`. A pickled case keeps its rings and their references. A ring without a case has
    only its card; the other views raise CollusionError.
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
    lineage_id: str = field(default="", repr=False)

    _case: ClassVar[Case | None] = None
    """The case that the ring belongs to, without its rings (`Ring.of_case`)."""

    def __post_init__(self) -> None:
        for name in ("reviewers", "products", "rows", "evidence", "doubtful"):
            object.__setattr__(self, name, Listing(getattr(self, name)))
        object.__setattr__(self, "lineage_id", self.lineage_id or self.id)

    def of_case(self, case: Case) -> Self:
        """Return the same ring with a reference to ``case``. `Case` calls it for all its rings."""
        bound = copy(self)
        # Not a cycle: the case that a ring knows has no rings, so that a log is freed as soon as no case and no ring of it is in use.
        object.__setattr__(bound, "_case", case)
        return bound

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_case"}

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

    @property
    def case(self) -> Case:
        """The case that the ring belongs to, without its rings.

        Raises
        ------
        CollusionError
            When the ring belongs to no case.
        """
        if self._case is None:
            raise CollusionError(
                f"ring {self.id}: belongs to no case, so there are no reviews to show; take it from `case.rings`, or give the case, "
                "as in `collusion.plot.timeline(case, ring)`"
            )
        return self._case

    @property
    def operation(self) -> Operation | None:
        """The operation that the ring is part of; None where it is part of none, or belongs to no case."""
        return next((one for one in (self._case.operations if self._case else ()) if self.id in one.rings), None)

    def waterfall(self, ax: Axes | None = None) -> Axes:
        """Draw what the score is made of (parts that add up to it exactly), and what each innocent explanation leaves of it."""
        return self._drawn("waterfall", ax)

    def adjacency(self, ax: Axes | None = None) -> Axes:
        """Draw reviewers against products, one cell per review, with the ring's surroundings."""
        return self._drawn("adjacency", ax)

    def timeline(self, ax: Axes | None = None) -> Axes:
        """Draw the reviews of the ring's products over time, one row per product."""
        return self._drawn("timeline", ax)

    def coreview(self, ax: Axes | None = None) -> Axes:
        """Draw how many products each pair of members has in common."""
        return self._drawn("coreview", ax)

    def rating_impact(self, ax: Axes | None = None) -> Axes:
        """Draw the running mean rating of the most affected products with and without the ring's reviews."""
        return self._drawn("rating_impact", ax)

    def compare(self, other: Ring | None = None, *, null: bool = False, picture: str = "adjacency", ax: Axes | None = None) -> Axes:
        """Draw a picture of the ring, and below it the same of another ring, or of the strongest group of the shuffled logs.

        Parameters
        ----------
        other : Ring, optional
            Of the same case, or of another.
        null : bool, default False
            Compare with the group that scored highest in the shuffled logs of the scan (null replicates). Its log is shuffled and searched
            again from the seed, once per case; the picture says which it is.
        picture : str, default "adjacency"
            Also ``timeline``, ``coreview``, ``rating_impact``, ``waterfall``.
        ax : matplotlib Axes, optional
            To draw in; a new figure when left out.

        Returns
        -------
        matplotlib Axes
            An empty frame around the two pictures.

        Raises
        ------
        ConfigError
            When not exactly one of ``other`` and ``null`` is given, or there is no such picture.
        CollusionError
            When the scan searched no shuffled log, or the log cannot be shuffled again.
        """
        return self._drawn("compare", ax, other=other, null=null, picture=picture)

    def _drawn(self, name: str, ax: Axes | None, **more: Any) -> Axes:  # noqa: ANN401  # what the picture takes
        from collusion.report import figures  # noqa: PLC0415  # matplotlib, only for a picture

        figure: Figure = getattr(figures, name)(self.case, self, ax=ax, **more)
        return figure.axes[0] if ax is None else ax

    def reviews(self) -> pd.DataFrame:
        """Return the source rows of the ring's counted reviews (`Case.reviews`)."""
        return self.case.reviews(self)

    def to_networkx(self) -> nx.Graph[Any]:
        """Return a bipartite networkx graph: the ring's reviewers and products, and its reviews as edges (`Case.to_networkx`)."""
        return self.case.to_networkx(self)

    def to_igraph(self) -> igraph.Graph:
        """Return the same as an igraph graph.

        The role and the id of a vertex are its ``role`` and ``label``; ``type`` is True for products.
        """
        from collusion.graph.convert import network_to_igraph  # noqa: PLC0415  # igraph, only for a network

        return network_to_igraph(self.to_networkx())

    def _repr_html_(self) -> str:
        """Return the card that a notebook shows; everything from the log is escaped."""
        from collusion.report.notebook_html import ring_card  # noqa: PLC0415  # templates, only for a notebook

        return ring_card(self._case, self)


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
