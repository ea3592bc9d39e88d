"""M-Zoom: dense blocks of the reviewer x product x time x rating tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.base.checks import flag, one_of, refuse, whole
from collusion.base.model import Group
from collusion.detect import tensor
from collusion.detect.checks import best_first
from collusion.graph.graph import NO_TIME

if TYPE_CHECKING:
    from collusion.graph.graph import ReviewGraph
    from collusion.kernels.arrays import Int64s

__all__ = ["Density", "Mzoom", "block_density"]

Density = Literal["arithmetic", "geometric", "suspiciousness"]

DENSITY_CODES: dict[str, int] = {"arithmetic": tensor.ARITHMETIC, "geometric": tensor.GEOMETRIC, "suspiciousness": tensor.SUSPICIOUSNESS}


@dataclass(frozen=True)
class Mzoom:
    """Blocks of reviewers, products, days and ratings that are dense in all of these at once.

    The reviews are a sparse tensor whose modes are the known columns. Starting from all of it, the values of least mass in one mode are
    removed, in the mode for which the rest is densest, until nothing is left. The densest rest is a block.

    Parameters
    ----------
    blocks : int
        How many blocks to look for; the reviews inside a block are deleted before the next search.
    density : {"arithmetic", "geometric", "suspiciousness"}
        For M reviews inside a block of s_1, ..., s_N values: arithmetic M / mean(s); geometric M / (s_1 ... s_N)**(1/N); suspiciousness,
        the surprise under Poisson counts spread evenly, M (ln(M / M_R) - 1) + M_R prod(s_n / S_n) - M sum ln(s_n / S_n), where M_R and
        S_n are those of the log.
    days : int or None
        Width of a time bin, from the first day of the log. None leaves times out, as does a log without times.
    most_reviewers : int or None
        The largest number of reviewers in a block. None for no limit: then the natural core of the log, of thousands, comes first.
    ratings : bool
        Whether the rating is a mode; a log without ratings leaves it out.

    Notes
    -----
    A group's score is the density of its block in the whole log, including reviews that an earlier block took. Reviews without a time or
    rating are skipped where these are modes. Values that tie for the least mass in the mode are removed at once, and equally good modes are
    taken in the order above, so nothing depends on names. The arithmetic density is at least 1 / modes of the optimum; there is no such
    bound for the others. O(blocks * modes * m) time; about 16 bytes per review and mode.

    Limits: it always returns blocks, with or without rings. A block must be dense in every mode, so a ring that is spread over months or
    over ratings is diluted, and so is one that the border of two bins cuts. Popular products of a busy season are dense too.

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
            members = tensor.densest_block(DENSITY_CODES[self.density], value, offset, gone, (m, size), most)
            if not members.any():
                break
            inside = members[value].all(axis=0)
            sizes = np.add.reduceat(members, offset[:-1], dtype=np.int64)
            found.append(
                Group(
                    reviewers=names[0][members[: offset[1]]],
                    products=names[1][members[offset[1] : offset[2]]],
                    score=block_density(self.density, int(inside.sum()), sizes, m, size),
                    detector=self.name,
                )
            )
            gone |= inside
        return best_first(found)

    def _modes(self, graph: ReviewGraph) -> list[Int64s]:
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


def block_density(kind: Density, reviews: int, size: Int64s, all_reviews: int, all_size: Int64s) -> float:
    """Return the density of a block with so many reviews, at least 1, and values per mode, in a log with so many (see `Mzoom`)."""
    return float(tensor.density(DENSITY_CODES[kind], reviews, np.asarray(size, np.int64), all_reviews, np.asarray(all_size, np.int64)))
