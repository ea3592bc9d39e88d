"""M-Zoom: dense blocks of the reviewer x product x time x rating tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.checks import flag, one_of, refuse, whole
from collusion.detect import tensor
from collusion.detect.checks import best_first
from collusion.graph.graph import NO_TIME
from collusion.model import Group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Density", "Mzoom", "block_density"]

Density = Literal["arithmetic", "geometric", "suspiciousness"]

KIND: dict[str, int] = {
    "arithmetic": tensor.ARITHMETIC,
    "geometric": tensor.GEOMETRIC,
    "suspiciousness": tensor.SUSPICIOUSNESS,
}


@dataclass(frozen=True)
class Mzoom:
    """Blocks of reviewers, products, days and ratings that are dense in all of these at once.

    The reviews are a sparse tensor of as many modes as are known. From the whole, the values of least mass in one mode are removed, that
    mode for which the rest is densest, until nothing is left; the densest rest is a block.

    Parameters
    ----------
    blocks : int
        How many blocks to look for; the reviews inside a block are deleted before the next search.
    density : {"arithmetic", "geometric", "suspiciousness"}
        For M reviews inside a block of s_1, ..., s_N values: arithmetic M / mean(s); geometric M / (s_1 ... s_N)**(1/N); suspiciousness,
        the surprise under Poisson counts spread evenly, M (ln(M / M_R) - 1) + M_R prod(s_n / S_n) - M sum ln(s_n / S_n), where M_R and
        S_n are those of the log.
    days : int or None
        Width of a bin of time, from the first day of the log on. None leaves times out, as does a log that has none.
    most_reviewers : int or None
        The most reviewers that a block may hold; None for any number: then the natural core of the log, of thousands, comes first.
    ratings : bool
        Whether the rating is a mode; a log without ratings leaves it out.

    Notes
    -----
    A group's score is the density of its block in the whole log, those reviews included that an earlier block took. Reviews that lack
    a time or rating where these are modes are passed over. Values that tie for the least mass in the mode are removed at once, and
    equally good modes are taken in the order above, so names decide nothing. At least 1 / modes of the optimum for the arithmetic density;
    no such bound holds for the others. O(blocks * modes * m) time; about 16 bytes a review and mode.

    What it cannot do: it always returns blocks, rings or none. A block must be dense in every mode, so a ring that spreads over months or
    over ratings is diluted, as is one cut by the border of two bins; popular products of a busy season are dense too.

    References
    ----------
    K. Shin, B. Hooi, C. Faloutsos: M-Zoom: Fast Dense-Block Detection in Tensors with Quality Guarantees. ECML PKDD 2016.
    M. Jiang, A. Beutel, P. Cui, B. Hooi, S. Yang, C. Faloutsos: A General Suspiciousness Metric for Dense Blocks in Multimodal
    Data (CrossSpot). ICDM 2015.
    """

    blocks: int = 8
    density: Density = "arithmetic"
    days: int | None = 7
    most_reviewers: int | None = 200
    ratings: bool = True

    name: ClassVar[str] = "mzoom"

    def __post_init__(self) -> None:
        wrong = [
            *whole("blocks", self.blocks, 1),
            *one_of("density", self.density, Density),
            *whole("days", self.days, 1, optional=True),
            *whole("most_reviewers", self.most_reviewers, 1, optional=True),
            *flag("ratings", self.ratings),
        ]
        refuse(self.name, wrong)

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return up to ``blocks`` groups, the densest first."""
        modes = self._modes(graph)
        m = len(modes[0])
        if not m:
            return []
        names, codes = zip(*(np.unique(mode, return_inverse=True) for mode in modes), strict=True)
        offset = np.concatenate(([0], np.cumsum([len(values) for values in names]))).astype(np.int64)
        value = np.stack([code + first for code, first in zip(codes, offset[:-1], strict=True)]).astype(np.int32)
        size = np.diff(offset)
        gone = np.zeros(m, np.bool_)
        most = m if self.most_reviewers is None else self.most_reviewers
        found = []
        for _ in range(self.blocks):
            if gone.all():
                break
            members = tensor.densest_block(KIND[self.density], value, offset, gone, (m, size), most)
            if not members.any():
                break
            inside = members[value].all(axis=0)
            held = np.add.reduceat(members, offset[:-1], dtype=np.int64)
            found.append(
                Group(
                    reviewers=names[0][members[: offset[1]]],
                    products=names[1][members[offset[1] : offset[2]]],
                    score=block_density(self.density, int(inside.sum()), held, m, size),
                    detector=self.name,
                )
            )
            gone |= inside
        return best_first(found)

    def _modes(self, graph: ReviewGraph) -> list[NDArray[np.int64]]:
        """Return the value of each review in each mode, of the reviews that have one in all of them."""
        modes = [graph.reviewer.astype(np.int64), graph.product.astype(np.int64)]
        kept = np.ones(graph.n_reviews, np.bool_)
        if self.days is not None and graph.time is not None:
            dated = graph.time != NO_TIME
            first = int(graph.time[dated].min()) if dated.any() else 0
            modes.append((graph.time.astype(np.int64) - first) // self.days)
            kept &= dated
        if self.ratings and graph.rating is not None:
            rated = ~np.isnan(graph.rating)
            modes.append(np.unique(graph.rating, return_inverse=True)[1].astype(np.int64))
            kept &= rated
        return [mode[kept] for mode in modes]


def block_density(kind: Density, reviews: int, size: NDArray[np.int64], all_reviews: int, all_size: NDArray[np.int64]) -> float:
    """Return the density of a block with so many reviews and values a mode, in a log with so many (see `Mzoom`).

    Parameters
    ----------
    kind : {"arithmetic", "geometric", "suspiciousness"}
    reviews, all_reviews : int
        At least 1.
    size, all_size : int64[modes]
    """
    return float(tensor.density(KIND[kind], reviews, np.asarray(size, np.int64), all_reviews, np.asarray(all_size, np.int64)))
