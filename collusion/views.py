"""What rings and cases show of themselves in a notebook.

The pictures, tables and frames are made in rooms that know more than a ring may; they are named here, and loaded when they are asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, ClassVar

from collusion.errors import CollusionError, ConfigError, did_you_mean

if TYPE_CHECKING:
    import igraph
    import networkx as nx
    import pandas as pd
    from matplotlib.axes import Axes

    from collusion.model import Case, Ring

__all__ = ["CaseViews", "RingViews"]

_PLOT = "collusion.plot"
_CARDS = "collusion.report.cards"
_NETWORKS = "collusion.export.networks"
_CONVERT = "collusion.graph.convert"


def _made(module: str, name: str, *given: Any, **options: Any) -> Any:  # noqa: ANN401  # whatever it makes
    return getattr(importlib.import_module(module), name)(*given, **options)


class RingViews:
    """The views of a `collusion.model.Ring` of ``case.rings``. A ring without a case has its card alone; the rest raise CollusionError."""

    _home: ClassVar[Any] = None
    """The case that the ring belongs to, without its rings (`Ring.within`)."""

    @property
    def case(self) -> Case:
        """The case that the ring belongs to, without its rings.

        Raises
        ------
        CollusionError
            When the ring belongs to no case.
        """
        if self._home is None:
            raise CollusionError(
                f"ring {self._ring.id}: belongs to no case, so there are no reviews to show; take it from `case.rings`, or give the case, "
                "as in `collusion.plot.timeline(case, ring)`"
            )
        home: Case = self._home
        return home

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
            Whose place is taken; a new figure when left out.

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

    def reviews(self) -> pd.DataFrame:
        """Return the source rows of the ring's counted reviews (`Case.reviews`)."""
        return self.case.reviews(self._ring)

    def network(self, library: str = "networkx") -> nx.Graph[Any] | igraph.Graph:
        """Return the ring's reviewers and products as nodes and its reviews as edges, with their attributes.

        Parameters
        ----------
        library : {"networkx", "igraph"}
            As `collusion.to_networkx` says; in igraph the role and the id of a vertex are its ``role`` and ``label``, and ``type`` is True
            for products.

        Raises
        ------
        ConfigError
            When another library is named.
        """
        if library not in {"networkx", "igraph"}:
            raise ConfigError(f"library={library!r}: no such library is used here; {did_you_mean(library, ('networkx', 'igraph'))}")
        graph: nx.Graph[Any] = _made(_NETWORKS, "to_networkx", self.case, self._ring)
        return graph if library == "networkx" else _made(_CONVERT, "network_to_igraph", graph)

    def _repr_html_(self) -> str:
        """Return the card that a notebook shows; whatever the log says is escaped."""
        return str(_made(_CARDS, "ring_card", self._home, self._ring))

    def _drawn(self, drawn: str, ax: Axes | None, **options: object) -> Axes:
        figure = _made(_PLOT, drawn, self.case, self._ring, ax=ax, **options)
        axes: Axes = figure.axes[0] if ax is None else ax
        return axes

    @property
    def _ring(self) -> Any:  # noqa: ANN401  # this class is a part of Ring, which a room before it cannot say
        return self


class CaseViews:
    """The view of a `collusion.model.Case`."""

    def _repr_html_(self) -> str:
        """Return the table of rings that a notebook shows; whatever the log says is escaped."""
        return str(_made(_CARDS, "case_table", self))
