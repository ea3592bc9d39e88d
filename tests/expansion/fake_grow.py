"""A stand-in for the statistics of an expansion: it finds who reviewed a product of the seeds, and keeps what it was given."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np

from collusion.base.model import Evidence
from collusion.expansion.found import Accounts, Found, Places
from collusion.graph.membership import edges_of


class FakeGrow:
    """Found are the accounts at two or more products of the seeds; ``paid`` and ``passes`` are as set."""

    def __init__(self, paid=0.001, *, passes=True, nothing=False):
        self.paid, self.passes, self.nothing, self.given = paid, passes, nothing, {}

    def install(self, monkeypatch):
        module = ModuleType("collusion.expansion.grow")
        module.expand = self
        monkeypatch.setitem(sys.modules, "collusion.expansion.grow", module)
        return self

    def __call__(self, facts, search, seeds, products, signals, *, fdr, replicates, seed, threads, progress):
        self.given = {"seeds": seeds, "products": products, "fdr": fdr, "replicates": replicates, "seed": seed, "threads": threads}
        self.given |= {"facts": facts, "search": search, "signals": signals}
        graph = facts.graph
        own = np.union1d(graph.product[edges_of(graph, seeds)], products)
        hits = np.bincount(graph.reviewer[np.isin(graph.product, own)], minlength=graph.n_reviewers)
        hits[seeds] = 0
        code = np.flatnonzero(hits >= 2).astype(np.int32)
        code = code[:0] if self.nothing else code[np.argsort(-hits[code], kind="stable")]
        for k in range(replicates):
            progress(k + 1)
        p = 10.0 ** -hits[code]
        places = own[:0] if self.nothing else own
        return Found(
            seeds=seeds,
            accounts=Accounts(code, p, 2 * p, -np.log10(p), hits[code].astype(np.int64), hits[code] / 10, np.ones(len(code), np.int64)),
            products=_places(places),
            sellers=_places(places[:0] if graph.seller is None else np.unique(graph.seller[places])),
            rounds=(len(code),),
            paid=None if self.nothing else self.paid,
            passes=self.passes and not self.nothing,
            evidence=() if self.nothing or self.paid is None else (Evidence("rating", "They rate alike."),),
            null_found=0.25,
        )


def _places(code):
    n = len(code)
    return Places(code.astype(np.int32), np.full(n, 9, np.int64), np.full(n, 1.5), np.full(n, 0.001), np.full(n, 0.002))
