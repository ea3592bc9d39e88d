from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from collusion.base.model import Group
from collusion.graph.projection import co_review_pairs


@dataclass(frozen=True)
class Handshake:
    """People who reviewed several of the same products within a week, hand in hand."""

    at_least: int = 4

    name: ClassVar[str] = "handshake"

    def find(self, graph, rng):  # noqa: ARG002  # the protocol's; nothing here is random
        pairs, n = co_review_pairs(graph, 7, self.at_least), graph.n_reviewers
        label = connected_components(coo_array((np.ones(len(pairs.a)), (pairs.a, pairs.b)), shape=(n, n)))[1] if n else np.empty(0, int)
        crowds = [np.flatnonzero(label == c) for c in np.unique(label[pairs.a])]
        groups = [Group(who, graph.product[np.isin(graph.reviewer, who)], float(len(who)), self.name) for who in crowds]
        return sorted(groups, key=lambda group: -group.score)
